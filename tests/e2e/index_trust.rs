//! A registry whose root is pinned: what its index lets be installed, and what not.

use std::fs;

use serde_json::json;

use crate::support::Place;
use crate::support::registry::{REGISTRY, Served};

/// A project, and a registry that serves `desk` 1.0.0 by acme, vouched for and curated, with its root pinned.
fn pinned() -> (Place, Served) {
    let place = Place::with_project();
    place.key("acme");
    place.key("root");
    place.pack_into_registry("desk", "1.0.0", "");
    place.curate(&place.public_key("acme"), "packages: { desk: { level: curated } }");
    place.build(&["root"]);
    let served = Served::by_wa(&place);
    place.wa(["trust", "root", "add", &served.url, &place.key_file("root")]).succeeds();
    (place, served)
}

/// Installing must be refused with these words, and change nothing in the project.
#[track_caller]
fn refused(place: &Place, served: &Served, spec: &str, words: &str) {
    let state = || {
        let mut tree = place.tree();
        tree.retain(|name, _| {
            name == "work/wa.yaml" || name == "work/wa.lock" || name.starts_with("work/.wa/store")
        });
        tree
    };
    let before = state();
    let transcript = place.install_from(served, spec).exits(1);
    assert!(transcript.stderr().contains(words), "{words}\n{transcript}");
    assert_eq!(state(), before);
}

#[test]
fn the_index_stands_in_for_a_question_about_the_key() {
    let (place, served) = pinned();
    let plan = place.wa(["plugins", "install", "desk", "--registry", &served.url, "--dry-run", "--json"]);
    let plan = &plan.succeeds().json()["plans"][0];
    assert_eq!((&plan["trust"], &plan["signer"]["vouchedBy"]), (&json!("verified"), &json!(served.url)));
    place.install_from(&served, "desk").succeeds();
    assert_eq!(place.listed("desk")["state"], "verified");
    assert!(place.read("wa.lock").contains("trust: \"verified\""), "{}", place.read("wa.lock"));
    // The key is trusted by the index's word and is not the operator's own.
    assert_eq!(place.wa(["trust", "list", "--json"]).succeeds().json()["publishers"], json!([]));
    let roots = place.wa(["trust", "root", "list", "--json"]).succeeds().json();
    assert_eq!(roots["roots"][0]["indexVersion"], 1);

    // Only for what is listed: the same publisher's package from elsewhere asks.
    let till = place.package("till", "1.0.0", "");
    place.wa(["plugins", "install", &till, "--yes"]).exits(1);
    // What is listed counts wherever it comes from.
    place.wa(["plugins", "uninstall", "desk", "--yes"]).succeeds();
    place.wa(["plugins", "install", "registry/desk-1.0.0.tgz", "--yes"]).succeeds();
    assert_eq!(place.listed("desk")["state"], "verified");

    // Without the root, nobody vouches.
    place.wa(["trust", "root", "remove", &served.url]).succeeds();
    assert_eq!(place.listed("desk")["state"], "invalid");
    place.install_from(&served, "desk").exits(1);
}

#[test]
fn an_uncurated_package_is_trusted_and_not_verified() {
    let (place, served) = pinned();
    place.curate(&place.public_key("acme"), "");
    place.build(&["root"]);
    place.install_from(&served, "desk").succeeds();
    assert_eq!(place.listed("desk")["state"], "trusted");
}

#[test]
fn a_publisher_that_the_index_does_not_name_is_asked_about() {
    let (place, served) = pinned();
    place.write("registry/wa-registry.yaml", "schema: 1\npackages: { desk: { level: curated } }\n");
    place.build(&["root"]);
    refused(&place, &served, "desk", "its publisher is not trusted yet");
    let shown = place.wa(["keys", "show", "acme", "--json"]).succeeds().json();
    let key = shown["keys"][0]["fingerprint"].as_str().unwrap();
    let install = ["plugins", "install", "desk", "--registry", &served.url, "--yes", "--trust-key", key];
    place.wa(install).succeeds();
    assert_eq!(place.listed("desk")["state"], "verified");
}

#[test]
fn enough_different_keys_must_have_signed() {
    let (place, served) = pinned();
    place.key("second");
    place.key("stranger");
    let (root, second) = (place.key_file("root"), place.key_file("second"));
    place.wa(["trust", "root", "add", &served.url, &root, &root, "--threshold", "2"]).exits(1);
    place.wa(["trust", "root", "add", &served.url, &root, &second, "--threshold", "2"]).succeeds();
    refused(&place, &served, "desk", "1 of the 2 good root signatures");
    place.sign_index(&["stranger"]);
    refused(&place, &served, "desk", "1 of the 2 good root signatures");
    // The first key's signature in the second one's name.
    place.sign_index(&["second"]);
    let shown = place.wa(["keys", "show", "--json"]).succeeds().json();
    let short = |name: &str| {
        let key = shown["keys"].as_array().unwrap().iter().find(|key| key["publisher"] == name).unwrap();
        format!(
            "registry/wa-index.json.{}.minisig",
            key["fingerprint"].as_str().unwrap()[3..12].replace('-', "")
        )
    };
    let good = place.read(&short("second"));
    place.write(&short("second"), place.read(&short("root")));
    refused(&place, &served, "desk", "1 of the 2 good root signatures");
    place.write(&short("second"), good);
    place.install_from(&served, "desk").succeeds();
}

#[test]
fn an_index_that_is_not_good_is_refused() {
    let (place, served) = pinned();
    let good = place.read("registry/wa-index.json");
    // Never seen: not there, edited, unsigned, expired.
    fs::remove_file(place.path("registry/wa-index.json")).unwrap();
    refused(&place, &served, "desk", "no `wa-index.json`");
    place.write("registry/wa-index.json", good.replace("curated", "listed"));
    refused(&place, &served, "desk", "0 of the 1 good root signatures");
    place.write("registry/wa-index.json", format!("{good}\n"));
    refused(&place, &served, "desk", "not canonical");
    place.write("registry/wa-index.json", good.replacen(':', ": ", 1));
    refused(&place, &served, "desk", "not canonical");
    place.write("registry/wa-index.json", &good);
    place.wa(["registry", "build", REGISTRY, "--expires", "2020-01-01"]).succeeds();
    refused(&place, &served, "desk", "good root signatures");
    place.sign_index(&["root"]);
    refused(&place, &served, "desk", "expired: it was good until 2020-01-01T00:00:00Z");
    place.build(&["root"]);
    place.install_from(&served, "desk").succeeds();
}

#[test]
fn an_older_index_than_the_newest_seen_is_refused() {
    let (place, served) = pinned();
    let replay = place.tree();
    place.build(&["root"]);
    place.install_from(&served, "desk").succeeds();
    for (name, (_, bytes)) in replay.iter().filter(|(name, _)| name.contains("registry/wa-index.json")) {
        place.write(name.strip_prefix("work/").unwrap(), bytes);
    }
    refused(&place, &served, "desk", "version 1, but version 2 was seen before");
    // Pinning the root again forgets nothing, a second index of the same version is none.
    place.wa(["trust", "root", "add", &served.url, &place.key_file("root")]).succeeds();
    refused(&place, &served, "desk", "version 1, but version 2 was seen before");
    place.curate(&place.public_key("acme"), "");
    place.build(&["root"]);
    refused(&place, &served, "desk", "seen with other content");
    // What was believed before still counts.
    assert_eq!(place.listed("desk")["state"], "verified");
}

#[test]
fn a_registry_that_has_something_else_than_its_index_says_is_refused() {
    let (place, served) = pinned();
    let key = place.public_key("acme");
    let curated = "packages: { desk: { level: curated } }";
    let signed: Vec<_> =
        place.tree().into_iter().filter(|(name, _)| name.contains("registry/wa-index.json")).collect();
    let put_back = || {
        for (name, (_, bytes)) in &signed {
            place.write(name.strip_prefix("work/").unwrap(), bytes);
        }
    };
    // A newer version that the index does not list is not chosen, and refused by name.
    place.pack_into_registry("desk", "1.1.0", "");
    place.curate(&key, curated);
    place.wa(["registry", "build", REGISTRY]).succeeds();
    put_back();
    refused(&place, &served, "desk@1.1.0", "desk@1.1.0 is not in the index");
    place.install_from(&served, "desk@^1").succeeds();
    assert_eq!(place.listed("desk")["version"], "1.0.0");
    place.wa(["plugins", "uninstall", "desk", "--yes"]).succeeds();
    // Another archive of the same name and version, by the same publisher, and the description to go with it.
    for name in ["desk", "desk-1.0.0.tgz", "desk-1.1.0.tgz", "wa-index.json"] {
        fs::remove_file(place.path(REGISTRY).join(name)).unwrap();
    }
    place.write("sources/desk/README.md", "other");
    place.pack_into_registry("desk", "1.0.0", "");
    place.wa(["registry", "build", REGISTRY]).succeeds();
    put_back();
    refused(&place, &served, "desk", "it has another archive");
}

#[test]
fn what_is_yanked_stays_where_it_is_and_comes_nowhere_else() {
    let (place, served) = pinned();
    place.pack_into_registry("desk", "1.1.0", "");
    place.build(&["root"]);
    place.install_from(&served, "desk").succeeds();
    assert_eq!(place.listed("desk")["version"], "1.1.0");
    place.curate(&place.public_key("acme"), "packages: { desk: { yanked: { 1.1.0: loses orders } } }");
    place.build(&["root"]);
    // Locked already: it may be put in place again, and it runs.
    place.install_from(&served, "desk@1.1.0").succeeds();
    assert_eq!(place.listed("desk")["state"], "trusted");
    place.wa(["plugins", "uninstall", "desk", "--yes"]).succeeds();
    refused(&place, &served, "desk@1.1.0", "desk@1.1.0 is yanked: loses orders");
    // The index is believed, and not what npm reads.
    place.edit("registry/desk", "\"deprecated\":\"yanked: loses orders\",", "");
    place.edit("registry/desk", "\"latest\":\"1.0.0\"", "\"latest\":\"1.1.0\"");
    let older = ["plugins", "install", "desk@^1", "--registry", &served.url, "--yes", "--allow-downgrade"];
    place.wa(older).succeeds();
    assert_eq!(place.listed("desk")["version"], "1.0.0");
}

#[test]
fn the_root_may_give_a_publisher_another_key() {
    let (place, served) = pinned();
    let first = place.key_file("acme");
    place.wa(["trust", "add", "acme", &first, "--packages", "*"]).succeeds();
    place.install_from(&served, "desk").succeeds();
    fs::remove_dir_all(place.config().join("keys")).unwrap();
    place.key("acme");
    place.pack_into_registry("desk", "1.1.0", "");
    // The index does not know the new key: nothing to build, and nothing to install.
    place.wa(["registry", "build", REGISTRY]).exits(1);
    place.wa(["plugins", "install", "registry/desk-1.1.0.tgz", "--yes"]).exits(1);
    // The root's keys are gone with the other; the operator pins the new ones, as after a real change of root.
    place.key("root");
    place.wa(["trust", "root", "add", &served.url, &place.key_file("root")]).succeeds();
    fs::remove_file(place.path("registry/desk-1.0.0.tgz")).unwrap();
    place.curate(&place.public_key("acme"), "");
    place.build(&["root"]);
    let plan = place.install_from(&served, "desk").succeeds();
    assert!(plan.stderr().contains("you have pinned wa:"), "{plan}");
    assert_eq!(place.listed("desk")["version"], "1.1.0");
    // Elsewhere the pin holds.
    let till = place.package("till", "1.0.0", "");
    let refused = place.wa(["plugins", "install", &till, "--yes"]).exits(1);
    assert!(refused.stderr().contains("pinned key"), "{refused}");
}

#[test]
fn another_machine_takes_the_index_with_the_lock() {
    let (place, served) = pinned();
    place.install_from(&served, "desk").succeeds();
    for folder in [place.path(".wa"), place.config().join("trust")] {
        fs::remove_dir_all(folder).unwrap();
    }
    let sync = ["plugins", "sync", "--frozen", "--yes", "--registry", &served.url];
    place.wa(sync).exits(1);
    place.wa(["trust", "root", "add", &served.url, &place.key_file("root")]).succeeds();
    place.wa(sync).succeeds();
    assert_eq!(place.listed("desk")["state"], "verified");

    // And without a network, from a mirror, which has the index too.
    place.wa(["plugins", "mirror", "mirror", "--registry", &served.url]).succeeds();
    let url = served.url.clone();
    served.stop();
    for folder in [place.path(".wa"), place.config().join("trust"), place.path("registry")] {
        fs::remove_dir_all(folder).unwrap();
    }
    place.wa(["trust", "root", "add", &url, &place.key_file("root")]).succeeds();
    let sync = ["plugins", "sync", "--frozen", "--yes", "--offline", "--mirror", "mirror"];
    place.wa(sync).succeeds();
    assert_eq!(place.listed("desk")["state"], "verified");
    // What the root has not signed is not believed from there either.
    fs::remove_dir_all(place.path(".wa")).unwrap();
    let index = place.tree().into_keys().find(|name| name.contains("mirror/wa-index-")).unwrap();
    let index = index.strip_prefix("work/").unwrap();
    place.edit(index, "curated", "listed");
    assert!(place.wa(sync).exits(1).stderr().contains("good root signatures"));
}

#[test]
fn an_update_goes_by_the_index() {
    let (place, served) = pinned();
    place.install_from(&served, "desk@^1").succeeds();
    place.pack_into_registry("desk", "1.1.0", "");
    place.pack_into_registry("desk", "1.2.0", "");
    let lines = "packages: { desk: { level: curated, yanked: { 1.2.0: loses orders } } }";
    place.curate(&place.public_key("acme"), lines);
    place.build(&["root"]);
    let outdated = ["plugins", "outdated", "--json", "--registry", &served.url];
    assert_eq!(place.wa(outdated).succeeds().json()["plugins"][0]["wanted"], "1.1.0");
    place.wa(["plugins", "update", "--yes", "--registry", &served.url]).succeeds();
    assert_eq!(
        (&place.listed("desk")["version"], &place.listed("desk")["state"]),
        (&json!("1.1.0"), &json!("verified"))
    );
    // An index that is not signed stops it, and the installed version stays.
    place.pack_into_registry("desk", "1.3.0", "");
    place.build(&[]);
    for command in ["outdated", "update"] {
        let refused = place.wa(["plugins", command, "--registry", &served.url]).exits(1);
        assert!(refused.stderr().contains("good root signatures"), "{refused}");
    }
    assert_eq!(place.listed("desk")["version"], "1.1.0");
}

#[test]
fn without_a_network_the_last_index_counts() {
    let (place, served) = pinned();
    let url = served.url.clone();
    let offline = ["plugins", "install", "desk", "--registry", &url, "--yes", "--offline"];
    place.install_from(&served, "desk").succeeds();
    place.wa(["plugins", "uninstall", "desk", "--yes"]).succeeds();
    served.stop();
    place.wa(offline).succeeds();
    assert_eq!(place.listed("desk")["state"], "verified");
    // A pinned root whose index was never seen lets nothing in.
    place.wa(["plugins", "uninstall", "desk", "--yes"]).succeeds();
    fs::remove_dir_all(place.config().join("trust/indexes")).unwrap();
    let refused = place.wa(offline).exits(1);
    assert!(refused.stderr().contains("no index of this registry was fetched yet"), "{refused}");
}
