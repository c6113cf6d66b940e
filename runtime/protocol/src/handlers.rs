//! What a plugin's code has handlers for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The handlers that a started plugin has, by name. The host compares it with the manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handlers {
    /// Names of events.
    #[serde(default)]
    pub events: BTreeSet<String>,
    /// Names of gates.
    #[serde(default)]
    pub hooks: BTreeSet<String>,
    /// Names of tools.
    #[serde(default)]
    pub tools: BTreeSet<String>,
    /// Routes as `METHOD /path`.
    #[serde(default)]
    pub routes: BTreeSet<String>,
    /// Capabilities as `KIND/ID`.
    #[serde(default)]
    pub capabilities: BTreeSet<String>,
    /// Services as `ID/start`, `ID/stop` and `ID/health`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub services: BTreeSet<String>,
    /// Schedules by id.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub schedules: BTreeSet<String>,
    /// Commands by name.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub commands: BTreeSet<String>,
    /// RPC methods.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub rpc: BTreeSet<String>,
    /// Whether the plugin can be an agent.
    #[serde(default)]
    pub agent: bool,
}
