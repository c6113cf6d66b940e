//! Reports as text for people and in the formats of other tools.

mod github;
mod json;
mod junit;
mod sarif;
mod text;

pub use json::{FindingJson, Summary, findings_json};
pub use junit::junit_xml;

use crate::finding::{Finding, Report};
use std::str::FromStr;
use thiserror::Error;

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people: source lines with carets.
    Text,
    /// One JSON object; see [`FindingJson`].
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// GitHub workflow commands.
    Github,
    /// JUnit XML.
    Junit,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 5] = [Self::Text, Self::Json, Self::Sarif, Self::Github, Self::Junit];

    /// The name as given to `--format`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Junit => "junit",
        }
    }
}

/// A name that is no format.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no format; there are text, json, sarif, github and junit")]
pub struct UnknownFormat(pub String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// How text is laid out; other formats do not care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenderOptions {
    /// Whether to colour by ANSI escapes.
    pub color: bool,
    /// Columns of the terminal; long source lines are cut to them.
    pub width: usize,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self { color: false, width: 120 }
    }
}

/// Renders all findings in their order. The text ends with a newline unless it is empty, which only a report without
/// findings is, in the formats `text` and `github`.
///
/// What came from outside is made harmless: no control character reaches a terminal.
pub fn render(report: &Report, format: Format, options: &RenderOptions) -> String {
    match format {
        Format::Text => text::render(report, options),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report),
        Format::Github => github::render(report),
        Format::Junit => junit::render(report),
    }
}

/// Where a finding is, in lines and columns from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position {
    line: usize,
    column: usize,
}

/// The first and last position of a finding, if the report has the text of its file.
fn positions(report: &Report, finding: &Finding) -> Option<(Position, Position)> {
    let place = finding.place.as_ref()?;
    let text = &report.source(&place.path)?.text;
    Some((position(text, place.span.start), position(text, place.span.end.max(place.span.start))))
}

fn position(text: &str, at: usize) -> Position {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
}

/// The path of a finding's file with forward slashes.
fn path(finding: &Finding) -> Option<String> {
    let place = finding.place.as_ref()?;
    Some(harmless(&place.path.to_string_lossy().replace('\\', "/")))
}

/// The same for text of several lines.
fn harmless_lines(text: &str) -> String {
    text.split('\n').map(harmless).collect::<Vec<_>>().join("\n")
}

/// One line of text from outside: control characters and direction marks become visible.
fn harmless(text: &str) -> String {
    let one_line: String =
        text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect();
    annotate_snippets::normalize_untrusted_str(&one_line)
}
