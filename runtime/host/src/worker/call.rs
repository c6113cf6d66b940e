//! What the host asks of a plugin, and how that can fail.

use super::chunks::ChunkSink;
use super::deadline::Deadline;
use crate::notice::Activation;
use manifest_schema::names::AgentName;
use runtime_protocol::{CallKind, Failure};
use serde_json::value::RawValue;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;

/// One request to a plugin.
#[derive(Debug, Clone)]
pub(crate) struct PluginCall {
    pub(crate) kind: CallKind,
    /// The handler's name; empty for the agent.
    pub(crate) name: String,
    pub(crate) payload: Box<RawValue>,
    /// From the moment that the worker has it; for the start of a service, what each turn of the engine may take.
    pub(crate) timeout: Duration,
    pub(crate) context: Arc<CallContext>,
    /// What to do where the plugin cannot take it at once.
    pub(crate) patience: Patience,
}

/// What to do where a plugin cannot take a call at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Fail: somebody waits for the answer.
    Fail,
    /// Wait for a place in the queue and for the end of a pause: the journal holds the event.
    Wait,
}

impl PluginCall {
    /// What a worker would be started for.
    pub(crate) fn activation(&self) -> Activation {
        match (self.kind, &self.context.agent) {
            (CallKind::Agent, Some(agent)) => Activation::Agent(agent.clone()),
            (CallKind::Event | CallKind::Agent, _) => Activation::Event(self.name.clone()),
            (CallKind::Hook, _) => Activation::Hook(self.name.clone()),
            (CallKind::Tool, _) => Activation::Tool(self.name.clone()),
            (CallKind::Http, _) => Activation::Route(self.name.clone()),
            (CallKind::Capability, _) => Activation::Capability(self.name.clone()),
            (CallKind::Service, _) => Activation::Service(self.name.clone()),
            (CallKind::Schedule, _) => Activation::Schedule(self.name.clone()),
            (CallKind::Command, _) => Activation::Command(self.name.clone()),
            (CallKind::Rpc, _) => Activation::Rpc(self.name.clone()),
        }
    }

    /// Whether it runs as long as a service does: `timeout` is then for each turn of the engine.
    pub(super) fn is_service(&self) -> bool {
        self.kind == CallKind::Service && self.name.ends_with("/start")
    }
}

/// On whose behalf a call runs: bounds what its host calls may do, and gives their effects ids that a replay repeats.
#[derive(Debug)]
pub(crate) struct CallContext {
    /// The event that started it, or an id of its own.
    pub(crate) cause: String,
    /// Where sends go that name no channel: the account that the message in hand came in on.
    pub(crate) account: Option<(String, String)>,
    /// Whose turn this belongs to.
    pub(crate) agent: Option<AgentName>,
    /// How many tool calls lie between the turn and this.
    pub(crate) depth: u8,
    /// The sender of the message whose `message.sent` this handles, so that it cannot answer itself for ever.
    pub(crate) echo_of: Option<String>,
    /// The capabilities that are being called on the way here, as `KIND/ID`: none may be called again.
    pub(crate) capabilities: Vec<String>,
    /// The deadline of the call that this one was made inside of.
    pub(crate) deadline: Option<Deadline>,
    /// Becomes true where a service is to come to its end.
    pub(crate) stop: Option<watch::Receiver<bool>>,
    /// Where chunks of the answer go, in the call of a capability whose kind streams.
    pub(crate) chunks: Option<Arc<ChunkSink>>,
    ordinal: AtomicU32,
}

impl CallContext {
    pub(crate) fn new(cause: String) -> Self {
        let ordinal = AtomicU32::new(0);
        Self {
            cause,
            account: None,
            agent: None,
            depth: 0,
            echo_of: None,
            capabilities: Vec::new(),
            deadline: None,
            stop: None,
            chunks: None,
            ordinal,
        }
    }

    /// Resolves once the service is to come to its end; never for anything else.
    pub(crate) async fn stopped(&self) {
        match self.stop.clone() {
            Some(mut stop) => drop(stop.wait_for(|stop| *stop).await),
            None => std::future::pending().await,
        }
    }

    /// How many effects this handling has had before: the same number at each replay.
    pub(crate) fn next_ordinal(&self) -> u32 {
        self.ordinal.fetch_add(1, Ordering::Relaxed)
    }

    /// The context of a tool call made inside this one.
    pub(crate) fn nested(&self) -> Self {
        self.nested_at(self.depth + 1)
    }

    /// The context of a call that is made for this one.
    pub(crate) fn nested_at(&self, depth: u8) -> Self {
        Self {
            cause: format!("{}/{}", self.cause, self.next_ordinal()),
            account: self.account.clone(),
            agent: self.agent.clone(),
            depth,
            echo_of: self.echo_of.clone(),
            capabilities: self.capabilities.clone(),
            deadline: self.deadline.clone(),
            stop: self.stop.clone(),
            chunks: None,
            ordinal: AtomicU32::new(0),
        }
    }
}

/// A call as its host calls see it.
#[derive(Debug, Clone)]
pub(crate) struct Ongoing {
    pub(crate) kind: CallKind,
    pub(crate) context: Arc<CallContext>,
    /// When the worker is killed for it.
    pub(crate) deadline: Deadline,
}

/// Why a call gave no result.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum CallError {
    #[error("plugin `{0}` is not running in this project")]
    NoPlugin(String),
    #[error("too many calls wait for the plugin")]
    QueueFull,
    #[error("the plugin is paused for {} ms after it failed: {reason}", pause.as_millis())]
    Paused { pause: Duration, reason: String },
    #[error("the plugin is in quarantine: {0}")]
    Quarantined(String),
    #[error("the plugin's worker ended: {0}")]
    WorkerEnded(String),
    #[error("no answer within {} ms; the worker was killed", .0.as_millis())]
    Timeout(Duration),
    #[error("the call is larger than a frame may be")]
    TooLarge,
    #[error("the plugin's handler failed: {}", .0.message)]
    Failed(Failure),
    #[error("the plugin was not started: {0}")]
    NotRecorded(#[from] crate::AuditError),
    #[error("the plugin is being stopped")]
    Stopping,
}
