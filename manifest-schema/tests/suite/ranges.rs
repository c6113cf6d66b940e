//! Ranges mean what they mean to npm: every range of its published test cases with every version of theirs.

use manifest_schema::version::{Version, VersionRange};
use serde::Deserialize;
use std::process::Command;

/// What npm says of one pair.
#[derive(Deserialize)]
struct Case {
    range: String,
    version: String,
    /// Whether the range is one at all.
    valid: bool,
    satisfies: bool,
}

#[test]
fn ranges_mean_what_they_mean_to_npm() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/npm/ranges");
    let output = Command::new(script).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let cases: Vec<Case> = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert!(cases.len() > 4000, "npm published more than {} cases", cases.len());

    let wrong: Vec<String> = cases
        .iter()
        .filter(|case| !agrees(case))
        .map(|case| format!("{:?} with {}", case.range, case.version))
        .collect();
    assert!(wrong.is_empty(), "{} of {} differ from npm:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn agrees(case: &Case) -> bool {
    let version: Version = case.version.parse().unwrap();
    match case.range.parse::<VersionRange>() {
        Ok(range) => case.valid && range.contains(&version) == case.satisfies,
        Err(_) => !case.valid,
    }
}
