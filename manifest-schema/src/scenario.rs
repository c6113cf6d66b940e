//! `tests/*.yaml`: what a plugin's author expects of it, for `wa plugins test`.

mod read;

pub use read::read;

use crate::manifest::{CapabilityKind, Method};
use crate::units::TimeSpan;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A scenario. Field by field as in `schemas/wa.scenario.schema.json`, which documents them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Scenario {
    /// The line that the chat is on.
    #[serde(default)]
    pub channel: Line,
    /// The time at the beginning; by its form RFC 3339 in UTC, or a day.
    pub clock: Option<String>,
    /// The plugin's configuration.
    #[serde(default)]
    pub config: Map<String, Value>,
    /// The values of its secrets, by dotted path.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// What is in its storage.
    #[serde(default)]
    pub storage: Map<String, Value>,
    /// The answers to the requests that it makes.
    #[serde(default)]
    pub http: Vec<HttpAnswer>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// A line for a chat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// The terminal's.
    #[default]
    Console,
    /// WhatsApp, with a simulated phone.
    WhatsApp,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct HttpAnswer {
    /// Method and URL; by its form.
    pub request: String,
    /// The status; 200 where absent.
    pub status: Option<u16>,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body as JSON.
    pub json: Option<Value>,
    /// The body as it is.
    pub text: Option<String>,
    /// Why there is no answer, in place of one.
    pub fails: Option<String>,
}

/// A step as it is written; [`Step::action`] says what it does.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Step {
    /// What it shows.
    pub name: String,
    /// Somebody writes.
    pub message: Option<Message>,
    /// Somebody reacts to the last message that came.
    pub reaction: Option<String>,
    /// Somebody sends a file.
    pub media: Option<Media>,
    /// A message goes out, through the gates.
    pub send: Option<String>,
    /// A tool is called.
    pub tool: Option<String>,
    /// Its input.
    pub input: Option<Value>,
    /// A route is called, as `METHOD /path`.
    pub route: Option<String>,
    /// The headers of the request.
    pub headers: Option<BTreeMap<String, String>>,
    /// The body of the request: text as it is, everything else as JSON.
    pub body: Option<Value>,
    /// Whether the sender of the webhook knows its secret.
    pub sign: Option<bool>,
    /// A command is run.
    pub command: Option<String>,
    /// Its arguments by name.
    pub args: Option<Map<String, Value>>,
    /// An RPC method is called.
    pub rpc: Option<String>,
    /// Its parameters.
    pub params: Option<Value>,
    /// A capability is asked: `KIND/ID`.
    pub capability: Option<String>,
    /// What it is asked.
    pub request: Option<Value>,
    /// The plugin is told of an event.
    pub event: Option<String>,
    /// The event's payload.
    pub payload: Option<Map<String, Value>>,
    /// A schedule is run.
    pub schedule: Option<String>,
    /// Time passes.
    pub advance: Option<TimeSpan>,
    /// The pieces that a capability's answer comes in; without it nobody listens to them.
    pub chunks: Option<Vec<Value>>,
    /// What the result has at least.
    pub expect: Option<Value>,
    /// Words in the error that it ends with.
    pub error: Option<String>,
    /// The only message that comes to the chat.
    pub reply: Option<Value>,
    /// The messages that come to the chat.
    pub replies: Option<Vec<Value>>,
    /// Host calls that the plugin makes, in this order; each names one method with a part of its parameters.
    pub calls: Option<Vec<Map<String, Value>>>,
    /// Values in the plugin's storage afterwards; null where there is none.
    pub storage: Option<Map<String, Value>>,
    /// Lines that the plugin logs.
    pub logs: Option<Vec<LogLine>>,
}

/// What somebody writes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Message {
    /// A message.
    Text(String),
    /// A message that answers the last one that came.
    Answer(Answer),
}

/// A message that answers another.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Answer {
    /// What it says.
    pub text: String,
    /// Whether it answers the last message that came.
    #[serde(default)]
    pub to_last: bool,
}

/// A file that somebody sends.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Media {
    /// Where it is, from the scenario's directory.
    pub file: String,
    /// Its type.
    pub mime: String,
    /// What is said about it.
    pub caption: Option<String>,
    /// Whether it was spoken into the phone.
    #[serde(default)]
    pub voice: bool,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum LogLine {
    /// Words in it.
    Words(String),
    /// Words in it, and how important it is.
    Level(LevelLine),
}

/// A line of the log with its level.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LevelLine {
    /// `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// Words in it.
    #[serde(default)]
    pub text: String,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action<'a> {
    /// Somebody writes.
    Message(&'a Message),
    /// Somebody reacts to the last message.
    Reaction(&'a str),
    /// Somebody sends a file.
    Media(&'a Media),
    /// A message goes out.
    Send(&'a str),
    /// A tool is called with this input.
    Tool(&'a str, Value),
    /// A route is called.
    Route(Method, &'a str),
    /// A command is run.
    Command(&'a str),
    /// An RPC method is called.
    Rpc(&'a str),
    /// A capability of this kind and id is asked.
    Capability(CapabilityKind, &'a str),
    /// The plugin is told of an event.
    Event(&'a str),
    /// A schedule is run.
    Schedule(&'a str),
    /// Time passes.
    Advance(TimeSpan),
}

impl Step {
    /// What it does; `None` where it names nothing or several things, which [`read`] refuses.
    pub fn action(&self) -> Option<Action<'_>> {
        let empty = || Value::Object(Map::new());
        let mut all = [
            self.message.as_ref().map(Action::Message),
            self.reaction.as_deref().map(Action::Reaction),
            self.media.as_ref().map(Action::Media),
            self.send.as_deref().map(Action::Send),
            self.tool.as_deref().map(|name| Action::Tool(name, self.input.clone().unwrap_or_else(empty))),
            self.route.as_deref().and_then(route),
            self.command.as_deref().map(Action::Command),
            self.rpc.as_deref().map(Action::Rpc),
            self.capability.as_deref().and_then(capability),
            self.event.as_deref().map(Action::Event),
            self.schedule.as_deref().map(Action::Schedule),
            self.advance.map(Action::Advance),
        ]
        .into_iter()
        .flatten();
        all.next().filter(|_| all.next().is_none())
    }
}

/// `textInference/acme-llm` as kind and id.
fn capability(text: &str) -> Option<Action<'_>> {
    let (kind, id) = text.split_once('/')?;
    let kind = serde_json::from_value(Value::from(kind)).ok()?;
    Some(Action::Capability(kind, id))
}

fn route(text: &str) -> Option<Action<'_>> {
    let (method, path) = text.split_once(' ')?;
    Some(Action::Route(serde_json::from_value(method.into()).ok()?, path))
}
