//! One lock, the same set: on another machine, without a network, and back again.

use std::fs;
use std::path::Path;

use crate::support::{Place, Verdaccio};

/// A project with two packages, one of a registry and one of a file.
fn place(user: &str, scope: &str) -> (Place, String) {
    let place = Place::with_project();
    place.use_registry(Verdaccio::shared(), user);
    let key = place.key("acme");
    let package = place.scoped_package(scope, "desk", "1.0.0", "");
    place.wa(["plugins", "publish", &package, "--yes"]).succeeds();
    let local = place.package("till", "1.0.0", "permissions: { storage: 1MiB }");
    place
        .wa(["plugins", "install", &format!("{scope}/desk@^1"), &local, "--yes", "--trust-key", &key])
        .succeeds();
    (place, key)
}

/// Another machine with what a repository has of the project: no store, no trust, no cache.
fn clone(place: &Place) -> Place {
    let other = Place::empty();
    for file in ["wa.yaml", "wa.lock"] {
        other.write(file, place.read(file));
    }
    other
}

#[test]
fn another_machine_gets_the_same_set_without_a_network() {
    let (place, key) = place("sync-offline", "@ten");
    place.wa(["plugins", "mirror", "mirror"]).succeeds();
    let again = place.wa(["plugins", "mirror", "mirror", "--json"]).succeeds().json();
    assert_eq!((&again["archives"], &again["added"]), (&2.into(), &serde_json::json!([])));

    let other = clone(&place);
    let mirror = place.path("mirror");
    let mirror = mirror.to_str().unwrap();
    assert_eq!(other.listed("desk")["state"], "missing");
    let sync = ["--offline", "plugins", "sync", "--frozen", "--mirror", mirror];
    let untrusting = other.wa([&sync[..], &["--yes"]].concat()).exits(1);
    assert!(untrusting.stderr().contains(&format!("--trust-key {key}")), "{untrusting}");
    other.wa(sync).exits(3);
    let sync = [&sync[..], &["--trust-key", &key]].concat();
    other.wa(&sync).exits(3);
    assert!(!other.path(".wa/store").exists());
    other.wa([&sync[..], &["--yes"]].concat()).succeeds();

    assert_eq!(other.read("wa.lock"), place.read("wa.lock"));
    assert_eq!(other.read("wa.yaml"), place.read("wa.yaml"));
    assert_eq!(stored(&other.path(".wa/store")), stored(&place.path(".wa/store")));
    let nothing = other.wa([&sync[..], &["--yes"]].concat()).succeeds();
    assert!(nothing.stderr().contains("everything that wa.lock pins is installed"), "{nothing}");

    // Without the mirror, and with nothing in the cache, there is nowhere to take it from.
    let third = clone(&place);
    let missing =
        third.wa(["--offline", "plugins", "sync", "--frozen", "--yes", "--trust-key", &key]).exits(2);
    assert!(missing.stderr().contains("--offline forbids"), "{missing}");
    assert!(!third.path(".wa/store").exists());
}

#[test]
fn frozen_means_exactly_the_lock() {
    let (place, key) = place("sync-frozen", "@eleven");
    let frozen = |other: &Place| other.wa(["plugins", "sync", "--frozen", "--yes", "--trust-key", &key]);

    let grown = clone(&place);
    grown.use_registry(Verdaccio::shared(), "sync-frozen-2");
    grown.edit("wa.yaml", "@eleven/desk@^1", "@eleven/desk@^2");
    let refused = frozen(&grown).exits(1);
    assert!(refused.stderr().contains("wa.lock does not pin what wa.yaml says of desk"), "{refused}");

    let edited = clone(&place);
    edited.use_registry(Verdaccio::shared(), "sync-frozen-3");
    let mirror = place.path("mirror");
    place.wa(["plugins", "mirror", "mirror"]).succeeds();
    let word = "store up to 1MiB";
    assert!(place.read("wa.lock").contains(word), "{}", place.read("wa.lock"));
    edited.edit("wa.lock", word, "do nothing");
    let with_mirror =
        ["plugins", "sync", "--frozen", "--yes", "--trust-key", &key, "--mirror", mirror.to_str().unwrap()];
    let refused = edited.wa(with_mirror).exits(1);
    assert!(refused.stderr().contains("`grant` of `till` in wa.lock"), "{refused}");
    assert!(!edited.path(".wa/store").exists());

    // An archive in the mirror that is not the pinned one is no archive of the lock.
    let broken = clone(&place);
    for entry in fs::read_dir(&mirror).unwrap() {
        fs::write(entry.unwrap().path(), "not it").unwrap();
    }
    let refused = broken.wa([
        "--offline",
        "plugins",
        "sync",
        "--frozen",
        "--yes",
        "--mirror",
        mirror.to_str().unwrap(),
    ]);
    refused.exits(2);
}

#[test]
fn sync_follows_the_project_file() {
    let (place, key) = place("sync-follows", "@twelve");
    let nothing = place.wa(["plugins", "sync", "--yes"]).succeeds();
    assert!(nothing.stderr().contains("everything"), "{nothing}");
    // A damaged package is fetched again.
    let damaged = place.path(".wa/store/till").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let damaged = damaged.filter(|path| path.is_dir()).last().unwrap().join("index.js");
    fs::write(&damaged, "evil").unwrap();
    assert_eq!(place.listed("till")["state"], "modified");
    let lock = place.read("wa.lock");
    place.wa(["plugins", "sync", "--frozen", "--yes"]).succeeds();
    assert_eq!((place.listed("till")["state"].clone(), place.read("wa.lock")), ("trusted".into(), lock));

    // What wa.yaml no longer has goes; what it has new comes.
    let package = place.package("extra", "1.0.0", "");
    let yaml = place.read("wa.yaml");
    let without_till: String = yaml.split_inclusive('\n').filter(|line| !line.contains("till")).collect();
    assert_ne!(yaml, without_till);
    place.write("wa.yaml", without_till);
    place.install(&package, &key).succeeds();
    let asked = place.wa(["plugins", "sync"]).exits(3);
    assert!(asked.stderr().contains("Remove till"), "{asked}");
    place.wa(["plugins", "sync", "--yes"]).succeeds();
    assert!(!place.path(".wa/store/till").exists() && !place.read("wa.lock").contains("till"));
    assert_eq!(place.listed("extra")["state"], "trusted");
}

#[test]
fn old_versions_stay_until_they_are_pruned() {
    let place = Place::with_project();
    let key = place.key("acme");
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        place.install(&place.package("desk", version, ""), &key).succeeds();
    }
    let unknown = place.wa(["plugins", "rollback", "desk", "--to", "9.0.0", "--yes"]).exits(1);
    assert!(unknown.stderr().contains("the store has no version 9.0.0"), "{unknown}");
    place.wa(["plugins", "rollback", "desk"]).exits(3);
    place.wa(["plugins", "rollback", "desk", "--yes"]).succeeds();
    assert_eq!(place.listed("desk")["version"], "1.1.0");
    place.wa(["plugins", "rollback", "desk", "--to", "1.0.0", "--yes"]).succeeds();
    assert_eq!(place.listed("desk")["version"], "1.0.0");
    // A downgrade that was asked for is remembered, and shown.
    let doctor = place.wa(["doctor", "--only", "plugins"]);
    assert!(doctor.stdout().contains("older version"), "{doctor}");

    let dry = place.wa(["plugins", "prune", "--dry-run", "--json"]).succeeds().json();
    assert_eq!(dry["removed"].as_array().unwrap().len(), 2, "{dry}");
    place.wa(["plugins", "prune"]).succeeds();
    assert_eq!(stored(&place.path(".wa/store")).len(), 3);
    let gone = place.wa(["plugins", "rollback", "desk", "--yes"]).exits(1);
    assert!(gone.stderr().contains("the store has no other version"), "{gone}");
    assert_eq!(place.listed("desk")["state"], "trusted");
}

#[test]
fn a_stored_version_is_checked_before_it_comes_back() {
    let place = Place::with_project();
    let key = place.key("acme");
    for version in ["1.0.0", "1.1.0"] {
        place.install(&place.package("desk", version, ""), &key).succeeds();
    }
    let old = place.path(".wa/store/desk").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let old =
        old.filter(|path| path.is_dir()).find(|path| path.to_str().unwrap().contains("1.0.0-")).unwrap();
    let code = fs::read(old.join("index.js")).unwrap();
    fs::write(old.join("index.js"), "evil").unwrap();
    let refused = place.wa(["plugins", "rollback", "desk", "--yes"]).exits(1);
    assert!(refused.stderr().contains("index.js"), "{refused}");
    fs::write(old.join("index.js"), code).unwrap();
    place.wa(["trust", "revoke", "acme"]).succeeds();
    let refused = place.wa(["plugins", "rollback", "desk", "--yes"]).exits(1);
    assert!(refused.stderr().contains("revoked"), "{refused}");
}

/// The files below a folder that belong to packages in the store: paths and bytes, without what was noted beside them.
fn stored(store: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for plugin in fs::read_dir(store).into_iter().flatten() {
        for version in fs::read_dir(plugin.unwrap().path()).unwrap() {
            names.push(version.unwrap().file_name().into_string().unwrap());
        }
    }
    names.sort();
    names
}
