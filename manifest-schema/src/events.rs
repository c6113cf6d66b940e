//! The events that a plugin may subscribe, and the gates that it may stand at: an allow-list.
//!
//! What is not listed here cannot be had: nothing of the session, the browser or the transport, and no QR code.

use serde_json::Value;

/// An event or a gate.
#[derive(Debug, PartialEq, Eq)]
pub struct Event {
    /// The dotted name.
    pub name: &'static str,
    /// Whether it is observed or a gate.
    pub kind: EventKind,
    /// One line on when it happens.
    pub summary: &'static str,
    /// JSON Schema (draft 2020-12) of the payload, version 1.
    pub payload: &'static str,
}

/// What a plugin can do about an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// Be told after it happened (`events`).
    Observed,
    /// Look at it before it happens, change it or stop it (`hooks`).
    Gate,
}

const fn observed(name: &'static str, summary: &'static str, payload: &'static str) -> Event {
    Event { name, kind: EventKind::Observed, summary, payload }
}

const fn gate(name: &'static str, summary: &'static str, payload: &'static str) -> Event {
    Event { name, kind: EventKind::Gate, summary, payload }
}

/// The payload's schema, version 1.
macro_rules! schema {
    ($name:literal) => {
        include_str!(concat!("../schemas/events/", $name, ".v1.json"))
    };
}

const RECEIVED: &str = schema!("message.received");

/// All events and gates, in order of their names within each kind.
pub static EVENTS: [Event; 25] = [
    observed("agent.finished", "an agent has finished its turn", schema!("agent.finished")),
    observed("bridge.timeout", "an agent has not answered in time", schema!("bridge.timeout")),
    observed(
        "client.credentials_expired",
        "an account must be paired again",
        schema!("client.credentials_expired"),
    ),
    observed("client.disconnected", "an account has lost its connection", schema!("client.disconnected")),
    observed("client.ready", "an account is connected", schema!("client.ready")),
    observed("client.reconnecting", "an account is connecting again", schema!("client.reconnecting")),
    observed("core.started", "the host has started", schema!("core.started")),
    observed("core.starting", "the host is starting", schema!("core.starting")),
    observed("core.stopping", "the host is stopping", schema!("core.stopping")),
    observed("group.updated", "a group or its members have changed", schema!("group.updated")),
    observed("media.received", "a picture, sound or file has come in", schema!("media.received")),
    observed("message.ack", "a sent message was delivered or read", schema!("message.ack")),
    observed("message.edited", "a message was edited", schema!("message.edited")),
    observed("message.received", "a message has come in", RECEIVED),
    observed("message.revoked", "a message was deleted for everyone", schema!("message.revoked")),
    observed("message.sent", "a message, reply or reaction has gone out", schema!("message.sent")),
    observed("poll.voted", "someone has voted in a poll", schema!("poll.voted")),
    observed("reaction.received", "someone has reacted to a message", schema!("reaction.received")),
    observed("tool.called", "an agent has called a tool", schema!("tool.called")),
    gate("agent.starting", "an agent is about to begin its turn", schema!("agent.starting")),
    gate("message.receiving", "a message is about to be given to agents and plugins", RECEIVED),
    gate(
        "message.sending",
        "a message, reply or reaction is about to go out, whoever sends it",
        schema!("message.sending"),
    ),
    gate("model.resolving", "an agent is about to choose its language model", schema!("model.resolving")),
    gate("prompt.building", "an agent is about to build its prompt", schema!("prompt.building")),
    gate("tool.calling", "an agent is about to call a tool", schema!("tool.calling")),
];

/// The events that can be copied to a receiver (`forward`): those that carry conversation.
pub static FORWARDED: [&str; 6] = [
    "message.edited",
    "message.received",
    "message.revoked",
    "message.sent",
    "poll.voted",
    "reaction.received",
];

/// Old names of other systems, and the names that they stand for.
pub static LEGACY_NAMES: [(&str, &str); 7] = [
    ("agent:message:before", "message.receiving"),
    ("before_agent_start", "agent.starting"),
    ("before_model_resolve", "model.resolving"),
    ("before_prompt_build", "prompt.building"),
    ("message_received", "message.received"),
    ("message_sending", "message.sending"),
    ("message_sent", "message.sent"),
];

/// First words of events that exist inside of hosts and can never be subscribed.
pub static PRIVATE_PREFIXES: [&str; 6] = ["browser", "launch", "license", "qr", "session", "transport"];

/// The event or gate of this name; legacy names are not looked up.
pub fn find(name: &str) -> Option<&'static Event> {
    EVENTS.iter().find(|event| event.name == name)
}

/// The dotted name that an old name stands for.
pub fn modern_name(legacy: &str) -> Option<&'static str> {
    LEGACY_NAMES.iter().find(|(old, _)| *old == legacy).map(|(_, name)| *name)
}

/// Replaces old names in a manifest's `events` and `hooks`.
pub(crate) fn replace_legacy_names(manifest: &mut Value) {
    let replace = |value: &mut Value| {
        if let Some(name) = value.as_str().and_then(modern_name) {
            *value = name.into();
        }
    };
    if let Some(events) = manifest.get_mut("events").and_then(Value::as_array_mut) {
        events.iter_mut().for_each(replace);
    }
    if let Some(hooks) = manifest.get_mut("hooks").and_then(Value::as_array_mut) {
        hooks.iter_mut().filter_map(|hook| hook.get_mut("on")).for_each(replace);
    }
}
