//! From a package to an installed plugin and back, and every question that is asked on the way.

use std::fs::{self, File};
use std::process::Command;
use std::time::{Duration, SystemTime};

use insta::assert_snapshot;

use crate::support::Place;

const NETWORK: &str = "permissions: { network: ['https://api.example.com'] }";

/// A project with acme's key and one package that wants the network.
fn place() -> (Place, String, String) {
    let place = Place::with_project();
    let key = place.key("acme");
    let package = place.package("desk", "1.0.0", NETWORK);
    // The lock of changes and the schema for editors come with the first look.
    place.wa(["plugins", "list"]).succeeds();
    (place, key, package)
}

#[test]
fn the_plan_is_shown_and_changes_nothing() {
    let (place, _, package) = place();
    let before = place.tree();
    let shown = place.wa(["plugins", "install", &package, "--dry-run"]).succeeds();
    for part in [
        package.as_str(),
        "sha512-",
        "acme",
        "NOT KNOWN YET",
        "(!!) exchange data with https://api.example.com",
        "wa.lock",
    ] {
        assert!(shown.stdout().contains(part), "no {part}: {shown}");
    }
    let plan = place.wa(["plugins", "install", &package, "--dry-run", "--json"]).succeeds().json();
    assert_eq!((&plan["schemaVersion"], &plan["dryRun"]), (&1.into(), &true.into()));
    assert_eq!(plan["plans"][0]["newPermissions"][0]["danger"], "high");
    assert_eq!(place.tree(), before);
}

#[test]
fn each_missing_yes_has_its_exit_code_and_changes_nothing() {
    let (place, key, package) = place();
    let before = place.tree();
    let unasked = place.wa(["plugins", "install", &package]).exits(3);
    assert!(unasked.stderr().contains("--yes"), "{unasked}");
    let unknown = place.wa(["plugins", "install", &package, "--yes"]).exits(1);
    assert!(unknown.stderr().contains(&format!("--trust-key {key}")), "{unknown}");
    let other = "wa:0000-0000-0000-0000-0000-0000-0000-0000";
    place.install(&package, other).exits(1);
    place.wa(["plugins", "install", "packages/none.tgz", "--yes"]).exits(2);
    assert_eq!(place.tree(), before);
    place.install(&package, &key).succeeds();
    assert_eq!(place.listed("desk")["state"], "trusted");
}

#[test]
fn installed_disabled_enabled_and_gone() {
    let (place, key, package) = place();
    place.install(&package, &key).succeeds();
    assert_snapshot!(place.wa(["plugins", "list"]).succeeds());
    assert_snapshot!(place.wa(["plugins", "inspect", "desk"]).succeeds());
    place.wa(["plugins", "disable", "desk"]).succeeds();
    assert_eq!(place.listed("desk")["enabled"], false);
    place.wa(["plugins", "enable", "desk"]).succeeds();
    assert_eq!(place.listed("desk")["enabled"], true);

    place.write(".wa/data/desk/storage.db", "kept");
    let before = place.tree();
    assert_snapshot!(place.wa(["plugins", "uninstall", "desk", "--dry-run"]).succeeds());
    place.wa(["plugins", "uninstall", "desk"]).exits(3);
    assert_eq!(place.tree(), before);
    place.wa(["plugins", "uninstall", "desk", "--yes", "--keep-data"]).succeeds();
    assert!(place.listed("desk").is_null());
    assert_eq!(place.read(".wa/data/desk/storage.db"), "kept");
    assert!(!place.read("wa.yaml").contains("desk:"));
    place.install(&package, &key).succeeds();
    place.wa(["plugins", "uninstall", "desk", "--yes"]).succeeds();
    assert!(!place.path(".wa/data/desk").exists());
}

#[test]
fn an_unsigned_package_stays_visible() {
    let place = Place::with_project();
    place.source("desk", "1.0.0", "");
    place.wa(["plugins", "pack", "sources/desk", "--out", "packages"]).succeeds();
    let package = "packages/desk-1.0.0.tgz";
    place.wa(["plugins", "verify", package]).exits(1);
    let refused = place.wa(["plugins", "install", package, "--yes"]).exits(1);
    assert!(refused.stderr().contains("--allow-unsigned"), "{refused}");
    place.wa(["plugins", "install", package, "--yes", "--allow-unsigned"]).succeeds();
    assert!(place.read("wa.lock").contains("unsigned"));
    for command in [&["plugins", "list"][..], &["plugins", "inspect", "desk"], &["doctor"]] {
        let shown = place.wa(command);
        assert!(format!("{shown}").contains("unsigned"), "{shown}");
    }
}

#[test]
fn an_update_shows_only_what_is_new_and_asks_again() {
    let (place, key, package) = place();
    place.install(&package, &key).succeeds();
    let newer = place.package(
        "desk",
        "1.1.0",
        "permissions: { network: ['https://api.example.com'], storage: 1MiB }",
    );
    let plan = place.wa(["plugins", "install", &newer, "--dry-run"]).succeeds();
    assert!(plan.stdout().contains("new: it may store up to 1MiB"), "{plan}");
    assert!(!plan.stdout().contains("api.example.com"), "{plan}");
    let before = place.tree();
    place.wa(["plugins", "install", &newer]).exits(3);
    assert_eq!(place.tree(), before);
    place.wa(["plugins", "install", &newer, "--yes"]).succeeds();
    assert_eq!(place.listed("desk")["version"], "1.1.0");

    let before = place.tree();
    let older = place.wa(["plugins", "install", &package, "--yes"]).exits(1);
    assert!(older.stderr().contains("--allow-downgrade"), "{older}");
    assert_eq!(place.tree(), before);
    place.wa(["plugins", "install", &package, "--yes", "--allow-downgrade"]).succeeds();
    assert_eq!(place.listed("desk")["version"], "1.0.0");
}

#[test]
fn a_folder_is_dev_everywhere() {
    let place = Place::with_project();
    place.source("desk", "1.0.0", "");
    place.wa(["plugins", "install", "./sources/desk", "--yes"]).succeeds();
    assert_eq!(place.listed("desk")["state"], "unsigned-dev");
    for command in [&["plugins", "list"][..], &["plugins", "inspect", "desk"]] {
        let shown = place.wa(command).succeeds();
        assert!(shown.stdout().contains("DEV"), "{shown}");
    }
}

/// A signature holds a random number, so only what is not signed is the same in every byte.
#[test]
fn the_same_folder_gives_the_same_bytes() {
    let place = Place::with_project();
    place.source("desk", "1.0.0", NETWORK);
    let status =
        Command::new("cp").arg("-r").args([place.path("sources"), place.path("copy")]).status().unwrap();
    assert!(status.success());
    for file in ["copy/desk/index.js", "copy/desk/wa.plugin.yaml"] {
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        File::options().write(true).open(place.path(file)).unwrap().set_modified(old).unwrap();
    }
    let packed = |source: &str, out: &str| {
        place.wa(["plugins", "pack", source, "--out", out]).succeeds();
        fs::read(place.path(out).join("desk-1.0.0.tgz")).unwrap()
    };
    let first = packed("sources/desk", "first");
    assert!(packed("sources/desk", "second") == first);
    assert!(packed("copy/desk", "third") == first);
    place.edit("copy/desk/index.js", "text", "txet");
    assert!(packed("copy/desk", "fourth") != first);
}

#[test]
fn minisign_verifies_what_wa_signed() {
    let (place, _, package) = place();
    let unpacked = Command::new("tar").args(["xzf", &package]).current_dir(place.work()).status().unwrap();
    assert!(unpacked.success());
    let key = place.config().join("keys/acme.pub");
    let verify = || {
        let mut command = Command::new("minisign");
        command.args(["-V", "-m", "package/wa.package.json", "-p"]).arg(&key).current_dir(place.work());
        command.output().expect("the program minisign is needed: apt install minisign")
    };
    let verified = verify();
    assert!(verified.status.success(), "{verified:?}");
    assert!(String::from_utf8_lossy(&verified.stdout).contains("wa1 desk@1.0.0 seq="), "{verified:?}");
    place.edit("package/wa.package.json", "desk", "disk");
    assert!(!verify().status.success());
}
