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
    let orders = "tools: { order_lookup: ({ number }) => ({ state: number === '1002' ? 'on its way' : 'unknown' }) }";
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
    assert_eq!((&called["tool"], &called["caller"], &called["ok"]), (&json!("order_lookup"), &json!("agent:ana"), &json!(true)));
    let sent = host.event(|event| event["event"] == "messageSent");
    assert_eq!(sent["id"], reply["id"]);
    // The same message again is the same event and has its answer already.
    assert_eq!(console.say_as("me", "m-1", "1002"), event_id);
    assert_eq!(console.ask("me", "7"), "order 7 is unknown");
    host.stop();
}
