//! The rules of the gates: order, failure, what a gate may change, and what it never sees.

use serde_json::{Value, json};

use crate::support::{Place, Running};

/// A gate that does this with each draft.
fn gate(settings: &str, body: &str) -> (String, String) {
    (
        format!("hooks: [{{ on: message.sending, {settings} }}]"),
        format!("hooks: {{ 'message.sending': async (draft, wa) => {{ {body} }} }}"),
    )
}

/// What comes of a message through one gate.
fn through(settings: &str, body: &str) -> Result<String, String> {
    let (manifest, code) = gate(settings, body);
    let place = Place::with_plugins(&[("warden", &manifest, &code)]);
    let host = Running::start(&place);
    let mut console = host.console();
    let sent = host.rpc("message.send", &json!({ "channel": "console", "to": "me", "text": "hi" }));
    let outcome =
        sent.map(|_| console.hear_text()).map_err(|error| error["message"].as_str().unwrap().to_owned());
    host.stop();
    outcome
}

#[test]
fn gates_stand_in_the_order_of_priority_and_then_id() {
    let gates = [("zoe", 10), ("late", 90), ("bob", 50), ("amy", 50)];
    let plugins: Vec<(&str, String, String)> = gates
        .into_iter()
        .map(|(id, priority)| {
            let (manifest, code) = gate(
                &format!("priority: {priority}"),
                &format!("return {{ ...draft, text: `${{draft.text}} {id}` }}"),
            );
            (id, manifest, code)
        })
        .collect();
    let place = Place::with_echo(&[]);
    plugins.iter().for_each(|(id, manifest, code)| place.plugin(id, manifest, code));
    let host = Running::start(&place);
    assert_eq!(host.console().ask("me", "through"), "echo: through zoe amy bob late");
    host.stop();
}

#[test]
fn the_first_gate_that_blocks_is_the_last_that_is_asked() {
    let (early, stop) = gate("priority: 1", "return block('closed')");
    let (late, look) = gate("priority: 2", "wa.log.info('asked')");
    let place = Place::with_plugins(&[("door", &early, &stop), ("never", &late, &look)]);
    let mut host = Running::start(&place);
    let refused = place.wa(["send", "--to", "me", "hi"]).exits(1);
    assert!(refused.stderr().contains("plugin `door` blocked the message: closed"), "{refused}");
    host.event_of("workerStarted", "door");
    assert!(!host.events().iter().any(|event| event["plugin"] == "never"), "{:?}", host.events());
    host.stop();
}

#[test]
fn a_gate_that_fails_blocks_unless_it_is_declared_to_pass() {
    let loops = "while (true);";
    let throws = "throw new Error('no idea')";
    let hangs = "await new Promise(() => {})";
    let nonsense = "return 7";
    // A busy machine may use up the time before the code has used up its budget.
    let late = "no answer within 100 ms";
    for (body, whys) in [
        (loops, ["budget", late]),
        (throws, ["no idea"; 2]),
        (hangs, [late; 2]),
        (nonsense, ["not an object"; 2]),
    ] {
        let refused = through("timeout: 100ms", body).unwrap_err();
        assert!(
            refused.contains("`warden`") && whys.iter().any(|why| refused.contains(why)),
            "{body}: {refused}"
        );
        assert_eq!(through("timeout: 100ms, onFailure: pass", body), Ok("hi".to_owned()), "{body}");
    }
}

#[test]
fn a_gate_cannot_send_a_message_elsewhere_or_as_another() {
    for (change, named) in [
        ("to: 'other'", "`to`"),
        ("channel: 'other'", "`channel`"),
        ("instance: 'other'", "`instance`"),
        ("id: 'out_1'", "`id`"),
        ("kind: 'reply'", "`kind`"),
        ("origin: { kind: 'agent', name: 'ana' }", "`origin`"),
        ("reply_to: 'm-1'", "`reply_to`"),
        ("more: 1", "`more`"),
    ] {
        let refused = through("priority: 5", &format!("return {{ ...draft, {change} }}")).unwrap_err();
        assert!(
            refused.contains(&format!("it changed {named}, which a gate may not change")),
            "{change}: {refused}"
        );
    }
    let refused = through("mode: block", "return { ...draft, text: 'mine' }").unwrap_err();
    assert!(refused.contains("`mode: modify` in its manifest would allow it"), "{refused}");
    assert_eq!(through("mode: observe", "return { ...draft, text: 'mine' }"), Ok("hi".to_owned()));
    assert_eq!(through("mode: observe", "return block('no')"), Ok("hi".to_owned()));
    let refused = through("priority: 5", "return { ...draft, text: 7 }").unwrap_err();
    assert!(refused.contains("its answer does not fit"), "{refused}");
}

#[test]
fn a_gate_cannot_send() {
    let (manifest, code) = gate("priority: 5", "await wa.channel.sendText({ to: 'me', text: 'more' })");
    let place = Place::with_plugins(&[(
        "warden",
        &format!("{manifest}\npermissions: {{ channel: {{ any: [send] }} }}"),
        &code,
    )]);
    let host = Running::start(&place);
    let refused = place.wa(["send", "--to", "me", "hi"]).exits(1);
    assert!(refused.stderr().contains("a gate may not send"), "{refused}");
    host.stop();
}

#[test]
fn message_receiving_changes_and_stops_what_comes_in() {
    let code = "hooks: { 'message.receiving': (message) =>
        message.text === 'spam' ? block('not wanted') : { ...message, text: message.text.toUpperCase() } }";
    let place = Place::with_echo(&[("porter", "hooks: [{ on: message.receiving }]", code)]);
    let mut host = Running::start(&place);
    let mut console = host.console();
    assert_eq!(console.ask("me", "hi"), "echo: HI");
    console.say("me", "spam");
    let blocked = host.event(|event| event["event"] == "messageBlocked");
    let expected = json!({ "event": "messageBlocked", "gate": "message.receiving", "by": "porter", "reason": "not wanted" });
    assert_eq!(blocked, expected);
    assert_eq!(console.ask("me", "after"), "echo: AFTER");
    host.stop();
}

#[test]
fn a_message_that_message_receiving_fails_on_is_kept_from_the_agent_and_told() {
    let code = "hooks: { 'message.receiving': (message) => { if (message.text === 'x') throw new Error('porter is ill') } }";
    let place = Place::with_echo(&[("porter", "hooks: [{ on: message.receiving }]", code)]);
    let mut host = Running::start(&place);
    let mut console = host.console();
    let event_id = console.say("me", "x");
    let dead = host.event(|event| event["event"] == "deadLetter");
    assert_eq!(dead["id"], event_id);
    assert!(dead["reason"].as_str().unwrap().contains("porter is ill"), "{dead}");
    assert_eq!(console.ask("me", "y"), "echo: y");
    assert_eq!(host.rpc("status", &json!({})).unwrap()["queues"]["inbound_dead"], 1);
    host.stop();
}

#[test]
fn message_sent_tells_of_what_went_out_and_of_nothing_else() {
    let (manifest, code) = gate("priority: 5", "if (draft.text === 'stop') return block('no')");
    let watcher = "events: { 'message.sent': (sent, wa) => wa.log.info(sent.text, sent) }";
    let place =
        Place::with_echo(&[("warden", &manifest, &code), ("watcher", "events: [message.sent]", watcher)]);
    let mut host = Running::start(&place);
    let mut console = host.console();
    console.ask("me", "one");
    place.wa(["send", "--to", "me", "stop"]).exits(1);
    place.wa(["send", "--to", "me", "two"]).succeeds();
    assert_eq!(console.hear_text(), "two");
    let sent: Vec<Value> = (0..2).map(|_| host.event_of("log", "watcher")).collect();
    assert_eq!([&sent[0]["message"], &sent[1]["message"]], ["echo: one", "two"]);
    let origins = sent.iter().map(|event| event["fields"]["origin"]["kind"].as_str().unwrap());
    assert_eq!(origins.collect::<Vec<_>>(), ["agent", "cli"]);
    assert!(sent[0]["fields"]["sent_at"].is_string(), "{}", sent[0]);
    // In order per chat: what came before `three` has been told.
    console.ask("me", "three");
    assert_eq!(host.event_of("log", "watcher")["message"], "echo: three");
    host.stop();
}
