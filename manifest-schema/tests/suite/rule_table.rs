//! The table of rules.

use manifest_schema::rules;
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn codes_are_unique_and_in_order() {
    let codes: Vec<&str> = rules::all().map(|rule| rule.code).collect();
    assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
    let names: BTreeSet<&str> = rules::all().map(|rule| rule.name).collect();
    assert_eq!(names.len(), codes.len());
}

#[test]
fn every_rule_is_explained_and_every_explanation_has_a_rule() {
    for rule in rules::all() {
        let title = format!("# {}: {}\n", rule.code, rule.name);
        assert!(rule.explanation.starts_with(&title), "{}", rule.code);
        assert!(rule.explanation.len() > title.len() + 100, "{} says too little", rule.code);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("explanations");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let code = path.file_stem().unwrap().to_str().unwrap();
        assert!(rules::find(code).is_some(), "{code} is explained but unknown");
    }
}

#[test]
fn rules_are_found_by_code_and_name() {
    assert_eq!(rules::find("wa0107"), Some(&rules::UNKNOWN_KEY));
    assert_eq!(rules::find("unknown-key"), Some(&rules::UNKNOWN_KEY));
    assert_eq!(rules::find("WA9999"), None);
}
