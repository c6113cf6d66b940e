//! What a plugin's code has handlers for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The handlers that a started plugin has, by name. The host compares it with the manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handlers {
    /// Names of events.
    pub events: BTreeSet<String>,
    /// Names of gates.
    pub hooks: BTreeSet<String>,
    /// Names of tools.
    pub tools: BTreeSet<String>,
    /// Routes as `METHOD /path`.
    pub routes: BTreeSet<String>,
    /// Capabilities as `KIND/ID`.
    #[serde(default)]
    pub capabilities: BTreeSet<String>,
    /// Services as `ID/start`, `ID/stop` and `ID/health`.
    #[serde(default)]
    pub services: BTreeSet<String>,
    /// Schedules by id.
    #[serde(default)]
    pub schedules: BTreeSet<String>,
    /// Commands by name.
    #[serde(default)]
    pub commands: BTreeSet<String>,
    /// RPC methods.
    #[serde(default)]
    pub rpc: BTreeSet<String>,
    /// Whether the plugin can be an agent.
    pub agent: bool,
}
