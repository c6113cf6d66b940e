//! What handlers get and give besides events.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::events::MessageReceived;
use crate::{Error, Result, Wa};

/// An HTTP request to a route of the plugin.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// Below `/plugins/<id>`.
    pub path: String,
    /// The query, decoded.
    pub query: BTreeMap<String, String>,
    /// By lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body as text.
    #[serde(default)]
    pub body: Option<String>,
}

impl Request {
    /// The body read as JSON.
    ///
    /// # Errors
    /// Where there is none, or it does not fit.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_str(self.body.as_deref().unwrap_or_default())?)
    }
}

/// The answer to a [`Request`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Response {
    /// 200 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Headers by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
    /// The body as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The body as HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
}

impl Response {
    /// An answer in JSON.
    ///
    /// # Errors
    /// Where the value has no JSON form.
    pub fn json(value: impl Serialize) -> Result<Self> {
        Ok(Self { json: Some(serde_json::to_value(value)?), ..Self::default() })
    }

    /// An answer in plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::default() }
    }

    /// The same with another status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }
}

/// The arguments of a command, as the manifest declares them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Args<T> {
    /// By name.
    pub args: T,
}

/// What a command prints.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CommandResult {
    /// Text for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Data for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
    /// The exit status: 0, 1 or 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u8>,
}

/// A schedule is due.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Due {
    /// This run: the same where it is repeated after a crash.
    pub run_id: String,
    /// RFC 3339.
    pub scheduled_at: String,
    /// How many times before this one nothing ran, because the host did not.
    pub missed: u64,
}

/// How a service is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Health {
    /// Not `ok` three times in a row has it started anew.
    pub ok: bool,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// An agent's turn: answer the message.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Turn {
    /// Whose.
    pub agent: String,
    /// What was written.
    pub message: MessageReceived,
}

/// An agent's answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reply {
    /// What it says.
    pub text: String,
}

impl Reply {
    /// An answer of text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }
}

/// Runs a handler on a payload; used by [`plugin!`](crate::plugin).
pub fn run<I, O>(handler: impl FnOnce(I, &Wa) -> Result<O>, payload: &str) -> Result<String>
where
    I: DeserializeOwned,
    O: Serialize,
{
    crate::host::log_panics();
    let input = serde_json::from_str(payload).map_err(|error| {
        Error::new("invalid_payload", format!("the payload does not fit the handler: {error}"))
    })?;
    Ok(serde_json::to_string(&handler(input, &Wa::new())?)?)
}

/// What a plugin handles; used by [`plugin!`](crate::plugin).
#[derive(Default, Serialize)]
pub struct Listing {
    events: BTreeSet<&'static str>,
    hooks: BTreeSet<&'static str>,
    tools: BTreeSet<&'static str>,
    routes: BTreeSet<&'static str>,
    capabilities: BTreeSet<&'static str>,
    services: BTreeSet<&'static str>,
    schedules: BTreeSet<&'static str>,
    commands: BTreeSet<&'static str>,
    rpc: BTreeSet<&'static str>,
    agent: bool,
}

impl Listing {
    /// Adds a handler; `kind` as in a call.
    pub fn add(&mut self, kind: &str, name: &'static str) {
        let group = match kind {
            "event" => &mut self.events,
            "hook" => &mut self.hooks,
            "tool" => &mut self.tools,
            "http" => &mut self.routes,
            "capability" => &mut self.capabilities,
            "service" => &mut self.services,
            "schedule" => &mut self.schedules,
            "command" => &mut self.commands,
            "rpc" => &mut self.rpc,
            _ => return self.agent = true,
        };
        group.insert(name);
    }

    /// As the host reads it.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
