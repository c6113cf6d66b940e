//! What comes in, and who is told of it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use super::{CHAT, LISTENER, LISTENS, SESSION, all_told, place, start, told};
use crate::support::Place;
use crate::support::whatsapp::{ANA, OWN, Simulator};

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
fn what_becomes_of_a_group_is_told_as_far_as_its_messages_are() {
    let group =
        json!({ "do": "group", "id": "120363000000000001", "subject": "Garden", "members": [OWN, ANA] });
    let change = |change: serde_json::Value| json!({ "do": "changeGroup", "from": ANA, "to": OWN, "group": "120363000000000001", "change": change });
    let place = place("");
    place.plugin("listener", LISTENS, LISTENER);
    let mut simulator = Simulator::start(&place, &[SESSION]);
    simulator.command(&group);
    let host = start(&place, &simulator);
    let (address, ana) = ("120363000000000001@g.us", json!(CHAT));
    for (number, (said, told)) in [
        (
            json!({ "add": ["573000000009"] }),
            json!({ "change": "added", "members": ["573000000009@s.whatsapp.net"] }),
        ),
        (
            json!({ "promote": [OWN] }),
            json!({ "change": "promoted", "members": [format!("{OWN}@s.whatsapp.net")] }),
        ),
        (
            json!({ "remove": ["573000000009"] }),
            json!({ "change": "removed", "members": ["573000000009@s.whatsapp.net"] }),
        ),
        (
            json!({ "rename": "<b>Garden</b>\u{202e} club" }),
            json!({ "change": "renamed", "text": "Garden club" }),
        ),
        (json!("lock"), json!({ "change": "settings" })),
    ]
    .into_iter()
    .enumerate()
    {
        simulator.command(&change(said));
        let news = all_told(&host, "group.updated", number + 1);
        let news = news.iter().find(|news| news["change"] == told["change"]).unwrap();
        assert_eq!((&news["chat"], &news["from"]), (&json!(address), &ana), "{news}");
        for (name, value) in told.as_object().unwrap() {
            assert_eq!(&news[name], value, "{news}");
        }
    }
    host.stop();
}

#[test]
fn what_becomes_of_a_group_is_not_told_where_groups_are_ignored() {
    let place = place("behavior: { ignore_groups: true }");
    place.plugin("listener", LISTENS, LISTENER);
    let mut simulator = Simulator::start(&place, &[SESSION]);
    simulator.command(&json!({ "do": "group", "id": "1", "subject": "Garden", "members": [OWN, ANA] }));
    let host = start(&place, &simulator);
    simulator.command(
        &json!({ "do": "changeGroup", "from": ANA, "to": OWN, "group": "1", "change": { "rename": "Shed" } }),
    );
    // What comes after it is told.
    for (number, text) in ["hello", "again"].into_iter().enumerate() {
        simulator.write(text);
        all_told(&host, "message.received", number + 1);
    }
    let told = host.tool("told", &json!({ "name": "group.updated" })).unwrap();
    assert_eq!(told["told"], json!([]));
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

#[test]
fn other_programs_listen_and_send_by_topic() {
    let place = Place::with_echo(&[]);
    place.edit("wa.yaml", "channel: console", "channel: whatsapp, instance: sales");
    place.configure("channels: { console: { enabled: true }, whatsapp: { instance: sales } }");
    let mut simulator = Simulator::start(&place, &[".wa/agents/ana/whatsapp/sales"]);
    let host = start(&place, &simulator);
    let token = format!("Bearer {}", host.token());
    let get = |path: &str, token: &str| host.http("GET", path, &[("authorization", token)], b"").status;
    assert_eq!([get("/events", "Bearer no"), get("/events?all", &token)], [401, 400]);

    let mut listener = Listener::start(host.gateway(), &token, "/events?topic=plugin.inbound.whatsapp.sales");
    let mut sent = Listener::start(host.gateway(), &token, "/events?topic=plugin.outbound.whatsapp.sales");
    host.console().say("me", "not on this topic");
    simulator.write("hello");
    let (name, data) = listener.next();
    assert_eq!(
        (name.as_str(), &data["kind"], &data["payload"]["text"]),
        ("message.received", &json!("message"), &json!("hello"))
    );
    let (name, data) = sent.next();
    assert_eq!((name.as_str(), &data["payload"]["text"]), ("message.sent", &json!("echo: hello")));
    assert_eq!(simulator.heard()["text"], "echo: hello");

    let publish = |topic: &str, payload: serde_json::Value| {
        host.rpc("bus.publish", &json!({ "topic": topic, "payload": payload }))
    };
    let topic = "plugin.outbound.whatsapp.sales";
    publish(topic, json!({ "kind": "react", "to": ANA, "msg_id": "3EB0", "emoji": "👍" })).unwrap();
    assert_eq!(simulator.heard()["kind"], "reaction");
    for (topic, payload, why) in [
        (topic, json!({ "to": ANA, "text": "" }), "the message's text must have at least one character"),
        (topic, json!({ "to": ANA, "kind": "smoke" }), "unknown variant `smoke`"),
        (topic, json!({ "to": ANA, "text": "x", "smoke": 1 }), "unknown field `smoke`"),
        (topic, json!({ "text": "x" }), "missing field `to`"),
        ("plugin.outbound.whatsapp.support", json!({ "to": ANA, "text": "x" }), "no channel `whatsapp`"),
        ("plugin.inbound.whatsapp.sales", json!({ "to": ANA, "text": "x" }), "takes no messages"),
    ] {
        let refused = publish(topic, payload).unwrap_err();
        assert!(refused["message"].as_str().unwrap().contains(why), "{refused}");
    }
    let queues = place.wa(["status", "--json"]).succeeds().json()["host"]["queues"].clone();
    assert_eq!(queues["outbox_dead"], 5, "what cannot be sent is kept with its reason: {queues}");
    host.stop();
}

/// Reads server-sent events.
struct Listener(std::io::BufReader<std::net::TcpStream>);

impl Listener {
    fn start(address: &str, token: &str, path: &str) -> Self {
        use std::io::{BufRead as _, Write as _};
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(crate::support::LIMIT)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: {token}\r\n\r\n").unwrap();
        let mut reader = std::io::BufReader::new(stream);
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).unwrap();
        }
        Self(reader)
    }

    /// The next event's name and data.
    fn next(&mut self) -> (String, serde_json::Value) {
        use std::io::BufRead as _;
        let (mut name, mut line) = (String::new(), String::new());
        loop {
            line.clear();
            self.0.read_line(&mut line).unwrap();
            if let Some(text) = line.strip_prefix("event: ") {
                text.trim().clone_into(&mut name);
            } else if let Some(data) = line.strip_prefix("data: ") {
                return (name, serde_json::from_str(data).unwrap());
            }
        }
    }
}
