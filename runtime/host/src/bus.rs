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
