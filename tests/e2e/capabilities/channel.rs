//! A channel that a plugin provides, and the tool `message` on it.

use serde_json::{Value, json};

use super::services::Services;
use super::{KINDS, example};
use crate::support::{LIMIT, Place, Running};

/// A gate that stops secrets, whoever sends them.
const GATE: &str = "hooks: { 'message.sending': (draft) => draft.text?.includes('secret') ? block('no secrets') : undefined }";

fn start(services: &Services) -> (Place, Running) {
    assert!(KINDS.iter().any(|(kind, _)| *kind == "channel"));
    let place = Place::with_echo(&[("gate", "hooks: [{ on: message.sending }]", GATE)]);
    place.edit("wa.yaml", "channel: console", "channel: webhook");
    place.configure(&format!("policy: {{ allowPrivateNetwork: ['{}'] }}", services.origin()));
    example(&place, "channel", services);
    let host = Running::start(&place);
    (place, host)
}

fn write(host: &Running, message: &Value) -> (u16, Value) {
    let bearer = format!("Bearer {}", host.token());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let answer =
        host.http("POST", "/plugins/webhook-channel/inbound", &headers, message.to_string().as_bytes());
    (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
}

#[test]
fn messages_of_a_plugins_channel_go_the_way_of_all_messages() {
    let services = Services::start();
    let (_place, mut host) = start(&services);
    let hello =
        json!({ "id": "m1", "chat": "garden", "from": "ana", "from_name": "Ana\u{202e}", "text": "hello" });
    let (status, first) = write(&host, &hello);
    assert_eq!((status, &first["new"]), (200, &json!(true)), "{first}");
    let answer = services.delivered.recv_timeout(LIMIT).unwrap();
    assert_eq!(
        (&answer["to"], &answer["kind"], &answer["text"]),
        (&json!("garden"), &json!("text"), &json!("echo: hello"))
    );
    let accepted = host.event(|event| event["event"] == "messageAccepted");
    assert_eq!((&accepted["channel"], &accepted["chat"]), (&json!("webhook"), &json!("garden")));
    // A repeat changes nothing.
    let (_, again) = write(&host, &hello);
    assert_eq!(again, json!({ "event_id": first["event_id"], "new": false }));
    // The gate stands here, too.
    let (_, _) = write(&host, &json!({ "id": "m2", "chat": "garden", "from": "ana", "text": "a secret" }));
    let blocked = host.event(|event| event["event"] == "messageBlocked");
    assert!(blocked.to_string().contains("no secrets"), "{blocked}");
    let (_, _) = write(&host, &json!({ "id": "m3", "chat": "garden", "from": "ana", "text": "bye" }));
    assert_eq!(services.delivered.recv_timeout(LIMIT).unwrap()["text"], "echo: bye");
    // What is wrong is said to the plugin, whose route fails.
    let (status, _) = write(&host, &json!({ "chat": "garden", "from": "ana", "text": "no id" }));
    assert_eq!(status, 502);
    let (status, _) = write(
        &host,
        &json!({ "id": "m4", "channel": "console", "chat": "garden", "from": "ana", "text": "hi" }),
    );
    assert_eq!(status, 502);
    let refused = host.event(|event| event["event"] == "hostCallRefused");
    assert!(
        refused.to_string().contains("`channels: [console]` in its manifest would declare it"),
        "{refused}"
    );
    host.stop();
}

#[test]
fn one_tool_sends_on_whichever_channel() {
    let services = Services::start();
    let (place, host) = start(&services);
    let listed = place.wa(["tools", "list", "--channel", "webhook"]).succeeds();
    let actions: Vec<&str> =
        listed.stdout().lines().map(|line| line.split_whitespace().nth(1).unwrap()).collect();
    assert_eq!(actions, ["send", "reply", "react", "edit", "poll"]);
    let described = host.rpc("message.describe", &json!({})).unwrap();
    let channels: Vec<&str> =
        described.as_array().unwrap().iter().map(|one| one["channel"].as_str().unwrap()).collect();
    assert_eq!(channels, ["console", "webhook"]);
    let poll = &described[1]["actions"][4];
    assert_eq!(
        (&poll["action"], &poll["input"]["required"]),
        (&json!("poll"), &json!(["to", "question", "options"]))
    );
    place.wa(["tools", "list", "--channel", "pigeon"]).exits(1);

    let sent = host.tool("message", &json!({ "action": "poll", "channel": "webhook", "to": "garden", "question": "Tea?", "options": ["yes", "no"] })).unwrap();
    let poll = services.delivered.recv_timeout(LIMIT).unwrap();
    let members = [&poll["id"], &poll["kind"], &poll["text"], &poll["options"]];
    assert_eq!(members, [&sent["id"], &json!("poll"), &json!("Tea?"), &json!(["yes", "no"])]);
    // The service knows a message by its own id.
    let text = host
        .tool(
            "message",
            &json!({ "action": "send", "channel": "webhook", "to": "garden", "text": "tea at five" }),
        )
        .unwrap();
    services.delivered.recv_timeout(LIMIT).unwrap();
    host.tool("message", &json!({ "action": "edit", "channel": "webhook", "to": "garden", "message_id": text["id"], "text": "tea at six" })).unwrap();
    let edit = services.delivered.recv_timeout(LIMIT).unwrap();
    assert_eq!(edit["reply_to"], format!("service-{}", text["id"].as_str().unwrap()));

    let refused = |input: Value| host.tool("message", &input).unwrap_err();
    let blocked =
        refused(json!({ "action": "send", "channel": "webhook", "to": "garden", "text": "a secret" }));
    assert!(blocked.contains("no secrets"), "{blocked}");
    let kind = refused(
        json!({ "action": "media", "channel": "webhook", "to": "garden", "url": "https://example.com/a.png" }),
    );
    assert!(kind.contains("webhook takes no message of the kind `media`"), "{kind}");
    let member = refused(json!({ "action": "poll", "channel": "webhook", "to": "garden", "text": "Tea?" }));
    assert!(member.contains("the input does not fit"), "{member}");
    let nowhere = refused(json!({ "action": "send", "to": "garden", "text": "hi" }));
    assert!(nowhere.contains("`channel` must be named"), "{nowhere}");
    // Nobody goes by the gates.
    let message = json!({ "instance": "default", "message": { "id": "x", "to": "garden", "kind": "text", "text": "a secret" } });
    let by = place.wa(["capability", "call", "channel", &message.to_string()]).exits(1);
    assert!(by.stderr().contains("the outbox alone calls `channel`"), "{}", by.stderr());
    assert!(services.delivered.try_recv().is_err());
    host.stop();
}

#[test]
fn an_agent_uses_the_tool_where_its_message_came_from() {
    let services = Services::start();
    let (place, host) = start(&services);
    place.plugin("desk", "agent: true", "agent: async ({ message }, wa) => { await wa.tools.call('message', { action: 'react', to: message.chat, message_id: message.id, emoji: '+' }); }");
    host.rpc("plugins.reload", &json!({})).unwrap();
    let (status, _) = write(&host, &json!({ "id": "m1", "chat": "garden", "from": "ana", "text": "hello" }));
    assert_eq!(status, 200);
    let reaction = services.delivered.recv_timeout(LIMIT).unwrap();
    assert_eq!(
        (&reaction["kind"], &reaction["emoji"], &reaction["reply_to"]),
        (&json!("reaction"), &json!("+"), &json!("m1"))
    );
    host.stop();
}
