//! The host: started, asked, reloaded, stopped.

mod rehearse;
mod session;
mod start;

pub use rehearse::Rehearsing;
pub use session::{ConsoleLine, ConsoleSession, NotTaken};
pub use start::StartError;

use crate::{
    bridge::{Attempts, Bridges},
    channel::{Console, WhatsApp},
    client::{ChannelStatus, CommandOutput, KeptPlugin, PluginStatus, Queues, ReloadOutcome, Status},
    clock::{millis, rfc3339},
    core::Core,
    forward::Forwarder,
    gateway::Token,
    health::State,
    journal::JournalError,
    notice::Notice,
    options::{Loader, ProjectSet},
    running::HostLock,
    secrets,
    set::RunningSet,
    standing::Standing,
    worker::HostCalls,
};
use audit_log::{Action, Actor, Detail, DetailValue, Event};
use manifest_schema::catalog::Need;
use serde_json::json;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Mutex, broadcast, watch},
    task::JoinHandle,
    time::Instant,
};

/// How long a stop waits for requests to the gateway after the calls in flight have ended.
const GATEWAY_STOP: Duration = Duration::from_secs(1);

/// What the gateway and the host share.
pub(crate) struct Inner {
    pub(crate) core: Arc<Core>,
    pub(crate) token: Token,
    pub(crate) bridges: Bridges,
    pub(crate) redeeming: Attempts,
    forwarder: Forwarder,
    pub(crate) stopping: AtomicBool,
    api: Arc<dyn HostCalls>,
    loader: Option<Loader>,
    reloading: Mutex<()>,
    version: String,
    started: Instant,
    whatsapp: Vec<Arc<WhatsApp>>,
    standing: Standing,
}

/// A running host. Stop it with [`Host::stop`]; dropping it kills its workers and leaves the rest to the journal.
pub struct Host {
    inner: Arc<Inner>,
    console: Option<Arc<Console>>,
    gateway: SocketAddr,
    console_address: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    _lock: HostLock,
}

/// An event on the host's bus.
#[derive(Debug, Clone)]
pub struct HostEvent {
    /// Its dotted name, such as `message.received`.
    pub name: &'static str,
    /// Its payload.
    pub payload: Arc<serde_json::Map<String, serde_json::Value>>,
}

/// Events from the host's bus, for display. What is not taken in time is lost.
#[derive(Debug)]
pub struct EventStream(broadcast::Receiver<crate::bus::BusEvent>);

impl EventStream {
    /// The next event; `None` once the host is gone.
    pub async fn next(&mut self) -> Option<HostEvent> {
        loop {
            match self.0.recv().await {
                Ok(event) => return Some(HostEvent { name: event.name, payload: event.payload }),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

/// Why a reload changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The project could not be read.
    #[error("the project could not be read again, so everything goes on as it was")]
    Load(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A setting was changed that only a restart can change.
    #[error("`{setting}` changed, which takes a restart; everything goes on as it was")]
    NeedsRestart {
        /// The setting in wa.yaml.
        setting: &'static str,
    },
    /// The host was started without a way to read the project again.
    #[error("this host cannot read its project again")]
    NoSource,
    /// It cannot be recorded.
    #[error("the project was not read again, and everything goes on as it was")]
    NotRecorded(#[from] crate::AuditError),
    /// The host is stopping.
    #[error("the host is stopping")]
    Stopping,
}

impl Host {
    /// The gateway's address.
    pub fn gateway(&self) -> SocketAddr {
        self.gateway
    }

    /// The console channel's address, when it is enabled.
    pub fn console(&self) -> Option<SocketAddr> {
        self.console_address
    }

    /// The bearer token for the gateway and the console channel. Secret.
    pub fn token(&self) -> &str {
        self.inner.token.reveal()
    }

    /// Lets the capabilities of channels be asked like all others: for the test of their contract, where no message is sent.
    pub fn try_contracts(&self) {
        self.inner.core.tries_contracts.store(true, Ordering::Relaxed);
    }

    /// Attaches to the console channel inside this process; `None` where it is disabled.
    pub fn attach_console(&self, chats: Vec<String>) -> Option<ConsoleSession> {
        self.console.as_ref().map(|console| ConsoleSession::new(console, chats))
    }

    /// The events of the bus from now on.
    pub fn events(&self) -> EventStream {
        use crate::bus::Bus as _;
        EventStream(self.inner.core.bus.subscribe())
    }

    /// Runs a command of a plugin with its arguments by name.
    ///
    /// # Errors
    /// In words: no plugin has it, the arguments are wrong, or the plugin failed.
    pub async fn run_command(
        &self,
        name: &str,
        args: serde_json::Map<String, serde_json::Value>,
    ) -> Result<CommandOutput, String> {
        let output = self.inner.core.run_command(name, args).await;
        output.map_err(|error| crate::error_chain::chain(&error))
    }

    /// The condition of the host and its plugins.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn status(&self) -> Result<Status, JournalError> {
        self.inner.status().await
    }

    /// Takes a project read again. Plugins that did not change keep their workers; calls in flight finish on the version that they
    /// began with; a plugin whose new config is invalid goes on as it was.
    ///
    /// # Errors
    /// When nothing could be changed; everything goes on as it was.
    pub async fn reload(&self, set: ProjectSet) -> Result<ReloadOutcome, ReloadError> {
        self.inner.reload(set).await
    }

    /// Stops: takes nothing new, lets calls in flight finish within [`crate::Timing::drain`], then kills. What is not done is
    /// in the journal for the next host.
    pub async fn stop(self) {
        let core = &self.inner.core;
        self.inner.stopping.store(true, Ordering::Relaxed);
        core.environment.notices.send(Notice::Stopping);
        core.announce_and_wait("core.stopping", json!({}), core.environment.timing.drain).await;
        self.inner.standing.stop().await;
        core.drain().await;
        self.inner.forwarder.stop().await;
        if let Some(console) = &self.console {
            console.close();
        }
        for account in &self.inner.whatsapp {
            account.close().await;
        }
        self.stop.send_replace(true);
        let set = core.bus.set();
        for supervisor in set.plugins.values() {
            supervisor.stop().await;
        }
        for mut task in self.tasks {
            if tokio::time::timeout(GATEWAY_STOP, &mut task).await.is_err() {
                task.abort();
            }
        }
        core.journal.flush().await;
        core.environment.audit.note(Event::done(Actor::Host, Action::HostStop));
        core.environment.audit.flush().await;
        core.environment.health.flush().await;
    }
}

impl Inner {
    /// Reads the project and takes it.
    pub(crate) async fn reload_from_source(&self) -> Result<ReloadOutcome, ReloadError> {
        let loader = self.loader.clone().ok_or(ReloadError::NoSource)?;
        let loaded =
            tokio::task::spawn_blocking(move || loader()).await.map_err(|_| ReloadError::Stopping)?;
        match loaded {
            Ok(set) => self.reload(set).await,
            Err(error) => {
                let error = ReloadError::Load(error);
                let reason = crate::error_chain::chain(&error);
                self.core.environment.notices.send(Notice::ReloadRefused { reason });
                Err(error)
            }
        }
    }

    async fn reload(&self, new: ProjectSet) -> Result<ReloadOutcome, ReloadError> {
        let _one_at_a_time = self.reloading.lock().await;
        let core = &self.core;
        if self.stopping.load(Ordering::Relaxed) {
            return Err(ReloadError::Stopping);
        }
        let before = core.bus.set();
        if let Some(setting) = before.needs_restart(&new.project) {
            let error = ReloadError::NeedsRestart { setting };
            core.environment.notices.send(Notice::ReloadRefused { reason: error.to_string() });
            return Err(error);
        }
        let host = Arc::downgrade(&self.api);
        let notices = &core.environment.notices;
        let secrets_before = Arc::clone(&before.secrets);
        let secrets = secrets::resolve(&new, Arc::clone(&secrets_before), notices).await;
        let (layout, environment) = (&core.layout, &core.environment);
        let built =
            RunningSet::build(new.project, new.installed, secrets, layout, environment, &host, &before);
        if !secrets_before.is_empty() || !built.set.secrets.is_empty() {
            let kept = u64::try_from(built.set.secrets.stale().count()).unwrap_or(u64::MAX);
            let event = Event::done(Actor::Host, Action::SecretReload).with(Detail::Count, kept);
            core.environment.audit.note(event);
        }
        notices.redaction().learn(built.set.secret_values());
        for (reference, why) in built.set.secrets.stale() {
            let (reference, reason) = (reference.to_string(), why.in_full());
            notices.send(Notice::SecretKept { reference, reason });
        }
        announce_refused(core, &built.set, &before);
        let outcome = ReloadOutcome {
            changed: built.changed.iter().map(ToString::to_string).collect(),
            kept: built
                .kept
                .iter()
                .map(|(id, reason)| KeptPlugin { id: id.to_string(), reason: reason.clone() })
                .collect(),
        };
        let event = Event::done(Actor::Host, Action::HostReload)
            .with(Detail::Changed, built.changed.iter().collect::<DetailValue>())
            .with(Detail::Kept, built.kept.iter().map(|(id, _)| id).collect::<DetailValue>());
        core.environment.audit.secure(event).await?;
        let set = Arc::new(built.set);
        core.bus.replace(Arc::clone(&set));
        drop(before);
        if let Err(error) = self.forwarder.follow(core, &set).await {
            notices.trouble(format!("forward streams are stopped: {error}"));
        }
        self.standing.follow(core, &set).await;
        core.warm_for(&Need::Startup);
        core.environment.notices.send(Notice::Reloaded { changed: built.changed, kept: built.kept });
        Ok(outcome)
    }

    pub(crate) async fn status(&self) -> Result<Status, JournalError> {
        let counts = self.core.journal.counts().await?;
        Ok(Status {
            schema: 1,
            version: self.version.clone(),
            pid: std::process::id(),
            uptime_seconds: self.started.elapsed().as_secs(),
            queues: Queues {
                inbound_pending: counts.inbound_pending,
                inbound_dead: counts.inbound_dead,
                outbox_queued: counts.outbox_queued,
                outbox_dead: counts.outbox_dead,
            },
            channels: self.whatsapp.iter().map(|account| channel_status(account)).collect(),
            plugins: plugin_status(&self.core.bus.set(), &self.standing),
        })
    }
}

fn channel_status(account: &WhatsApp) -> ChannelStatus {
    let (state, inbound) = account.condition();
    ChannelStatus {
        channel: crate::channel::whatsapp::CHANNEL.to_owned(),
        instance: account.instance.clone(),
        state: state.condition.word().to_owned(),
        reason: state.reason,
        since: rfc3339(millis(state.since)),
        inbound,
    }
}

fn plugin_status(set: &RunningSet, standing: &Standing) -> Vec<PluginStatus> {
    let running = set.plugins.iter().map(|(id, supervisor)| {
        let (condition, counters, calls_in_flight) = supervisor.condition();
        let state = match condition.state {
            None => "idle",
            Some(State::Running) => "running",
            Some(State::Stopped) => "stopped",
            Some(State::Backoff) => "backoff",
            Some(State::Quarantined) => "quarantined",
        };
        PluginStatus {
            id: id.to_string(),
            version: supervisor.plugin.version.clone(),
            state: state.to_owned(),
            reason: condition.reason,
            calls_in_flight,
            counters,
            services: standing.services(id),
        }
    });
    let refused = set.refused.iter().map(|(id, reason)| PluginStatus {
        id: id.to_string(),
        version: String::new(),
        state: "refused".to_owned(),
        reason: reason.clone(),
        calls_in_flight: 0,
        counters: crate::health::Counters::default(),
        services: std::collections::BTreeMap::new(),
    });
    running.chain(refused).collect()
}

/// Says which plugins take no part, where that is new.
fn announce_refused(core: &Core, set: &RunningSet, before: &RunningSet) {
    for (plugin, reason) in &set.refused {
        if before.refused.get(plugin) != Some(reason) {
            let (plugin, reason) = (plugin.clone(), reason.clone());
            core.environment.notices.send(Notice::PluginRefused { plugin, reason });
        }
    }
}
