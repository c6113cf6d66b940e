//! `wa plugins migrate`: older forms become the current one, and nothing else changes.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use insta::assert_snapshot;
use manifest_schema::events;

use crate::support::Place;

const OLD: &str = "\
# Ours since 2023
schema: 1
id: desk
version: 1.0.0
runtime: { kind: js, entry: index.js }
events:
  - message_received   # everything
  - \"message_sent\"
hooks:
  - { on: 'before_agent_start', mode: observe }


  - on: message_sending
    mode: block
configSchema: { type: object, additionalProperties: false }";

fn old() -> Place {
    let place = Place::empty();
    place.write("desk/wa.plugin.yaml", OLD);
    place.write(
        "desk/index.js",
        "export default { events: { 'message.received'() {}, 'message.sent'() {} }, hooks: { 'agent.starting'() {}, 'message.sending'() {} } };",
    );
    place
}

#[test]
fn old_names_become_current_and_all_else_stays() {
    let place = old();
    fs::set_permissions(place.path("desk/wa.plugin.yaml"), PermissionsExt::from_mode(0o640)).unwrap();
    assert!(place.wa(["plugins", "validate", "desk"]).succeeds().stdout().contains("WA0143"));
    assert_snapshot!(place.wa(["plugins", "migrate", "desk"]).succeeds());
    let mut expected = OLD.to_owned();
    for (from, to) in events::LEGACY_NAMES {
        expected = expected.replace(from, to);
    }
    assert_eq!(place.read("desk/wa.plugin.yaml"), expected);
    let mode = fs::metadata(place.path("desk/wa.plugin.yaml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    let checked = place.wa(["plugins", "validate", "desk", "--severity", "warning"]).succeeds();
    assert_eq!(checked.stdout(), "", "{checked}");
    assert_eq!(fs::read_dir(place.path("desk")).unwrap().count(), 2, "something is left behind");

    assert_snapshot!(place.wa(["plugins", "migrate", "desk"]).succeeds());
    assert_eq!(place.read("desk/wa.plugin.yaml"), expected);
}

#[test]
fn a_dry_run_prints_a_diff_that_git_applies_and_writes_nothing() {
    let place = old();
    let said = place.wa(["plugins", "migrate", "desk/wa.plugin.yaml", "--dry-run"]).succeeds();
    assert_snapshot!(said);
    assert_eq!(place.read("desk/wa.plugin.yaml"), OLD);
    place.write("old.patch", said.stdout());
    let applied =
        Command::new("git").args(["apply", "old.patch"]).current_dir(place.work()).output().unwrap();
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    let by_git = place.read("desk/wa.plugin.yaml");

    place.write("desk/wa.plugin.yaml", OLD);
    let json = place.wa(["plugins", "migrate", "desk", "--dry-run", "--json"]).succeeds().json();
    assert_eq!((&json["written"], json["changes"].as_array().unwrap().len()), (&false.into(), 4));
    let json = place.wa(["plugins", "migrate", "desk", "--json"]).succeeds().json();
    assert_eq!((&json["written"], &json["changes"][0]["line"]), (&true.into(), &7.into()));
    assert_eq!(place.read("desk/wa.plugin.yaml"), by_git);
}

#[test]
fn a_link_is_written_through() {
    let place = old();
    fs::rename(place.path("desk/wa.plugin.yaml"), place.path("kept.yaml")).unwrap();
    symlink("../kept.yaml", place.path("desk/wa.plugin.yaml")).unwrap();
    place.wa(["plugins", "migrate", "desk"]).succeeds();
    assert!(fs::symlink_metadata(place.path("desk/wa.plugin.yaml")).unwrap().is_symlink());
    assert!(place.read("kept.yaml").contains("message.received"));
}

#[test]
fn a_manifest_of_a_later_version_is_refused_with_a_way_out() {
    let place = old();
    place.edit("desk/wa.plugin.yaml", "schema: 1", "schema: 2");
    assert_snapshot!(place.wa(["plugins", "migrate", "desk"]).exits(1));
    assert_snapshot!(place.wa(["plugins", "validate", "desk"]).exits(1));
    place.edit("desk/wa.plugin.yaml", "schema: 2\n", "");
    assert!(place.wa(["plugins", "migrate", "desk"]).exits(1).stderr().contains("schema: 1"));
    assert!(
        place.wa(["plugins", "migrate", "nowhere"]).exits(2).stderr().contains("there is no wa.plugin.yaml")
    );
}
