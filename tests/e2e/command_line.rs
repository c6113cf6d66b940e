//! The rules that hold for every command: streams, exit codes, help, completions, manual pages.

use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;

use crate::support::{Place, repository};

#[test]
fn wrong_usage_exits_2_and_says_what_was_meant() {
    assert_snapshot!(Place::empty().wa(["plugin", "list"]));
    assert_snapshot!(Place::empty().wa(["plugins", "list", "--jason"]));
}

#[test]
fn exit_codes_have_a_page() {
    assert_snapshot!(Place::empty().wa(["exit-codes"]).succeeds());
    let page = Place::empty().wa(["help", "exit-codes"]).succeeds();
    assert!(page.stdout().contains("3  it needs a confirmation"), "{page}");
}

#[test]
fn a_command_that_needs_a_project_says_how_to_get_one() {
    assert_snapshot!(Place::empty().wa(["plugins", "list"]).exits(2));
    assert_snapshot!(Place::empty().wa(["--project", "nowhere", "plugins", "list"]).exits(2));
}

#[test]
fn init_makes_a_project_once() {
    let place = Place::empty();
    assert_snapshot!(place.wa(["init"]).succeeds());
    let before = place.read("wa.yaml");
    assert_snapshot!(place.wa(["init"]).exits(1));
    assert_eq!(place.read("wa.yaml"), before);
}

#[test]
fn every_flag_has_a_variable_and_quiet_keeps_data() {
    let place = Place::with_project();
    let mut command = place.command(["plugins", "list"]);
    command.env("WA_JSON", "1").env("WA_QUIET", "1");
    let output = command.output().unwrap();
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(list["plugins"], serde_json::json!([]));
    assert!(output.stderr.is_empty());
}

#[test]
fn colour_obeys_the_flag_and_no_color() {
    let place = Place::empty();
    let plain = place.wa(["init", "one", "--color", "never"]).succeeds();
    assert!(!plain.stderr().contains('\u{1b}'), "{plain}");
    let coloured = place.wa(["init", "two", "--color", "always"]).succeeds();
    assert!(coloured.stderr().contains('\u{1b}'), "{coloured}");
    let mut command = place.command(["init", "three"]);
    command.env("NO_COLOR", "1");
    assert!(!command.output().unwrap().stderr.contains(&0x1b));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let place = Place::empty();
    let script = format!("{} explain | head -n 1; echo ${{PIPESTATUS[0]}}", env!("CARGO_BIN_EXE_wa"));
    let output =
        std::process::Command::new("bash").args(["-c", &script]).current_dir(place.work()).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).ends_with("\n0\n"));
}

/// `completions/` holds what the binary prints. `WA_TEST_WRITE=1` writes it anew.
#[test]
fn completions_and_manual_pages_are_current() {
    let place = Place::empty();
    place.wa(["man", "--dir", "generated/man"]).succeeds();
    for (shell, file) in [("bash", "wa.bash"), ("zsh", "_wa"), ("fish", "wa.fish")] {
        let script = place.wa(["completions", shell]).succeeds().stdout().to_owned();
        place.write(&format!("generated/{file}"), script);
    }
    let kept = repository("completions");
    let generated = place.path("generated");
    if std::env::var_os("WA_TEST_WRITE").is_some() {
        let _ = fs::remove_dir_all(&kept);
        copy(&generated, &kept);
    }
    let names = |folder: &Path| {
        files(folder).iter().map(|file| file.strip_prefix(folder).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&generated), names(&kept), "run `just completions`");
    for (new, old) in files(&generated).iter().zip(files(&kept)) {
        assert!(
            fs::read(new).unwrap() == fs::read(&old).unwrap(),
            "{} is out of date: run `just completions`",
            old.display()
        );
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    found.sort();
    found.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(file, target).unwrap();
    }
}
