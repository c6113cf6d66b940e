//! An examination for people, and as JSON. The other formats are those of all findings.

use anstyle::{AnsiColor, Style};
use manifest_schema::finding::{Report, Severity};
use manifest_schema::render::{self, Format, RenderOptions};
use serde::Serialize;
use serde_json::{Value, json};

use super::CHECKS;
use super::examine::{CheckResult, Examination};
use crate::terminal::plain;

/// One line for each check, and below it what is not right. With `all` also what is only worth knowing.
pub(crate) fn text(examination: &Examination, color: bool, all: bool) -> String {
    examination.results.iter().map(|result| check_text(result, color, all)).collect()
}

fn check_text(result: &CheckResult, color: bool, all: bool) -> String {
    let (mark, style) = mark(result);
    let style = if color { style } else { Style::new() };
    let not_made = if result.was_made { "" } else { "not checked: " };
    let (title, summary) = (result.check.title, plain(&result.summary));
    let mut text = format!("{style}[{mark}]{style:#} {title:<22} {not_made}{summary}\n");
    if result.was_made {
        let shown = |severity| all || severity > Severity::Info;
        let findings =
            result.report.findings.iter().filter(|finding| shown(finding.severity)).cloned().collect();
        let report = Report { findings, sources: result.report.sources.clone() };
        let details =
            render::render(&report, Format::Text, &RenderOptions { color, ..RenderOptions::default() });
        for line in details.lines() {
            text.push_str(&if line.is_empty() { "\n".to_owned() } else { format!("     {line}\n") });
        }
    }
    text
}

fn mark(result: &CheckResult) -> (&'static str, Style) {
    match result.report.worst() {
        _ if !result.was_made => ("--", AnsiColor::Yellow.on_default().bold()),
        Some(Severity::Error) => ("!!", AnsiColor::Red.on_default().bold()),
        Some(Severity::Warning) => ("! ", AnsiColor::Yellow.on_default().bold()),
        Some(Severity::Info) | None => ("ok", AnsiColor::Green.on_default().bold()),
    }
}

/// The examination as `--format json` prints it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExaminationJson {
    schema_version: u32,
    /// Whether the command exits with 0.
    ok: bool,
    checks_run: usize,
    checks_skipped: usize,
    findings: Vec<FindingJson>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingJson {
    check_id: &'static str,
    code: &'static str,
    severity: Severity,
    message: String,
    path: Option<String>,
    line: Option<usize>,
    fix_hint: Option<String>,
}

impl ExaminationJson {
    pub(crate) fn new(examination: &Examination, ok: bool) -> Self {
        Self {
            schema_version: 1,
            ok,
            checks_run: examination.made(),
            checks_skipped: CHECKS.len() - examination.made(),
            findings: examination.results.iter().flat_map(findings).collect(),
        }
    }
}

fn findings(result: &CheckResult) -> impl Iterator<Item = FindingJson> + '_ {
    render::findings_json(&result.report).into_iter().map(|finding| FindingJson {
        check_id: result.check.id,
        code: finding.code,
        severity: finding.severity,
        message: finding.message,
        path: finding.path,
        line: finding.line,
        fix_hint: finding.help,
    })
}

/// All checks as `--list --format json` prints them.
pub(crate) fn list_json() -> Value {
    let checks: Vec<Value> =
        CHECKS.iter().map(|check| json!({ "id": check.id, "title": check.title })).collect();
    json!({ "schemaVersion": 1, "checks": checks })
}
