//! Registries of one's own: built from a folder of packages, signed, served to wa and npm.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::support::registry::{REGISTRY, Served, npm_install};
use crate::support::{Place, Random};

/// A place with the keys of acme and of the root, and one package in its registry.
fn place() -> Place {
    let place = Place::empty();
    place.key("acme");
    place.key("root");
    place.write("sources/desk/package.json", "{ \"name\": \"@acme/desk\", \"version\": \"1.0.0\" }");
    place.pack_into_registry("desk", "1.0.0", "");
    place
}

fn index(place: &Place) -> Value {
    serde_json::from_str(&place.read("registry/wa-index.json")).unwrap()
}

#[test]
fn npm_installs_from_any_server_of_files() {
    let place = place();
    place.build(&["root"]);
    let files = ["index.js", "package.json", "wa.package.json", "wa.package.json.minisig", "wa.plugin.yaml"];
    let wa = Served::by_wa(&place);
    assert_eq!(npm_install(&place, &wa, "by-wa", "@acme/desk@^1.0.0"), files);
    wa.stop();
    let python = Served::by_python(&place, REGISTRY);
    assert_eq!(npm_install(&place, &python, "by-python", "@acme/desk@latest"), files);
    // The server is told by the name that npm keeps for any registry, or in full.
    let lock = place.read("by-python/package-lock.json");
    assert!(lock.contains("https://registry.npmjs.org/desk-1.0.0.tgz"), "{lock}");
    place.wa(["registry", "build", REGISTRY, "--url", "https://plugins.example/wa/"]).succeeds();
    assert!(place.read("registry/@acme/desk").contains("https://plugins.example/wa/desk-1.0.0.tgz"));
}

#[test]
fn wa_installs_from_any_server_of_files() {
    let place = place();
    place.wa(["init"]).succeeds();
    place.curate(&place.public_key("acme"), "");
    place.build(&["root"]);
    // A registry below the root of a host, which is told in full.
    let mut below = Served::by_python(&place, ".");
    below.url.push_str("registry/");
    let root = Served::by_python(&place, REGISTRY);
    for (served, url) in [(&root, None), (&below, Some(&below.url))] {
        let url = url.into_iter().flat_map(|url| ["--url", url]);
        place.wa(["registry", "build", REGISTRY].into_iter().chain(url)).succeeds();
        place.sign_index(&["root"]);
        place.wa(["trust", "root", "add", &served.url, &place.key_file("root")]).succeeds();
        place.install_from(served, "@acme/desk@^1").succeeds();
        assert_eq!(place.listed("desk")["state"], "trusted");
        place.wa(["plugins", "uninstall", "desk", "--yes"]).succeeds();
    }
    let files = npm_install(&place, &below, "below", "@acme/desk@1.0.0");
    assert!(files.contains(&"wa.plugin.yaml".to_owned()), "{files:?}");
}

#[test]
fn the_same_packages_give_the_same_bytes() {
    let place = place();
    let generated = |folder: &str| -> BTreeMap<String, Vec<u8>> {
        place.wa(["registry", "build", folder, "--expires", "2040-01-01"]).succeeds();
        let names = ["wa-index.json", "@acme/desk"];
        names.map(|name| (name.to_owned(), fs::read(place.path(folder).join(name)).unwrap())).into()
    };
    let first = generated(REGISTRY);
    fs::create_dir_all(place.path("elsewhere/deep")).unwrap();
    fs::copy(place.path("registry/desk-1.0.0.tgz"), place.path("elsewhere/desk-1.0.0.tgz")).unwrap();
    assert_eq!(generated("elsewhere"), first);
    // Once more: only the version grows.
    let second = generated(REGISTRY);
    let text = |files: &BTreeMap<String, Vec<u8>>| String::from_utf8(files["wa-index.json"].clone()).unwrap();
    assert_eq!(text(&second), text(&first).replace("\"version\":1}", "\"version\":2}"));
    assert_eq!(second["@acme/desk"], first["@acme/desk"]);
}

#[test]
fn what_cannot_be_built_leaves_what_was_there() {
    let place = place();
    let key = place.public_key("acme");
    place.build(&["root"]);
    let before = place.tree();
    let refused = |what: &str| {
        let transcript = place.wa(["registry", "build", REGISTRY]).exits(1);
        assert!(transcript.stderr().contains(what), "{what}\n{transcript}");
        let kept = ["wa-index.json", "@acme/desk"].map(|name| format!("work/registry/{name}"));
        let now = place.tree();
        assert!(kept.iter().all(|name| now[name] == before[name]), "{transcript}");
        assert_eq!(now.keys().filter(|name| name.ends_with(".minisig")).count(), 1, "the signature is gone");
    };

    place.source("till", "1.0.0", "");
    place.wa(["plugins", "pack", "sources/till", "--out", REGISTRY]).succeeds();
    refused("`till-1.0.0.tgz` is not signed");
    place.write("registry/till-1.0.0.tgz", "not an archive");
    refused("`till-1.0.0.tgz` is refused");
    fs::remove_file(place.path("registry/till-1.0.0.tgz")).unwrap();

    fs::copy(place.path("registry/desk-1.0.0.tgz"), place.path("registry/again.tgz")).unwrap();
    refused("are both @acme/desk@1.0.0");
    fs::remove_file(place.path("registry/again.tgz")).unwrap();

    std::os::unix::fs::symlink("desk-1.0.0.tgz", place.path("registry/link.tgz")).unwrap();
    refused("is not a regular file");
    fs::remove_file(place.path("registry/link.tgz")).unwrap();

    place.curate(&place.public_key("root"), "");
    refused("`acme` needs 1 of its keys");
    place.write(
        "registry/wa-registry.yaml",
        format!("schema: 1\npublishers: {{ acme: {{ keys: ['{key}'], packages: ['@other/*'] }} }}\n"),
    );
    refused("`acme` may not sign `@acme/desk`");
    place.curate(&key, "packages:\n  '@acme/desk': { yanked: { 1.0.1: bad } }\n  desk: { level: curated }");
    refused("there is no version 1.0.1 of `@acme/desk` here");
    place.curate(&key, "packages: { '@acme/desk': { level: verified } }");
    refused("verified");
    fs::remove_file(place.path("registry/wa-registry.yaml")).unwrap();

    // The same version, packed anew with other content.
    place.write("sources/desk/README.md", "new");
    let good = fs::read(place.path("registry/desk-1.0.0.tgz")).unwrap();
    place.pack_into_registry("desk", "1.0.0", "");
    refused("was published before with other bytes");
    place.write("registry/desk-1.0.0.tgz", good);
    place.wa(["registry", "build", REGISTRY]).succeeds();
    assert_eq!(index(&place)["version"], 2);
    assert!(!place.tree().keys().any(|name| name.ends_with("wa-index.json.minisig")));
}

#[test]
fn findings_about_the_registry_file_are_shown_where_they_are() {
    let place = place();
    let yaml =
        "schema: 1\npackages:\n  '@acme/desk':\n    level: curated\n    yanked:\n      9.9.9: never was\n";
    place.write("registry/wa-registry.yaml", yaml);
    insta::assert_snapshot!(place.wa(["registry", "build", REGISTRY]).exits(1));
    place.edit("registry/wa-registry.yaml", "level: curated", "lvel: curated");
    insta::assert_snapshot!(place.wa(["registry", "build", REGISTRY]).exits(1));
}

#[test]
fn what_the_registry_file_says_is_in_the_index() {
    let place = place();
    let key = place.public_key("acme");
    place.pack_into_registry("till", "1.0.0", "");
    place.pack_into_registry("till", "1.1.0", "");
    let lines = "packages:\n  '@acme/desk': { level: curated }\n  till: { yanked: { 1.1.0: loses money } }";
    place.curate(&key, lines);
    let built = place.wa(["registry", "build", REGISTRY, "--json"]).succeeds().json();
    assert_eq!((&built["packages"], &built["versions"]), (&2.into(), &3.into()));
    let index = index(&place);
    assert_eq!(index["packages"]["@acme/desk"]["versions"]["1.0.0"]["level"], "curated");
    assert_eq!(index["packages"]["till"]["versions"]["1.0.0"]["level"], "listed");
    assert_eq!(index["packages"]["till"]["versions"]["1.1.0"]["yanked"], "loses money");
    assert_eq!(index["publishers"]["acme"]["keys"][0], key);
    let till: Value = serde_json::from_str(&place.read("registry/till")).unwrap();
    assert_eq!(till["dist-tags"]["latest"], "1.0.0");
    assert_eq!(till["versions"]["1.1.0"]["deprecated"], "yanked: loses money");
    // A revoked package is in the revocations and nowhere else; a file that nothing needs any more goes.
    let archive = &index["packages"]["till"]["versions"]["1.0.0"]["archive"];
    let record = &index["packages"]["till"]["versions"]["1.1.0"]["record"];
    let revoked = format!("revoked: {{ packages: {{ {archive}: stolen, {record}: stolen too }} }}");
    place.curate(&key, &revoked);
    let built = place.wa(["registry", "build", REGISTRY, "--json"]).succeeds().json();
    assert_eq!(built["leftOut"], serde_json::json!(["till-1.0.0.tgz", "till-1.1.0.tgz"]));
    assert!(!place.path("registry/till").exists());
    let revoked = &self::index(&place)["revoked"]["packages"];
    assert_eq!(revoked[archive.as_str().unwrap()], "stolen");
    // Both are named by their wa.package.json too.
    assert_eq!(revoked.as_object().unwrap().len(), 3, "{revoked}");
}

#[test]
fn an_index_is_signed_by_each_key_in_a_file_of_its_own() {
    let place = place();
    place.key("second");
    place.build(&["root", "second"]);
    let signatures = || {
        let names = place.tree().into_keys().filter(|name| name.starts_with("work/registry/wa-index.json."));
        names.collect::<Vec<_>>()
    };
    assert_eq!(signatures().len(), 2);
    // minisign itself takes it.
    let key = place.path("root.pub");
    fs::copy(place.key_file("root"), &key).unwrap();
    let fingerprint = place.wa(["keys", "show", "root", "--json"]).succeeds().json();
    let short = fingerprint["keys"][0]["fingerprint"].as_str().unwrap()[3..12].replace('-', "");
    let checked = std::process::Command::new("minisign")
        .args(["-V", "-m", "registry/wa-index.json", "-p", "root.pub", "-x"])
        .arg(format!("registry/wa-index.json.{short}.minisig"))
        .current_dir(place.work())
        .stdout(Stdio::null())
        .status();
    assert!(checked.expect("this test needs minisign").success());
    // A key in a file of any name; one that others can read is none.
    let file = place.config().join("keys/root.key");
    place.wa(["registry", "sign", REGISTRY, "--key", file.to_str().unwrap()]).succeeds();
    place.wa(["registry", "sign", REGISTRY, "--key", "nobody"]).exits(1);
    place.wa(["registry", "build", REGISTRY]).succeeds();
    assert_eq!(signatures(), Vec::<String>::new());
    place.write("registry/wa-index.json", "{}");
    place.wa(["registry", "sign", REGISTRY, "--key", "root"]).exits(1);
    place.wa(["registry", "build", REGISTRY]).exits(1);
}

#[test]
fn a_build_that_is_killed_leaves_the_old_index_or_the_new() {
    let place = place();
    for version in 1..12 {
        place.pack_into_registry("till", &format!("1.{version}.0"), "");
    }
    place.build(&["root"]);
    let mut random = Random::seeded();
    for _ in 0..30 {
        let mut build = place.command(["registry", "build", REGISTRY]);
        let mut child = build.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_micros(random.within(0..40_000)));
        let _ = child.kill();
        child.wait().unwrap();
        let index = index(&place);
        for (name, package) in index["packages"].as_object().unwrap() {
            let packument: Value = serde_json::from_str(&place.read(&format!("registry/{name}"))).unwrap();
            for (version, entry) in package["versions"].as_object().unwrap() {
                assert_eq!(packument["versions"][version]["dist"]["integrity"], entry["archive"]);
            }
        }
        let version = index["version"].as_u64().unwrap();
        place.wa(["registry", "build", REGISTRY]).succeeds();
        assert_eq!(self::index(&place)["version"], version + 1);
    }
    let left: Vec<String> = place.tree().into_keys().filter(|name| name.ends_with(".new")).collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn publishing_to_a_folder() {
    let place = place();
    place.build(&[]);
    let package = place.package("till", "1.0.0", "");
    let published = place.wa(["plugins", "publish", &package, "--to", REGISTRY, "--yes"]).succeeds();
    assert!(published.stderr().contains("wa registry sign"), "{published}");
    assert!(place.path("registry/-/till-1.0.0.tgz").exists());
    assert_eq!(index(&place)["version"], 2);
    // Again changes nothing; other bytes are refused and change nothing.
    let before = place.tree();
    place.wa(["plugins", "publish", &package, "--to", REGISTRY, "--yes"]).succeeds();
    assert_eq!(place.tree(), before);
    place.write("sources/till/README.md", "other");
    place.package("till", "1.0.0", "");
    let before = place.tree();
    let refused = place.wa(["plugins", "publish", &package, "--to", REGISTRY, "--yes"]).exits(1);
    assert!(refused.stderr().contains("with other bytes"), "{refused}");
    // What nobody signed does not come in.
    place.wa(["plugins", "pack", "sources/desk", "--out", "."]).succeeds();
    place.wa(["plugins", "publish", "desk-1.0.0.tgz", "--to", REGISTRY, "--yes"]).exits(1);
    fs::remove_file(place.path("desk-1.0.0.tgz")).unwrap();
    assert_eq!(place.tree(), before);
    let served = Served::by_wa(&place);
    assert!(npm_install(&place, &served, "shop", "till@1.0.0").contains(&"wa.plugin.yaml".to_owned()));
}
