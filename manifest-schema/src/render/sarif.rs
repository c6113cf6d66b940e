//! SARIF 2.1.0, which code hosts and editors read.

use super::json::pretty;
use super::{harmless_lines, path, positions};
use crate::finding::{Finding, Report, Rule, Severity};
use serde_json::{Value, json};

pub(super) fn render(report: &Report) -> String {
    let mut rules: Vec<&Rule> = report.findings.iter().map(|finding| finding.rule).collect();
    rules.sort_by_key(|rule| rule.code);
    rules.dedup();
    let results: Vec<Value> = report.findings.iter().map(|finding| result(report, finding)).collect();
    pretty(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "wa",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_iter().map(rule_json).collect::<Vec<Value>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn rule_json(rule: &Rule) -> Value {
    json!({
        "id": rule.code,
        "name": rule.name,
        "shortDescription": { "text": rule.summary },
        "help": { "text": rule.explanation, "markdown": rule.explanation },
        "defaultConfiguration": { "level": level(rule.severity) },
    })
}

fn result(report: &Report, finding: &Finding) -> Value {
    let help = finding.help.as_deref().map(|help| format!(" ({})", harmless_lines(help))).unwrap_or_default();
    let mut result = json!({
        "ruleId": finding.rule.code,
        "level": level(finding.severity),
        "message": { "text": format!("{}{help}", harmless_lines(&finding.message)) },
    });
    if let Some(path) = path(finding) {
        let mut location = json!({ "artifactLocation": { "uri": uri(&path) } });
        if let Some((start, end)) = positions(report, finding) {
            location["region"] = json!({
                "startLine": start.line, "startColumn": start.column,
                "endLine": end.line, "endColumn": end.column,
            });
        }
        result["locations"] = json!([{ "physicalLocation": location }]);
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A relative reference, percent-encoded.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let encode = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    path.trim_start_matches("./").bytes().map(encode).collect()
}
