//! One event on its way to its subscribers: plugins that observe it, and the agent that answers it.

mod model;
mod turn;

use super::{Core, LaneKey};
use crate::{
    bus::Bus as _,
    journal::EventState,
    worker::{CallContext, CallError, Patience, PluginCall},
};
use manifest_schema::names::{AgentName, PluginId};
use runtime_protocol::{CallKind, ErrorCode};
use serde_json::{Map, Value, value::RawValue};
use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// Who gets an event.
#[derive(Debug, Clone)]
pub(super) enum Subscriber {
    Plugin(PluginId),
    Agent(AgentName),
}

impl fmt::Display for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plugin(id) => write!(f, "plugin:{id}"),
            Self::Agent(name) => write!(f, "agent:{name}"),
        }
    }
}

/// How delivery to one subscriber ended.
enum End {
    Delivered,
    Dead(String),
    Interrupted,
}

/// Why one try failed.
enum Failed {
    /// Another try may succeed.
    Again(String),
    /// No other try will.
    Finally(String),
    /// The host is stopping: the journal keeps it for the next one.
    Stopping,
}

impl From<CallError> for Failed {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Stopping => Self::Stopping,
            CallError::NoPlugin(_) | CallError::Quarantined(_) | CallError::TooLarge => {
                Self::Finally(error.to_string())
            }
            _ => Self::Again(error.to_string()),
        }
    }
}

/// An event and how many subscribers still have to get it.
pub(super) struct Delivery {
    core: Arc<Core>,
    seq: u64,
    event_id: String,
    name: String,
    event: Map<String, Value>,
    payload: Box<RawValue>,
    left: AtomicUsize,
    interrupted: AtomicBool,
    dead: Mutex<Vec<String>>,
    has_room: bool,
}

impl Delivery {
    pub(super) fn new(
        core: Arc<Core>,
        seq: u64,
        event_id: String,
        name: String,
        event: Map<String, Value>,
        subscribers: usize,
        has_room: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            payload: raw(&event),
            core,
            seq,
            event_id,
            name,
            event,
            left: AtomicUsize::new(subscribers),
            interrupted: AtomicBool::new(false),
            dead: Mutex::default(),
            has_room,
        })
    }

    /// Delivers to one subscriber.
    pub(super) async fn run(&self, subscriber: Subscriber) {
        let tries = self.tries(&subscriber);
        let end = match &subscriber {
            Subscriber::Plugin(_) => tries.await,
            Subscriber::Agent(name) => self.within_rules(name, tries).await,
        };
        self.settle(&subscriber, end);
    }

    /// As many tries as it takes or may take.
    async fn tries(&self, subscriber: &Subscriber) -> End {
        let timing = &self.core.environment.timing;
        let mut pause = timing.retry;
        let mut tries = 1;
        loop {
            match self.attempt(subscriber).await {
                Ok(()) => return End::Delivered,
                Err(Failed::Stopping) => return End::Interrupted,
                Err(Failed::Again(_)) if tries < timing.attempts => {
                    tries += 1;
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                Err(Failed::Again(reason) | Failed::Finally(reason)) => return End::Dead(reason),
            }
        }
    }

    /// Marks one subscriber; after the last, the event is finished unless someone was interrupted.
    fn settle(&self, subscriber: &Subscriber, end: End) {
        let (journal, name) = (&self.core.journal, subscriber.to_string());
        match end {
            End::Interrupted => self.interrupted.store(true, Ordering::Release),
            End::Delivered => journal.mark(self.seq, &name, None),
            End::Dead(reason) => {
                self.core.dead_letter(&self.event_id, &name, &reason);
                journal.mark(self.seq, &name, Some(reason.clone()));
                self.dead().push(format!("{name}: {reason}"));
            }
        }
        if self.left.fetch_sub(1, Ordering::AcqRel) > 1 {
            return;
        }
        if !self.interrupted.load(Ordering::Acquire) {
            let dead = self.dead().join("; ");
            let (state, detail) =
                if dead.is_empty() { (EventState::Done, None) } else { (EventState::Dead, Some(dead)) };
            journal.finish(self.seq, state, detail);
        }
        if self.has_room {
            self.core.room_free();
        }
    }

    fn dead(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.dead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn attempt(&self, subscriber: &Subscriber) -> Result<(), Failed> {
        match subscriber {
            Subscriber::Plugin(id) => self.observe(id).await,
            Subscriber::Agent(name) => self.turn(name).await,
        }
    }

    async fn observe(&self, id: &PluginId) -> Result<(), Failed> {
        let (kind, name) = (CallKind::Event, self.name.clone());
        self.call(id, kind, name, self.payload.clone(), self.context()).await.map(drop)
    }

    async fn call(
        &self,
        plugin: &PluginId,
        kind: CallKind,
        name: String,
        payload: Box<RawValue>,
        context: CallContext,
    ) -> Result<Box<RawValue>, Failed> {
        let set = self.core.bus.set();
        let timeout = set.plugins.get(plugin).map(|supervisor| supervisor.plugin.timeout());
        let Some(timeout) = timeout else {
            return Err(CallError::NoPlugin(plugin.to_string()).into());
        };
        drop(set);
        let context = Arc::new(context);
        let call = PluginCall { kind, name, payload, timeout, context, patience: Patience::Wait };
        let answer = self.core.bus.request(plugin, call).await;
        answer.map_err(|error| match error {
            // The handler's own verdict on this event: the same input would fail the same way.
            CallError::Failed(failure) if failure.code == ErrorCode::InvalidResult => {
                Failed::Finally(failure.message)
            }
            other => other.into(),
        })
    }

    fn context(&self) -> CallContext {
        let mut context = CallContext::new(self.event_id.clone());
        let field = |key: &str| self.event.get(key).and_then(Value::as_str).map(str::to_owned);
        context.account = field("channel").zip(field("instance"));
        if self.name == "message.sent" {
            context.echo_of = self.core.sender_of(&self.event);
        }
        context
    }
}

impl Core {
    /// Who gets an event, without those that have it.
    pub(super) fn subscribers(&self, event: &str, key: &LaneKey, delivered: &[String]) -> Vec<Subscriber> {
        let set = self.bus.set();
        let plugins = set.observers(event).iter().cloned().map(Subscriber::Plugin);
        let agent =
            (event == "message.received").then(|| set.agent_for(&key.channel, &key.instance).cloned());
        let all = plugins.chain(agent.flatten().map(Subscriber::Agent));
        all.filter(|subscriber| !delivered.contains(&subscriber.to_string())).collect()
    }

    /// The plugin whose code sent a message.
    fn sender_of(&self, sent: &Map<String, Value>) -> Option<String> {
        let origin = sent.get("origin")?;
        let name = origin.get("name")?.as_str()?;
        match origin.get("kind")?.as_str()? {
            "plugin" => Some(name.to_owned()),
            "agent" => Some(self.bus.set().agents.get(name)?.handler.as_ref()?.to_string()),
            _ => None,
        }
    }
}

/// JSON values always serialise; `null` stands for what cannot happen.
pub(crate) fn raw(value: &impl serde::Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
