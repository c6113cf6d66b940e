//! Workflow commands: GitHub shows them beside the lines of a pull request.

use super::{harmless, harmless_lines, path, positions};
use crate::finding::{Finding, Report, Severity};
use std::fmt::Write;

pub(super) fn render(report: &Report) -> String {
    // GitHub shows only the first ten of each level.
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings.into_iter().map(|finding| command(report, finding)).collect()
}

fn command(report: &Report, finding: &Finding) -> String {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let mut text = format!("::{command} title=wa ({})", finding.rule.code);
    let mut place = String::new();
    if let Some(path) = path(finding) {
        // Writing into a string cannot fail.
        let _ = write!(text, ",file={}", property(&path));
        place = path;
    }
    if let Some((start, end)) = positions(report, finding) {
        let _ = write!(text, ",line={},endLine={}", start.line, end.line);
        if start.line == end.line {
            let _ = write!(text, ",col={},endColumn={}", start.column, end.column);
        }
        let _ = write!(place, ":{}:{}", start.line, start.column);
    }
    let help = finding.help.as_deref().map(|help| format!("\nhelp: {}", harmless(help))).unwrap_or_default();
    let place = if place.is_empty() { place } else { format!("{place}: ") };
    let message = format!("{place}{}{help}", harmless(&finding.message));
    format!("{text}::{}\n", data(&message))
}

fn data(text: &str) -> String {
    harmless_lines(text).replace('%', "%25").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
