//! What the journal stores and gives back.

use serde_json::{Map, Value};

/// An event to be remembered until all its subscribers are through with it.
#[derive(Debug, Clone)]
pub(crate) struct NewEvent {
    /// Unique; a second event with this id is the same event.
    pub(crate) event_id: String,
    /// Its dotted name, such as `message.received`.
    pub(crate) name: &'static str,
    pub(crate) channel: String,
    pub(crate) instance: String,
    pub(crate) chat: String,
    /// The payload without `event_id` and `seq`.
    pub(crate) payload: Map<String, Value>,
    /// Milliseconds since the epoch.
    pub(crate) at: u64,
}

/// The answer to an accepted event.
#[derive(Debug, Clone)]
pub(crate) struct Accepted {
    pub(crate) event_id: String,
    /// False for a repeat, which changes nothing.
    pub(crate) new: bool,
}

/// An event with its place in the order.
#[derive(Debug, Clone)]
pub(crate) struct EventRow {
    pub(crate) seq: u64,
    pub(crate) event_id: String,
    pub(crate) name: String,
    pub(crate) channel: String,
    pub(crate) instance: String,
    pub(crate) chat: String,
    pub(crate) payload: Map<String, Value>,
    /// Subscribers that are through with it; filled only after a restart.
    pub(crate) delivered: Vec<String>,
}

/// How an event ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventState {
    /// Every subscriber has it.
    Done = 1,
    /// A gate stopped it.
    Blocked = 2,
    /// Given up.
    Dead = 3,
}

/// A message for the outbox, already through the gates.
#[derive(Debug, Clone)]
pub(crate) struct NewOutbound {
    pub(crate) id: String,
    /// The channel's id of it.
    pub(crate) external_id: Option<String>,
    pub(crate) channel: String,
    pub(crate) instance: String,
    pub(crate) chat: String,
    pub(crate) draft: Map<String, Value>,
    /// Milliseconds since the epoch.
    pub(crate) at: u64,
}

/// The answer to [`NewOutbound`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enqueued {
    /// It is in the outbox now.
    New,
    /// One with this id was there before; nothing changed.
    Repeat,
}

/// A queued message as the channel gets it.
#[derive(Debug, Clone)]
pub(crate) struct OutboundRow {
    /// The place in the outbox.
    pub(crate) n: u64,
    pub(crate) id: String,
    pub(crate) draft: Map<String, Value>,
    pub(crate) attempts: u32,
}

/// How many messages wait, and how many were given up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct QueueCounts {
    /// Accepted, not finished.
    pub inbound_pending: u64,
    /// Given up on the way in.
    pub inbound_dead: u64,
    /// In the outbox.
    pub outbox_queued: u64,
    /// Given up on the way out.
    pub outbox_dead: u64,
}
