//! Checks of the project's files, of keys and of trust.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{blocked, finds, install_signed, well};
use crate::support::Place;

#[test]
fn errors_of_the_project_file_are_found_and_keep_others_from_being_checked() {
    let place = well();
    place.edit("wa.yaml", "schema: 1", "schema: 1\nagnets: {}");
    let dependent = blocked(&[
        "agreement",
        "plugins",
        "config",
        "secrets",
        "catalog",
        "runtimes",
        "health",
        "channels",
        "port",
    ]);
    let expected = ["project WA0107 error wa.yaml:2"].into_iter().chain(dependent.iter().map(String::as_str));
    let said = finds(&place, 1, &expected.collect::<Vec<_>>());
    assert_eq!(said.json()["checksSkipped"], 9);
    insta::assert_snapshot!(place.wa(["doctor", "--only", "project,plugins"]).exits(1));
}

#[test]
fn a_project_file_that_cannot_be_read_is_found() {
    let place = well();
    place.write("wa.yaml", [0xff, 0xfe]);
    let said = place.wa(["doctor", "--only", "project", "--format", "json"]).exits(1).json();
    assert_eq!(super::in_one_line(&said["findings"][0]), "project WA0103 error wa.yaml");
}

#[test]
fn a_lock_with_the_marks_of_a_merge_is_found() {
    let place = well();
    let lock = place.read("wa.lock");
    place.write("wa.lock", format!("<<<<<<< HEAD\n{lock}"));
    let dependent =
        blocked(&["agreement", "plugins", "config", "secrets", "catalog", "runtimes", "health", "clock"]);
    let said = place.wa(["doctor", "--format", "json"]).exits(1).json();
    let found: Vec<String> = said["findings"].as_array().unwrap().iter().map(super::in_one_line).collect();
    assert!(found[0].starts_with("lock WA01") && found[0].contains("error wa.lock"), "{found:?}");
    assert_eq!(found[1..], dependent);
}

#[test]
fn a_lock_of_a_newer_wa_is_found() {
    let place = well();
    place.edit("wa.lock", "schema: 1", "schema: 7");
    let said = place.wa(["doctor", "--only", "lock", "--format", "json"]).exits(1).json();
    assert_eq!(super::in_one_line(&said["findings"][0]), "lock WA0423 error wa.lock");
    assert!(said["findings"][0]["message"].as_str().unwrap().contains("schema 7"), "{said}");
}

#[test]
fn project_and_lock_that_differ_are_found() {
    let place = well();
    place.edit("wa.yaml", "source: ", "source: ./elsewhere.tgz # ");
    finds(&place, 0, &["agreement WA0422 warning wa.yaml:8"]);
}

#[test]
fn an_entry_without_its_package_is_found_once() {
    let place = well();
    place.edit("wa.yaml", "entries:", "entries:\n    parcels: { source: ./parcels.tgz }");
    finds(&place, 1, &["agreement WA0420 error wa.yaml:7"]);
}

#[test]
fn a_package_without_an_entry_is_found() {
    let place = well();
    let text = place.read("wa.yaml");
    let without: Vec<&str> = text
        .lines()
        .filter(|line| !line.contains("entries") && !line.contains("orders") && !line.contains("source"))
        .collect();
    place.write("wa.yaml", without.join("\n"));
    finds(&place, 0, &["agreement WA0421 warning wa.lock"]);
}

#[test]
fn a_damaged_trust_store_is_found() {
    let place = well();
    fs::write(place.config().join("trust/trust.json"), "{").unwrap();
    let file = place.config().join("trust/trust.json");
    let trust = format!("trust WA0424 error {}", file.display());
    let mut expected = blocked(&["change", "plugins", "config", "secrets", "catalog", "runtimes", "health"]);
    expected.insert(1, trust);
    finds(&place, 1, &expected.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_change_that_cannot_be_finished_is_found() {
    let place = well();
    place.write(".wa/pending.json", "{");
    let mut expected = blocked(&["plugins", "config", "secrets", "catalog", "runtimes", "health"]);
    expected.insert(0, "change WA0425 error .wa/pending.json".to_owned());
    finds(&place, 1, &expected.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_clock_behind_an_installation_is_found() {
    let place = well();
    let lock = place.read("wa.lock");
    let line = lock.lines().find(|line| line.contains("installedAt")).unwrap();
    place.write("wa.lock", lock.replace(line, "    installedAt: \"2999-01-01T00:00:00Z\""));
    finds(&place, 0, &["clock WA0522 warning wa.lock"]);
}

#[test]
fn loose_modes_are_found_and_fixed() {
    let place = well();
    install_signed(&place, "parcels", "", "");
    let (key, trust) = (place.config().join("keys/acme.key"), place.config().join("trust/trust.json"));
    let original = [mode(&key), mode(&trust)];
    change_mode(&key, 0o644);
    change_mode(&trust, 0o666);
    let found = [&key, &trust].map(|path| format!("modes WA0520 error {}", path.display()));
    finds(&place, 1, &found.each_ref().map(String::as_str));

    insta::assert_snapshot!(place.wa(["doctor", "--only", "modes", "--fix"]).succeeds());
    assert_eq!([mode(&key), mode(&trust)], [original[0], 0o644]);
    finds(&place, 0, &[]);
    insta::assert_snapshot!(place.wa(["doctor", "--only", "modes", "--fix"]).succeeds());
}

#[test]
fn modes_behind_a_link_in_the_project_are_left_alone() {
    let place = Place::with_echo(&[]);
    let mine = place.path("mine");
    place.write("mine", "");
    change_mode(&mine, 0o644);
    fs::create_dir_all(place.path(".wa/run")).unwrap();
    std::os::unix::fs::symlink(&mine, place.path(".wa/run/host.json")).unwrap();
    place.wa(["doctor", "--only", "modes", "--fix"]).succeeds();
    assert_eq!(mode(&mine), 0o644);
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn change_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
