//! The settings of an account, one by one.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use super::{CHAT, SESSION, place, start, status};
use crate::support::whatsapp::{OWN, Simulator};
use crate::support::{Place, Running};

#[test]
fn accounts_can_be_in_a_file_of_their_own() {
    let place = Place::with_echo(&[]);
    place.edit("wa.yaml", "channel: console", "channel: whatsapp");
    place.write("config/plugins/whatsapp.yaml", "whatsapp:\n  - typing: never\n");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let host = start(&place, &simulator);
    simulator.write("hello");
    assert_eq!(simulator.heard()["text"], "echo: hello");
    host.stop();
    let refused = |text: &str, words: &[&str]| {
        place.write("config/plugins/whatsapp.yaml", text);
        for command in [["run"].as_slice(), &["doctor", "--only", "project"]] {
            let refused = place.wa(command);
            assert_eq!(refused.status(), Some(1), "{refused}");
            let said = format!("{}{}", refused.stdout(), refused.stderr());
            assert!(words.iter().all(|words| said.contains(words)), "{refused}");
        }
    };
    refused("whatsapp: { tiping: never }", &["WA0107", "whatsapp.yaml:1:13", "`typing`"]);
    refused("whatsapp: {}\nconsole: {}", &["WA0107", "whatsapp.yaml:2:1", "this file has `whatsapp`"]);
    refused("whatsapp: [{}, {}]", &["WA0304", "whatsapp.yaml"]);
    refused("[]", &["WA0109", "whatsapp.yaml:1:1"]);
    place.configure("channels: { whatsapp: {} }");
    refused("whatsapp: {}", &["WA0306", "keep them in one of the two"]);
}

#[test]
fn what_the_rules_pass_over_is_counted() {
    let place =
        place("acl: { allow_list: ['573000000003@s.whatsapp.net'] }, behavior: { ignore_groups: true }");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    simulator.command(&json!({ "do": "contact", "phone": "573000000003", "name": "Eva" }));
    simulator.command(
        &json!({ "do": "group", "id": "120363", "subject": "Friends", "members": [OWN, "573000000003"] }),
    );
    let host = start(&place, &simulator);
    simulator.write("not on the list");
    simulator
        .command(&json!({ "do": "writeFromPhone", "account": OWN, "to": "573000000003", "text": "mine" }));
    let eva = |text: &str, group: Option<&str>| json!({ "do": "write", "from": "573000000003", "to": OWN, "text": text, "group": group });
    simulator.command(&eva("in a group", Some("120363")));
    simulator.command(&json!({ "do": "location", "from": "573000000003", "to": OWN }));
    simulator.command(&eva("hello", None));
    let heard = simulator.heard();
    assert_eq!((&heard["by"], &heard["text"]), (&json!("573000000003"), &json!("echo: hello")));
    assert_eq!(simulator.unheard(), 0, "nobody else was answered");
    let inbound = &status(&place)["inbound"];
    let counted = ["not_on_list", "from_me", "in_groups", "unsupported", "taken"]
        .map(|name| inbound[name].as_u64().unwrap());
    assert_eq!(counted, [1, 1, 1, 1, 1], "{inbound}");
    host.stop();
}

#[test]
fn doctor_tells_of_accounts() {
    let place = place("");
    let found = |status: i32, expected: &[&str]| {
        let said = place.wa(["doctor", "--only", "channels,modes", "--format", "json"]).exits(status).json();
        let findings = said["findings"].as_array().unwrap();
        let codes: Vec<&str> = findings.iter().map(|finding| finding["code"].as_str().unwrap()).collect();
        assert_eq!(codes, expected, "{said}");
        said
    };
    let said = found(0, &["WA0530", "WA0531"]);
    assert!(said.to_string().contains("wa setup pair whatsapp --agent ana"), "{said}");
    let simulator = Simulator::start(&place, &[SESSION]);
    found(0, &["WA0531"]);
    let host = start(&place, &simulator);
    host.stop();
    found(0, &["WA0531"]);

    let keys = place.path(SESSION).join(".whatsapp-rs/signal.db");
    fs::set_permissions(&keys, Permissions::from_mode(0o644)).unwrap();
    let said = found(1, &["WA0531", "WA0520"]);
    assert!(said.to_string().contains("others can read an account's keys"), "{said}");
    place.wa(["doctor", "--only", "modes", "--fix"]).succeeds();
    place.edit("wa.yaml", "whatsapp: {", "whatsapp: { acl: { allow_list: ['120363@g.us'] },");
    found(0, &[]);
    place.edit("wa.yaml", "bindings: [{ channel: whatsapp }]", "bindings: [{ channel: console }]");
    place.edit("wa.yaml", "whatsapp: {", "whatsapp: { session_dir: .wa/agents/ana/whatsapp/default,");
    found(0, &["WA0532"]);
    place.edit("wa.yaml", "whatsapp: {", "whatsapp: { allow_agents: [anna], transcriber: { enabled: true },");
    found(0, &["WA0532", "WA0533", "WA0534"]);
    place.edit("wa.yaml", "allow_agents: [anna], transcriber: { enabled: true },", "");
    fs::write(place.path(SESSION).join(".whatsapp-rs/creds.json"), "{}").unwrap();
    let said = found(1, &["WA0514", "WA0532"]);
    assert!(said.to_string().contains("creds.json` is damaged"), "{said}");
}

#[test]
fn the_environment_can_name_who_is_let_in() {
    let place = place("acl: { from_env: FRIENDS }");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    simulator.command(&json!({ "do": "contact", "phone": "573000000003", "name": "Eva" }));
    let mut host = Running::start_in(
        &place,
        &["--simulator", &simulator.address],
        &[("FRIENDS", "+57 300 000-0003, 120363@g.us")],
    );
    host.event(|event| event["state"] == "connected");
    simulator.write("let me in");
    simulator.command(&json!({ "do": "write", "from": "573000000003", "to": OWN, "text": "and me" }));
    assert_eq!(simulator.heard()["text"], "echo: and me");
    assert_eq!((simulator.unheard(), &status(&place)["inbound"]["not_on_list"]), (0, &json!(1)));
    host.stop();
    let mut command = place.command(["run"]);
    let refused = command.env("FRIENDS", "somebody").output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        said.contains("the variable FRIENDS") && said.contains("`somebody` is neither a phone number"),
        "{said}"
    );
}

#[test]
fn chats_that_the_owner_has_muted_or_archived_are_passed_over() {
    for (command, undo) in [
        (
            json!({ "do": "mute", "account": OWN, "chat": CHAT, "muted": true }),
            json!({ "do": "mute", "account": OWN, "chat": CHAT, "muted": false }),
        ),
        (
            json!({ "do": "archive", "account": OWN, "chat": CHAT, "archived": true }),
            json!({ "do": "archive", "account": OWN, "chat": CHAT, "archived": false }),
        ),
    ] {
        let place = place("");
        let mut simulator = Simulator::start(&place, &[SESSION]);
        simulator.command(&command);
        let host = start(&place, &simulator);
        // The phone's settings come when they come: messages are answered until they do.
        let passed_over = |place: &Place| status(place)["inbound"]["quiet_chats"].as_u64().unwrap();
        let taken = |place: &Place| status(place)["inbound"]["taken"].as_u64().unwrap();
        let mut written = 0;
        while passed_over(&place) == 0 {
            simulator.write("are you there?");
            written += 1;
            while taken(&place) + passed_over(&place) < written {}
        }
        simulator.command(&undo);
        let before = taken(&place);
        while taken(&place) == before {
            simulator.write("and now?");
            written += 1;
            while taken(&place) + passed_over(&place) < written {}
        }
        host.stop();
    }
}

#[test]
fn the_chat_sees_that_an_answer_is_being_written() {
    let place = place("");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let host = start(&place, &simulator);
    simulator.write("hello");
    assert_eq!([simulator.typing(), simulator.typing()], ["composing", "paused"]);
    assert_eq!(simulator.heard()["text"], "echo: hello");
    host.stop();
}

/// An agent whose answer takes longer than it may.
const SLOW: &str =
    "agent: async ({ message }, wa) => { await wa.storage.get('x'); for (;;) await wa.storage.get('x'); }";

#[test]
fn an_agent_that_takes_too_long_holds_nobody_up() {
    let place = place(
        "typing: never, bridge: { response_timeout_ms: 700, on_timeout: apology_text, apology_text: 'One moment, please.' }",
    );
    place.plugin(
        "desk",
        "agent: true\npermissions: { storage: 1MiB }\nruntime: { kind: js, entry: index.js, timeout: 20s }",
        SLOW,
    );
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let mut host = start(&place, &simulator);
    simulator.write("hello");
    let late = host.event(|event| event["event"] == "agentTimedOut");
    assert_eq!((&late["agent"], &late["micros"]), (&json!("ana"), &json!(700_000)));
    assert_eq!(simulator.heard()["text"], "One moment, please.");
    host.kill();
}
