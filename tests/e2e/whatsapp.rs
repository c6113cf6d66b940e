//! WhatsApp, with the real protocol against a simulator: messages in and out, rules on the way, an account that is removed.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;
use serde_json::json;

use crate::support::http::{self, Server};
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
fn whoever_sends_a_phone_number_is_enough() {
    let place = place("");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let host = start(&place, &simulator);
    let send = |to: &str| place.wa(["send", "--channel", "whatsapp", "--to", to, "it is on its way"]);
    send("+57 300 000-0002").succeeds();
    let heard = simulator.heard();
    assert_eq!((&heard["text"], &heard["kind"]), (&json!("it is on its way"), &json!("text")));
    // WhatsApp's own clients give ids of this form.
    let id = heard["id"].as_str().unwrap();
    assert!(id.starts_with("3EB0") && id.len() == 22, "{id}");
    let refused = send("ana").exits(1);
    assert!(refused.stderr().contains("`ana` is neither a phone number"), "{refused}");
    host.stop();
}

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
fn a_lost_connection_comes_back_and_nothing_is_lost() {
    let place = place("");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let mut host = start(&place, &simulator);
    simulator.command(&json!({ "do": "cut", "account": OWN }));
    host.event(|event| event["event"] == "channelChanged" && event["state"] == "reconnecting");
    simulator.write("after the cut");
    assert_eq!(simulator.heard()["text"], "echo: after the cut");
    host.stop();
}

#[test]
fn an_account_that_the_phone_removed_says_so_once_and_waits() {
    let place = place("");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let mut host = start(&place, &simulator);
    simulator.command(&json!({ "do": "unlink", "account": OWN }));
    let expired = host.event(|event| event["state"] == "credentials_expired");
    let reason = expired["reason"].as_str().unwrap();
    assert!(reason.contains("wa setup pair whatsapp --agent ana --replace"), "{reason}");
    // What is to go out waits for a new pairing.
    place.wa(["send", "--channel", "whatsapp", "--to", CHAT, "later"]).succeeds();
    let status = place.wa(["status", "--json"]).succeeds().json();
    assert_eq!(status["host"]["channels"][0]["state"], "credentials_expired");
    assert_eq!(status["host"]["queues"]["outbox_queued"], 1);
    let again = host.events().iter().filter(|event| event["state"] == "credentials_expired").count();
    assert_eq!(again, 0, "once is enough");
    host.stop();
}

#[test]
fn an_account_that_is_not_paired_says_which_command_pairs_it() {
    let place = place("");
    let mut host = Running::start(&place);
    let said = host.event(|event| event["event"] == "channelChanged");
    assert_eq!(said["state"], "not_paired");
    assert_eq!(said["reason"], "pair it with `wa setup pair whatsapp --agent ana`");
    assert_eq!(status(&place)["state"], "not_paired");
    host.stop();
}

#[test]
fn one_process_has_an_account() {
    let place = place("");
    let simulator = Simulator::start(&place, &[SESSION]);
    let host = start(&place, &simulator);
    let pair =
        ["setup", "pair", "whatsapp", "--agent", "ana", "--replace", "--simulator", &simulator.address];
    let refused = place.wa(pair).exits(1);
    let holder = format!("the account is in use by process {} (wa run)", host.pid());
    assert!(refused.stderr().contains(&holder), "{refused}");
    host.kill();
    // Nobody has it any more, whatever the file says.
    let host = start(&place, &simulator);
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

/// Sends one of each kind, as whoever asks for it wants.
const NOTES: &str = "events: { 'message.received': async (message, wa) => {
    if (message.text !== 'note this') return;
    const { channel } = wa, to = message.chat, base64 = 'bm90IHJlYWxseSBhIHBpY3R1cmU=';
    await channel.sendReply({ to, reply_to: message.id, text: `from ${message.from_name} to ${message.reply_to}` });
    await channel.sendReaction({ to, message_id: message.id, emoji: '👍' });
    const { id } = await channel.sendText({ to, text: 'noted' });
    await channel.editMessage({ to, message_id: id, text: 'well noted' });
    await channel.revokeMessage({ to, message_id: id });
    await channel.sendPoll({ to, question: 'so?', options: ['yes', 'no'] });
    await channel.sendMedia({ to, base64, mime: 'image/png', file_name: 'note.png', caption: 'look' });
    await channel.sendVoiceNote({ to, base64, mime: 'audio/ogg' });
} }";
/// Marks whatever goes out, whoever sends it, and remembers what went.
const MARKER: &str = "hooks: { 'message.sending': (draft) => {
    const mark = `[${draft.origin.kind} ${draft.kind}]`;
    for (const part of ['text', 'caption']) if (part in draft) return { ...draft, [part]: `${draft[part]} ${mark}` };
    if ('emoji' in draft) return { ...draft, emoji: '🎉' };
  } },
  events: { 'message.sent': async (sent, wa) => { await wa.storage.set(`${sent.origin.kind} ${sent.kind}`, sent.to); } },
  tools: { marker_seen: async (_, wa) => ({ seen: (await wa.storage.list({})).keys }) }";
/// Calls all tools of the channel, then answers.
const EVERYTHING: &str = "agent: async ({ message }, wa) => {
    if (message.text !== 'note this') return;
    const to = message.chat, msg_id = message.id;
    await wa.tools.call('whatsapp_send_message', { to, text: 'a tool' });
    await wa.tools.call('whatsapp_send_reply', { to, msg_id, text: 'a tool' });
    await wa.tools.call('whatsapp_send_reaction', { to, msg_id, emoji: '👍' });
    return { text: 'an answer' };
}";

#[test]
fn one_gate_and_one_observer_see_every_kind_of_every_sender() {
    let place = place("");
    place.plugin("desk", "agent: true", EVERYTHING);
    place.plugin(
        "notes",
        "events: [message.received]\npermissions: { channel: { whatsapp: [send, reply, react, media] } }",
        NOTES,
    );
    place.plugin(
        "marker",
        "hooks: [{ on: message.sending, mode: modify }]\nevents: [message.sent]\npermissions: { storage: 1MiB }\n\
         tools: [{ name: marker_seen, description: What went out, input: { type: object } }]",
        MARKER,
    );
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let host = start(&place, &simulator);
    let write = json!({ "do": "write", "from": ANA, "to": OWN, "text": "note this", "replyTo": "3EB0OLD" });
    let id = simulator.command(&write)["id"].clone();
    fs::write(place.path("a.pdf"), "not really a document").unwrap();
    let by_hand = |words: &[&str]| {
        let queued = place.wa([&["send", "--json", "--channel", "whatsapp", "--to", CHAT], words].concat());
        queued.succeeds().json()["id"].as_str().unwrap().to_owned()
    };
    let first = by_hand(&["by hand"]);
    by_hand(&["--reply-to", id.as_str().unwrap(), "by hand"]);
    by_hand(&["--react", "👍", "--message", id.as_str().unwrap()]);
    by_hand(&["--edit", &first, "better"]);
    by_hand(&["--poll", "by hand?", "--option", "yes", "--option", "no"]);
    by_hand(&["--file", "a.pdf", "read this"]);
    by_hand(&["--file", "a.pdf", "--voice"]);
    by_hand(&["--revoke", &first]);
    let by_script = |message: serde_json::Value| {
        let mut params = json!({ "channel": "whatsapp", "to": CHAT });
        params.as_object_mut().unwrap().extend(message.as_object().unwrap().clone());
        host.rpc("message.send", &params).unwrap()["id"].clone()
    };
    let first = by_script(json!({ "text": "by script" }));
    by_script(json!({ "kind": "reply", "msg_id": id, "text": "by script" }));
    by_script(json!({ "kind": "react", "msg_id": id, "emoji": "👍" }));
    by_script(json!({ "kind": "edit", "message_id": first, "text": "better" }));
    by_script(json!({ "kind": "poll", "question": "by script?", "options": ["yes", "no"] }));
    by_script(json!({ "kind": "media", "base64": "aGk=", "file_name": "a.txt", "caption": "read this" }));
    by_script(json!({ "kind": "voice_note", "base64": "aGk=", "mime": "audio/ogg" }));
    by_script(json!({ "kind": "revoke", "message_id": first }));
    let kinds = ["edit", "media", "poll", "reaction", "reply", "revoke", "text", "voice_note"];
    let mut all: Vec<String> = ["agent reaction", "agent reply", "agent text"].map(str::to_owned).into();
    all.extend(["cli", "plugin", "rpc"].iter().flat_map(|who| kinds.map(|kind| format!("{who} {kind}"))));
    let mut marks: Vec<String> = Vec::new();
    // The agent's own answer is a fourth message of its three kinds.
    for _ in 0..=all.len() {
        let heard = simulator.heard();
        match (heard["kind"].as_str().unwrap(), heard["text"].as_str().unwrap()) {
            ("reaction", emoji) => assert_eq!(emoji, "🎉"),
            ("revoke" | "voice", text) => assert_eq!(text, ""),
            (_, text) => marks.push(text[text.find('[').unwrap()..].trim_matches(['[', ']']).to_owned()),
        }
    }
    marks.sort();
    marks.dedup();
    let marked =
        |kind: &&String| !["reaction", "revoke", "voice_note"].iter().any(|plain| kind.ends_with(plain));
    assert_eq!(marks, all.iter().filter(marked).cloned().collect::<Vec<_>>());
    while host.tool("marker_seen", &json!({})).unwrap()["seen"] != json!(all) {}
    host.stop();
}

/// Tries to send what it may not, and says how it was refused.
const MEDDLER: &str = "agent: async ({ message }, wa) => {
    const said = [];
    const attempt = (what) => what.then(() => said.push('sent'), (error) => said.push(error.code));
    const to = message.chat, [name, private_url, open_url] = message.text.split(' ');
    await attempt(wa.tools.call('whatsapp_send_media', { to, file_path: name }));
    await attempt(wa.tools.call('whatsapp_send_media', { to, file_path: '../' + name }));
    await attempt(wa.tools.call('whatsapp_send_media', { to, url: private_url }));
    await attempt(wa.tools.call('whatsapp_send_media', { to, url: 'file:///etc/passwd' }));
    await attempt(wa.channel.sendMedia({ to, url: open_url }));
    await attempt(wa.channel.sendMedia({ to, base64: '?' }));
    await attempt(wa.channel.sendMedia({ to, base64: 'aGk=', url: open_url }));
    await attempt(wa.channel.sendText({ to, text: '' }));
    await attempt(wa.channel.sendText({ to, text: 'x', smoke: 1 }));
    await attempt(wa.channel.sendPoll({ to, question: '?', options: ['a', 'a'] }));
    await attempt(wa.channel.readMedia({ local_path: name }));
    await attempt(wa.channel.readMedia({ local_path: '../../../../../etc/passwd' }));
    return { text: said.join(' ') };
}";

#[test]
fn nothing_but_received_files_and_the_open_network_can_be_sent() {
    let place = place("media_dir: media");
    place.plugin("desk", "agent: true\npermissions: { channel: { whatsapp: [send, media] } }", MEDDLER);
    place.edit("wa.yaml", "allow: ['*'] }", "allow: ['whatsapp_*'] }");
    fs::write(place.path("secret.txt"), "secret").unwrap();
    fs::create_dir(place.path("media")).unwrap();
    std::os::unix::fs::symlink(place.path("secret.txt"), place.path("media/link.txt")).unwrap();
    let file_server = Server::saying(http::ok("a file from the network"));
    let server = file_server.origin();
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let host = start(&place, &simulator);
    for name in ["secret.txt", "media/link.txt", "media", "/etc/hostname"] {
        simulator.write(&format!("{name} {server} {server}"));
        let said = simulator.heard();
        let wrong = "invalid_params";
        let expected =
            [wrong, wrong, "denied", wrong, "denied", wrong, wrong, wrong, wrong, wrong, wrong, wrong];
        assert_eq!(said["text"], expected.join(" "), "{name}");
    }
    host.stop();
    // The operator allows the one origin.
    place.configure(&format!("policy: {{ allowPrivateNetwork: ['{server}'] }}"));
    let host = start(&place, &simulator);
    let send = json!({ "to": CHAT, "url": format!("{server}/a.txt"), "caption": "fetched" });
    host.tool("whatsapp_send_media", &send).unwrap();
    let heard = simulator.heard();
    assert_eq!((&heard["text"], &heard["file"]["mime"]), (&json!("fetched"), &json!("text/plain")));
    assert_eq!(heard["file"]["base64"], "YSBmaWxlIGZyb20gdGhlIG5ldHdvcms=");
    host.stop();
}

#[test]
fn only_agents_that_an_account_allows_write_from_it() {
    let place = place("allow_agents: [bob]");
    place.edit("wa.yaml", "agents:\n", "agents:\n  bob: {}\n");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let mut host = start(&place, &simulator);
    simulator.write("hello");
    let dead = host.event(|event| event["event"] == "deadLetter");
    assert!(dead["reason"].as_str().unwrap().contains("`allow_agents` of whatsapp `default`"), "{dead}");
    place.wa(["send", "--channel", "whatsapp", "--to", CHAT, "by hand"]).succeeds();
    assert_eq!(simulator.heard()["text"], "by hand");
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

/// Answers with the channel's own tools, under all their names.
const TOOLS: &str = "agent: async ({ message }, wa) => {
    if (message.text !== 'go') return;
    const { id } = await wa.tools.call('whatsapp_send_message', { to: '+57 300 000-0002', text: 'one' });
    await wa.tools.call('whatsapp_send_reply', { chat: message.chat, reply_to_msg_id: message.id, text: 'two' });
    await wa.tools.call('whatsapp_send_reaction', { to: message.chat, msg_id: message.id, emoji: '👍' });
    const refused = [];
    for (const input of [{ text: 'x' }, { to: 'nobody', text: 'x' }, { to: '573000000009', text: 'x' }]) {
        await wa.tools.call('whatsapp_send_message', input).catch((error) => refused.push(error.code));
    }
    return { text: `${id.slice(0, 4)} ${refused.join(' ')}` };
}";

#[test]
fn an_agent_has_tools_on_whatsapp() {
    let place = place("");
    place.plugin("desk", "agent: true", TOOLS);
    place.edit(
        "wa.yaml",
        "allow: ['*'] }",
        "allow: ['whatsapp_*'] }, outbound_allowlist: { whatsapp: ['+573000000002'] }",
    );
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let host = start(&place, &simulator);
    simulator.write("go");
    let heard = (0..4).map(|_| {
        let heard = simulator.heard();
        [&heard["kind"], &heard["text"]].map(|value| value.as_str().unwrap().to_owned())
    });
    let heard: Vec<[String; 2]> = heard.collect();
    let expected = [
        ["text", "one"],
        ["reply", "two"],
        ["reaction", "👍"],
        ["text", "out_ invalid_params invalid_params denied"],
    ];
    assert_eq!(heard, expected.map(|pair| pair.map(ToOwned::to_owned)));

    let listed = place.wa(["tools", "list"]).succeeds();
    assert!(listed.stdout().contains("whatsapp_send_reaction"), "{listed}");
    let input = json!({ "to": CHAT, "text": "by the operator" });
    assert!(host.tool("whatsapp_send_message", &input).unwrap()["id"].as_str().unwrap().starts_with("out_"));
    assert_eq!(simulator.heard()["text"], "by the operator");
    host.stop();
    place.wa(["doctor", "--only", "catalog"]).succeeds();
    place.edit("wa.yaml", "whatsapp_*", "telegram_*");
    let warned = place.wa(["doctor", "--only", "catalog"]).succeeds();
    assert!(warned.stdout().contains("WA0316"), "{warned}");
}

/// Keeps what it is told, and reads each file that comes.
const LISTENER: &str = "events: Object.fromEntries(['message.received', 'media.received', 'reaction.received', 'message.edited',
    'message.revoked', 'poll.voted', 'message.ack', 'client.ready', 'client.disconnected', 'client.reconnecting', 'bridge.timeout']
    .map((name) => [name, async (payload, wa) => {
      const file = payload.local_path && await wa.channel.readMedia({ local_path: payload.local_path });
      await wa.storage.set(`${name} ${payload.event_id}`, { ...payload, ...file });
    }])),
  tools: { told: async ({ name }, wa) => {
    const { keys } = await wa.storage.list({ prefix: `${name} ` });
    return { told: await Promise.all(keys.map((key) => wa.storage.get(key))) };
  } }";

const LISTENS: &str = "events: [message.received, media.received, reaction.received, message.edited, message.revoked, poll.voted,
  message.ack, client.ready, client.disconnected, client.reconnecting, bridge.timeout]
permissions: { storage: 1MiB, channel: { whatsapp: [media] } }
tools: [{ name: told, description: What it was told, input: { type: object } }]";

/// The first that a listener was told of these; waits for it.
fn told(host: &Running, name: &str) -> serde_json::Value {
    loop {
        let told = host.tool("told", &json!({ "name": name })).unwrap();
        if let Some(first) = told["told"].as_array().unwrap().first() {
            return first.clone();
        }
    }
}

#[test]
fn all_that_people_do_is_told() {
    let place = place("media_dir: ./media");
    place.plugin("listener", LISTENS, LISTENER);
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let mut host = start(&place, &simulator);
    fs::write(place.path("photo.png"), "not really a picture").unwrap();
    let of = |what: &str, more: serde_json::Value| {
        let mut command = json!({ "do": what, "from": ANA, "to": OWN });
        command.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        command
    };
    let file = json!({ "path": place.path("photo.png"), "mime": "image/png", "caption": "look" });
    let id = simulator.command(&of("sendFile", file))["id"].clone();
    let media = json!({ "kind": "image", "mime": "image/png", "bytes": 20 });
    let message = told(&host, "message.received");
    assert_eq!(
        (&message["kind"], &message["text"], &message["media"]),
        (&json!("media"), &json!("look"), &media)
    );
    let received = told(&host, "media.received");
    assert_eq!((&received["id"], &received["caption"], &received["media"]), (&id, &json!("look"), &media));
    assert_eq!(received["base64"], "bm90IHJlYWxseSBhIHBpY3R1cmU=");
    let kept = place.path(received["local_path"].as_str().unwrap());
    assert_eq!(fs::read_to_string(&kept).unwrap(), "not really a picture");
    assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);

    let said = simulator.heard();
    assert_eq!(said["text"], "echo: look");
    for (command, name) in [
        (of("react", json!({ "target": said["id"], "emoji": "👍" })), "reaction.received"),
        (of("edit", json!({ "target": id, "text": "look again" })), "message.edited"),
        (of("revoke", json!({ "target": id })), "message.revoked"),
        (of("read", json!({ "target": said["id"] })), "message.ack"),
    ] {
        simulator.command(&command);
        let told = told(&host, name);
        match name {
            "reaction.received" => assert_eq!((&told["target"], &told["emoji"]), (&said["id"], &json!("👍"))),
            "message.edited" => assert_eq!((&told["target"], &told["text"]), (&id, &json!("look again"))),
            "message.revoked" => assert_eq!((&told["target"], &told["from"]), (&id, &json!(CHAT))),
            _ => assert_eq!((&told["message_id"], &told["to"]), (&said["id"], &json!(CHAT))),
        }
    }
    simulator.command(&json!({ "do": "cut", "account": OWN }));
    assert_eq!(told(&host, "client.disconnected")["channel"], "whatsapp");
    assert_eq!(told(&host, "client.reconnecting")["attempt"], 1);
    assert_eq!(told(&host, "client.ready")["instance"], "default");
    host.event(|event| event["event"] == "channelChanged" && event["state"] == "connected");
    let queues = place.wa(["status", "--json"]).succeeds().json()["host"]["queues"].clone();
    assert_eq!((&queues["inbound_dead"], &queues["outbox_dead"]), (&json!(0), &json!(0)));
    host.stop();
}

#[test]
fn every_kind_can_be_sent_from_the_command_line() {
    let place = place("");
    place.plugin("listener", LISTENS, LISTENER);
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let host = start(&place, &simulator);
    fs::write(place.path("photo.png"), "not really a picture").unwrap();
    fs::write(place.path("word.ogg"), "not really sound").unwrap();
    let mut send = |more: &[&str]| {
        let words = [&["send", "--channel", "whatsapp", "--to", ANA, "--json"], more].concat();
        let queued = place.wa(words).succeeds().json();
        (queued["id"].as_str().unwrap().to_owned(), simulator.heard())
    };
    let (_, photo) = send(&["--file", "photo.png", "look"]);
    let file = json!({ "mime": "image/png", "name": null, "base64": "bm90IHJlYWxseSBhIHBpY3R1cmU=" });
    assert_eq!((&photo["kind"], &photo["text"], &photo["file"]), (&json!("media"), &json!("look"), &file));
    let (_, voice) = send(&["--file", "word.ogg", "--voice"]);
    assert_eq!((&voice["kind"], &voice["file"]["mime"]), (&json!("voice"), &json!("audio/ogg")));
    let (first, text) = send(&["first"]);
    let (_, edit) = send(&["--edit", &first, "second"]);
    assert_eq!(
        (&edit["kind"], &edit["target"], &edit["text"]),
        (&json!("edit"), &text["id"], &json!("second"))
    );
    let (_, reaction) = send(&["--react", "👍", "--message", &first]);
    assert_eq!((&reaction["kind"], &reaction["target"]), (&json!("reaction"), &text["id"]));
    let (_, reply) = send(&["--reply-to", &first, "yes"]);
    assert_eq!((&reply["kind"], &reply["target"]), (&json!("reply"), &text["id"]));
    let (_, revoke) = send(&["--revoke", &first]);
    assert_eq!((&revoke["kind"], &revoke["target"]), (&json!("revoke"), &text["id"]));
    let (_, poll) = send(&["--poll", "when?", "--option", "now", "--option", "later"]);
    assert_eq!(
        (&poll["kind"], &poll["text"], &poll["options"]),
        (&json!("poll"), &json!("when?"), &json!(["now", "later"]))
    );

    simulator.command(
        &json!({ "do": "vote", "from": ANA, "to": OWN, "target": poll["id"], "options": ["later"] }),
    );
    let vote = told(&host, "poll.voted");
    assert_eq!((&vote["target"], &vote["options"]), (&poll["id"], &json!(["later"])));
    // Nothing of the files is left beside the outbox.
    while fs::read_dir(place.path(".wa/outbox")).unwrap().count() > 0 {}
    host.stop();
}

#[test]
fn logs_name_nobody_and_hold_no_message_and_no_key() {
    for verbosity in [&["--json"][..], &[]] {
        let place = place("");
        place.plugin("listener", LISTENS, LISTENER);
        let elsewhere = "allow: ['*'] }, outbound_allowlist: { whatsapp: ['573000000009'] }";
        place.edit("wa.yaml", "allow: ['*'] }", elsewhere);
        let mut simulator = Simulator::start(&place, &[SESSION]);
        let mut command = place.command(["run", "--simulator", &simulator.address]);
        let log = fs::File::create(place.path("log")).unwrap();
        command.args(verbosity).stdout(log.try_clone().unwrap()).stderr(log);
        let mut host = command.spawn().unwrap();
        let log = || fs::read_to_string(place.path("log")).unwrap();
        while !log().contains("connected") {}
        fs::write(place.path("photo.png"), "quinoa in a picture").unwrap();
        simulator.command(&json!({ "do": "sendFile", "from": ANA, "to": OWN, "path": place.path("photo.png"), "mime": "image/png", "caption": "quinoa" }));
        simulator.write("quinoa in a text");
        place.wa(["send", "--channel", "whatsapp", "--to", ANA, "quinoa on its way out"]).succeeds();
        assert_eq!(simulator.heard()["text"], "quinoa on its way out");
        // The agent may write to somebody else only, which is said.
        while log().matches("outbound_allowlist").count() < 2 {}
        simulator.command(&json!({ "do": "unlink", "account": OWN }));
        while !log().replace('_', " ").contains("credentials expired") {}
        host.kill().unwrap();
        host.wait().unwrap();

        let credentials: serde_json::Value =
            serde_json::from_str(&place.read(&format!("{SESSION}/.whatsapp-rs/creds.json"))).unwrap();
        let mut secrets = vec!["quinoa".to_owned(), ANA.to_owned(), OWN.to_owned()];
        collect_keys(&credentials["device"], &mut secrets);
        assert!(secrets.len() > 20, "the credentials hold no keys: {credentials}");
        let log = log();
        for secret in secrets {
            assert!(!log.contains(&secret), "the log holds {secret:?}:\n{log}");
        }
        assert!(log.contains("…02@s.whatsapp.net"), "{log}");
    }
}

/// The keys in a value, which are arrays of bytes there: in the forms that a log would have them in.
fn collect_keys(value: &serde_json::Value, forms: &mut Vec<String>) {
    match value {
        serde_json::Value::Array(bytes) if bytes.len() >= 32 => {
            let bytes: Vec<u8> =
                bytes.iter().map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap()).collect();
            // Both halves of a key pair, and a secret alone.
            for part in bytes.chunks(32).filter(|part| part.len() == 32) {
                forms.push(part[..8].iter().map(|byte| format!("{byte:02x}")).collect());
                forms.push(base64::engine::general_purpose::STANDARD.encode(&part[..24]));
                forms.push(format!("{:?}", &part[..6]).trim_matches(['[', ']']).to_owned());
            }
        }
        serde_json::Value::Object(members) => members.values().for_each(|value| collect_keys(value, forms)),
        _ => {}
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

#[test]
fn a_slow_line_is_only_slow() {
    let place = place("");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    simulator.command(&json!({ "do": "faults", "delay_ms": 150 }));
    let host = start(&place, &simulator);
    for text in ["one", "two"] {
        simulator.write(text);
        assert_eq!(simulator.heard()["text"], format!("echo: {text}"));
    }
    host.stop();
}

#[test]
fn a_device_that_somebody_else_uses_is_given_up() {
    let place = place("");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let mut host = start(&place, &simulator);
    simulator.command(&json!({ "do": "replace", "account": OWN }));
    let expired = host.event(|event| event["state"] == "credentials_expired");
    assert!(expired["reason"].as_str().unwrap().starts_with("another process uses this device"), "{expired}");
    host.stop();
}

#[test]
fn what_is_spoken_is_put_into_words_by_a_plugin() {
    let place = place("transcriber: { enabled: true, timeout_ms: 3000 }");
    let manifest = "capabilities: { mediaUnderstanding: [{ id: whisper }] }";
    let listens = "capabilities: { 'mediaUnderstanding/whisper': ({ mime, base64 }) => {
        if (base64 === 'bXVtYmxl') throw new Error('nobody understands that');
        return { text: `${mime} ${base64}` };
    } }";
    place.plugin("ears", manifest, listens);
    place.plugin("listener", LISTENS, LISTENER);
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let mut host = start(&place, &simulator);
    let say = |simulator: &mut Simulator, words: &str| {
        fs::write(place.path("voice.ogg"), words).unwrap();
        let path = place.path("voice.ogg");
        simulator.command(&json!({ "do": "sendFile", "from": ANA, "to": OWN, "path": path, "mime": "audio/ogg", "voice": true }));
    };
    say(&mut simulator, "hello");
    assert_eq!(simulator.heard()["text"], "echo: audio/ogg aGVsbG8=");
    let message = told(&host, "message.received");
    let media = json!({ "kind": "voice", "mime": "audio/ogg", "bytes": 5, "transcribed": true });
    assert_eq!((&message["text"], &message["media"]), (&json!("audio/ogg aGVsbG8="), &media));
    // Whatever goes wrong, the message goes on.
    say(&mut simulator, "mumble");
    assert_eq!(simulator.heard()["text"], "echo: ");
    let why = host.event(|event| event["event"] == "trouble")["message"].as_str().unwrap().to_owned();
    assert!(why.contains("nobody understands that"), "{why}");
    host.stop();
    fs::remove_dir_all(place.path("plugins/ears")).unwrap();
    let mut host = start(&place, &simulator);
    say(&mut simulator, "is anybody there?");
    assert_eq!(simulator.heard()["text"], "echo: ");
    let why = host.event(|event| event["event"] == "trouble")["message"].as_str().unwrap().to_owned();
    assert!(why.contains("no plugin has the capability mediaUnderstanding/whisper"), "{why}");
    host.stop();
}
