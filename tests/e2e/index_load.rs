//! What an index revokes, and an index whose time is over: at install, at load, in a running host, in `doctor`.

use std::fs;

use serde_json::{Value, json};

use crate::support::registry::{REGISTRY, Served};
use crate::support::{Place, Running};

/// A project with `desk` by acme and `till` by bert from a registry whose root is pinned.
fn place() -> (Place, Served) {
    let place = Place::with_project();
    for key in ["acme", "bert", "root"] {
        place.key(key);
    }
    place.pack_into_registry("desk", "1.0.0", "");
    place.source("till", "1.0.0", "");
    place.edit("sources/till/wa.plugin.yaml", "publisher: acme", "publisher: bert");
    place.wa(["plugins", "pack", "sources/till", "--sign", "--out", REGISTRY]).succeeds();
    say(&place, "");
    place.build(&["root"]);
    let served = Served::by_wa(&place);
    place.wa(["trust", "root", "add", &served.url, &place.key_file("root")]).succeeds();
    for id in ["desk", "till"] {
        place.install_from(&served, id).succeeds();
    }
    place.configure("server: { bind: '127.0.0.1:0' }");
    (place, served)
}

fn say(place: &Place, lines: &str) {
    let publisher = |name: &str| format!("{{ keys: ['{}'], packages: ['*'] }}", place.public_key(name));
    let publishers = format!("publishers: {{ acme: {}, bert: {} }}", publisher("acme"), publisher("bert"));
    place.write("registry/wa-registry.yaml", format!("schema: 1\n{publishers}\n{lines}\n"));
}

/// Has the newest index fetched, which changes nothing else.
fn refresh(place: &Place, served: &Served) {
    place.wa(["plugins", "install", "till", "--registry", &served.url, "--dry-run"]).succeeds();
}

fn doctor(place: &Place) -> Vec<(String, String)> {
    let report = place.wa(["doctor", "--format", "json", "--only", "plugins,trust"]).json();
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    findings.map(|finding| (text(&finding["code"]), text(&finding["message"]))).collect()
}

#[test]
fn a_revoked_key_stops_what_it_signed_and_nothing_else() {
    let (place, served) = place();
    let mut host = Running::start(&place);
    let fingerprint = place.wa(["keys", "show", "acme", "--json"]).succeeds().json();
    let fingerprint = fingerprint["keys"][0]["fingerprint"].as_str().unwrap();
    say(&place, &format!("revoked: {{ keys: {{ '{fingerprint}': stolen from a laptop }} }}"));
    place.build(&["root"]);
    refresh(&place, &served);

    // The host sees it when it reloads.
    host.rpc("plugins.reload", &json!({})).unwrap();
    let refused = host.event_of("pluginRefused", "desk");
    assert!(refused["reason"].as_str().unwrap().contains("stolen from a laptop"), "{refused}");
    host.stop();
    let mut host = Running::start(&place);
    host.event_of("pluginRefused", "desk");
    host.stop();

    assert_eq!(place.listed("desk")["state"], "revoked");
    assert_eq!(place.listed("till")["state"], "trusted");
    let found = doctor(&place);
    assert!(
        found.iter().any(|(_, words)| words.contains("`desk` is refused") && words.contains("stolen from"))
    );
    let install = place.wa(["plugins", "install", "registry/desk-1.0.0.tgz", "--yes"]).exits(1);
    assert!(install.stderr().contains("stolen from a laptop"), "{install}");
    // Not even the operator's own pin helps.
    place.wa(["trust", "add", "acme", &place.key_file("acme"), "--packages", "*"]).succeeds();
    assert_eq!(place.listed("desk")["state"], "revoked");
}

#[test]
fn a_revoked_package_stops_and_its_publishers_others_go_on() {
    let (place, served) = place();
    place.pack_into_registry("lamp", "1.0.0", "");
    place.build(&["root"]);
    place.install_from(&served, "lamp").succeeds();
    let index: Value = serde_json::from_str(&place.read("registry/wa-index.json")).unwrap();
    let archive = &index["packages"]["desk"]["versions"]["1.0.0"]["archive"];
    say(&place, &format!("revoked: {{ packages: {{ {archive}: sends orders elsewhere }} }}"));
    place.build(&["root"]);
    refresh(&place, &served);
    assert_eq!(place.listed("desk")["state"], "revoked");
    for id in ["till", "lamp"] {
        assert_eq!(place.listed(id)["state"], "trusted");
    }
    let mut host = Running::start(&place);
    let refused = host.event_of("pluginRefused", "desk");
    assert!(refused["reason"].as_str().unwrap().contains("sends orders elsewhere"), "{refused}");
    host.stop();
    let install = place.wa(["plugins", "install", "registry/desk-1.0.0.tgz", "--yes", "--allow-unsigned"]);
    assert!(install.exits(1).stderr().contains("sends orders elsewhere"));
}

/// Puts an index whose time is over in the place of the one that is kept, as if time had passed since.
fn let_time_pass(place: &Place) {
    place.wa(["registry", "build", REGISTRY, "--expires", "2020-01-01"]).succeeds();
    place.sign_index(&["root"]);
    let folder = place.config().join("trust/indexes");
    let kept: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let mut sealed: Value = serde_json::from_slice(&fs::read(&kept[0]).unwrap()).unwrap();
    let short = sealed["signatures"].as_object().unwrap().keys().next().unwrap().clone();
    sealed["index"] = place.read("registry/wa-index.json").into();
    sealed["signatures"][&short] = place.read(&format!("registry/wa-index.json.{short}.minisig")).into();
    fs::write(&kept[0], sealed.to_string()).unwrap();
}

#[test]
fn what_only_an_expired_index_vouches_for_does_not_load() {
    let (place, served) = place();
    place.wa(["trust", "add", "bert", &place.key_file("bert"), "--packages", "till"]).succeeds();
    let_time_pass(&place);
    assert_eq!(place.listed("desk")["state"], "expired");
    // Whose key the operator has pinned goes on, and doctor says that news are missing.
    assert_eq!(place.listed("till")["state"], "trusted");
    let found = doctor(&place);
    let says =
        |code: &str, words: &str| found.iter().any(|(rule, text)| rule == code && text.contains(words));
    assert!(says("WA0430", "`desk` is refused"), "{found:?}");
    assert!(says("WA0431", &served.url), "{found:?}");
    let mut host = Running::start(&place);
    let refused = host.event_of("pluginRefused", "desk");
    assert!(refused["reason"].as_str().unwrap().contains("good until 2020-01-01"), "{refused}");
    host.stop();
    let offline = ["plugins", "install", "desk", "--registry", &served.url, "--yes", "--offline"];
    let install = place.wa(offline).exits(1);
    assert!(install.stderr().contains("expired"), "{install}");

    // A good index from the registry mends it.
    place.build(&["root"]);
    refresh(&place, &served);
    assert_eq!(place.listed("desk")["state"], "trusted");
}

#[test]
fn a_kept_index_that_was_tampered_with_is_not_believed() {
    let (place, _served) = place();
    let folder = place.config().join("trust/indexes");
    let kept = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let text = fs::read_to_string(&kept).unwrap();
    fs::write(&kept, text.replace("listed", "curated")).unwrap();
    let listed = place.wa(["plugins", "list"]).exits(2);
    assert!(listed.stderr().contains("is damaged; remove it"), "{listed}");
    fs::remove_file(&kept).unwrap();
    assert_eq!(place.listed("desk")["state"], "invalid");
}
