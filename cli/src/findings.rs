//! Findings as a person or a program wants them, and the exit code that they come to.

use std::path::Path;

use clap::{Args, ValueEnum};
use manifest_schema::finding::{Report, Severity};
use manifest_schema::render::{self, Format, RenderOptions};

use crate::context::Context;
use crate::failure::Outcome;
use crate::status::Status;
use crate::terminal::Printer;

/// Flags of commands whose answer is findings.
#[derive(Debug, Args)]
pub(crate) struct FindingOptions {
    /// How to print findings
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: FormatName,

    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,

    /// The least severity that makes the command exit with 1
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    pub(crate) severity: SeverityName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// For people: source lines and carets
    Text,
    /// For programs
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// GitHub annotations
    Github,
    /// JUnit XML
    Junit,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SeverityName {
    /// Also on what is only worth knowing
    Info,
    /// Also on what is probably wrong
    Warning,
    /// On what is wrong
    Error,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Text => Self::Text,
            FormatName::Json => Self::Json,
            FormatName::Sarif => Self::Sarif,
            FormatName::Github => Self::Github,
            FormatName::Junit => Self::Junit,
        }
    }
}

impl From<SeverityName> for Severity {
    fn from(name: SeverityName) -> Self {
        match name {
            SeverityName::Info => Self::Info,
            SeverityName::Warning => Self::Warning,
            SeverityName::Error => Self::Error,
        }
    }
}

impl FindingOptions {
    /// How findings are printed.
    pub(crate) fn format(&self) -> FormatName {
        if self.json { FormatName::Json } else { self.format }
    }

    /// 1 when something is at least as bad as `--severity` says.
    pub(crate) fn status(&self, report: &Report) -> Status {
        if report.worst() >= Some(self.severity.into()) { Status::No } else { Status::Done }
    }

    /// Prints the report to stdout, and what it comes to in words to stderr.
    pub(crate) fn print(&self, context: &Context, report: &Report) -> Outcome<()> {
        let options = RenderOptions { color: context.printer.colors_data(), ..RenderOptions::default() };
        context.printer.data_text(render::render(report, self.format().into(), &options))
    }
}

/// Shows findings to a person whose command could not go on because of them.
pub(crate) fn show(printer: Printer, report: &Report) {
    let options = RenderOptions { color: true, ..RenderOptions::default() };
    printer.note(render::render(report, Format::Text, &options).trim_end());
}

/// Shows what a person should know about a plugin that is otherwise fine.
pub(crate) fn show_warnings(printer: Printer, report: &Report) {
    if !report.findings.is_empty() {
        show(printer, report);
    }
}

/// "2 errors and 1 warning"; what is only worth knowing counts where nothing is wrong.
pub(crate) fn count(report: &Report) -> String {
    let words = [(Severity::Error, "error"), (Severity::Warning, "warning")].map(|(severity, word)| {
        let count = report.count(severity);
        (count, format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
    });
    match words {
        [(0, _), (0, _)] => match report.count(Severity::Info) {
            0 => "no findings".to_owned(),
            infos => format!("nothing wrong, {infos} worth knowing"),
        },
        [(_, errors), (0, _)] => errors,
        [(0, _), (_, warnings)] => warnings,
        [(_, errors), (_, warnings)] => format!("{errors} and {warnings}"),
    }
}

/// A path as findings show it: without a leading `./`.
pub(crate) fn shown(path: &Path) -> &Path {
    path.strip_prefix(".").unwrap_or(path)
}
