//! What goes out: every kind, whoever sends it, and what may not.

use std::fs;

use serde_json::json;

use super::{CHAT, LISTENER, LISTENS, SESSION, place, start, told};
use crate::support::http::{self, Server};
use crate::support::whatsapp::{ANA, OWN, Simulator};

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
fn a_file_that_a_gate_stops_is_not_kept() {
    let place = place("");
    let stops = "hooks: { 'message.sending': ({ media }) => media && block(`no ${media.mime} of ${media.bytes} bytes`) }";
    place.plugin("censor", "hooks: [{ on: message.sending, mode: block }]", stops);
    let simulator = Simulator::start(&place, &[SESSION]);
    let host = start(&place, &simulator);
    fs::write(place.path("a.pdf"), "not really a document").unwrap();
    let send = ["send", "--channel", "whatsapp", "--to", CHAT, "--file", "a.pdf"];
    let refused = place.wa(send).exits(1);
    assert!(refused.stderr().contains("no application/pdf of 21 bytes"), "{refused}");
    assert_eq!(fs::read_dir(place.path(".wa/outbox")).unwrap().count(), 0);
    let missing = place.wa(["send", "--to", CHAT, "--file", "nowhere.pdf"]).exits(2);
    assert!(missing.stderr().contains("cannot read nowhere.pdf"), "{missing}");
    host.stop();
}

#[test]
fn a_repeat_of_a_message_with_a_file_changes_nothing() {
    let place = place("");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let host = start(&place, &simulator);
    let send = |text: &str| {
        fs::write(place.path("a.txt"), text).unwrap();
        place
            .wa(["send", "--channel", "whatsapp", "--to", CHAT, "--id", "one", "--file", "a.txt"])
            .succeeds();
    };
    // While it waits, and after it went.
    simulator.command(&json!({ "do": "faults", "delay_ms": 300 }));
    send("first");
    send("second");
    assert_eq!(simulator.heard()["file"]["base64"], "Zmlyc3Q=");
    simulator.command(&json!({ "do": "faults" }));
    while fs::read_dir(place.path(".wa/outbox")).unwrap().count() > 0 {}
    send("third");
    assert_eq!((simulator.unheard(), fs::read_dir(place.path(".wa/outbox")).unwrap().count()), (0, 0));
    host.stop();
}

/// Keeps a file and sends it; says whom it knows; marks the chat as read.
const KNOWING: &str = "agent: async ({ message }, wa) => {
    await wa.files.write('notes/a.txt', 'kept');
    await wa.channel.sendFile(message.chat, 'aGk=', 'hi.txt', 'as open-wa does it');
    await wa.channel.sendMedia({ to: message.chat, file_path: 'notes/a.txt' });
    await wa.channel.sendSeen(message.chat);
    const { name } = await wa.channel.getContact(message.from);
    const [chat] = await wa.channel.getChats();
    return { text: `${await wa.channel.getHostNumber()} ${name} ${chat.id === message.chat}` };
}";

#[test]
fn a_plugin_sends_files_of_its_own_and_knows_its_account() {
    let place = place("");
    let permissions = "permissions: { storage: 1MiB, channel: { whatsapp: [send, media, contacts.read] } }";
    place.plugin("desk", &format!("agent: true\n{permissions}"), KNOWING);
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let host = start(&place, &simulator);
    simulator.write("hi");
    let files: Vec<serde_json::Value> = (0..2).map(|_| simulator.heard()).collect();
    assert_eq!(
        (&files[0]["file"]["base64"], &files[0]["text"]),
        (&json!("aGk="), &json!("as open-wa does it")),
        "{files:?}"
    );
    assert_eq!(files[1]["file"]["base64"], "a2VwdA==", "{files:?}");
    let said = simulator.heard()["text"].as_str().unwrap().to_owned();
    let words: Vec<&str> = said.split(' ').collect();
    assert!(words[0].bytes().all(|byte| byte.is_ascii_digit()) && words[0].len() > 6, "{said}");
    assert_eq!(words.last(), Some(&"true"), "{said}");
    host.stop();
}
