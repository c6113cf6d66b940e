//! What the host tells the person who runs it.

use manifest_schema::names::{AgentName, PluginId};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;

pub use runtime_protocol::LogLevel;

/// Something that happened. Texts that come from a plugin or a chat are untrusted: render them without control characters.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Notice {
    /// The gateway and the channels take calls and messages.
    Ready {
        /// The gateway's address, as `http://127.0.0.1:8787`.
        gateway: String,
        /// The console channel's address, when it is enabled.
        console: Option<std::net::SocketAddr>,
        /// Plugins that can be started.
        plugins: usize,
    },
    /// An installed plugin takes no part; the others run.
    PluginRefused {
        /// Which.
        plugin: PluginId,
        /// Why, and what to do.
        reason: String,
    },
    /// A worker is up.
    WorkerStarted {
        /// Whose.
        plugin: PluginId,
        /// What it was started for.
        reason: Activation,
        /// From the spawn to `ready`.
        took: Duration,
    },
    /// A worker ended on its own or was killed. It is started again after a pause, when something is for it.
    WorkerFailed {
        /// Whose.
        plugin: PluginId,
        /// Why.
        reason: String,
        /// Until the next start.
        pause: Duration,
    },
    /// A plugin failed too often, or cannot work at all; it stays stopped until a reload changes it or the host is restarted.
    Quarantined {
        /// Which.
        plugin: PluginId,
        /// Why.
        reason: String,
    },
    /// A line that a plugin logged.
    Log {
        /// Which plugin.
        plugin: PluginId,
        /// How important.
        level: LogLevel,
        /// Untrusted text.
        message: String,
        /// Details as JSON, or `null`.
        fields: String,
    },
    /// A host call was refused because the plugin lacks a permission.
    HostCallRefused {
        /// Which plugin.
        plugin: PluginId,
        /// The method, such as `http.fetch`.
        method: &'static str,
        /// Why, and which line would allow it.
        reason: String,
    },
    /// An inbound message is in the journal.
    MessageAccepted {
        /// Its id.
        event_id: String,
        /// Where it came in.
        channel: String,
        /// The chat.
        chat: String,
    },
    /// A gate stopped a message.
    MessageBlocked {
        /// `message.receiving` or `message.sending`.
        gate: &'static str,
        /// The plugin whose gate it was.
        by: PluginId,
        /// Its words, or how it failed.
        reason: String,
    },
    /// The channel took an outgoing message.
    MessageSent {
        /// Its id.
        id: String,
        /// Where it went out.
        channel: String,
        /// The chat.
        chat: String,
    },
    /// A message, or one subscriber's copy of it, was given up.
    DeadLetter {
        /// The event or message.
        id: String,
        /// Who did not get it.
        subscriber: String,
        /// The last error.
        reason: String,
    },
    /// A tool was called.
    ToolCalled {
        /// Which.
        tool: String,
        /// On whose behalf.
        caller: String,
        /// Whether it gave an output.
        ok: bool,
        /// How long it took.
        took: Duration,
    },
    /// The project was read again.
    Reloaded {
        /// Plugins that changed, came or went.
        changed: Vec<PluginId>,
        /// Plugins whose new config or code is invalid, which go on as they were, and why.
        kept: Vec<(PluginId, String)>,
    },
    /// A reload was refused as a whole; everything goes on as it was.
    ReloadRefused {
        /// Why.
        reason: String,
    },
    /// A file that only informs (health, `host.json`) could not be written, or the journal failed.
    Trouble {
        /// What, and why.
        message: String,
    },
    /// The host takes nothing new and waits for calls in flight.
    Stopping,
    /// Notices were dropped because nobody took them.
    Missed(u64),
}

/// Why a worker was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activation {
    /// It observes this event.
    Event(String),
    /// It gates this.
    Hook(String),
    /// It owns this tool.
    Tool(String),
    /// It owns this route, as `METHOD /path`.
    Route(String),
    /// It is the handler of this agent.
    Agent(AgentName),
}

impl std::fmt::Display for Activation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Event(name) => write!(f, "event {name}"),
            Self::Hook(name) => write!(f, "hook {name}"),
            Self::Tool(name) => write!(f, "tool {name}"),
            Self::Route(name) => write!(f, "route {name}"),
            Self::Agent(name) => write!(f, "agent {name}"),
        }
    }
}

/// The sending side, given to the host. Never waits: what does not fit is dropped and counted.
#[derive(Debug, Clone)]
pub struct Notices {
    sender: mpsc::Sender<Notice>,
    missed: Arc<AtomicU64>,
}

/// The receiving side.
#[derive(Debug)]
pub struct NoticeStream {
    receiver: mpsc::Receiver<Notice>,
    missed: Arc<AtomicU64>,
}

/// A channel for notices that holds up to `capacity`, at least 1.
pub fn channel(capacity: usize) -> (Notices, NoticeStream) {
    let (sender, receiver) = mpsc::channel(capacity.max(1));
    let missed = Arc::new(AtomicU64::new(0));
    (Notices { sender, missed: Arc::clone(&missed) }, NoticeStream { receiver, missed })
}

impl Notices {
    pub(crate) fn send(&self, notice: Notice) {
        if self.sender.try_send(notice).is_err() {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl NoticeStream {
    /// The next notice; `None` once the host is gone.
    pub async fn next(&mut self) -> Option<Notice> {
        match self.missed.swap(0, Ordering::Relaxed) {
            0 => self.receiver.recv().await,
            missed => Some(Notice::Missed(missed)),
        }
    }

    /// The next notice that is already there.
    pub fn try_next(&mut self) -> Option<Notice> {
        self.receiver.try_recv().ok()
    }
}
