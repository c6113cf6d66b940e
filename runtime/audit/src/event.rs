//! What is recorded: fixed words and short facts, never what somebody wrote, a secret, or a token.

use serde_json::{Map, Value};
use std::{fmt, str::FromStr};

/// Characters of a text that are kept.
const MAX_TEXT: usize = 512;
/// Members of a list that are kept.
const MAX_LIST: usize = 128;

/// A closed set of words, each with the text that records have.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word in the log.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| {
                    let known: Vec<&str> = Self::ALL.iter().map(|word| word.as_str()).collect();
                    format!("`{text}` is none of {}", known.join(", "))
                })
            }
        }
    };
}

words! {
    /// What was done, or was to be done.
    Action {
        /// The log begins.
        AuditCreate = "audit.create",
        /// A torn last line was cut off.
        AuditRecover = "audit.recover",
        /// The log takes over from one that was changed or damaged.
        AuditReplace = "audit.replace",
        /// Records were lost because they came faster than the disk took them.
        AuditMissed = "audit.missed",
        /// The host starts.
        HostStart = "host.start",
        /// The host stops, cleanly.
        HostStop = "host.stop",
        /// The host takes the project anew.
        HostReload = "host.reload",
        /// A worker is started.
        WorkerStart = "worker.start",
        /// A worker was killed, or ended by itself.
        WorkerEnd = "worker.end",
        /// A plugin is given up.
        WorkerQuarantine = "worker.quarantine",
        /// A host call was refused.
        HostCallRefuse = "host_call.refuse",
        /// A gate changed a message.
        GateChange = "gate.change",
        /// A gate stopped a message.
        GateBlock = "gate.block",
        /// A gate failed.
        GateFail = "gate.fail",
        /// A message goes out.
        MessageSend = "message.send",
        /// A message was given up on.
        MessageGiveUp = "message.give_up",
        /// A tool with side effects is called.
        ToolCall = "tool.call",
        /// A plugin is installed for the first time.
        PluginInstall = "plugin.install",
        /// Another version of a plugin is installed.
        PluginUpdate = "plugin.update",
        /// An older version of a plugin is taken back.
        PluginRollback = "plugin.rollback",
        /// An author's directory is linked.
        PluginLink = "plugin.link",
        /// A plugin gets its permissions.
        PluginGrant = "plugin.grant",
        /// A plugin is removed.
        PluginUninstall = "plugin.uninstall",
        /// A plugin may run.
        PluginEnable = "plugin.enable",
        /// A plugin may not run.
        PluginDisable = "plugin.disable",
        /// A publisher's keys are trusted.
        TrustAdd = "trust.add",
        /// A publisher is forgotten.
        TrustRemove = "trust.remove",
        /// A publisher's keys are trusted no more.
        TrustRevoke = "trust.revoke",
        /// A publisher's new key takes over from its old one.
        TrustRotate = "trust.rotate",
        /// The root of a registry is pinned.
        TrustRootAdd = "trust.root_add",
        /// The root of a registry is forgotten.
        TrustRootRemove = "trust.root_remove",
        /// A signing key is made.
        KeyNew = "key.new",
        /// A publisher states that it signs with another key.
        KeyRotate = "key.rotate",
        /// Somebody tries to pair an account.
        PairingStart = "pairing.start",
        /// An account is paired.
        PairingDone = "pairing.done",
        /// An account was not paired.
        PairingFail = "pairing.fail",
        /// An account is paired that takes over from one that was.
        PairingReplace = "pairing.replace",
        /// Something waits for an approval.
        ApprovalRequest = "approval.request",
        /// Somebody answered.
        ApprovalAnswer = "approval.answer",
        /// Nobody answered in time.
        ApprovalExpire = "approval.expire",
        /// A secret is used on a plugin's behalf.
        SecretUse = "secret.use",
        /// The secrets are read anew.
        SecretReload = "secret.reload",
        /// A method of the API is called that changes something.
        RpcCall = "rpc.call",
        /// A setting is changed.
        ConfigChange = "config.change",
    }
}

words! {
    /// How it ended. What is `done` was recorded before it was done; where it then fails, a second record says `failed`.
    Outcome {
        /// It is done.
        Done = "done",
        /// A rule or a person said no.
        Refused = "refused",
        /// It was tried and did not work.
        Failed = "failed",
    }
}

words! {
    /// What is said beside that. The names are fixed, so that nobody can slip in what has no place in the log.
    Detail {
        /// Bytes.
        Bytes = "bytes",
        /// On whose behalf.
        Caller = "caller",
        /// Plugins that changed.
        Changed = "changed",
        /// A channel.
        Channel = "channel",
        /// A word for why, for programs.
        Code = "code",
        /// How many.
        Count = "count",
        /// A digest.
        Digest = "digest",
        /// Permissions that are no longer given.
        Dropped = "dropped",
        /// Until when, RFC 3339.
        Expires = "expires",
        /// A publisher's or a log's former key, or a former version.
        From = "from",
        /// A gate.
        Gate = "gate",
        /// The account of a channel.
        Instance = "instance",
        /// Plugins that stay as they were.
        Kept = "kept",
        /// Fingerprints of keys.
        Keys = "keys",
        /// What sort.
        Kind = "kind",
        /// A host call's or the API's method.
        Method = "method",
        /// Who or what a message comes from, or an origin on the network.
        Origin = "origin",
        /// Names of packages.
        Packages = "packages",
        /// Permissions, in words.
        Permissions = "permissions",
        /// A process.
        Pid = "pid",
        /// A publisher.
        Publisher = "publisher",
        /// Why, in the host's own words.
        Reason = "reason",
        /// How many similar ones were not recorded since the last.
        Similar = "similar",
        /// Where a package is from.
        Source = "source",
        /// How many keys must agree.
        Threshold = "threshold",
        /// How far a package is trusted.
        Trust = "trust",
        /// A version.
        Version = "version",
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person or a script with the command line, by the number of the user.
    Operator(u32),
    /// The holder of the gateway's token.
    Rpc,
    /// The host by itself.
    Host,
    /// A plugin, by its id.
    Plugin(String),
    /// An agent, by its name.
    Agent(String),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator(uid) => write!(f, "operator:{uid}"),
            Self::Rpc => f.write_str("rpc"),
            Self::Host => f.write_str("host"),
            Self::Plugin(id) => write!(f, "plugin:{id}"),
            Self::Agent(name) => write!(f, "agent:{name}"),
        }
    }
}

/// The value of a detail: short, and without control characters.
#[derive(Debug, Clone, PartialEq)]
pub struct DetailValue(Value);

impl From<&str> for DetailValue {
    fn from(text: &str) -> Self {
        Self(Value::String(clean(text)))
    }
}

impl From<String> for DetailValue {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<u64> for DetailValue {
    /// Numbers beyond 2^53, which JSON does not keep, become that.
    fn from(number: u64) -> Self {
        Self(number.min(1 << 53).into())
    }
}

impl From<u32> for DetailValue {
    fn from(number: u32) -> Self {
        u64::from(number).into()
    }
}

impl<T: fmt::Display> FromIterator<T> for DetailValue {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let items = items.into_iter().take(MAX_LIST);
        Self(Value::Array(items.map(|item| Value::String(clean(&item.to_string()))).collect()))
    }
}

/// A text as it may stand in the log.
fn clean(text: &str) -> String {
    text.chars().take(MAX_TEXT).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Something that happens, for the log.
///
/// ```
/// use audit_log::{Action, Actor, Detail, Event};
/// let event = Event::done(Actor::Operator(1000), Action::PluginInstall)
///     .plugin("acme.order-desk")
///     .with(Detail::Version, "1.2.0");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub(crate) actor: Actor,
    pub(crate) action: Action,
    pub(crate) outcome: Outcome,
    pub(crate) plugin: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) details: Map<String, Value>,
}

impl Event {
    /// Something that is done, now or right after it is recorded.
    pub fn done(actor: Actor, action: Action) -> Self {
        Self::new(actor, action, Outcome::Done)
    }

    /// Something that is refused.
    pub fn refused(actor: Actor, action: Action) -> Self {
        Self::new(actor, action, Outcome::Refused)
    }

    /// Something that did not work.
    pub fn failed(actor: Actor, action: Action) -> Self {
        Self::new(actor, action, Outcome::Failed)
    }

    /// Something with any outcome.
    pub fn new(actor: Actor, action: Action, outcome: Outcome) -> Self {
        Self { actor, action, outcome, plugin: None, subject: None, details: Map::new() }
    }

    /// What it is that happens.
    pub fn action(&self) -> Action {
        self.action
    }

    /// The same event with another outcome, for an act that was recorded as done and then failed.
    pub fn but(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// The plugin that it is about.
    pub fn plugin(mut self, id: impl fmt::Display) -> Self {
        self.plugin = Some(clean(&id.to_string()));
        self
    }

    /// What else it is about: the id of a message, the name of a tool, a publisher, a secret's name.
    pub fn about(mut self, subject: impl fmt::Display) -> Self {
        self.subject = Some(clean(&subject.to_string()));
        self
    }

    /// One fact more.
    pub fn with(mut self, detail: Detail, value: impl Into<DetailValue>) -> Self {
        self.details.insert(detail.as_str().to_owned(), value.into().0);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_dotted_unique_and_read_back() {
        for action in Action::ALL {
            assert!(action.as_str().split('.').count() == 2, "{action}");
            assert_eq!(action.as_str().parse(), Ok(*action));
        }
        let mut words: Vec<&str> = Action::ALL.iter().map(|action| action.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Action::ALL.len());
        assert!("message.text".parse::<Action>().unwrap_err().contains("message.send"));
    }

    #[test]
    fn texts_are_short_and_of_one_line() {
        let event = Event::done(Actor::Host, Action::HostStart)
            .about("a\nb\u{1b}[0m")
            .with(Detail::Reason, "x".repeat(5_000))
            .with(Detail::Count, u64::MAX);
        assert_eq!(event.subject.as_deref(), Some("a\u{fffd}b\u{fffd}[0m"));
        assert_eq!(event.details["reason"].as_str().map(str::len), Some(MAX_TEXT));
        assert_eq!(event.details["count"], 1_u64 << 53);
    }
}
