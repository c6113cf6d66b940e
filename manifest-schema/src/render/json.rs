//! One JSON object.

use super::{harmless, harmless_lines, path, positions};
use crate::finding::{Report, Severity};
use serde::Serialize;

/// The version of the format. Fields may be added within a version; their meaning does not change.
const SCHEMA_VERSION: u32 = 1;

/// A finding as JSON shows it. Lines and columns count from 1, columns in characters; the end is exclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingJson {
    /// The rule's code.
    pub code: &'static str,
    /// The rule's name.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// First line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// First column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// Last line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_line: Option<usize>,
    /// The column behind the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_column: Option<usize>,
    /// JSON Pointer of the value.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pointer: String,
}

/// How many findings there are of each severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// The rest.
    pub infos: usize,
}

impl Summary {
    /// Counts.
    pub fn of(report: &Report) -> Self {
        Self {
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            infos: report.count(Severity::Info),
        }
    }
}

/// The findings as JSON shows them, for reports that say more than [`super::Format::Json`].
pub fn findings_json(report: &Report) -> Vec<FindingJson> {
    let one = |finding: &crate::finding::Finding| {
        let positions = positions(report, finding);
        FindingJson {
            code: finding.rule.code,
            name: finding.rule.name,
            severity: finding.severity,
            message: harmless_lines(&finding.message),
            help: finding.help.as_deref().map(harmless_lines),
            path: path(finding),
            line: positions.map(|(start, _)| start.line),
            column: positions.map(|(start, _)| start.column),
            end_line: positions.map(|(_, end)| end.line),
            end_column: positions.map(|(_, end)| end.column),
            pointer: harmless(&finding.pointer),
        }
    };
    report.findings.iter().map(one).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    schema_version: u32,
    findings: Vec<FindingJson>,
    summary: Summary,
}

pub(super) fn render(report: &Report) -> String {
    let output = Output {
        schema_version: SCHEMA_VERSION,
        findings: findings_json(report),
        summary: Summary::of(report),
    };
    pretty(&output)
}

/// Values with text keys always serialise.
pub(super) fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
