//! Compiled components count only with the host's seal.

use std::fs;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::json;

use super::wat::Module;
use crate::support::{Place, Running};

fn with_parrot() -> Place {
    let place = Place::with_echo(&[]);
    place.component(
        "parrot",
        "tools: [{ name: parrot, description: Repeats, input: { type: object } }]",
        &Module::tool("parrot", super::ECHO),
    );
    place
}

/// What is in the cache, by extension.
fn cached(place: &Place, extension: &str) -> Vec<PathBuf> {
    let folder = place.home().join(".cache/wa/compiled");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

fn runs(place: &Place) {
    let host = Running::start(place);
    assert_eq!(host.tool("parrot", &json!({ "a": 1 })), Ok(json!({ "a": 1 })));
    host.stop();
}

#[test]
fn a_component_is_compiled_once() {
    let place = with_parrot();
    assert!(cached(&place, "cwasm").is_empty());
    runs(&place);
    let [code] = &cached(&place, "cwasm")[..] else { panic!("one component, one file") };
    let written = fs::metadata(code).unwrap().modified().unwrap();
    runs(&place);
    assert_eq!(fs::metadata(code).unwrap().modified().unwrap(), written, "it was compiled again");
}

#[test]
fn compiled_code_that_somebody_changed_is_made_anew() {
    let place = with_parrot();
    runs(&place);
    let [code] = &cached(&place, "cwasm")[..] else { panic!("one component, one file") };
    let good = fs::read(code).unwrap();
    for at in [good.len() / 3, good.len() / 2, good.len() - 1] {
        let mut changed = good.clone();
        changed[at] ^= 0x55;
        fs::write(code, &changed).unwrap();
        runs(&place);
        assert_eq!(fs::read(code).unwrap(), good, "changed code was left in its place");
    }
    // Without its seal the same code counts for nothing, and neither does a seal of somebody else.
    let [seal] = &cached(&place, "seal")[..] else { panic!("one component, one seal") };
    let written = fs::read(seal).unwrap();
    for forged in [Vec::new(), vec![0; written.len()]] {
        fs::write(seal, forged).unwrap();
        runs(&place);
        assert_eq!(fs::read(seal).unwrap(), written);
    }
}

#[test]
fn the_key_of_the_seals_is_the_operators_alone() {
    let place = with_parrot();
    runs(&place);
    let key = place.home().join(".local/share/wa/compiled.key");
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&key).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    // Another key makes another seal: what is there is compiled anew, and nothing else happens.
    let [seal] = &cached(&place, "seal")[..] else { panic!("one component, one seal") };
    let before = fs::read(seal).unwrap();
    fs::remove_file(&key).unwrap();
    runs(&place);
    assert_ne!(fs::read(seal).unwrap(), before);
}

/// What a compiler says whose sandbox lacks a part, since it was given a variable.
fn compiled_in_part(enforcement: &str, component: &[u8]) -> (u8, Vec<u8>) {
    let (mut here, there) = UnixStream::pair().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wa"));
    command.args(["__worker", "compile", enforcement]).env_clear().env("TOKEN", "x").stderr(Stdio::null());
    let mut compiler = command.stdin(OwnedFd::from(there)).spawn().unwrap();
    // It holds the other end of the socket as well.
    drop(command);
    here.write_all(&u32::try_from(component.len()).unwrap().to_le_bytes()).unwrap();
    here.write_all(component).unwrap();
    let mut answer = Vec::new();
    here.read_to_end(&mut answer).unwrap();
    compiler.wait().unwrap();
    (answer.remove(0), answer)
}

#[test]
fn the_compiler_is_held_as_the_policy_asks() {
    let component = Module::tool("parrot", super::ECHO).bytes();
    let (status, why) = compiled_in_part("required", &component);
    let why = String::from_utf8_lossy(&why);
    assert_eq!((status, &*why), (1, "the sandbox is not whole: environment: 1 variables were passed on"));
    let (status, code) = compiled_in_part("best-effort", &component);
    assert!(status == 0 && code.starts_with(b"\x7fELF"), "{status}");
}
