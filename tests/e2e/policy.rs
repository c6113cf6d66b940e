//! What an operator or a machine does not permit, no project can: at installation, at load, in the host.

use std::fs;

use crate::support::{Place, Running, Verdaccio};

/// A project with a signed package installed.
fn place() -> (Place, String) {
    let place = Place::with_project();
    let key = place.key("acme");
    place.install(&place.package("desk", "1.0.0", ""), &key).succeeds();
    (place, key)
}

/// Writes the policy above all projects of this home.
fn above(place: &Place, policy: &str) {
    fs::write(place.config().join("policy.yaml"), format!("schema: 1\npolicy: {policy}\n")).unwrap();
}

#[test]
fn what_is_forbidden_neither_installs_nor_runs() {
    for (policy, words) in [
        ("{ deny: [desk] }", "the policy denies `desk`"),
        ("{ publishers: [ben] }", "the policy takes packages of ben, not of acme"),
        ("{ trust: verified }", "of a curated index only"),
    ] {
        let (place, key) = place();
        place.configure("server: { bind: '127.0.0.1:0' }");
        above(&place, policy);
        let listed = place.listed("desk");
        assert_eq!(listed["state"], "forbidden", "{policy}: {listed}");
        assert!(listed["refusal"].as_str().unwrap().contains(words), "{listed}");
        let doctor = place.wa(["doctor", "--only", "plugins"]).exits(1);
        assert!(doctor.stdout().contains("WA0433"), "{doctor}");
        let mut host = Running::start(&place);
        assert!(host.event_of("pluginRefused", "desk")["reason"].as_str().unwrap().contains(words));
        host.stop();
        let newer = place.package("desk", "1.1.0", "");
        let before = place.tree();
        let refused = place.install(&newer, &key).exits(1);
        assert!(refused.stderr().contains(words), "{refused}");
        assert_eq!(place.tree(), before);
    }
}

#[test]
fn allow_and_deny_of_the_project_say_who_takes_part() {
    let (place, key) = place();
    place.configure("server: { bind: '127.0.0.1:0' }");
    for (lists, reason) in [
        ("{ deny: [desk] }", "no, denied by `plugins.deny`"),
        ("{ allow: [till] }", "no, not in `plugins.allow`"),
        ("{ allow: [desk], deny: [desk] }", "no, denied by `plugins.deny`"),
        ("{ allow: [desk, till] }", "yes"),
    ] {
        let path = "packages/desk-1.0.0.tgz";
        let entries = format!("entries: {{ desk: {{ source: ./{path} }} }}");
        let lists = lists.replace(" }", &format!(", {entries} }}"));
        place.write("wa.yaml", format!("schema: 1\nplugins: {lists}\nserver: {{ bind: '127.0.0.1:0' }}\n"));
        let shown = place.wa(["plugins", "inspect", "desk"]).succeeds();
        let row = shown.stdout().lines().find(|line| line.starts_with("enabled")).unwrap();
        assert!(row.ends_with(reason), "{lists}: {row}");
        let takes_part = reason == "yes";
        assert_eq!(place.listed("desk")["enabled"], takes_part);
        let plan = place.install(path, &key).succeeds();
        assert_eq!(plan.stderr().contains("will not run"), !takes_part, "{plan}");
        let host = Running::start(&place);
        assert_eq!(host.plugins(), u64::from(takes_part), "{lists}");
        host.stop();
    }
}

#[test]
fn unsigned_packages_and_authors_folders() {
    let place = Place::with_project();
    place.source("desk", "1.0.0", "");
    place.wa(["plugins", "pack", "sources/desk", "--out", "packages"]).succeeds();
    let install = ["plugins", "install", "packages/desk-1.0.0.tgz", "--yes", "--allow-unsigned"];
    place.wa(install).succeeds();
    // The project allows what the machine forbids.
    place.configure("policy: { unsigned: allow, devPlugins: allow }");
    fs::create_dir_all(place.config()).unwrap();
    above(&place, "{ unsigned: never, devPlugins: deny }");
    assert_eq!(place.listed("desk")["state"], "forbidden");
    let refused = place.wa(install).exits(1);
    assert!(refused.stderr().contains("the policy takes no unsigned packages"), "{refused}");
    place.source("till", "1.0.0", "");
    let refused = place.wa(["plugins", "install", "./sources/till"]).exits(1);
    assert!(refused.stderr().contains("no plugins from authors' folders"), "{refused}");
}

#[test]
fn packages_come_from_where_they_may() {
    let registry = Verdaccio::shared();
    let place = Place::with_project();
    place.use_registry(registry, "policy");
    let key = place.key("acme");
    let package = place.scoped_package("@policy", "desk", "1.0.0", "");
    place.wa(["plugins", "publish", &package, "--yes"]).succeeds();
    above(&place, "{ registries: ['https://registry.example.org'] }");
    let refused = place.install("@policy/desk", &key).exits(1);
    assert!(
        refused.stderr().contains("the policy takes packages from https://registry.example.org"),
        "{refused}"
    );
    let refused = place.install(&package, &key).exits(1);
    assert!(refused.stderr().contains("a file of this machine"), "{refused}");
    above(
        &place,
        &format!("{{ registries: ['http://{}'], registrySignatures: required }}", registry.address),
    );
    let refused = place.install("@policy/desk", &key).exits(1);
    assert!(refused.stderr().contains("only what a registry has signed"), "{refused}");
    above(&place, &format!("{{ registries: ['http://{}'] }}", registry.address));
    place.install("@policy/desk", &key).succeeds();
}

#[test]
fn a_policy_that_cannot_be_read_permits_nothing() {
    let (place, _) = place();
    for (text, words) in [
        ("schema: 1\npolicy: { trsut: verified }\n", "trust"),
        ("schema: 1\npolicy: {}\nplugins: {}\n", "not `plugins`"),
        ("schema: 1\npolicy: {", "policy.yaml"),
    ] {
        fs::write(place.config().join("policy.yaml"), text).unwrap();
        for command in [&["plugins", "list"][..], &["run"], &["doctor"]] {
            let refused = place.wa(command).exits(1);
            assert!(refused.stderr().contains(words), "{refused}");
        }
    }
}
