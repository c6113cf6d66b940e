//! WhatsApp, with the real protocol against a simulator: messages in and out, rules on the way, an account that is removed.

mod connection;
mod happenings;
mod privacy;
mod sending;
mod settings;

use serde_json::json;

use crate::support::whatsapp::{ANA, OWN, Simulator};
use crate::support::{Place, Running};

const SESSION: &str = ".wa/agents/ana/whatsapp/default";
const CHAT: &str = "573000000002@s.whatsapp.net";

/// A project whose agent answers on WhatsApp with `echo: ` and the text, without haste being taken out of it.
fn place(settings: &str) -> Place {
    let place = Place::with_echo(&[]);
    place.edit("wa.yaml", "channel: console", "channel: whatsapp");
    let pace = "rate_limit: { global_per_sec: 1000, per_jid_per_sec: 1000 }";
    place.configure(&format!("channels: {{ whatsapp: {{ {pace}, {settings} }} }}"));
    place
}

fn start(place: &Place, simulator: &Simulator) -> Running {
    let mut host = Running::start_with(place, &["--simulator", &simulator.address]);
    host.event(|event| event["event"] == "channelChanged" && event["state"] == "connected");
    host
}

fn status(place: &Place) -> serde_json::Value {
    let status = place.wa(["status", "--json"]).succeeds().json();
    status["host"]["channels"][0].clone()
}

#[test]
fn a_message_is_answered_on_the_phone() {
    let place = place("");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let host = start(&place, &simulator);
    simulator.write("where is 1002?");
    let heard = simulator.heard();
    assert_eq!(
        (&heard["by"], &heard["from"], &heard["kind"], &heard["text"]),
        (&json!(ANA), &json!(OWN), &json!("text"), &json!("echo: where is 1002?"))
    );
    // The same device goes on after a restart.
    let said = host.stop();
    assert!(said.contains("nothing goes to WhatsApp"), "{said}");
    simulator.write("and now?");
    let host = start(&place, &simulator);
    assert_eq!(simulator.heard()["text"], "echo: and now?");
    host.stop();
}

#[test]
fn groups_are_answered_in_the_group() {
    let place = place("");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    simulator.command(&json!({ "do": "group", "id": "120363", "subject": "Friends", "members": [OWN, ANA] }));
    let host = start(&place, &simulator);
    simulator.command(
        &json!({ "do": "write", "from": ANA, "to": OWN, "text": "who is there?", "group": "120363" }),
    );
    let heard = simulator.heard();
    assert_eq!((&heard["group"], &heard["text"]), (&json!("120363@g.us"), &json!("echo: who is there?")));
    host.stop();
}

#[test]
fn two_accounts_have_an_agent_each() {
    let place = Place::with_echo(&[(
        "till",
        "agent: true",
        "agent: ({ message }) => ({ text: `till: ${message.text}` })",
    )]);
    let bindings = "bindings: [{ channel: whatsapp, instance: sales }]";
    place.edit("wa.yaml", "bindings: [{ channel: console }]", bindings);
    place.edit(
        "wa.yaml",
        "agents:\n",
        "agents:\n  bob: { handler: till, bindings: [{ channel: whatsapp, instance: support }] }\n",
    );
    place.configure("channels: { whatsapp: [{ instance: sales }, { instance: support }] }");
    let (sales, support) = (".wa/agents/ana/whatsapp/sales", ".wa/agents/bob/whatsapp/support");
    let mut simulator = Simulator::start(&place, &[sales]);
    let mut host = Running::start_with(&place, &["--simulator", &simulator.address]);
    host.event(|event| event["instance"] == "sales" && event["state"] == "connected");
    let unpaired = host.event(|event| event["instance"] == "support");
    assert!(unpaired["reason"].as_str().unwrap().contains("--agent bob"), "{unpaired}");
    // The one that works works.
    simulator.write("hello");
    assert_eq!(simulator.heard()["text"], "echo: hello");
    host.stop();

    let mut simulator = Simulator::start(&place, &[sales, support]);
    let mut host = Running::start_with(&place, &["--simulator", &simulator.address]);
    for _ in 0..2 {
        host.event(|event| event["state"] == "connected");
    }
    simulator.write("hello");
    let mut heard =
        [simulator.heard(), simulator.heard()].map(|heard| heard["text"].as_str().unwrap().to_owned());
    heard.sort();
    assert_eq!(heard, ["echo: hello", "till: hello"]);
    host.stop();
}

#[test]
fn a_chat_that_hangs_holds_no_other() {
    let place = place("");
    let hangs = "agent: async ({ message }, wa) => {
        while (message.text === 'hang') await wa.storage.get('x');
        return { text: `echo: ${message.text}` };
    }";
    place.plugin(
        "desk",
        "agent: true\npermissions: { storage: 1MiB }\nruntime: { kind: js, entry: index.js, timeout: 60s }",
        hangs,
    );
    let mut simulator = Simulator::start(&place, &[SESSION]);
    simulator.command(&json!({ "do": "contact", "phone": "573000000003", "name": "Eva" }));
    let host = start(&place, &simulator);
    simulator.write("hang");
    for text in ["one", "two", "three"] {
        simulator.command(&json!({ "do": "write", "from": "573000000003", "to": OWN, "text": text }));
        let heard = simulator.heard();
        assert_eq!((&heard["by"], &heard["text"]), (&json!("573000000003"), &json!(format!("echo: {text}"))));
    }
    host.kill();
}

/// Keeps what it is told, and reads each file that comes.
const LISTENER: &str = "events: Object.fromEntries(['message.received', 'media.received', 'reaction.received', 'message.edited',
    'message.revoked', 'poll.voted', 'group.updated', 'message.ack', 'client.ready', 'client.disconnected', 'client.reconnecting', 'bridge.timeout']
    .map((name) => [name, async (payload, wa) => {
      const file = payload.local_path && await wa.channel.readMedia({ local_path: payload.local_path });
      await wa.storage.set(`${name} ${payload.event_id}`, { ...payload, ...file });
    }])),
  tools: { told: async ({ name }, wa) => {
    const { keys } = await wa.storage.list({ prefix: `${name} ` });
    return { told: await Promise.all(keys.map((key) => wa.storage.get(key))) };
  } }";

const LISTENS: &str = "events: [message.received, media.received, reaction.received, message.edited, message.revoked, poll.voted, group.updated,
  message.ack, client.ready, client.disconnected, client.reconnecting, bridge.timeout]
permissions: { storage: 1MiB, channel: { whatsapp: [media] } }
tools: [{ name: told, description: What it was told, input: { type: object } }]";

/// The first that a listener was told of these; waits for it.
fn told(host: &Running, name: &str) -> serde_json::Value {
    all_told(host, name, 1).remove(0)
}

/// All that a listener was told of these, in no order; waits for so many.
fn all_told(host: &Running, name: &str, count: usize) -> Vec<serde_json::Value> {
    loop {
        let mut told = host.tool("told", &json!({ "name": name })).unwrap();
        if let Some(all) = told["told"].as_array_mut().filter(|all| all.len() >= count) {
            return std::mem::take(all);
        }
    }
}

#[test]
fn sixty_four_chats_are_answered_while_one_hangs() {
    let place = place("");
    let hangs = "agent: async ({ message }, wa) => {
        while (message.text === 'hang') await wa.storage.get('x');
        return { text: `echo: ${message.text}` };
    }";
    let manifest =
        "agent: true\npermissions: { storage: 1MiB }\nruntime: { kind: js, entry: index.js, timeout: 60s }";
    place.plugin("desk", manifest, hangs);
    place.edit("wa.yaml", "whatsapp: {", "whatsapp: { bridge: { response_timeout_ms: 600000 },");
    place.edit("wa.yaml", "per_jid_per_sec: 1000", "per_jid_per_sec: 1000, burst: 1000");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let contacts: Vec<String> = (0..64).map(|contact| format!("5730010000{contact:02}")).collect();
    for contact in &contacts {
        simulator.command(&json!({ "do": "contact", "phone": contact, "name": "Somebody" }));
    }
    let host = start(&place, &simulator);
    simulator.write("hang");
    for round in 0..4 {
        for contact in &contacts {
            let text = format!("{contact} {round}");
            simulator.command(&json!({ "do": "write", "from": contact, "to": OWN, "text": text }));
        }
    }
    let mut heard: std::collections::BTreeMap<String, Vec<String>> = std::collections::BTreeMap::new();
    for _ in 0..4 * contacts.len() {
        let message = simulator.heard();
        let [by, text] = ["by", "text"].map(|name| message[name].as_str().unwrap().to_owned());
        heard.entry(by).or_default().push(text);
    }
    for contact in &contacts {
        let expected: Vec<String> = (0..4).map(|round| format!("echo: {contact} {round}")).collect();
        assert_eq!(heard[contact], expected, "in order");
    }
    host.kill();
}
