//! Changes of the installed plugins are killed at random moments, come at once, or find the disk full: old state or new.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Place, Random};

/// Kills in all.
const KILLS: usize = 200;
const OLD: &str = "0.1.0";
const NEW: &str = "0.2.0";

/// A project that trusts acme, and packages of these plugins in two versions, `packages/ID-VERSION.tgz`.
fn place(ids: &[&str]) -> Place {
    let place = Place::with_project();
    place.wa(["keys", "new", "acme"]).succeeds();
    let key = place.config().join("keys/acme.pub");
    for id in ids {
        place.wa(["trust", "add", "acme", key.to_str().unwrap(), "--packages", id]).succeeds();
        place
            .wa([
                "plugins",
                "new",
                id,
                "--template",
                "ts-tool",
                "--dir",
                "sources",
                "--set",
                "publisher=acme",
            ])
            .succeeds();
        let source = format!("sources/{id}");
        for version in [OLD, NEW] {
            place.edit(
                &format!("{source}/wa.plugin.yaml"),
                &format!("version: {OLD}"),
                &format!("version: {version}"),
            );
            place.wa(["plugins", "pack", &source, "--sign", "--out", "packages"]).succeeds();
        }
    }
    place
}

/// The version that is installed and trusted.
#[track_caller]
fn installed(place: &Place, id: &str) -> Option<String> {
    let list = place.wa(["plugins", "list", "--json"]).succeeds().json();
    let plugin = list["plugins"].as_array().unwrap().iter().find(|plugin| plugin["id"] == id)?;
    assert_eq!(plugin["state"], "trusted", "{plugin}");
    Some(plugin["version"].as_str().unwrap().to_owned())
}

/// `wa.yaml` and `wa.lock`, but for the time of the installation.
fn records(place: &Place) -> (String, String) {
    let lock = fs::read_to_string(place.path("wa.lock")).unwrap_or_default();
    let lines = lock.lines().filter(|line| !line.trim_start().starts_with("installedAt:"));
    (place.read("wa.yaml"), lines.collect::<Vec<_>>().join("\n"))
}

#[track_caller]
fn nothing_is_left_over(place: &Place) {
    for leftover in [".wa/staging", ".wa/pending.json"] {
        assert!(!place.path(leftover).exists(), "{leftover} is left over");
    }
}

/// The changes, in turn, and the version that each leaves: install, update, roll back, uninstall.
const CHANGES: [(&str, Option<&str>); 4] = [
    ("plugins install packages/desk-0.1.0.tgz --yes --allow-downgrade", Some(OLD)),
    ("plugins install packages/desk-0.2.0.tgz --yes", Some(NEW)),
    ("plugins rollback desk --yes", Some(OLD)),
    ("plugins uninstall desk --yes", None),
];

#[test]
fn two_hundred_kills_leave_the_old_state_or_the_new() {
    let mut random = Random::seeded();
    let place = place(&["desk"]);
    let words = |change: usize| CHANGES[change].0.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (mut normal, mut states) = ([Duration::ZERO; 4], vec![(String::new(), String::new()); 4]);
    // The first time round nothing is left of a former install, in the second all is as it will be.
    for turn in 0..8 {
        let change = turn % 4;
        let start = Instant::now();
        place.wa(words(change)).succeeds();
        normal[change] = start.elapsed();
        assert_eq!(installed(&place, "desk").as_deref(), CHANGES[change].1);
        states[change] = records(&place);
    }
    let (mut old, mut new, mut recovered) = (0, 0, 0);
    for turn in 0..KILLS {
        let (before, change) = ((turn + 3) % 4, turn % 4);
        let micros = u64::try_from(normal[change].as_micros()).unwrap();
        kill_after(&place, &words(change), random.within(0..micros));
        recovered +=
            usize::from(place.path(".wa/staging").exists() || place.path(".wa/pending.json").exists());
        let found = installed(&place, "desk");
        nothing_is_left_over(&place);
        let state = if found.as_deref() == CHANGES[change].1 { change } else { before };
        assert_eq!(
            (found.as_deref(), &records(&place)),
            (CHANGES[state].1, &states[state]),
            "{}",
            CHANGES[change].0
        );
        if state == change {
            new += 1;
        } else {
            old += 1;
            place.wa(words(change)).succeeds();
        }
        assert_eq!(records(&place), states[change]);
        nothing_is_left_over(&place);
    }
    println!("{old} ended old, {new} new; {recovered} were taken up");
    assert!(old > 0 && new > 0, "the kills came all too early or too late: {old} old, {new} new");
}

fn kill_after(place: &Place, arguments: &[String], micros: u64) {
    let mut child = place.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(Duration::from_micros(micros));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn two_installs_at_once_both_end_installed() {
    let place = place(&["desk", "other"]);
    let children = ["desk", "other"].map(|id| {
        let mut command = place.command(["plugins", "install", &format!("packages/{id}-{OLD}.tgz"), "--yes"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    for id in ["desk", "other"] {
        assert_eq!(installed(&place, id).as_deref(), Some(OLD));
    }
    nothing_is_left_over(&place);
}

#[test]
fn an_update_and_a_rollback_at_once_both_happen() {
    let place = place(&["desk", "other"]);
    for package in ["desk-0.1.0", "other-0.1.0", "other-0.2.0"] {
        place.wa(["plugins", "install", &format!("packages/{package}.tgz"), "--yes"]).succeeds();
    }
    let changes = ["plugins install packages/desk-0.2.0.tgz --yes", "plugins rollback other --yes"];
    let children = changes.map(|words| {
        let mut command = place.command(words.split(' '));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    assert_eq!(installed(&place, "desk").as_deref(), Some(NEW));
    assert_eq!(installed(&place, "other").as_deref(), Some(OLD));
    nothing_is_left_over(&place);
}

/// A small file system. Unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(folder: PathBuf) -> Self {
        let mut command = Command::new("mount");
        let output = command.args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"]).arg(&folder).output().unwrap();
        assert!(output.status.success(), "a tmpfs cannot be mounted; this test must run as root: {output:?}");
        Self(folder)
    }

    /// Lets nothing be written, or lets it again.
    fn remount(&self, mode: &str) {
        let mut command = Command::new("mount");
        let output = command.args(["-o", &format!("remount,{mode}")]).arg(&self.0).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// Writes the file `full` until nothing more fits.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("full");
        let mut file = File::create(&path).unwrap();
        while file.write_all(&[0; 512]).is_ok() {}
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_leaves_the_old_state() {
    let place = place(&["desk"]);
    fs::remove_dir_all(place.path(".wa")).unwrap();
    fs::create_dir(place.path(".wa")).unwrap();
    let disk = SmallDisk::mount(place.path(".wa"));
    let install =
        |version: &str| place.wa(["plugins", "install", &format!("packages/desk-{version}.tgz"), "--yes"]);
    install(OLD).succeeds();
    let before = records(&place);
    let full = disk.fill();
    let refused = install(NEW).exits(2);
    assert!(refused.stderr().to_lowercase().contains("no space left"), "{refused}");
    assert_eq!(installed(&place, "desk").as_deref(), Some(OLD));
    assert_eq!(records(&place), before);
    fs::remove_file(full).unwrap();
    install(NEW).succeeds();
    assert_eq!(installed(&place, "desk").as_deref(), Some(NEW));
    nothing_is_left_over(&place);
}

#[test]
fn a_read_only_store_is_read_and_left_alone() {
    let place = place(&["desk"]);
    fs::remove_dir_all(place.path(".wa")).unwrap();
    fs::create_dir(place.path(".wa")).unwrap();
    let disk = SmallDisk::mount(place.path(".wa"));
    let install = ["plugins", "install", "packages/desk-0.1.0.tgz", "--yes"];
    place.wa(install).succeeds();
    let before = records(&place);
    disk.remount("ro");
    for words in ["install packages/desk-0.2.0.tgz --yes", "uninstall desk --yes", "sync --yes", "prune"] {
        let arguments: Vec<&str> = ["plugins"].into_iter().chain(words.split(' ')).collect();
        let said = place.wa(&arguments);
        // What has nothing to change needs no leave to write.
        if words.starts_with("sync") || words.starts_with("prune") {
            said.succeeds();
        } else {
            let said = said.exits(2);
            assert!(said.stderr().to_lowercase().contains("read-only"), "{said}");
        }
        assert_eq!((installed(&place, "desk").as_deref(), records(&place)), (Some(OLD), before.clone()));
    }
    disk.remount("rw");
    place.wa(["plugins", "install", "packages/desk-0.2.0.tgz", "--yes"]).succeeds();
    assert_eq!(installed(&place, "desk").as_deref(), Some(NEW));
    nothing_is_left_over(&place);
}
