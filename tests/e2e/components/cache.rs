//! Compiled components count only with the host's seal.

use std::fs;
use std::path::PathBuf;

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
