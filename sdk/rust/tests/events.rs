//! The types of events are those that the host publishes: what it leaves out is optional here, and no field is missing.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use manifest_schema::events;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use wa_plugin::events::*;

/// A value that fits a schema; of its optional fields, those that are wanted.
fn example(schema: &Value, optional: bool) -> Value {
    if let Some(chosen) = schema["enum"].get(0).or_else(|| schema.get("const")) {
        return chosen.clone();
    }
    let kind = &schema["type"];
    match kind.as_str().or_else(|| kind[0].as_str()) {
        Some("object") => {
            let required = schema["required"].as_array().into_iter().flatten();
            let required: BTreeSet<_> = required.filter_map(Value::as_str).collect();
            let fields = schema["properties"].as_object().into_iter().flatten();
            let fields = fields.filter(|(name, _)| optional || required.contains(name.as_str()));
            Value::Object(fields.map(|(name, schema)| (name.clone(), example(schema, optional))).collect())
        }
        Some("array") => json!([example(&schema["items"], optional)]),
        Some("integer") => json!(1),
        Some("boolean") => json!(true),
        Some("string") => json!("text"),
        other => panic!("{other:?} in {schema}"),
    }
}

fn schema(event: &str) -> Value {
    let payload = events::find(event).unwrap().payload;
    serde_json::from_str(payload).unwrap()
}

/// Reads the least and the most that the schema allows, and gives back what was left unread of the most.
fn unread<T: Serialize + DeserializeOwned>(event: &str) -> Vec<String> {
    let schema = schema(event);
    serde_json::from_value::<T>(example(&schema, false)).unwrap_or_else(|error| panic!("{event}: {error}"));
    let all = example(&schema, true);
    let read: T = serde_json::from_value(all.clone()).unwrap_or_else(|error| panic!("{event}: {error}"));
    let mut differences = Vec::new();
    compare(event, &all, &serde_json::to_value(read).unwrap(), &mut differences);
    differences
}

fn compare(path: &str, given: &Value, read: &Value, differences: &mut Vec<String>) {
    let none = Map::new();
    let (given, read) = (given.as_object().unwrap_or(&none), read.as_object().unwrap_or(&none));
    for name in given.keys().chain(read.keys()).collect::<BTreeSet<_>>() {
        let path = format!("{path}.{name}");
        match (given.get(name), read.get(name)) {
            (Some(given), Some(read)) => compare(&path, given, read, differences),
            // What this event never has is optional in a type that it shares with others.
            (None, Some(Value::Null | Value::Bool(false))) => {}
            _ => differences.push(path),
        }
    }
}

/// The name of an event, and what its type leaves unread.
type Check = (&'static str, fn(&str) -> Vec<String>);

#[test]
fn every_field_of_every_event_is_read() {
    let checks: [Check; 20] = [
        ("agent.finished", unread::<AgentFinished>),
        ("bridge.timeout", unread::<BridgeTimeout>),
        ("client.credentials_expired", unread::<ClientChanged>),
        ("client.disconnected", unread::<ClientChanged>),
        ("client.ready", unread::<ClientChanged>),
        ("client.reconnecting", unread::<ClientChanged>),
        ("core.started", unread::<CoreChanged>),
        ("core.starting", unread::<CoreChanged>),
        ("core.stopping", unread::<CoreChanged>),
        ("group.updated", unread::<GroupUpdated>),
        ("media.received", unread::<MediaReceived>),
        ("message.ack", unread::<MessageAck>),
        ("message.edited", unread::<MessageEdited>),
        ("message.received", unread::<MessageReceived>),
        ("message.revoked", unread::<MessageRevoked>),
        ("message.sent", unread::<MessageSent>),
        ("poll.voted", unread::<PollVoted>),
        ("reaction.received", unread::<ReactionReceived>),
        ("tool.called", unread::<ToolCalled>),
        ("message.sending", unread::<wa_plugin::Draft>),
    ];
    let unread: Vec<_> = checks.iter().flat_map(|(event, unread)| unread(event)).collect();
    assert!(unread.is_empty(), "{unread:#?}");
    let observed = events::EVENTS.iter().filter(|event| event.kind == events::EventKind::Observed);
    for event in observed {
        assert!(checks.iter().any(|(name, _)| *name == event.name), "{} has no type", event.name);
    }
}
