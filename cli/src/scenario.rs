//! Scenarios: what a plugin's author expects of it, played in the real host and sandbox by `wa plugins test`.

mod line;
mod play;
mod read;

use manifest_schema::manifest::Method;
use serde_json::{Map, Value};

pub(crate) use line::{Line, Phones};
pub(crate) use play::{Outcome as StepOutcome, play};
pub(crate) use read::read;

/// One file of `tests/`: steps that share a host, a configuration and a chat.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// The file's name, for people.
    pub(crate) file: String,
    /// The line that its chat is on.
    pub(crate) channel: Channel,
    /// The plugin's configuration.
    pub(crate) config: Map<String, Value>,
    pub(crate) steps: Vec<Step>,
}

/// A line for a chat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Channel {
    /// The terminal's.
    #[default]
    Console,
    /// WhatsApp, with a simulated phone.
    WhatsApp,
}

#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: String,
    action: Action,
    expected: Expected,
    /// The text of the message that must come to the chat.
    reply: Option<String>,
}

#[derive(Debug)]
enum Action {
    /// Call a tool.
    Tool { name: String, input: Value },
    /// Write to the agent.
    Message(String),
    /// Send a message out, through the gates.
    Send(String),
    /// Call an HTTP route with the gateway's token.
    Route { method: Method, path: String, body: Option<Value> },
}

#[derive(Debug)]
enum Expected {
    /// Done, whatever came of it.
    Done,
    /// Done, and the result has at least these fields.
    Fields(Value),
    /// Refused or failed, in words that have these in them.
    Error(String),
}
