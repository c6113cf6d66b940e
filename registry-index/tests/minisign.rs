//! Keys and signatures of `wa` and of the C program `minisign` are the same thing.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

use registry_index::archive::Limits;
use registry_index::contents::Contents;
use registry_index::keys::{PublicKey, SecretKey, generate};
use registry_index::pack::{PackOptions, pack};
use registry_index::package::{PackageRecord, RECORD_FILE, SIGNATURE_FILE};
use registry_index::scanned::Scanned;
use registry_index::sign::{Earlier, sign};
use registry_index::trust::{Pinned, TrustStore};
use registry_index::verify::{Standing, Verdict, verify};
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Stdio};

/// The files of the package that this key has signed.
fn signed(archive: &[u8], key: &SecretKey) -> Contents {
    let archive = sign(Cursor::new(archive), key, Earlier::Replaced, Cursor::new(Vec::new())).unwrap();
    Scanned::read(Cursor::new(archive.into_inner()), &Limits::default()).unwrap().held
}

/// Runs `minisign` in a directory. Whether it was content.
fn minisign(directory: &Path, arguments: &[&str]) -> bool {
    let output =
        Command::new("minisign").current_dir(directory).args(arguments).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| {
        panic!(
            "cannot run `minisign`, which this test compares with (Debian: apt-get install minisign): {error}"
        )
    });
    output.status.success()
}

/// A packed plugin, in an archive and as files.
fn packed(directory: &Path) -> (Vec<u8>, Contents) {
    let plugin = directory.join("plugin");
    fs::create_dir_all(&plugin).unwrap();
    let manifest = "schema: 1\nid: demo\nversion: 1.0.0\npublisher: acme\nconfigSchema: { type: object }\n";
    fs::write(plugin.join("wa.plugin.yaml"), manifest).unwrap();
    let packed = pack(&plugin, &PackOptions::default()).unwrap();
    let contents = Scanned::read(Cursor::new(&packed.bytes), &Limits::default()).unwrap().held;
    (packed.bytes, contents)
}

/// The record and the signature as files that `minisign` finds.
fn write_out(directory: &Path, contents: &Contents) {
    for name in [RECORD_FILE, SIGNATURE_FILE] {
        if let Some(bytes) = contents.get(name) {
            fs::write(directory.join(name), bytes).unwrap();
        }
    }
}

fn trust(directory: &Path, key: &PublicKey) -> TrustStore {
    let mut trust = TrustStore::open(directory.join("trust"), std::time::SystemTime::UNIX_EPOCH).unwrap();
    trust.pin(&"acme".parse().unwrap(), key, &"*".parse().unwrap(), Pinned::ByFingerprint).unwrap();
    trust
}

fn is_pinned(contents: &Contents, trust: &TrustStore) -> bool {
    let verdict = verify(contents, &contents.tree(), trust).unwrap();
    matches!(verdict, Verdict::Signed(signed) if signed.standing == Standing::Pinned)
}

#[test]
fn minisign_verifies_what_wa_signed() {
    let dir = tempfile::tempdir().unwrap();
    let new = generate(None).unwrap();
    let key = SecretKey::from_minisign(&new.secret, None).unwrap();
    let signed = signed(&packed(dir.path()).0, &key);
    assert!(is_pinned(&signed, &trust(dir.path(), &new.public)));

    write_out(dir.path(), &signed);
    fs::write(dir.path().join("acme.pub"), new.public.to_minisign()).unwrap();
    let verifies = || minisign(dir.path(), &["-V", "-p", "acme.pub", "-m", RECORD_FILE]);
    assert!(verifies());
    fs::write(dir.path().join(RECORD_FILE), "{}").unwrap();
    assert!(!verifies());
}

#[test]
fn minisign_signs_with_a_key_of_wa() {
    let dir = tempfile::tempdir().unwrap();
    let new = generate(None).unwrap();
    fs::write(dir.path().join("acme.key"), &new.secret).unwrap();
    let (_, mut contents) = packed(dir.path());
    write_out(dir.path(), &contents);
    sign_with_minisign(dir.path(), &mut contents);
    assert!(is_pinned(&contents, &trust(dir.path(), &new.public)));
}

#[test]
fn wa_signs_and_verifies_with_a_key_of_minisign() {
    let dir = tempfile::tempdir().unwrap();
    assert!(minisign(dir.path(), &["-G", "-W", "-p", "acme.pub", "-s", "acme.key"]));
    let public = PublicKey::from_minisign(&fs::read_to_string(dir.path().join("acme.pub")).unwrap()).unwrap();
    let secret = fs::read_to_string(dir.path().join("acme.key")).unwrap();
    let key = SecretKey::from_minisign(&secret, None).unwrap();
    assert_eq!(key.public().unwrap(), public);
    let trust = trust(dir.path(), &public);

    let (archive, mut contents) = packed(dir.path());
    let signed = signed(&archive, &key);
    assert!(is_pinned(&signed, &trust));
    write_out(dir.path(), &signed);
    assert!(minisign(dir.path(), &["-V", "-p", "acme.pub", "-m", RECORD_FILE]));

    fs::remove_file(dir.path().join(SIGNATURE_FILE)).unwrap();
    write_out(dir.path(), &contents);
    sign_with_minisign(dir.path(), &mut contents);
    assert!(is_pinned(&contents, &trust));
    assert!(minisign(dir.path(), &["-V", "-p", "acme.pub", "-m", RECORD_FILE]));
}

/// The signature that a publisher makes by hand, put beside the record.
fn sign_with_minisign(directory: &Path, contents: &mut Contents) {
    let record = contents.get(RECORD_FILE).unwrap().clone();
    let comment =
        PackageRecord::parse(&record).unwrap().trusted_comment(&registry_index::digest::Sha256::of(&record));
    assert!(minisign(directory, &["-S", "-s", "acme.key", "-m", RECORD_FILE, "-t", &comment]));
    let signature = fs::read(directory.join(SIGNATURE_FILE)).unwrap();
    contents.insert(SIGNATURE_FILE.parse().unwrap(), signature);
}
