//! What happens to a message: in through the journal and the gates to agents and plugins, out through the gates and the outbox to a
//! channel. One way in ([`inbound`]), one way out ([`outbound`]).

mod accounts;
mod announce;
mod approval_chat;
mod approvals;
mod arrival;
mod capabilities;
mod channel_tools;
mod chunks;
mod commands;
mod deliver;
mod files;
mod gates;
mod host_calls;
mod inbound;
mod message_tool;
mod outbound;
mod outbox_files;
mod own_data;
mod pump;
mod receiving;
mod rpc;
mod secret_calls;
pub(crate) mod skills;
mod tools;
mod transcription;

pub use approvals::ApprovalInfo;
pub(crate) use approvals::Decision;
pub(crate) use arrival::{Arrival, ArrivedFile, What};
pub(crate) use capabilities::{Answered, CapabilityCall};
pub(crate) use channel_tools::OWNER as CHANNEL_TOOLS_OWNER;
pub(crate) use commands::CommandError;
pub(crate) use deliver::raw;
pub(crate) use host_calls::HostApi;
pub(crate) use inbound::AcceptError;
pub(crate) use outbound::{Outgoing, SendError, Sender};
pub(crate) use rpc::{Method, RpcError};
pub(crate) use tools::Caller;

use crate::{
    bus::{Bus, BusEvent, EmbeddedBus},
    channel::Channel,
    clock::millis,
    fetch::Fetcher,
    journal::{EventRow, Journal},
    lanes::Lanes,
    notice::{Notice, Notices},
    worker::Environment,
};
use manifest_schema::{catalog::Need, layout::Layout};
use pump::Pumps;
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, atomic::AtomicBool},
    time::Duration,
};
use tokio::sync::{RwLock, Semaphore, mpsc};

/// How long a stop waits for messages on their way into a channel.
const SENDING: Duration = Duration::from_secs(1);

/// Work of one chat: the gates, then each subscriber on its own, so that a slow one holds only itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct LaneKey {
    channel: String,
    instance: String,
    chat: String,
    /// Empty for the gates.
    subscriber: String,
}

/// The parts that messages pass through, shared by all.
pub(crate) struct Core {
    pub(crate) environment: Arc<Environment>,
    pub(crate) layout: Layout,
    pub(crate) bus: EmbeddedBus,
    pub(crate) journal: Arc<Journal>,
    fetcher: Fetcher,
    lanes: Lanes<LaneKey>,
    pumps: Pumps,
    /// Room for inbound messages that are accepted and not finished.
    intake: Semaphore,
    /// Held for reading by work in hand; the host stops by taking it for writing.
    work: Arc<RwLock<()>>,
    /// The same for the outbox.
    sending: Arc<RwLock<()>>,
    channels: OnceLock<BTreeMap<(String, String), Arc<dyn Channel>>>,
    /// What waits for a person.
    pub(crate) approvals: approvals::Approvals,
    /// Events whose files wait for their channel.
    deferred: Deferred,
    /// Whether the capabilities of channels can be asked by others than the outbox, for the test of their contract.
    pub(crate) tries_contracts: AtomicBool,
}

/// Events that are taken up again when their channel can deliver.
#[derive(Default)]
struct Deferred(Mutex<Vec<EventRow>>);

impl Deferred {
    fn lock(&self) -> MutexGuard<'_, Vec<EventRow>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Core {
    pub(crate) fn new(
        environment: Arc<Environment>,
        layout: Layout,
        bus: EmbeddedBus,
        journal: Arc<Journal>,
    ) -> Self {
        let intake = Semaphore::new(environment.timing.intake);
        let fetcher = Fetcher::new(environment.rehearsal.clone());
        Self {
            environment,
            layout,
            bus,
            journal,
            fetcher,
            lanes: Lanes::new(),
            pumps: Pumps::default(),
            intake,
            work: Arc::default(),
            sending: Arc::default(),
            channels: OnceLock::new(),
            approvals: approvals::Approvals::default(),
            deferred: Deferred::default(),
            tries_contracts: AtomicBool::new(false),
        }
    }

    /// Takes up what an earlier host has left, then whatever comes.
    pub(crate) async fn begin(
        self: &Arc<Self>,
        channels: BTreeMap<(String, String), Arc<dyn Channel>>,
        accepted: mpsc::UnboundedReceiver<EventRow>,
    ) -> Result<(), crate::journal::JournalError> {
        let _ = self.channels.set(channels);
        let before = millis(self.environment.clock.now());
        let retention = u64::try_from(self.environment.timing.retention.as_millis()).unwrap_or(u64::MAX);
        self.journal.forget(before.saturating_sub(retention));
        self.sweep_outbox_files().await?;
        for row in self.journal.pending().await? {
            self.route(row, false);
        }
        tokio::spawn(inbound::route_accepted(Arc::downgrade(self), accepted));
        Ok(())
    }

    /// Waits until no work is in hand, and lets none begin. What is not done stays in the journal.
    pub(crate) async fn drain(&self) {
        self.intake.close();
        let limit = self.environment.timing.drain;
        // The answers of the last calls get a moment to go out; a client that does not acknowledge cannot hold the host.
        for (gate, limit) in [(&self.work, limit), (&self.sending, limit.min(SENDING))] {
            if let Ok(guard) = tokio::time::timeout(limit, Arc::clone(gate).write_owned()).await {
                // Never given back: nothing may begin any more.
                std::mem::forget(guard);
            }
        }
    }

    pub(crate) fn publish(&self, name: &'static str, payload: Map<String, Value>) {
        self.bus.publish(BusEvent { name, payload: Arc::new(payload) });
    }

    pub(crate) fn now(&self) -> u64 {
        millis(self.environment.clock.now())
    }

    fn notices(&self) -> &Notices {
        &self.environment.notices
    }

    pub(crate) fn trouble(&self, message: String) {
        self.notices().send(Notice::Trouble { message });
    }

    /// Starts the workers of plugins that want to be up for something, whoever is asked for it.
    pub(crate) fn warm_for(&self, need: &Need) {
        let set = self.bus.set();
        for supervisor in set.plugins.values() {
            if need.hint(&supervisor.plugin.manifest.activation).is_some() {
                let supervisor = Arc::clone(supervisor);
                tokio::spawn(async move { supervisor.warm().await });
            }
        }
    }

    fn has_channel(&self, name: &str) -> bool {
        self.channels.get().is_some_and(|channels| channels.keys().any(|(channel, _)| channel == name))
    }

    fn channel(&self, channel: &str, instance: &str) -> Option<&Arc<dyn Channel>> {
        self.channels.get()?.get(&(channel.to_owned(), instance.to_owned()))
    }
}
