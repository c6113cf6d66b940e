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
    escape_data(&harmless_lines(text))
}

fn property(text: &str) -> String {
    escape_property(&harmless_lines(text))
}

/// A message as the runner reads it: a command ends with its line.
fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property as the runner reads it: it also ends at a comma, and all of them at a colon.
fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{escape_data, escape_property};

    /// What the runner does with a message.
    fn read_data(text: &str) -> String {
        text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    }

    /// What the runner does with a property.
    fn read_property(text: &str) -> String {
        text.replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%3A", ":")
            .replace("%2C", ",")
            .replace("%25", "%")
    }

    /// All that means something to the runner, and pieces that look like escapes.
    const PIECES: [&str; 16] =
        ["%", "%25", "%0", "A", "%0A", "%0D", "%3A", "2C", ":", "::", ",", "\n", "\r", "=", "é📦", "a b"];

    #[test]
    fn any_text_is_read_as_it_was_written() {
        // Numbers that look random and are the same in every run (xorshift).
        let mut number = 0x9e37_79b9_7f4a_7c15_u64;
        let mut below = |limit: usize| {
            number ^= number << 13;
            number ^= number >> 7;
            number ^= number << 17;
            number as usize % limit
        };
        for _ in 0..20_000 {
            let text: String = (0..below(9)).map(|_| PIECES[below(PIECES.len())]).collect();
            let (message, value) = (escape_data(&text), escape_property(&text));
            assert_eq!(read_data(&message), text, "{message}");
            assert_eq!(read_property(&value), text, "{value}");
            assert!(!message.contains(['\n', '\r']), "{message:?} is more than a line");
            assert!(!value.contains(['\n', '\r', ':', ',']), "{value:?} ends too early");
        }
    }
}
