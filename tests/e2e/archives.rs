//! The corpus of archives: each hostile one is refused by its rule, in little memory, with nothing left behind; each odd
//! but valid one installs.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::thread;

use tempfile::TempDir;

use crate::support::{Place, repository};

/// Bytes of memory that no archive may make `wa` use more of.
const MOST_MEMORY: u64 = 64 << 20;

/// Writes the corpus; gone when the folder is dropped.
fn corpus() -> TempDir {
    let folder = tempfile::Builder::new().prefix("wa-archives-").tempdir().unwrap();
    let made = Command::new("python3").arg(script("make.py")).arg(folder.path()).status().unwrap();
    assert!(made.success());
    folder
}

fn script(name: &str) -> PathBuf {
    repository("tests/archives").join(name)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Runs `wa` as a child of a script that writes down how much memory it took.
fn measured(place: &Place, arguments: &[&str]) -> (Output, u64) {
    let wa = place.command(arguments);
    let note = place.work().with_file_name("peak");
    let mut python = Command::new("python3");
    python.arg(script("peak.py")).arg(&note).arg(wa.get_program()).args(wa.get_args());
    python.current_dir(place.work()).env_clear();
    python.envs(wa.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = python.output().unwrap();
    let peak: u64 = fs::read_to_string(note).unwrap().parse().unwrap();
    (output, peak << 10)
}

/// What is wrong with each archive, over all of them on both processors, each with a project of its own.
fn wrong_ones(
    archives: Vec<PathBuf>,
    check: impl Fn(&Place, &Path) -> Result<(), String> + Sync,
) -> Vec<String> {
    let (queue, wrong) = (Mutex::new(archives), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let place = Place::with_project();
                place.wa(["plugins", "list"]).succeeds();
                loop {
                    let Some(archive) = queue.lock().unwrap().pop() else { return };
                    if let Err(what) = check(&place, &archive) {
                        wrong.lock().unwrap().push(format!("{}: {what}", archive.display()));
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}

#[test]
fn hostile_archives_are_refused_by_their_rule() {
    let corpus = corpus();
    let rules = files(&corpus.path().join("hostile"));
    let archives: Vec<PathBuf> = rules.iter().flat_map(|rule| files(rule)).collect();
    assert!(archives.len() >= 180, "{} archives", archives.len());
    let wrong = wrong_ones(archives, |place, archive| {
        let before = place.tree();
        let path = archive.to_str().unwrap();
        let (output, peak) = measured(place, &["plugins", "install", path, "--yes", "--allow-unsigned"]);
        let said = String::from_utf8_lossy(&output.stderr);
        let rule = archive.parent().unwrap().file_name().unwrap().to_str().unwrap();
        if output.status.code() != Some(1) || !said.contains(&format!("({rule})")) {
            return Err(format!("{:?}, not by {rule}: {said}", output.status));
        }
        if place.tree() != before {
            return Err("something was left behind".to_owned());
        }
        if peak > MOST_MEMORY { Err(format!("{} MiB of memory", peak >> 20)) } else { Ok(()) }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_hostile_archive_and_a_place_in_the_guide() {
    let corpus = corpus();
    let guide = fs::read_to_string(repository("docs/archives.md")).unwrap();
    let told: BTreeMap<&str, ()> =
        guide.lines().filter_map(|line| Some((line.strip_prefix("| `")?.split_once('`')?.0, ()))).collect();
    let tried: BTreeMap<String, ()> = files(&corpus.path().join("hostile"))
        .iter()
        .map(|rule| (rule.file_name().unwrap().to_str().unwrap().to_owned(), ()))
        .collect();
    assert_eq!(
        told.keys().copied().collect::<Vec<_>>(),
        tried.keys().map(String::as_str).collect::<Vec<_>>()
    );
}

#[test]
fn odd_but_valid_archives_install() {
    let corpus = corpus();
    let archives = files(&corpus.path().join("valid"));
    assert!(archives.len() >= 20, "{} archives", archives.len());
    let wrong = wrong_ones(archives, |place, archive| {
        let path = archive.to_str().unwrap();
        let (output, peak) = measured(place, &["plugins", "install", path, "--yes", "--allow-unsigned"]);
        if output.status.code() != Some(0) {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        if peak > MOST_MEMORY {
            return Err(format!("{} MiB of memory", peak >> 20));
        }
        let state = place.listed("desk")["state"].clone();
        let stored = stored(place);
        place.wa(["plugins", "uninstall", "desk", "--yes"]).succeeds();
        if state != "unsigned" { Err(format!("{state}")) } else { expected(archive, &stored) }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The files of the installed package: their modes and lengths.
fn stored(place: &Place) -> BTreeMap<String, (u32, u64)> {
    fn gather(folder: &Path, prefix: &str, files: &mut BTreeMap<String, (u32, u64)>) {
        for path in self::files(folder) {
            let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
            let metadata = fs::symlink_metadata(&path).unwrap();
            if metadata.is_dir() {
                gather(&path, &format!("{name}/"), files);
            } else {
                files.insert(name, (metadata.permissions().mode() & 0o7777, metadata.len()));
            }
        }
    }
    let package = files(&place.path(".wa/store/desk")).into_iter().find(|path| path.is_dir()).unwrap();
    let mut stored = BTreeMap::new();
    gather(&package, "", &mut stored);
    stored
}

/// Modes are forced, and what the archive was made for is there.
fn expected(archive: &Path, stored: &BTreeMap<String, (u32, u64)>) -> Result<(), String> {
    let name = archive.file_name().unwrap().to_str().unwrap();
    let executable = ["executable.tgz", "executable.zip", "setuid-becomes-plain.tgz"].contains(&name);
    let modes: Vec<u32> = stored.values().map(|(mode, _)| *mode).collect();
    let has_executable = modes.contains(&0o755);
    if modes.iter().any(|mode| ![0o644, 0o755].contains(mode)) || has_executable != executable {
        return Err(format!("the modes are {modes:?}"));
    }
    let extra = match name {
        "long-name.tgz" | "pax-path.tgz" => Some((format!("{}x", "long-part/".repeat(20)), 1)),
        "prefix.tgz" => Some(("some/prefix/x.txt".to_owned(), 1)),
        "unicode-name.tgz" | "unicode-name.zip" => Some(("ä中.txt".to_owned(), 1)),
        "large-file.tgz" => Some(("noise.bin".to_owned(), 3 << 20)),
        "empty-file.tgz" => Some(("empty.txt".to_owned(), 0)),
        "descriptor.zip" | "descriptor-unsigned.zip" | "zip64-sizes.zip" => Some(("x".to_owned(), 900)),
        _ => None,
    };
    match extra {
        Some((path, length)) if stored.get(&path).is_none_or(|(_, found)| *found != length) => {
            Err(format!("no {path} of {length} bytes in {stored:?}"))
        }
        _ => Ok(()),
    }
}
