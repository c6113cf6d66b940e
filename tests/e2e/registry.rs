//! Packages of a real registry: published by npm and by `wa`, installed, updated, withdrawn.

use std::fs;

use crate::support::{Place, Verdaccio};

/// A project with acme's key, whose operator uses the registry.
fn place(user: &str) -> (Place, String, &'static Verdaccio) {
    let registry = Verdaccio::shared();
    let place = Place::with_project();
    place.use_registry(registry, user);
    let key = place.key("acme");
    place.wa(["plugins", "list"]).succeeds();
    (place, key, registry)
}

#[test]
fn what_npm_publishes_wa_installs() {
    let (place, key, registry) = place("npm-publishes");
    let package = place.scoped_package(
        "@one",
        "desk",
        "1.0.0",
        "permissions: { network: ['https://api.example.com'] }",
    );
    place.npm(&["publish", &format!("./{package}"), "--access", "public"]).succeeds();

    let shown = place.wa(["plugins", "install", "@one/desk@^1", "--dry-run"]).succeeds();
    for part in ["@one/desk@^1", "NOT KNOWN YET", "https://api.example.com"] {
        assert!(shown.stdout().contains(part), "{shown}");
    }
    // The registry's word is no publisher's.
    let refused = place.wa(["plugins", "install", "@one/desk@^1", "--yes"]).exits(1);
    assert!(refused.stderr().contains(&format!("--trust-key {key}")), "{refused}");
    place.install("@one/desk@^1", &key).succeeds();

    assert_eq!(place.listed("desk")["state"], "trusted");
    let lock = place.read("wa.lock");
    assert!(lock.contains("spec: \"@one/desk@^1\""), "{lock}");
    assert!(lock.contains(&format!("resolved: \"{}@one/desk/-/desk-1.0.0.tgz\"", registry.url())), "{lock}");
    assert!(place.read("wa.yaml").contains("@one/desk@^1"));
    place.wa(["doctor", "--only", "plugins,project"]).succeeds();
}

#[test]
fn what_wa_publishes_npm_gets_byte_for_byte() {
    let (place, _, registry) = place("wa-publishes");
    let package = place.scoped_package("@two", "desk", "1.0.0", "");
    let publish = ["plugins", "publish", package.as_str()];
    let asked = place.wa(publish).exits(3);
    assert!(asked.stderr().contains(&registry.url()) && asked.stderr().contains("sha512-"), "{asked}");
    let published = place.wa(["plugins", "publish", &package, "--yes", "--json"]).succeeds().json();
    assert_eq!((&published["name"], &published["published"]), (&"@two/desk".into(), &true.into()));

    let got = place.npm(&["pack", "@two/desk@1.0.0"]).succeeds();
    let got = fs::read(place.path(got.stdout().trim())).unwrap();
    assert_eq!(got, fs::read(place.path(&package)).unwrap());

    let again = place.wa(["plugins", "publish", &package, "--yes"]).exits(1);
    assert!(again.stderr().contains("has @two/desk@1.0.0 already"), "{again}");
    let again = place.npm(&["publish", &format!("./{package}")]);
    assert_ne!(again.status(), Some(0), "{again}");

    place.source("plain", "1.0.0", "");
    place.wa(["plugins", "pack", "sources/plain", "--out", "packages"]).succeeds();
    let unsigned = place.wa(["plugins", "publish", "packages/plain-1.0.0.tgz", "--yes"]).exits(1);
    assert!(unsigned.stderr().contains("not signed"), "{unsigned}");
}

#[test]
fn tags_and_withdrawn_versions() {
    let (place, key, _) = place("tags");
    for (version, tag) in [("1.0.0", "latest"), ("2.0.0-rc.1", "beta")] {
        let package = place.scoped_package("@three", "desk", version, "");
        place.wa(["plugins", "publish", &package, "--yes", "--tag", tag]).succeeds();
    }
    let version_of = |spec: &str| {
        let plan = place.wa(["plugins", "install", spec, "--dry-run", "--json"]).succeeds().json();
        plan["plans"][0]["version"].as_str().unwrap().to_owned()
    };
    assert_eq!(version_of("@three/desk"), "1.0.0");
    assert_eq!(version_of("@three/desk@beta"), "2.0.0-rc.1");
    assert_eq!(version_of("@three/desk@>=1"), "1.0.0");
    let none = place.wa(["plugins", "install", "@three/desk@nightly", "--dry-run"]).exits(1);
    assert!(none.stderr().contains("its tags are beta, latest"), "{none}");
    let none = place.wa(["plugins", "install", "@three/desk@^7", "--dry-run"]).exits(1);
    assert!(none.stderr().contains("the newest is 2.0.0-rc.1"), "{none}");

    place.npm(&["deprecate", "@three/desk@1.0.0", "loses orders"]).succeeds();
    let plan = place.install("@three/desk@1.0.0", &key).succeeds();
    assert!(plan.stderr().contains("loses orders"), "{plan}");
    let outdated = place.wa(["plugins", "outdated", "--json"]).succeeds().json();
    assert_eq!(outdated["plugins"][0]["deprecated"], "loses orders");
}

#[test]
fn a_closed_registry_asks_for_a_token() {
    let (place, key, registry) = place("closed");
    let package = place.scoped_package("@closed", "desk", "1.0.0", "");
    place.wa(["plugins", "publish", &package, "--yes"]).succeeds();
    let before = place.tree();
    for npmrc in [String::new(), format!("//{}/:_authToken=wrong\n", registry.address)] {
        place.write_home(".npmrc", &format!("registry={}\n{npmrc}", registry.url()));
        let refused = place.install("@closed/desk", &key).exits(2);
        assert!(refused.stderr().contains("answers 401"), "{refused}");
        assert_eq!(place.tree(), before);
        let refused = place.wa(["plugins", "publish", &package, "--yes"]);
        assert_ne!(refused.status(), Some(0), "{refused}");
    }
    place.use_registry(registry, "closed-again");
    place.install("@closed/desk", &key).succeeds();
}

#[test]
fn an_update_that_wants_more_asks_and_a_refusal_keeps_the_old_version() {
    let (place, key, _) = place("updates");
    for id in ["desk", "till"] {
        let package = place.scoped_package("@five", id, "1.0.0", "");
        place.wa(["plugins", "publish", &package, "--yes"]).succeeds();
    }
    // Both at once, with one yes.
    place
        .wa(["plugins", "install", "@five/desk@^1", "@five/till@^1", "--yes", "--trust-key", &key])
        .succeeds();
    place.wa(["plugins", "update", "--yes"]).succeeds();
    let more = "permissions: { network: ['https://evil.example.com'] }";
    for (id, manifest) in [("desk", more), ("till", "")] {
        let package = place.scoped_package("@five", id, "1.1.0", manifest);
        place.wa(["plugins", "publish", &package, "--yes"]).succeeds();
    }
    let outdated = place.wa(["plugins", "outdated"]).succeeds();
    assert!(outdated.stdout().contains("1.0.0 -> 1.1.0"), "{outdated}");

    let before = place.tree();
    let dry = place.wa(["plugins", "update", "--dry-run"]).succeeds();
    assert!(dry.stdout().contains("https://evil.example.com"), "{dry}");
    assert_eq!(place.tree(), before);
    let refused = place.wa(["plugins", "update"]).exits(3);
    assert!(refused.stderr().contains("desk stays at 1.0.0"), "{refused}");
    assert_eq!(place.listed("desk")["version"], "1.0.0");

    place.wa(["plugins", "update", "till", "--yes"]).succeeds();
    assert_eq!(
        (&place.listed("till")["version"], &place.listed("desk")["version"]),
        (&"1.1.0".into(), &"1.0.0".into())
    );
    place.wa(["plugins", "update", "--yes"]).succeeds();
    assert_eq!(place.listed("desk")["version"], "1.1.0");

    let back = place.wa(["plugins", "rollback", "desk", "--yes"]).succeeds();
    assert!(back.stderr().contains("no longer:"), "{back}");
    assert_eq!(
        (&place.listed("desk")["version"], &place.listed("desk")["state"]),
        (&"1.0.0".into(), &"trusted".into())
    );
    // 1.1.0 is still in the range.
    place.wa(["plugins", "update", "desk", "--yes"]).succeeds();
    let unknown = place.wa(["plugins", "update", "nobody"]).exits(1);
    assert!(unknown.stderr().contains("no package of it is installed"), "{unknown}");
}

#[test]
fn what_has_not_changed_is_not_sent_again_and_offline_is_offline() {
    let (place, key, registry) = place("cache");
    let package = place.scoped_package("@six", "desk", "1.0.0", "");
    place.wa(["plugins", "publish", &package, "--yes"]).succeeds();
    let missing = place.wa(["--offline", "plugins", "install", "@six/desk", "--dry-run"]).exits(2);
    assert!(missing.stderr().contains("--offline forbids"), "{missing}");

    place.install("@six/desk", &key).succeeds();
    place.wa(["plugins", "uninstall", "desk", "--yes"]).succeeds();
    place.install("@six/desk", &key).succeeds();
    registry.has_logged("304, user:", "'GET /@six%2fdesk'");
    let archives = registry.logged("requested 'GET /@six/desk/-/desk-1.0.0.tgz'");
    assert_eq!(archives.len(), 1, "the archive came twice: {archives:?}");

    place.wa(["plugins", "uninstall", "desk", "--yes"]).succeeds();
    let before = registry.logged("@six").len();
    place.wa(["--offline", "plugins", "install", "@six/desk", "--yes"]).succeeds();
    assert_eq!(registry.logged("@six").len(), before);
}

#[test]
fn plugins_are_found() {
    let (place, _, _) = place("search");
    let package = place.scoped_package("@seven", "findable", "1.2.0", "description: Finds orders");
    place.wa(["plugins", "publish", &package, "--yes"]).succeeds();
    let found = place.wa(["plugins", "search", "findable", "--json"]).succeeds().json();
    let names: Vec<_> = found["packages"].as_array().unwrap().iter().map(|hit| hit["name"].clone()).collect();
    assert!(names.contains(&"@seven/findable".into()), "{found}");
    let nothing = place.wa(["plugins", "search", "no-such-thing-anywhere"]).succeeds();
    assert_eq!(nothing.stdout(), "");
}
