//! Whose packages may be installed and run: pinned, revoked and changed keys, from the binary.

use std::fs;

use crate::support::{Place, Running};

fn installed() -> (Place, String) {
    let place = Place::with_project();
    let key = place.key("acme");
    let package = place.package("desk", "1.0.0", "");
    place.install(&package, &key).succeeds();
    place.configure("server: { bind: '127.0.0.1:0' }");
    (place, package)
}

#[test]
fn a_key_is_pinned_for_the_names_that_were_confirmed() {
    let (place, _) = installed();
    let trusted = place.wa(["trust", "list", "--json"]).succeeds().json();
    assert_eq!(trusted["publishers"][0]["publisher"], "acme");
    assert_eq!(trusted["publishers"][0]["packages"], serde_json::json!(["desk"]));
    // The same key is no reason to take a package of another name.
    let other = place.package("till", "1.0.0", "");
    let refused = place.wa(["plugins", "install", &other, "--yes"]).exits(1);
    assert!(refused.stderr().contains("--trust-key"), "{refused}");
    let file = place.config().join("keys/acme.pub");
    place.wa(["trust", "add", "acme", file.to_str().unwrap(), "--packages", "till"]).succeeds();
    place.wa(["plugins", "install", &other, "--yes"]).succeeds();
}

#[test]
fn what_a_revoked_key_signed_neither_installs_nor_runs() {
    let (place, package) = installed();
    place.wa(["trust", "revoke", "acme"]).succeeds();
    assert_eq!(place.listed("desk")["state"], "revoked");
    place.wa(["plugins", "inspect", "desk"]).exits(1);
    let refused = place.wa(["plugins", "install", &package, "--yes"]).exits(1);
    assert!(refused.stderr().contains("revoked"), "{refused}");
    let mut host = Running::start(&place);
    assert!(host.event_of("pluginRefused", "desk")["reason"].as_str().unwrap().contains("revoked"));
    host.stop();
    // Forgetting the publisher does not make the key good again.
    place.wa(["trust", "remove", "acme"]).succeeds();
    place.wa(["plugins", "install", &package, "--yes"]).exits(1);
}

#[test]
fn another_key_of_a_known_publisher_is_refused() {
    let (place, _) = installed();
    fs::remove_dir_all(place.config().join("keys")).unwrap();
    let other = place.key("acme");
    let package = place.package("desk", "1.1.0", "");
    let refused = place.install(&package, &other).exits(1);
    assert!(refused.stderr().contains("pinned key"), "{refused}");
    assert_eq!(place.listed("desk")["version"], "1.0.0");
}

#[test]
fn a_package_that_was_changed_after_it_was_signed_is_refused() {
    let (place, package) = installed();
    // The archive is taken apart and put together again by Python, with one file changed.
    let script = "import sys, tarfile, io\n\
                  source, target, name = sys.argv[1:]\n\
                  out = tarfile.open(target, 'w:gz')\n\
                  for member in tarfile.open(source):\n\
                  \tdata = tarfile.open(source).extractfile(member).read()\n\
                  \tif member.name.endswith(name): data += b' '\n\
                  \tmember.size = len(data)\n\
                  \tout.addfile(member, io.BytesIO(data))\n\
                  out.close()\n";
    for name in ["index.js", "wa.plugin.yaml", "package.json", "wa.package.json", "wa.package.json.minisig"] {
        let edited = place.path("edited.tgz");
        let python = std::process::Command::new("python3")
            .args(["-c", script, place.path(&package).to_str().unwrap(), edited.to_str().unwrap(), name])
            .status();
        assert!(python.expect("this test needs python3").success());
        place.wa(["plugins", "verify", "edited.tgz"]).exits(1);
        place
            .wa(["plugins", "install", "edited.tgz", "--yes", "--allow-unsigned", "--allow-downgrade"])
            .exits(1);
    }
    assert_eq!(place.listed("desk")["state"], "trusted");
}
