//! Where channels, plugins and agents meet. Embedded in the host; the trait is the place for one that spans hosts.

use crate::{
    set::RunningSet,
    worker::{CallError, PluginCall},
};
use manifest_schema::names::PluginId;
use serde_json::{Map, Value, value::RawValue};
use std::{
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
};
use tokio::sync::broadcast;

/// Events that a slow subscriber may lag behind before it loses some.
const CAPACITY: usize = 1024;

/// An event on the bus.
#[derive(Debug, Clone)]
pub(crate) struct BusEvent {
    /// The dotted name.
    pub(crate) name: &'static str,
    pub(crate) payload: Arc<Map<String, Value>>,
}

impl BusEvent {
    /// The topic of the account that it is about: `plugin.inbound.CHANNEL` or `plugin.outbound.CHANNEL`, with the account's name behind
    /// it where it has one.
    pub(crate) fn topic(&self) -> Option<String> {
        let text = |name: &str| self.payload.get(name).and_then(Value::as_str);
        let direction = if self.name == "message.sent" { "outbound" } else { "inbound" };
        let topic = format!("plugin.{direction}.{}", text("channel")?);
        Some(match text("instance") {
            None | Some("default") => topic,
            Some(instance) => format!("{topic}.{instance}"),
        })
    }

    /// What it is within its topic; the event's name where topics have no other.
    pub(crate) fn kind(&self) -> &'static str {
        match self.name {
            "message.received" | "message.sent" => "message",
            "media.received" => "media_received",
            "client.ready" => "connected",
            "client.disconnected" => "disconnected",
            "client.reconnecting" => "reconnecting",
            "client.credentials_expired" => "credentials_expired",
            "bridge.timeout" => "bridge_timeout",
            "reaction.received" => "reaction",
            "message.ack" => "receipt",
            "message.edited" => "edit",
            "message.revoked" => "revoke",
            "poll.voted" => "poll_vote",
            "group.updated" => "group_updated",
            other => other,
        }
    }
}

pub(crate) type Answer<'a> = Pin<Box<dyn Future<Output = Result<Box<RawValue>, CallError>> + Send + 'a>>;

/// Events to whoever listens, calls to one plugin.
pub(crate) trait Bus: Send + Sync {
    /// Tells all subscribers. What must not be lost is in the journal before.
    fn publish(&self, event: BusEvent);
    /// All events from now on.
    fn subscribe(&self) -> broadcast::Receiver<BusEvent>;
    /// Calls a plugin and waits for its answer.
    fn request<'a>(&'a self, plugin: &'a PluginId, call: PluginCall) -> Answer<'a>;
}

/// The bus inside one host.
pub(crate) struct EmbeddedBus {
    events: broadcast::Sender<BusEvent>,
    set: RwLock<Arc<RunningSet>>,
}

impl EmbeddedBus {
    pub(crate) fn new(set: Arc<RunningSet>) -> Self {
        Self { events: broadcast::Sender::new(CAPACITY), set: RwLock::new(set) }
    }

    /// The set that answers calls now.
    pub(crate) fn set(&self) -> Arc<RunningSet> {
        Arc::clone(&self.set.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the set for calls from now on, and returns the one before.
    pub(crate) fn replace(&self, set: Arc<RunningSet>) -> Arc<RunningSet> {
        std::mem::replace(&mut *self.set.write().unwrap_or_else(PoisonError::into_inner), set)
    }
}

impl Bus for EmbeddedBus {
    fn publish(&self, event: BusEvent) {
        // No subscriber is no error.
        let _ = self.events.send(event);
    }

    fn subscribe(&self) -> broadcast::Receiver<BusEvent> {
        self.events.subscribe()
    }

    fn request<'a>(&'a self, plugin: &'a PluginId, call: PluginCall) -> Answer<'a> {
        Box::pin(async move {
            let supervisor = self.set().plugins.get(plugin).cloned();
            match supervisor {
                Some(supervisor) => supervisor.call(call).await,
                None => Err(CallError::NoPlugin(plugin.to_string())),
            }
        })
    }
}
