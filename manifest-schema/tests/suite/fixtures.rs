//! Every case of `valid/` and `invalid/`, and what is said of it.

use crate::cases::{all, as_text};
use manifest_schema::finding::Severity;
use manifest_schema::source::{Source, Syntax};
use manifest_schema::{manifest, project, rules};
use std::collections::BTreeSet;

#[test]
fn invalid_cases_are_explained() {
    for case in all("invalid") {
        let report = case.report();
        assert!(!report.findings.is_empty(), "{}", case.name);
        insta::assert_snapshot!(format!("invalid@{}", case.name), as_text(&report));
    }
}

#[test]
fn valid_cases_have_no_errors() {
    for case in all("valid") {
        let report = case.report();
        assert_eq!(report.count(Severity::Error), 0, "{}\n{}", case.name, as_text(&report));
        if !report.findings.is_empty() {
            insta::assert_snapshot!(format!("valid@{}", case.name), as_text(&report));
        }
    }
}

#[test]
fn valid_manifests_survive_a_round_trip() {
    for case in all("valid") {
        let Some((name, text)) = case.files.iter().find(|(name, _)| name.starts_with("wa.plugin.")) else {
            continue;
        };
        let source = Source::from_bytes(name, text.as_bytes()).unwrap();
        let (read, _) = manifest::read(&source);
        let read = read.unwrap();
        let written = serde_json::to_string(&read).unwrap();
        let (again, findings) = manifest::read(&Source::new("again.json", &written, Syntax::Json));
        assert_eq!(findings, [], "{}", case.name);
        assert_eq!(again, Some(read), "{}", case.name);
    }
}

#[test]
fn valid_projects_survive_a_round_trip() {
    for case in all("valid") {
        let Some(text) = case.file("wa.yaml") else { continue };
        let (read, _) = project::read(&Source::new("wa.yaml", text, Syntax::Yaml));
        let read = read.unwrap();
        let written = serde_json::to_string(&read).unwrap();
        let (again, findings) = project::read(&Source::new("again.json", &written, Syntax::Json));
        assert_eq!(findings, [], "{}", case.name);
        assert_eq!(again, Some(read), "{}", case.name);
    }
}

/// Rules that other crates find, by their range; those of the catalog and of hostile files, which have tests of their
/// own (`catalog/tests.rs`, `hostile.rs`); and the one for what no other rule says.
fn is_found_elsewhere(code: &str) -> bool {
    code >= "WA0310" || ["WA0103", "WA0104", "WA0116", "WA0206"].contains(&code)
}

#[test]
fn every_rule_has_a_case() {
    let found: BTreeSet<&str> = all("invalid")
        .iter()
        .flat_map(|case| case.report().findings)
        .map(|finding| finding.rule.code)
        .collect();
    let without: Vec<&str> = rules::all()
        .map(|rule| rule.code)
        .filter(|code| !found.contains(code) && !is_found_elsewhere(code))
        .collect();
    assert_eq!(without, Vec::<&str>::new());
}
