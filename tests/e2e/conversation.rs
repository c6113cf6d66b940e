//! A message in, an agent, a tool, a reply out: over the console's socket and by the commands.

use serde_json::json;

use crate::support::{Place, Running};

/// An agent that asks a tool of another plugin.
fn order_desk() -> Place {
    let tool = "
tools:
  - name: order_lookup
    description: Finds an order
    input: { type: object, required: [number], additionalProperties: false, properties: { number: { type: string } } }
    output: { type: object, required: [state], properties: { state: { type: string } } }";
    let desk = "agent: async ({ message }, wa) => {
        const order = await wa.tools.call('order_lookup', { number: message.text });
        return { text: `order ${message.text} is ${order.state}` };
    }";
    let orders =
        "tools: { order_lookup: ({ number }) => ({ state: number === '1002' ? 'on its way' : 'unknown' }) }";
    Place::with_plugins(&[("desk", "agent: true", desk), ("orders", tool, orders)])
}

#[test]
fn a_message_goes_in_and_the_answer_with_a_tool_comes_out() {
    let place = order_desk();
    let mut host = Running::start(&place);
    let mut console = host.console();
    let event_id = console.say_as("me", "m-1", "1002");
    let reply = console.hear();
    assert_eq!(reply["text"], "order 1002 is on its way");
    assert_eq!((&reply["chat"], &reply["kind"]), (&json!("me"), &json!("text")));
    assert_eq!(reply["origin"], json!({ "kind": "agent", "name": "ana" }));
    let called = host.event(|event| event["event"] == "toolCalled");
    assert_eq!(
        (&called["tool"], &called["caller"], &called["ok"]),
        (&json!("order_lookup"), &json!("agent:ana"), &json!(true))
    );
    let sent = host.event(|event| event["event"] == "messageSent");
    assert_eq!(sent["id"], reply["id"]);
    // The same message again is the same event and has its answer already.
    assert_eq!(console.say_as("me", "m-1", "1002"), event_id);
    assert_eq!(console.ask("me", "7"), "order 7 is unknown");
    host.stop();
}

#[test]
fn chat_says_one_text_and_prints_the_reply() {
    let place = order_desk();
    let host = Running::start(&place);
    let chat = place.wa(["chat", "1002"]).succeeds();
    assert_eq!(chat.stdout(), "order 1002 is on its way\n", "{chat}");
    host.stop();
}

#[test]
fn chat_takes_every_line_of_its_input_as_a_message() {
    let place = Place::with_echo(&[]);
    let host = Running::start(&place);
    let chat = place.wa_reading(["chat", "--as", "eve"], "one\n\ntwo\nthree").succeeds();
    assert_eq!(chat.stdout(), "echo: one\necho: two\necho: three\n", "{chat}");
    host.stop();
}

#[test]
fn chat_without_an_answer_says_so() {
    let place = Place::with_plugins(&[]);
    let host = Running::start(&place);
    let chat = place.wa(["chat", "hello?", "--wait", "1"]).exits(1);
    assert!(chat.stderr().contains("no reply to 1 of the messages after 1 s"), "{chat}");
    host.stop();
}

#[test]
fn send_reaches_whoever_is_at_the_console_and_the_same_id_only_once() {
    let place = Place::with_echo(&[]);
    let host = Running::start(&place);
    let sent = place.wa(["send", "--to", "me", "--id", "r-1", "--json", "on its way"]).succeeds();
    let again = place.wa(["send", "--to", "me", "--id", "r-1", "--json", "on its way"]).succeeds();
    assert_eq!(sent.json(), again.json());
    // Nobody was there; it waits.
    let status = place.wa(["status", "--json"]).succeeds().json();
    assert_eq!(status["host"]["queues"]["outbox_queued"], 1, "{status}");
    let mut console = host.console();
    let message = console.hear();
    assert_eq!((&message["text"], &message["id"]), (&json!("on its way"), &sent.json()["id"]));
    assert_eq!(message["origin"], json!({ "kind": "cli", "name": "cli" }));
    assert_eq!(console.ask("me", "next"), "echo: next");
    host.stop();
}

#[test]
fn send_to_a_channel_that_is_not_there_is_refused() {
    let place = Place::with_echo(&[]);
    let host = Running::start(&place);
    let sent = place.wa(["send", "--to", "me", "--channel", "whatsapp", "hi"]).exits(1);
    assert!(sent.stderr().contains("there is no channel `whatsapp`"), "{sent}");
    let empty = place.wa(["send", "--to", "me", ""]).exits(1);
    assert!(empty.stderr().contains("text must have at least one character"), "{empty}");
    host.stop();
}

#[test]
fn status_shows_the_host_and_its_plugins_and_says_no_without_one() {
    let place = order_desk();
    let none = place.wa(["status"]).exits(1);
    assert!(none.stderr().contains("no host runs on this project"), "{none}");
    assert_eq!(
        place.wa(["status", "--json"]).exits(1).json(),
        json!({ "schemaVersion": 1, "running": false })
    );

    let host = Running::start(&place);
    place.wa(["chat", "1002"]).succeeds();
    let status = place.wa(["status", "--json"]).succeeds().json();
    assert_eq!((&status["running"], &status["host"]["pid"]), (&json!(true), &json!(host.pid())));
    assert_eq!(status["gateway"], format!("http://{}", host.gateway()));
    assert!(!status.to_string().contains(host.token()), "the token is nobody's business");
    let plugins: Vec<_> =
        status["host"]["plugins"].as_array().unwrap().iter().map(|one| (&one["id"], &one["state"])).collect();
    assert_eq!(plugins, [(&json!("desk"), &json!("running")), (&json!("orders"), &json!("running"))]);
    let text = place.wa(["status"]).succeeds();
    assert!(text.stdout().contains(&format!("running    pid {}", host.pid())), "{text}");
    assert!(
        text.stdout().contains("plugin     desk 1.0.0: running (agent ana); 1 calls, 0 failed, 0 crashes"),
        "{text}"
    );
    host.stop();
    place.wa(["status"]).exits(1);
}

#[test]
fn tools_are_listed_and_called_with_their_input_checked() {
    let place = order_desk();
    let without = place.wa(["tools", "call", "order_lookup"]).exits(2);
    assert!(without.stderr().contains("no host runs on this project"), "{without}");

    let host = Running::start(&place);
    let list = place.wa(["tools", "list"]).succeeds();
    assert!(list.stdout().contains("\norder_lookup") && list.stdout().contains("Finds an order"), "{list}");
    let tools = place.wa(["tools", "list", "--json"]).succeeds().json();
    assert_eq!(
        (&tools["tools"][1]["name"], &tools["tools"][1]["plugin"]),
        (&json!("order_lookup"), &json!("orders"))
    );
    let called = place.wa(["tools", "call", "order_lookup", r#"{"number": "1002"}"#]).succeeds();
    assert_eq!(called.json(), json!({ "state": "on its way" }));
    for (input, why) in
        [("{}", "number"), (r#"{"number": 7}"#, "/number"), (r#"{"number": "1", "more": 1}"#, "more")]
    {
        let wrong = place.wa(["tools", "call", "order_lookup", input]).exits(1);
        assert!(
            wrong.stderr().contains("the input does not fit the schema of tool `order_lookup`"),
            "{wrong}"
        );
        assert!(wrong.stderr().contains(why), "{wrong}");
    }
    let unknown = place.wa(["tools", "call", "nothing"]).exits(1);
    assert!(unknown.stderr().contains("nothing"), "{unknown}");
    place.wa(["tools", "call", "order_lookup", "no json"]).exits(2);
    host.stop();
}

#[test]
fn a_client_without_the_token_is_turned_away() {
    use crate::support::Console;
    let place = Place::with_echo(&[]);
    let host = Running::start(&place);
    for token in ["", "wrong", &host.token()[1..]] {
        let mut console = Console::attach(host.console_address(), token, &[]).unwrap();
        let line = console.read().unwrap().unwrap();
        assert_eq!(line, json!({ "type": "error", "message": "the token is wrong" }));
        assert_eq!(console.read().unwrap(), None);
    }
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &place.path(".wa/run/host.json").metadata().unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(host.console().ask("me", "still there?"), "echo: still there?");
    host.stop();
}
