//! Changes of the installed plugins are killed at random moments, come at once, or find the disk full: old state or new.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Place, Random};

/// Kills in all.
const KILLS: usize = 100;
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

/// The change that follows from this state to the next: first install, update, uninstall.
fn change(version: Option<&str>) -> (Vec<String>, Option<&'static str>) {
    let next = match version {
        None => Some(OLD),
        Some(OLD) => Some(NEW),
        Some(_) => None,
    };
    let words = match next {
        Some(next) => format!("plugins install packages/desk-{next}.tgz --yes --allow-downgrade"),
        None => "plugins uninstall desk --yes".to_owned(),
    };
    (words.split(' ').map(str::to_owned).collect(), next)
}

#[test]
fn a_hundred_kills_leave_the_old_state_or_the_new() {
    let mut random = Random::seeded();
    let place = place(&["desk"]);
    let mut normal = BTreeMap::new();
    let mut states = BTreeMap::new();
    let mut version = None;
    // The first time round nothing is left of a former install, in the second all is as it will be.
    for _ in 0..6 {
        let (arguments, next) = change(version);
        let start = Instant::now();
        place.wa(&arguments).succeeds();
        normal.insert(next, start.elapsed());
        assert_eq!(installed(&place, "desk").as_deref(), next);
        states.insert(next, records(&place));
        version = next;
    }
    let (mut old, mut new, mut recovered) = (0, 0, 0);
    for _ in 0..KILLS {
        let (arguments, next) = change(version);
        kill_after(&place, &arguments, random.within(0..u64::try_from(normal[&next].as_micros()).unwrap()));
        recovered +=
            usize::from(place.path(".wa/staging").exists() || place.path(".wa/pending.json").exists());
        let found = installed(&place, "desk");
        nothing_is_left_over(&place);
        let found = found.as_deref();
        assert!(found == next || found == version, "{found:?} after a change from {version:?} to {next:?}");
        assert_eq!(&records(&place), states.iter().find(|(state, _)| **state == found).unwrap().1);
        *(if found == next { &mut new } else { &mut old }) += 1;
        // What is gone already cannot be uninstalled.
        if found.is_some() || next.is_some() {
            place.wa(&arguments).succeeds();
        }
        assert_eq!(installed(&place, "desk").as_deref(), next);
        nothing_is_left_over(&place);
        version = next;
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

/// A small file system. Unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(folder: PathBuf) -> Self {
        let mut command = Command::new("mount");
        let output = command.args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"]).arg(&folder).output().unwrap();
        assert!(output.status.success(), "a tmpfs cannot be mounted; this test must run as root: {output:?}");
        Self(folder)
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
