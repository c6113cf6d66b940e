//! What is recorded: fixed words and short facts, never what somebody wrote, a secret, or a token.

use crate::words::{Action, Detail, Outcome};
use serde_json::{Map, Value};
use std::fmt;

/// Characters of a text that are kept.
const MAX_TEXT: usize = 512;
/// Members of a list that are kept.
const MAX_LIST: usize = 128;

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
