//! Signatures that must not count, and several that must.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::support::{Place, Transcript};

/// A project whose operator trusts acme, and a signed package.
fn place() -> (Place, String) {
    let place = Place::with_project();
    place.key("acme");
    let package = place.package("desk", "1.0.0", "");
    place.wa(["trust", "add", "acme", &public(&place, "acme"), "--packages", "desk"]).succeeds();
    place.wa(["plugins", "list"]).succeeds();
    (place, package)
}

/// The file with a public key.
fn public(place: &Place, name: &str) -> String {
    place.config().join(format!("keys/{name}.pub")).to_str().unwrap().to_owned()
}

/// A package's files in `work/open/package`, to be edited and put together again.
fn open(place: &Place, package: &str) -> PathBuf {
    let folder = place.path("open");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir(&folder).unwrap();
    tar(place, &["-xzf", package, "-C", "open"]);
    folder.join("package")
}

fn close(place: &Place, package: &str) {
    tar(place, &["-czf", package, "--format=ustar", "-C", "open", "package"]);
}

fn tar(place: &Place, arguments: &[&str]) {
    assert!(Command::new("tar").args(arguments).current_dir(place.work()).status().unwrap().success());
}

/// Replaces a part of a text file, which must be there.
fn replace(file: &PathBuf, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "no {from} in {text}");
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

/// Installing is refused by a rule, says this, and changes nothing.
#[track_caller]
fn refused(place: &Place, package: &str, words: &str) -> Transcript {
    let before = place.tree();
    let refused = place.wa(["plugins", "install", package, "--yes"]).exits(1);
    assert!(refused.stderr().contains(words), "no {words:?}: {refused}");
    assert_eq!(place.tree(), before);
    refused
}

const SIGNATURE: &str = "wa.package.json.minisig";

#[test]
fn what_is_not_what_was_signed_is_refused() {
    let (place, package) = place();
    type Edit<'a> = (&'a str, &'a dyn Fn(&PathBuf), &'a str);
    let edits: [Edit<'_>; 8] = [
        (
            "a file",
            &|open| replace(&open.join("index.js"), "desk: ", "evil: "),
            "`index.js` has been changed",
        ),
        (
            "an added file",
            &|open| fs::write(open.join("more.txt"), "").unwrap(),
            "`more.txt` does not belong",
        ),
        ("the trusted comment", &|open| replace(&open.join(SIGNATURE), "seq=", "seq=9"), "does not fit"),
        (
            "the record",
            &|open| replace(&open.join("wa.package.json"), "\"seq\":1", "\"seq\":2"),
            "does not fit",
        ),
        (
            "lines after the fourth",
            &|open| {
                let text = fs::read_to_string(open.join(SIGNATURE)).unwrap();
                fs::write(open.join(SIGNATURE), format!("{text}more\n")).unwrap();
            },
            "not exactly four lines",
        ),
        (
            "the record's removal",
            &|open| fs::remove_file(open.join("wa.package.json")).unwrap(),
            "the record is missing",
        ),
        (
            "the signature's removal",
            &|open| fs::remove_file(open.join(SIGNATURE)).unwrap(),
            "nobody has signed it",
        ),
        (
            "spaces in the record",
            &|open| replace(&open.join("wa.package.json"), ",", ", "),
            "not canonical JSON",
        ),
    ];
    for (what, edit, words) in edits {
        let opened = open(&place, &package);
        edit(&opened);
        close(&place, "edited.tgz");
        let said = refused(&place, "edited.tgz", words);
        assert!(!said.stdout().contains("Installed"), "{what}");
    }
    // The untrusted comment is nobody's word, and its change no harm.
    let opened = open(&place, &package);
    replace(&opened.join(SIGNATURE), "untrusted comment: ", "untrusted comment: x ");
    close(&place, "edited.tgz");
    place.wa(["plugins", "install", "edited.tgz", "--yes"]).succeeds();
}

#[test]
fn signatures_of_other_things_are_refused() {
    let (place, package) = place();
    // Of another version.
    let other = place.package("desk", "1.1.0", "");
    let stolen = fs::read(open(&place, &other).join(SIGNATURE)).unwrap();
    let opened = open(&place, &package);
    fs::write(opened.join(SIGNATURE), &stolen).unwrap();
    close(&place, "stolen.tgz");
    refused(&place, "stolen.tgz", "does not fit");

    // Of another key, which says that it is acme's: by name, and by the id that minisign shows.
    place.key("mallory");
    place.wa(["plugins", "pack", "sources/desk", "--out", "unsigned"]).succeeds();
    place.wa(["plugins", "sign", "unsigned/desk-1.1.0.tgz", "--key", "mallory"]).succeeds();
    let said = refused(&place, "unsigned/desk-1.1.0.tgz", "but the pinned key of `acme` is");
    assert!(!said.stderr().contains("--trust-key"), "{said}");
    let lying = lying_key(&place);
    let opened = open(&place, "unsigned/desk-1.1.0.tgz");
    replace(&opened.join("wa.package.json"), &key_of(&place, "mallory"), &lying);
    close(&place, "lying.tgz");
    refused(&place, "lying.tgz", "does not fit");

    // minisign's legacy kind, over the very record.
    legacy_signature(&place, &package);
    refused(&place, "legacy.tgz", "legacy kind");
}

/// The text of a public key: minisign's second line.
fn key_of(place: &Place, name: &str) -> String {
    fs::read_to_string(public(place, name)).unwrap().lines().nth(1).unwrap().to_owned()
}

/// Mallory's key with acme's key id.
fn lying_key(place: &Place) -> String {
    let script = "import base64,sys\na,m=(base64.b64decode(k) for k in sys.argv[1:])\nprint(base64.b64encode(a[:10]+m[10:]).decode())";
    let output = Command::new("python3")
        .args(["-c", script, &key_of(place, "acme"), &key_of(place, "mallory")])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Signs the record of a package with C minisign and `-l`, by acme's own key.
fn legacy_signature(place: &Place, package: &str) {
    let opened = open(place, package);
    let record = fs::read(opened.join("wa.package.json")).unwrap();
    let digest = Command::new("sha256sum").arg(opened.join("wa.package.json")).output().unwrap();
    let digest = String::from_utf8(digest.stdout).unwrap()[..64].to_owned();
    let comment = format!("wa1 desk@1.0.0 seq=10000000000 sha256={digest}");
    let signed = Command::new("minisign")
        .args(["-S", "-l", "-s"])
        .arg(place.config().join("keys/acme.key"))
        .args(["-m", "wa.package.json", "-x", SIGNATURE, "-t", &comment])
        .current_dir(&opened)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(signed.status.success(), "{signed:?}");
    assert_eq!(fs::read(opened.join("wa.package.json")).unwrap(), record);
    close(place, "legacy.tgz");
}

#[test]
fn an_older_release_is_not_replayed() {
    let (place, old) = place();
    let new = place.package("desk", "1.1.0", "");
    place.wa(["plugins", "install", &new, "--yes"]).succeeds();
    place.wa(["plugins", "uninstall", "desk", "--yes"]).succeeds();
    // The lock is gone; what this machine has seen is not.
    refused(&place, &old, "a newer package was installed before");
}

#[test]
fn yes_is_no_trust() {
    let place = Place::with_project();
    let key = place.key("acme");
    let package = place.package("desk", "1.0.0", "");
    place.wa(["plugins", "list"]).succeeds();
    let said = refused(&place, &package, "its publisher is not trusted yet");
    assert!(said.stderr().contains(&key));
    place.key("other");
    let wrong = place.wa(["keys", "show", "other", "--json"]).succeeds().json();
    let wrong = wrong["keys"][0]["fingerprint"].as_str().unwrap().to_owned();
    place.wa(["plugins", "install", &package, "--yes", "--trust-key", &wrong]).exits(1);
}

#[test]
fn as_many_keys_must_sign_as_the_operator_says() {
    let place = Place::with_project();
    for name in ["acme", "ben", "eve", "stranger"] {
        place.key(name);
    }
    let keys: Vec<String> = ["acme", "ben", "eve"].iter().map(|name| public(&place, name)).collect();
    let add =
        [&["trust", "add", "acme"], keys.iter().map(String::as_str).collect::<Vec<_>>().as_slice()].concat();
    place.wa([&add[..], &["--packages", "desk", "--threshold", "4"]].concat()).exits(1);
    place.wa([&add[..], &["--packages", "desk", "--threshold", "2"]].concat()).succeeds();
    let package = place.package("desk", "1.0.0", "");
    place.wa(["plugins", "list"]).succeeds();

    let few = "1 of the 2 keys that `acme` must sign with have signed";
    refused(&place, &package, few);
    // The same key twice is one key, and a stranger's is none.
    place.wa(["plugins", "sign", &package, "--key", "acme"]).succeeds();
    refused(&place, &package, few);
    place.wa(["plugins", "sign", &package, "--key", "stranger"]).succeeds();
    refused(&place, &package, few);

    place.wa(["plugins", "sign", &package, "--key", "ben"]).succeeds();
    let signed = fs::read(place.path(&package)).unwrap();
    // A second signature that is not good is not ignored.
    let opened = open(&place, &package);
    let ben = fs::read_dir(&opened).unwrap().map(|entry| entry.unwrap().path());
    let own = key_fingerprint(&place, "ben");
    let ben = ben.into_iter().find(|path| path.to_str().unwrap().contains(&own)).unwrap();
    let first = fs::read(opened.join(SIGNATURE)).unwrap();
    fs::write(&ben, first).unwrap();
    close(&place, "forged.tgz");
    refused(&place, "forged.tgz", "does not fit");

    place.wa(["plugins", "install", &package, "--yes"]).succeeds();
    assert_eq!(place.listed("desk")["state"], "trusted");
    assert_eq!(fs::read(place.path(&package)).unwrap(), signed);

    // A revoked key is no signature any more.
    let ben = place.wa(["keys", "show", "ben", "--json"]).succeeds().json();
    place
        .wa(["trust", "revoke", "acme", "--key", ben["keys"][0]["fingerprint"].as_str().unwrap()])
        .succeeds();
    assert_eq!(place.listed("desk")["state"], "invalid");
    let listed = place.wa(["trust", "list"]).succeeds();
    assert!(listed.stdout().contains("REVOKED") && listed.stdout().contains("2 of them"), "{listed}");
}

/// The first eight digits of a key's fingerprint, as file names have them.
fn key_fingerprint(place: &Place, name: &str) -> String {
    let shown = place.wa(["keys", "show", name, "--json"]).succeeds().json();
    shown["keys"][0]["fingerprint"].as_str().unwrap().replace(['-', ':'], "")[2..10].to_owned()
}

/// Packs desk with a change of key in its root, signed with the new key.
fn rotated(place: &Place, version: &str, from: &str, to: &str) -> String {
    place.source("desk", version, "");
    place.wa(["keys", "rotate", "acme", "--from", from, "--to", to, "--out", "sources/desk"]).succeeds();
    place.wa(["plugins", "pack", "sources/desk", "--out", "packages"]).succeeds();
    let package = format!("packages/desk-{version}.tgz");
    place.wa(["plugins", "sign", &package, "--key", to]).succeeds();
    package
}

#[test]
fn a_key_that_both_keys_hand_over_is_taken() {
    let (place, package) = place();
    place.wa(["plugins", "install", &package, "--yes"]).succeeds();
    place.key("acme-2");
    let next = rotated(&place, "2.0.0", "acme", "acme-2");
    let plan = place.wa(["plugins", "install", &next, "--dry-run"]).succeeds();
    assert!(plan.stdout().contains("which takes over from"), "{plan}");
    place.wa(["plugins", "install", &next]).exits(3);
    assert!(!place.wa(["trust", "list"]).succeeds().stdout().contains("replaced"));
    place.wa(["plugins", "install", &next, "--yes"]).succeeds();
    assert_eq!(place.listed("desk")["state"], "trusted");
    let listed = place.wa(["trust", "list"]).succeeds();
    assert!(listed.stdout().contains("replaced"), "{listed}");

    // What the old key signs now is not installed any more.
    fs::remove_file(place.path("sources/desk/wa.rotation.json")).unwrap();
    let late = place.package("desk", "2.1.0", "");
    refused(&place, &late, "has replaced by another key");
}

#[test]
fn a_key_that_one_key_alone_takes_is_refused() {
    let (place, package) = place();
    place.wa(["plugins", "install", &package, "--yes"]).succeeds();
    place.key("acme-2");
    place.key("mallory");
    // Signed by the new key, and by a third in the place of the old one.
    place.source("desk", "2.0.0", "");
    place
        .wa(["keys", "rotate", "acme", "--from", "mallory", "--to", "acme-2", "--out", "sources/desk"])
        .succeeds();
    let forged = fs::read(place.path("sources/desk/wa.rotation.json.old.minisig")).unwrap();
    place
        .wa(["keys", "rotate", "acme", "--from", "acme", "--to", "acme-2", "--out", "sources/desk"])
        .succeeds();
    for (file, bytes) in [
        ("wa.rotation.json.old.minisig", forged),
        (
            "wa.rotation.json.new.minisig",
            fs::read(place.path("sources/desk/wa.rotation.json.old.minisig")).unwrap(),
        ),
    ] {
        let good = fs::read(place.path(format!("sources/desk/{file}"))).unwrap();
        place.write(&format!("sources/desk/{file}"), bytes);
        place.wa(["plugins", "pack", "sources/desk", "--out", "packages"]).succeeds();
        place.wa(["plugins", "sign", "packages/desk-2.0.0.tgz", "--key", "acme-2"]).succeeds();
        refused(&place, "packages/desk-2.0.0.tgz", "key wa:");
        let by_hand = place.wa(["trust", "rotate", "sources/desk/wa.rotation.json"]).exits(1);
        assert!(by_hand.stderr().contains("has not signed the rotation"), "{by_hand}");
        place.write(&format!("sources/desk/{file}"), good);
    }
    // From a key that acme never had.
    let stranger = rotated(&place, "2.0.1", "mallory", "acme-2");
    refused(&place, &stranger, "but the pinned key of `acme` is");
    // From a key that is revoked.
    place.wa(["trust", "revoke", "acme"]).succeeds();
    let late = rotated(&place, "2.0.2", "acme", "acme-2");
    let said = place.wa(["plugins", "install", &late, "--yes"]);
    assert_ne!(said.status(), Some(0), "{said}");
    assert!(said.stderr().contains("revoked"), "{said}");
}
