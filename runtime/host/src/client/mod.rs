//! A small blocking client for a running host: what `wa send`, `wa status`, `wa chat` and `wa tools` use.
//!
//! Everything is on loopback, in answer to one person, so it is plain `std` sockets: one HTTP request per connection for the
//! gateway's API, JSON lines for the console channel.

mod capabilities;
mod chat;
mod http;
mod messages;

pub use capabilities::{
    CapabilityFailure, CapabilityInfo, CapabilityLine, CapabilityOutcome, CapabilityRequest,
    CapabilityResponse,
};
pub use chat::{Chat, ChatEvent, ChatSender};
pub use http::HttpAnswer;
pub use messages::{ActionInfo, ChannelActions};

pub use crate::channel::InboundCounters;
pub use crate::core::ApprovalInfo;
use crate::running::Running;
pub use crate::standing::ServiceState;
use manifest_schema::{layout::Layout, manifest::Method, names::PluginId};
pub use runtime_protocol::{Body, FileToSend};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};
use std::{
    collections::BTreeMap,
    fs::{DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::Path,
};
use tempfile::{NamedTempFile, TempPath};

/// Why the host did not give an answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The connection failed.
    #[error("cannot talk to the running host at {address}")]
    Connection {
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// What came back is not an answer of a host.
    #[error("the host at {address} answered with {what}")]
    Protocol {
        /// Where.
        address: std::net::SocketAddr,
        /// What it was instead.
        what: String,
    },
    /// The host does not have the console channel enabled.
    #[error("the running host has no console channel; set `channels.console.enabled: true` in wa.yaml")]
    NoConsole,
    /// The host's answer is no.
    #[error("{message}")]
    Refused {
        /// The JSON-RPC error code: see [`code`].
        code: i64,
        /// The host's words.
        message: String,
    },
}

/// The error codes of the API: JSON-RPC's own and those of `wa`.
pub mod code {
    /// The request is not JSON-RPC 2.0.
    pub const INVALID_REQUEST: i64 = -32600;
    /// There is no such method.
    pub const METHOD_NOT_FOUND: i64 = -32601;
    /// The parameters are wrong.
    pub const INVALID_PARAMS: i64 = -32602;
    /// The host could not do it.
    pub const INTERNAL: i64 = -32603;
    /// A rule, a gate or a permission forbids it.
    pub const REFUSED: i64 = -32000;
    /// The plugin failed.
    pub const PLUGIN_FAILED: i64 = -32001;
    /// The number was used for something else, or comes too early.
    pub const CONFLICT: i64 = -32009;
    /// No such tool, agent or channel.
    pub const NOT_FOUND: i64 = -32004;
}

/// A message to send through the gates and the outbox.
#[derive(Debug, Clone, Serialize)]
pub struct SendMessage {
    /// The channel, such as `console`.
    pub channel: String,
    /// The account on it; `default` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The chat.
    pub to: String,
    /// What to send.
    #[serde(flatten)]
    pub body: Body,
    /// Whose it is.
    #[serde(flatten)]
    pub options: SendOptions,
}

/// What is said of a send, beside the message.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SendOptions {
    /// The caller's own id for this send: a repeat with the same one changes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Who sends; `rpc` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<SendOrigin>,
}

/// A copy of a file where the host may take it from; removed when it is dropped.
///
/// # Errors
/// When the file cannot be read or copied.
pub fn hand_over(layout: &Layout, file: &Path) -> io::Result<TempPath> {
    let directory = layout.outbox_files();
    DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
    let mut copy = NamedTempFile::new_in(directory)?;
    io::copy(&mut File::open(file)?, copy.as_file_mut())?;
    Ok(copy.into_temp_path())
}

/// Who sends through the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendOrigin {
    /// The command line.
    Cli,
    /// Another program.
    Rpc,
}

/// The answer to [`SendMessage`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageQueued {
    /// The message's id; it is in the outbox.
    pub id: String,
}

/// The condition of a host.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Status {
    /// The version of this record, 1.
    pub schema: u32,
    /// The version of `wa` that runs.
    pub version: String,
    /// The host's process id.
    pub pid: u32,
    /// Seconds since it started.
    pub uptime_seconds: u64,
    /// What waits and what was given up.
    pub queues: Queues,
    /// The accounts of channels that connect to somewhere.
    #[serde(default)]
    pub channels: Vec<ChannelStatus>,
    /// All plugins of the set.
    pub plugins: Vec<PluginStatus>,
}

/// The condition of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChannelStatus {
    /// The channel.
    pub channel: String,
    /// The account's instance.
    pub instance: String,
    /// `connecting`, `connected`, `reconnecting`, `not_paired`, `credentials_expired` or `unusable`.
    pub state: String,
    /// Why, and what to do; may be empty.
    pub reason: String,
    /// Since when, as RFC 3339.
    pub since: String,
    /// What became of the messages that came.
    pub inbound: InboundCounters,
}

/// Messages by where they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queues {
    /// Accepted, not finished.
    pub inbound_pending: u64,
    /// Given up on the way in.
    pub inbound_dead: u64,
    /// In the outbox.
    pub outbox_queued: u64,
    /// Given up on the way out.
    pub outbox_dead: u64,
}

/// The condition of a plugin.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PluginStatus {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// `idle` (never started), `running`, `stopped`, `backoff`, `quarantined` or `refused`.
    pub state: String,
    /// Why.
    pub reason: String,
    /// Calls waiting or running.
    pub calls_in_flight: u64,
    /// What was counted since the host started.
    pub counters: crate::health::Counters,
    /// Its services, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, ServiceState>,
}

/// What a plugin's command answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CommandOutput {
    /// Text to print.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Data to print.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
    /// The exit status: 0, 1 or 2.
    pub status: u8,
}

/// A page that a plugin serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageInfo {
    /// Whose.
    pub plugin: String,
    /// Its path on the gateway.
    pub path: String,
    /// What the navigation shows.
    pub title: String,
    /// An emoji.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// Its place in the navigation, lower first.
    pub order: u16,
}

/// A tool that a plugin offers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ToolInfo {
    /// Its name.
    pub name: String,
    /// The plugin that owns it.
    pub plugin: String,
    /// What it does.
    pub description: String,
    /// The JSON Schema of its input.
    pub input: Value,
    /// The JSON Schema of its output, if it has one.
    pub output: Option<Value>,
    /// Whether an agent must name it to use it.
    pub optional: bool,
}

/// What a reload did.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ReloadOutcome {
    /// Plugins that changed, came or went.
    pub changed: Vec<String>,
    /// Plugins that go on as they were because their new config or code is invalid.
    pub kept: Vec<KeptPlugin>,
}

/// A plugin that a reload left as it was.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeptPlugin {
    /// Which.
    pub id: String,
    /// Why.
    pub reason: String,
}

/// A client of one running host.
#[derive(Debug, Clone)]
pub struct Client {
    running: Running,
}

impl Client {
    /// A client of the host that [`crate::running::find`] found.
    pub fn new(running: Running) -> Self {
        Self { running }
    }

    /// The host's condition.
    pub fn status(&self) -> Result<Status, ClientError> {
        self.call("status", &json!({}))
    }

    /// Sends a message; returns once it is durable in the outbox.
    pub fn send(&self, message: &SendMessage) -> Result<MessageQueued, ClientError> {
        self.call("message.send", message)
    }

    /// All tools of the running set.
    pub fn tools(&self) -> Result<Vec<ToolInfo>, ClientError> {
        self.call("tools.list", &json!({}))
    }

    /// Runs a command of a plugin.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn run_command(
        &self,
        name: &str,
        args: &serde_json::Map<String, Value>,
    ) -> Result<CommandOutput, ClientError> {
        self.call("commands.run", &json!({ "name": name, "args": args }))
    }

    /// What waits for a person.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn approvals(&self) -> Result<Vec<ApprovalInfo>, ClientError> {
        self.call("approvals.list", &json!({}))
    }

    /// Lets a call go on that a gate holds, or not.
    ///
    /// # Errors
    /// [`ClientError`]; [`ClientError::Refused`] where nothing of that id waits.
    pub fn answer_approval(&self, id: &str, allow: bool, reason: Option<&str>) -> Result<(), ClientError> {
        let decision = if allow { "allow" } else { "deny" };
        self.call("approvals.answer", &json!({ "id": id, "decision": decision, "reason": reason }))
    }

    /// Calls a tool; the input is checked against its schema by the host.
    pub fn call_tool(&self, name: &str, input: &Value) -> Result<Box<RawValue>, ClientError> {
        self.call("tools.call", &json!({ "name": name, "input": input }))
    }

    /// Calls a plugin's route, as `path` below `/plugins/<plugin>`, with the token. Headers that are given take the place of those that
    /// are sent otherwise.
    ///
    /// # Errors
    /// [`ClientError`]; whatever status comes is none.
    pub fn call_route(
        &self,
        plugin: &PluginId,
        method: Method,
        path: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<HttpAnswer, ClientError> {
        let path = format!("/plugins/{plugin}{path}");
        http::exchange(self.running.gateway, &self.running.token, method.name(), &path, headers, body)
    }

    /// Calls a method that a plugin adds to the API.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn call_rpc(&self, method: &str, params: &Value) -> Result<Value, ClientError> {
        self.call(method, params)
    }

    /// Makes the host read the project again.
    pub fn reload(&self) -> Result<ReloadOutcome, ClientError> {
        self.call("plugins.reload", &json!({}))
    }

    /// Attaches to the console channel for the chats named; all of them where none is.
    pub fn chat(&self, chats: &[&str]) -> Result<Chat, ClientError> {
        let address = self.running.console.ok_or(ClientError::NoConsole)?;
        Chat::connect(address, &self.running.token, chats)
    }

    fn call<T: serde::de::DeserializeOwned>(
        &self,
        method: &str,
        params: &impl Serialize,
    ) -> Result<T, ClientError> {
        http::json_rpc(self.running.gateway, &self.running.token, method, params)
    }
}
