//! What doctor prints, in each format, and how checks are chosen.

use insta::assert_snapshot;
use serde_json::json;

use super::{finds, well};
use crate::support::{Place, Transcript};

/// The transcript without what differs between machines: the space on the disk, how far the sandbox holds.
fn steady(said: &Transcript) -> String {
    let line = |line: &str| match line.get(..28) {
        Some(start) if start.contains("disk space") || start.contains("sandbox") => {
            format!("{start}[MACHINE]")
        }
        _ => line.to_owned(),
    };
    said.to_string().lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A project with an error in `wa.yaml` and a warning; nothing in it depends on the machine.
const TROUBLED: [&str; 4] = ["doctor", "--only", "config,agreement", "--format"];

fn troubled() -> Place {
    let place = well();
    place.edit("wa.yaml", "orders:", "orders:\n      config: { retries: many }");
    place.edit("wa.yaml", "source: ", "source: ./elsewhere.tgz # ");
    place
}

#[test]
fn a_well_project_is_ok() {
    let place = well();
    assert_snapshot!(steady(&place.wa(["doctor"]).succeeds()));
    let said = finds(&place, 0, &[]);
    let document = said.json();
    assert_eq!((&document["checksRun"], &document["checksSkipped"]), (&json!(20), &json!(0)));
    assert_eq!(document["schemaVersion"], 1);
    let quiet = place.wa(["doctor", "-q"]).succeeds();
    assert!(quiet.stderr().is_empty() && quiet.stdout().lines().count() == 20, "{quiet}");
}

#[test]
fn outside_of_a_project_it_cannot_run() {
    assert_snapshot!(Place::empty().wa(["doctor"]).exits(2));
}

#[test]
fn text_shows_the_place_and_the_help() {
    assert_snapshot!(troubled().wa(["doctor", "--only", "config,agreement"]).exits(1));
}

#[test]
fn json_has_the_fields_of_its_schema_in_their_order() {
    assert_snapshot!(troubled().wa(TROUBLED.iter().chain(&["json"])).exits(1));
}

#[test]
fn sarif() {
    let said = troubled().wa(TROUBLED.iter().chain(&["sarif"])).exits(1);
    let document = said.json();
    let results = document["runs"][0]["results"].as_array().unwrap();
    let rules: Vec<_> = results.iter().map(|result| result["ruleId"].as_str().unwrap()).collect();
    assert_eq!(rules, ["WA0422", "WA0314"]);
    assert_snapshot!(serde_json::to_string_pretty(&results[1]).unwrap());
}

#[test]
fn github() {
    assert_snapshot!(troubled().wa(TROUBLED.iter().chain(&["github"])).exits(1));
}

#[test]
fn junit() {
    assert_snapshot!(troubled().wa(TROUBLED.iter().chain(&["junit"])).exits(1));
    let well = well().wa(["doctor", "--only", "clock", "--format", "junit"]).succeeds();
    assert!(well.stdout().contains("no findings"), "{well}");
}

#[test]
fn severity_says_what_fails() {
    let place = troubled();
    let only_warning = ["doctor", "--only", "agreement"];
    place.wa(only_warning).succeeds();
    place.wa(only_warning.iter().chain(&["--severity", "warning"])).exits(1);
    let json = place.wa(only_warning.iter().chain(&["--severity", "warning", "--format", "json"])).exits(1);
    assert_eq!(json.json()["ok"], false);
}

#[test]
fn checks_can_be_listed_chosen_and_left_out() {
    let place = Place::with_echo(&[]);
    assert_snapshot!(place.wa(["doctor", "--list"]).succeeds());
    let listed = place.wa(["doctor", "--list", "--format", "json"]).succeeds().json();
    assert_eq!(listed["checks"].as_array().unwrap().len(), 20);
    assert_eq!(listed["checks"][0], json!({ "id": "change", "title": "last change" }));

    assert_snapshot!(place.wa(["doctor", "--only", "project", "lock"]).succeeds());
    let skipped = place.wa(["doctor", "--skip", "project,lock", "--format", "json"]).succeeds().json();
    assert_eq!((&skipped["checksRun"], &skipped["checksSkipped"]), (&json!(18), &json!(2)));
    assert_snapshot!(place.wa(["doctor", "--only", "projekt"]).exits(2));
    assert_eq!(place.wa(["doctor", "--skip", "nothing"]).status(), Some(2));
}

#[test]
fn marks_tell_without_colour_what_colour_tells() {
    let place = troubled();
    let coloured = place.wa(["doctor", "--color", "always"]).exits(1);
    assert!(coloured.stdout().contains("\u{1b}[1m\u{1b}[31m[!!]"), "{:?}", coloured.stdout());
    let plain = place.wa(["doctor", "--color", "never"]).exits(1);
    assert!(
        plain.stdout().contains("[!!] plugin configuration") && !plain.stdout().contains('\u{1b}'),
        "{plain}"
    );
}
