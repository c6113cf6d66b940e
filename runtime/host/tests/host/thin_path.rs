//! A message in, an agent, a tool, an answer out.

use crate::{
    rig::{Rig, ask, echo_agent, hear, plugin, text_of},
    trial,
};
use libtest_mimic::Trial;
use runtime_host::{
    Notice,
    client::{Body, ChatEvent, SendMessage, SendOptions},
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("thin_path::an_agent_answers_with_a_tool", an_agent_answers_with_a_tool),
        trial("thin_path::a_scripted_client_over_the_socket", a_scripted_client_over_the_socket),
        trial("thin_path::status_send_and_tools_over_the_api", status_send_and_tools_over_the_api),
        trial("thin_path::nothing_starts_that_nothing_is_for", nothing_starts_that_nothing_is_for),
    ]
}

async fn an_agent_answers_with_a_tool() {
    let agent = "export default definePlugin({
        agent: async ({ message }, wa) => {
            const order = await wa.tools.call('order_lookup', { number: message.text });
            return { text: `order ${message.text} is ${order.state}` };
        },
    });";
    let orders = "export default definePlugin({ tools: { order_lookup: ({ number }) => ({ state: `packed-${number}` }) } });";
    let head = "
tools:
  - name: order_lookup
    description: Finds an order
    input: { type: object, required: [number], properties: { number: { type: string } } }
    output: { type: object, required: [state], properties: { state: { type: string } } }
";
    let mut rig = Rig::new(vec![plugin("desk", "agent: true", agent), plugin("orders", head, orders)]).await;
    let mut console = rig.console();
    assert_eq!(ask(&mut console, "me", "42").await, "order 42 is packed-42");
    let caller = rig.notice(|notice| match notice {
        Notice::ToolCalled { caller, ok: true, .. } => Some(caller.clone()),
        _ => None,
    });
    assert_eq!(caller.await, "agent:ana");
    rig.host.stop().await;
}

async fn a_scripted_client_over_the_socket() {
    let rig = Rig::new(vec![echo_agent()]).await;
    let events = rig.client(|client| {
        let mut chat = client.chat(&[]).unwrap();
        chat.send("me", "one", "hi").unwrap();
        let mut events = Vec::new();
        while events.len() < 2 {
            let event = chat.receive().unwrap().unwrap();
            if let ChatEvent::Message { id, .. } = &event {
                chat.acknowledge(id).unwrap();
            }
            events.push(event);
        }
        // A repeat is accepted under the same id and changes nothing.
        chat.send("me", "one", "hi").unwrap();
        events.push(chat.receive().unwrap().unwrap());
        events
    });
    let events = events.await;
    let ids: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            ChatEvent::Accepted { id, event_id } if id == "one" => Some(event_id.as_str()),
            _ => None,
        })
        .collect();
    assert!(matches!(ids[..], [first, second] if first == second), "{events:?}");
    assert!(
        events.iter().any(
            |event| matches!(event, ChatEvent::Message { message, .. } if message["text"] == "echo: hi")
        )
    );
    rig.host.stop().await;
}

async fn status_send_and_tools_over_the_api() {
    let head = "
tools:
  - { name: add, description: Adds, input: { type: object, required: [a, b], properties: { a: { type: number }, b: { type: number } } } }
";
    let code = "export default definePlugin({ tools: { add: ({ a, b }) => a + b } });";
    let rig = Rig::new(vec![echo_agent(), plugin("math", head, code)]).await;
    let mut console = rig.console();
    rig.client(|client| {
        assert!(client.tools().unwrap().iter().any(|tool| tool.name == "add"));
        let sum = client.call_tool("add", &serde_json::json!({ "a": 1, "b": 2 })).unwrap();
        assert_eq!(sum.get(), "3");
        let wrong = client.call_tool("add", &serde_json::json!({ "a": 1 })).unwrap_err().to_string();
        assert!(wrong.contains("the input does not fit the schema of tool `add`"), "{wrong}");
        let message = SendMessage {
            channel: "console".into(),
            instance: None,
            to: "me".into(),
            body: Body::Text { text: "hello".into() },
            options: SendOptions { request_id: Some("r1".into()), origin: None },
        };
        let first = client.send(&message).unwrap();
        assert_eq!(client.send(&message).unwrap(), first);
        let status = client.status().unwrap();
        let states: Vec<_> = status.plugins.iter().map(|plugin| (&*plugin.id, &*plugin.state)).collect();
        assert_eq!(states, [("desk", "idle"), ("math", "running")]);
    })
    .await;
    assert_eq!(text_of(&hear(&mut console).await), "hello");
    rig.host.stop().await;
}

async fn nothing_starts_that_nothing_is_for() {
    let unused = plugin(
        "unused",
        "events: [message.sent]",
        "export default definePlugin({ events: { 'message.sent': () => {} } });",
    );
    let mut rig = Rig::new(vec![echo_agent(), unused]).await;
    let mut console = rig.console();
    let status = rig.host.status().await.unwrap();
    assert!(status.plugins.iter().all(|plugin| plugin.state == "idle"), "{status:?}");
    console.say("me", None, "hi").await.unwrap();
    let first = rig.notice(|notice| match notice {
        Notice::WorkerStarted { plugin, reason, .. } => Some(format!("{plugin} for {reason}")),
        _ => None,
    });
    assert_eq!(first.await, "desk for agent ana");
    hear(&mut console).await;
    let second = rig.notice(|notice| match notice {
        Notice::WorkerStarted { plugin, reason, .. } => Some(format!("{plugin} for {reason}")),
        _ => None,
    });
    assert_eq!(second.await, "unused for event message.sent");
    rig.host.stop().await;
}
