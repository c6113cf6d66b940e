//! A changed byte in an installed plugin: it is refused by name, and the others run.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::support::{Place, Running};

fn place() -> Place {
    let place = Place::with_project();
    let key = place.key("acme");
    for id in ["desk", "other"] {
        let package = place.package(id, "1.0.0", "");
        place.install(&package, &key).succeeds();
    }
    place.configure("agents: { ana: { handler: other, bindings: [{ channel: console }] } }\nserver: { bind: '127.0.0.1:0' }");
    place
}

fn stored(place: &Place) -> PathBuf {
    PathBuf::from(place.listed("desk")["path"].as_str().unwrap())
}

#[track_caller]
fn is_refused_for(place: &Place, name: &str) {
    let listed = place.listed("desk");
    assert_eq!(listed["state"], "modified", "{name}: {listed}");
    assert!(listed["refusal"].as_str().unwrap().contains(name), "{name}: {listed}");
    let inspected = place.wa(["plugins", "inspect", "desk"]).exits(1);
    assert!(inspected.stdout().contains(name), "{inspected}");
    let doctor = place.wa(["doctor"]).exits(1);
    assert!(format!("{doctor}").contains(name), "{doctor}");
    assert_eq!(place.listed("other")["state"], "trusted");
}

fn each_file(folder: &Path) -> Vec<(PathBuf, String)> {
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 5, "{files:?}");
    files
        .into_iter()
        .map(|file| (file.clone(), file.file_name().unwrap().to_str().unwrap().to_owned()))
        .collect()
}

#[test]
fn any_change_to_any_file_is_seen() {
    let place = place();
    for (file, name) in each_file(&stored(&place)) {
        let (bytes, mode) = (fs::read(&file).unwrap(), fs::metadata(&file).unwrap().permissions());
        let restore = || {
            let _ = fs::remove_file(&file);
            fs::write(&file, &bytes).unwrap();
            fs::set_permissions(&file, mode.clone()).unwrap();
        };
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 2] ^= 1;
        fs::write(&file, flipped).unwrap();
        is_refused_for(&place, &name);
        fs::remove_file(&file).unwrap();
        is_refused_for(&place, &name);
        place.write("elsewhere", &bytes);
        symlink(place.path("elsewhere"), &file).unwrap();
        is_refused_for(&place, &name);
        restore();
        assert_eq!(place.listed("desk")["state"], "trusted", "{name}");
        fs::set_permissions(&file, Permissions::from_mode(0o755)).unwrap();
        is_refused_for(&place, &name);
        restore();
    }
    fs::write(stored(&place).join("more.js"), "").unwrap();
    is_refused_for(&place, "more.js");
}

#[test]
fn the_others_run_and_a_restored_plugin_runs_again() {
    let place = place();
    let file = stored(&place).join("index.js");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, "export default 1;").unwrap();
    let mut host = Running::start(&place);
    let refused = host.event_of("pluginRefused", "desk");
    assert!(refused["reason"].as_str().unwrap().contains("index.js"), "{refused}");
    assert_eq!(host.console().ask("me", "hi"), "other: hi");
    host.stop();

    fs::write(&file, bytes).unwrap();
    place.edit("wa.yaml", "handler: other", "handler: desk");
    let host = Running::start(&place);
    assert_eq!(host.console().ask("me", "hi"), "desk: hi");
    host.stop();
}
