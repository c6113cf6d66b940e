//! What the host tells the person who runs it.

use crate::{bridge::Right, client::ApprovalInfo, secrets::Redaction};
use manifest_schema::names::{AgentName, PluginId};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
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
    /// A channel's account is in another state.
    ChannelChanged {
        /// The channel.
        channel: &'static str,
        /// The account.
        instance: String,
        /// `connected`, `reconnecting`, `not_paired`, `credentials_expired` or `unusable`.
        state: &'static str,
        /// Why, and what to do; may be empty.
        reason: String,
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
        /// The end of what it wrote to stdout and stderr; untrusted text, for its author.
        last_words: String,
        /// Until the next start.
        pause: Duration,
    },
    /// A plugin failed too often, or cannot work at all; it stays stopped until a reload changes it or the host is restarted.
    Quarantined {
        /// Which.
        plugin: PluginId,
        /// Why.
        reason: String,
        /// The end of what its last worker wrote.
        last_words: String,
    },
    /// A service of a plugin does not run any more, or not until its next start.
    ServiceEnded {
        /// Whose.
        plugin: PluginId,
        /// Which.
        service: String,
        /// `waiting` or `failed`.
        state: String,
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
    /// A plugin's code threw while it handled a call.
    Threw {
        /// Which plugin.
        plugin: PluginId,
        /// What it was called for.
        call: Activation,
        /// Untrusted text.
        message: String,
        /// Where, innermost first, one `at NAME (FILE:LINE:COLUMN)` a line, as in the author's files. Untrusted.
        stack: String,
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
    /// An agent took too long to answer; what it says later is not sent.
    AgentTimedOut {
        /// Which.
        agent: AgentName,
        /// The message.
        event_id: String,
        /// How long it had.
        waited: Duration,
    },
    /// A gate holds a call until a person decides.
    ApprovalAsked {
        /// What, and until when.
        info: Box<ApprovalInfo>,
    },
    /// A call that a gate held goes on, or not.
    ApprovalAnswered {
        /// Which.
        id: String,
        /// Whether it goes on.
        allowed: bool,
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
    /// A receiver does not take a record; it is sent again and again, and the records after it wait.
    ForwardDelayed {
        /// Whose stream.
        plugin: PluginId,
        /// The receiver's origin.
        to: String,
        /// Why.
        reason: String,
    },
    /// A stream sends nothing more until a reload or a restart.
    ForwardStopped {
        /// Whose stream.
        plugin: PluginId,
        /// The receiver's origin.
        to: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A program has redeemed a code: it has a token now.
    Paired {
        /// What it is called.
        name: String,
        /// What it may do.
        right: Right,
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
    /// A secret could not be resolved again, so the last value stays in use.
    SecretKept {
        /// Which, as `source:provider:id`.
        reference: String,
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
    /// It has this capability, as `KIND/ID`.
    Capability(String),
    /// It is the handler of this agent.
    Agent(AgentName),
    /// It has this service, as `ID/start`, `ID/stop` or `ID/health`.
    Service(String),
    /// This schedule of it is due.
    Schedule(String),
    /// This command of it was typed.
    Command(String),
    /// It has this RPC method.
    Rpc(String),
    /// Its manifest says `activation.onStartup`.
    Startup,
}

impl std::fmt::Display for Activation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Event(name) => write!(f, "event {name}"),
            Self::Hook(name) => write!(f, "hook {name}"),
            Self::Tool(name) => write!(f, "tool {name}"),
            Self::Route(name) => write!(f, "route {name}"),
            Self::Capability(name) => write!(f, "capability {name}"),
            Self::Agent(name) => write!(f, "agent {name}"),
            Self::Service(name) => write!(f, "service {name}"),
            Self::Schedule(name) => write!(f, "schedule {name}"),
            Self::Command(name) => write!(f, "command {name}"),
            Self::Rpc(name) => write!(f, "rpc {name}"),
            Self::Startup => f.write_str("startup"),
        }
    }
}

/// The sending side, given to the host. Never waits: what does not fit is dropped and counted, except what is rare and must be seen.
#[derive(Debug, Clone)]
pub struct Notices {
    sender: mpsc::UnboundedSender<Notice>,
    capacity: usize,
    shared: Arc<Shared>,
}

/// The receiving side.
#[derive(Debug)]
pub struct NoticeStream {
    receiver: mpsc::UnboundedReceiver<Notice>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    redaction: Redaction,
    queued: AtomicUsize,
    missed: AtomicU64,
}

/// A channel for notices that holds up to `capacity`, at least 1.
pub fn channel(capacity: usize) -> (Notices, NoticeStream) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let shared = Arc::<Shared>::default();
    let notices = Notices { sender, capacity: capacity.max(1), shared: Arc::clone(&shared) };
    (notices, NoticeStream { receiver, shared })
}

impl Notice {
    /// The texts that may come from a plugin, a chat or a program.
    fn texts(&mut self) -> Vec<&mut String> {
        match self {
            Self::Ready { gateway: text, .. }
            | Self::PluginRefused { reason: text, .. }
            | Self::ServiceEnded { reason: text, .. }
            | Self::HostCallRefused { reason: text, .. }
            | Self::MessageBlocked { reason: text, .. }
            | Self::ReloadRefused { reason: text }
            | Self::Trouble { message: text } => vec![text],
            Self::WorkerFailed { reason, last_words, .. } | Self::Quarantined { reason, last_words, .. } => {
                vec![reason, last_words]
            }
            Self::ChannelChanged { instance, reason, .. } => vec![instance, reason],
            Self::Log { message, fields: more, .. } | Self::Threw { message, stack: more, .. } => {
                vec![message, more]
            }
            Self::MessageAccepted { event_id: id, channel, chat }
            | Self::MessageSent { id, channel, chat } => {
                vec![id, channel, chat]
            }
            Self::DeadLetter { id, subscriber, reason } => vec![id, subscriber, reason],
            Self::ToolCalled { tool, caller, .. } => vec![tool, caller],
            Self::ApprovalAsked { info } => vec![&mut info.title, &mut info.description],
            Self::ApprovalAnswered { id, .. } => vec![id],
            Self::SecretKept { reference, reason } => vec![reference, reason],
            Self::Paired { name: text, .. }
            | Self::ForwardDelayed { reason: text, .. }
            | Self::ForwardStopped { reason: text, .. } => vec![text],
            Self::Reloaded { kept, .. } => kept.iter_mut().map(|(_, reason)| reason).collect(),
            Self::WorkerStarted { .. } | Self::AgentTimedOut { .. } | Self::Stopping | Self::Missed(_) => {
                Vec::new()
            }
        }
    }

    /// A few in a host's life, and somebody waits for each: a flood of others must not take their place.
    fn is_rare(&self) -> bool {
        matches!(
            self,
            Self::Ready { .. }
                | Self::PluginRefused { .. }
                | Self::Quarantined { .. }
                | Self::Reloaded { .. }
                | Self::ReloadRefused { .. }
                | Self::SecretKept { .. }
                | Self::ApprovalAsked { .. }
                | Self::ForwardStopped { .. }
                | Self::Stopping
        )
    }
}

impl Notices {
    /// What is blacked out of notices, and of everything else that leaves the host.
    pub(crate) fn redaction(&self) -> &Redaction {
        &self.shared.redaction
    }

    pub(crate) fn trouble(&self, message: String) {
        self.send(Notice::Trouble { message });
    }

    pub(crate) fn send(&self, mut notice: Notice) {
        self.shared.redaction.mend(notice.texts());
        let shared = &self.shared;
        if shared.queued.load(Ordering::Relaxed) >= self.capacity && !notice.is_rare() {
            shared.missed.fetch_add(1, Ordering::Relaxed);
            return;
        }
        shared.queued.fetch_add(1, Ordering::Relaxed);
        // Nobody listens any more where this fails.
        let _ = self.sender.send(notice);
    }
}

impl NoticeStream {
    /// The next notice; `None` once the host is gone.
    pub async fn next(&mut self) -> Option<Notice> {
        match self.shared.missed.swap(0, Ordering::Relaxed) {
            0 => {
                let notice = self.receiver.recv().await?;
                self.shared.queued.fetch_sub(1, Ordering::Relaxed);
                Some(notice)
            }
            missed => Some(Notice::Missed(missed)),
        }
    }

    /// The next notice that is already there.
    pub fn try_next(&mut self) -> Option<Notice> {
        let notice = self.receiver.try_recv().ok()?;
        self.shared.queued.fetch_sub(1, Ordering::Relaxed);
        Some(notice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_flood_is_thinned_and_what_is_rare_passes() {
        let (notices, mut stream) = channel(2);
        for _ in 0..5 {
            notices.send(Notice::Trouble { message: String::new() });
        }
        notices.send(Notice::Stopping);
        assert!(matches!(stream.next().await, Some(Notice::Missed(3))));
        assert!(matches!(stream.next().await, Some(Notice::Trouble { .. })));
        assert!(matches!(stream.next().await, Some(Notice::Trouble { .. })));
        assert!(matches!(stream.next().await, Some(Notice::Stopping)));
        notices.send(Notice::Trouble { message: String::new() });
        assert!(matches!(stream.try_next(), Some(Notice::Trouble { .. })));
    }
}
