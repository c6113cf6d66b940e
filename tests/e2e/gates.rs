//! The gates: `message.sending` sees all that goes out, whoever sends it; `message.receiving` all that comes in.

use serde_json::{Value, json};

use crate::support::{Place, Running};

/// Marks what it lets pass, and stops what holds the word `secret`.
const MARKER: (&str, &str, &str) = (
    "marker",
    "hooks: [{ on: message.sending }]",
    "hooks: { 'message.sending': (draft) => {
        const key = draft.kind === 'reaction' ? 'emoji' : 'text';
        return draft[key].includes('secret') ? block('it tells a secret') : { ...draft, [key]: `[seen] ${draft[key]}` };
    } }",
);

/// A plugin that sends from a route, in the way that the request's body names, and answers with what came of it.
const SENDER: (&str, &str, &str) = (
    "sender",
    "permissions: { channel: { console: [send, reply, react] } }
routes: [{ path: /send, methods: [POST], auth: public }]
tools: [{ name: tell, description: Tells, input: { type: object } }]",
    "routes: { 'POST /send': async ({ body }, wa) => {
        const { how, ...params } = JSON.parse(body);
        try { return { json: await wa.channel[how]({ channel: 'console', to: 'me', ...params }) } }
        catch (error) { return { status: 409, json: { code: error.code, message: error.message } } }
    } },
    tools: { tell: (input, wa) => wa.channel.sendText({ channel: 'console', to: 'me', text: input.text }) }",
);

fn with_marker() -> (Place, Running) {
    let place = Place::with_echo(&[MARKER, SENDER]);
    let host = Running::start(&place);
    (place, host)
}

/// Sends by the route; the handler's answer.
fn by_route(host: &Running, how: &str, params: Value) -> (u16, Value) {
    let mut body = params;
    body["how"] = json!(how);
    let answer = host.http("POST", "/plugins/sender/send", &[], body.to_string().as_bytes());
    (answer.status, serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{answer:?}")))
}

/// What plugin `sender` is told of a message that `marker` stopped.
fn stopped() -> (u16, Value) {
    (
        409,
        json!({ "code": "denied", "message": "the gate of plugin `marker` blocked the message: it tells a secret" }),
    )
}

#[test]
fn an_agents_reply_passes_the_gate() {
    let (_place, mut host) = with_marker();
    let mut console = host.console();
    assert_eq!(console.ask("me", "hi"), "[seen] echo: hi");
    console.say("me", "a secret");
    let blocked = host.event(|event| event["event"] == "messageBlocked");
    let expected = json!({ "event": "messageBlocked", "gate": "message.sending", "by": "marker", "reason": "it tells a secret" });
    assert_eq!(blocked, expected);
    assert_eq!(console.ask("me", "on"), "[seen] echo: on");
    // The gate's word is no failure: nothing was given up.
    let queues = &host.rpc("status", &json!({})).unwrap()["queues"];
    assert_eq!((&queues["inbound_dead"], &queues["outbox_dead"]), (&json!(0), &json!(0)));
    host.stop();
}

#[test]
fn a_plugins_text_passes_the_gate() {
    let (_place, host) = with_marker();
    let mut console = host.console();
    let (status, sent) = by_route(&host, "sendText", json!({ "text": "news" }));
    let heard = console.hear();
    assert_eq!((status, &heard["text"], &heard["id"]), (200, &json!("[seen] news"), &sent["id"]));
    assert_eq!(heard["origin"], json!({ "kind": "plugin", "name": "sender" }));
    assert_eq!(by_route(&host, "sendText", json!({ "text": "secret" })), stopped());
    host.stop();
}

#[test]
fn a_plugins_reply_passes_the_gate() {
    let (_place, host) = with_marker();
    let mut console = host.console();
    by_route(&host, "sendReply", json!({ "text": "yes", "reply_to": "m-7" }));
    let heard = console.hear();
    assert_eq!(
        (&heard["kind"], &heard["text"], &heard["reply_to"]),
        (&json!("reply"), &json!("[seen] yes"), &json!("m-7"))
    );
    assert_eq!(by_route(&host, "sendReply", json!({ "text": "secret", "reply_to": "m-7" })), stopped());
    host.stop();
}

#[test]
fn a_plugins_reaction_passes_the_gate() {
    let (_place, host) = with_marker();
    let mut console = host.console();
    by_route(&host, "sendReaction", json!({ "emoji": "👍", "message_id": "m-7" }));
    let heard = console.hear();
    assert_eq!(
        (&heard["kind"], &heard["emoji"], &heard["reply_to"]),
        (&json!("reaction"), &json!("[seen] 👍"), &json!("m-7"))
    );
    assert_eq!(by_route(&host, "sendReaction", json!({ "emoji": "secret", "message_id": "m-7" })), stopped());
    host.stop();
}

#[test]
fn what_a_tool_sends_passes_the_gate() {
    let (_place, host) = with_marker();
    let mut console = host.console();
    host.tool("tell", &json!({ "text": "told" })).unwrap();
    assert_eq!(console.hear_text(), "[seen] told");
    let refused = host.tool("tell", &json!({ "text": "secret" })).unwrap_err();
    assert!(
        refused.contains("the gate of plugin `marker` blocked the message: it tells a secret"),
        "{refused}"
    );
    host.stop();
}

#[test]
fn what_an_event_handler_sends_passes_the_gate() {
    let (place, mut host) = with_marker();
    let code = "events: { 'message.received': async (message, wa) => {
        try { await wa.channel.sendText({ to: message.chat, text: message.text }) }
        catch (error) { wa.log.warn(error.message) }
    } }";
    place.plugin("desk", "events: [message.received]\npermissions: { channel: { any: [send] } }", code);
    host.rpc("plugins.reload", &json!({})).unwrap();
    let mut console = host.console();
    assert_eq!(console.ask("me", "hi"), "[seen] hi");
    console.say("me", "secret");
    assert_eq!(
        host.event_of("log", "desk")["message"],
        "the gate of plugin `marker` blocked the message: it tells a secret"
    );
    host.stop();
}

#[test]
fn wa_send_passes_the_gate() {
    let (place, host) = with_marker();
    let mut console = host.console();
    place.wa(["send", "--to", "me", "by hand"]).succeeds();
    assert_eq!(console.hear_text(), "[seen] by hand");
    let refused = place.wa(["send", "--to", "me", "secret"]).exits(1);
    assert!(
        refused.stderr().contains("the gate of plugin `marker` blocked the message: it tells a secret"),
        "{refused}"
    );
    host.stop();
}

#[test]
fn an_rpc_send_passes_the_gate() {
    let (_place, host) = with_marker();
    let mut console = host.console();
    let send =
        |text: &str| host.rpc("message.send", &json!({ "channel": "console", "to": "me", "text": text }));
    let sent = send("by rpc").unwrap();
    let heard = console.hear();
    assert_eq!((&heard["text"], &heard["id"]), (&json!("[seen] by rpc"), &sent["id"]));
    assert_eq!(heard["origin"], json!({ "kind": "rpc", "name": "rpc" }));
    let refused = send("secret").unwrap_err();
    assert_eq!(refused["code"], -32000);
    assert_eq!(refused["message"], "the gate of plugin `marker` blocked the message: it tells a secret");
    host.stop();
}
