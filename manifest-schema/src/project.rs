//! `wa.yaml`: what a project declares, as types that mirror the published schema.

pub mod edit;
mod policy;
mod read;
mod whatsapp;
mod whatsapp_file;

pub use policy::{DevPlugins, LeastTrust, Policy, RegistrySignatures, SandboxPolicy, SecretValues, Unsigned};
pub use read::{read, tighten};
pub use whatsapp::{
    Acl, Behavior, Bridge, OnTimeout, PublicTunnel, RateLimit, Transcriber, Typing, WHATSAPP_TOOLS,
    WhatsAppChannel,
};
pub use whatsapp_file::read_whatsapp;

use crate::manifest::{CapabilityKind, Slot};
use crate::names::{AgentName, ChannelName, EventName, InstanceName, NameError, PluginId};
use crate::secrets::Secrets;
use crate::units::{ByteSize, TimeSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

/// A project file. Field by field as in `schemas/wa.project.schema.json`, which documents them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// The version of the format, always 1.
    pub schema: u32,
    /// The agents.
    #[serde(default)]
    pub agents: BTreeMap<AgentName, Agent>,
    /// The plugins.
    #[serde(default)]
    pub plugins: Plugins,
    /// The channels.
    #[serde(default)]
    pub channels: Channels,
    /// Who is asked for a capability: ids in the order in which they are tried.
    #[serde(default)]
    pub capabilities: BTreeMap<CapabilityKind, Vec<String>>,
    /// Who resolves secret references.
    #[serde(default)]
    pub secrets: Secrets,
    /// How people are asked.
    #[serde(default)]
    pub approvals: ApprovalSettings,
    /// What the operator permits.
    #[serde(default)]
    pub policy: Policy,
    /// The HTTP gateway.
    #[serde(default)]
    pub server: Server,
    /// The bus.
    #[serde(default)]
    pub bus: Bus,
}

/// The tool of `wa` itself that sends on whichever channel.
pub const MESSAGE_TOOL: &str = "message";

/// The tool that reads a skill.
pub const SKILL_TOOL: &str = "skill_read";

/// An agent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Agent {
    /// The plugin whose `agent` handler answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handler: Option<PluginId>,
    /// The accounts whose messages it answers.
    pub bindings: Vec<Binding>,
    /// The tools that it may call.
    pub tools: AgentTools,
    /// The language model that answers where no handler does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<AgentModel>,
    /// What the model is always told.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub instructions: String,
    /// Whom it may write to, by channel; an empty list is no limit.
    pub outbound_allowlist: BTreeMap<ChannelName, Vec<String>>,
}

/// The language model of an agent: a plugin's `textInference`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AgentModel {
    /// The id of the capability; that of `capabilities.textInference` or the only one if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The provider's name of the model; the provider's own choice if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The most tokens of one answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// How free the choice of words is, 0 to 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// How often the model is asked in one turn, with the results of its tools.
    pub steps: u32,
    /// How many messages of the chat it is told.
    pub history: u32,
}

impl Default for AgentModel {
    fn default() -> Self {
        Self { provider: None, name: None, max_tokens: None, temperature: None, steps: 8, history: 20 }
    }
}

/// How people are asked what a gate leaves to them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApprovalSettings {
    /// The chat that gets the questions and may answer them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat: Option<ApprovalChat>,
}

/// A chat of people who decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalChat {
    /// The channel.
    pub channel: ChannelName,
    /// The account on it; `default` if absent.
    #[serde(default = "default_instance")]
    pub instance: InstanceName,
    /// The chat, as one writes to it.
    pub chat: String,
}

/// An account on a channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Binding {
    /// The channel.
    pub channel: ChannelName,
    /// The account; `default` if absent.
    #[serde(default = "default_instance")]
    pub instance: InstanceName,
}

/// The account that a binding means when it names none.
#[expect(clippy::expect_used, reason = "a constant that a test reads")]
pub fn default_instance() -> InstanceName {
    "default".parse().expect("`default` is an instance name")
}

/// The tools of an agent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentTools {
    /// Names; `*` stands for any characters.
    pub allow: Vec<String>,
}

impl AgentTools {
    /// Whether the agent may call a tool. A tool that is `optional` must be named in full, not by a pattern.
    pub fn allows(&self, tool: &str, optional: bool) -> bool {
        self.allow
            .iter()
            .any(|pattern| pattern == tool || !optional && matches(pattern.as_bytes(), tool.as_bytes()))
    }
}

/// Matches a pattern in which `*` stands for any bytes; linear in the text for each star.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut retry) = (0, 0, None);
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            retry = Some((p, t));
        } else if pattern.get(p) == Some(&text[t]) {
            (p, t) = (p + 1, t + 1);
        } else if let Some((after_star, start)) = retry {
            (p, t) = (after_star, start + 1);
            retry = Some((after_star, start + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|b| *b == b'*')
}

/// Which plugins there are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plugins {
    /// If not empty, only these are enabled.
    pub allow: Vec<PluginId>,
    /// Never enabled.
    pub deny: Vec<PluginId>,
    /// Directories with plugins under development, relative to the project.
    pub paths: Vec<String>,
    /// Who holds a place that only one can hold.
    pub slots: BTreeMap<Slot, SlotChoice>,
    /// Settings by id.
    pub entries: BTreeMap<PluginId, PluginEntry>,
}

/// Who holds a slot, as the operator says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SlotChoice {
    /// Nobody, written `none`.
    None,
    /// This plugin.
    Plugin(PluginId),
}

impl SlotChoice {
    /// Whether it is this plugin.
    pub fn is(&self, id: &PluginId) -> bool {
        matches!(self, Self::Plugin(chosen) if chosen == id)
    }
}

impl TryFrom<String> for SlotChoice {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        if text == "none" { Ok(Self::None) } else { text.try_into().map(Self::Plugin) }
    }
}

impl From<SlotChoice> for String {
    fn from(choice: SlotChoice) -> Self {
        match choice {
            SlotChoice::None => "none".to_owned(),
            SlotChoice::Plugin(id) => id.into(),
        }
    }
}

/// The settings of one plugin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PluginEntry {
    /// Where it comes from, as the operator wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Whether it is enabled.
    pub enabled: bool,
    /// Its configuration.
    pub config: Map<String, Value>,
    /// What the operator says about its gates.
    pub hooks: HookOverrides,
    /// What the operator allows it in place of what its manifest asks for.
    pub limits: PluginLimits,
}

/// What the operator says about a plugin's gates.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HookOverrides {
    /// How long a gate waits, in place of what the manifest says.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub timeouts: BTreeMap<EventName, TimeSpan>,
}

/// Limits of one plugin, in place of what its manifest asks for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PluginLimits {
    /// The memory of its engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<ByteSize>,
    /// The deadline of one call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<TimeSpan>,
}

impl Default for PluginEntry {
    fn default() -> Self {
        let (hooks, limits) = (HookOverrides::default(), PluginLimits::default());
        Self { source: None, enabled: true, config: Map::new(), hooks, limits }
    }
}

/// The channels of a project.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Channels {
    /// Chat in the terminal.
    pub console: ConsoleChannel,
    /// WhatsApp accounts: one, or a list of them in the file.
    #[serde(deserialize_with = "whatsapp::one_or_many")]
    pub whatsapp: Vec<WhatsAppChannel>,
}

/// The console channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConsoleChannel {
    /// Whether it is open while the project runs.
    pub enabled: bool,
}

impl Default for ConsoleChannel {
    fn default() -> Self {
        Self { enabled: true }
    }
}

/// The HTTP gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Server {
    /// Where it listens; port 0 takes a free one.
    pub bind: SocketAddr,
}

impl Default for Server {
    fn default() -> Self {
        Self { bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 8787)) }
    }
}

/// The bus.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bus {
    /// How to reach it.
    pub url: BusUrl,
}

/// How to reach the bus.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BusUrl {
    /// Inside of the host.
    #[default]
    Embedded,
}

impl Project {
    /// The agent that is bound to an account.
    pub fn agent_for(&self, channel: &ChannelName, instance: &InstanceName) -> Option<(&AgentName, &Agent)> {
        let bound = |binding: &Binding| binding.channel == *channel && binding.instance == *instance;
        self.agents.iter().find(|(_, agent)| agent.bindings.iter().any(bound))
    }
}
