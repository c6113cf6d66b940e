//! `wa.plugin.yaml`: what a plugin declares, as types that mirror the published schema.

mod capability;
mod config;
mod events;
mod forward;
mod parts;

pub use capability::{Capability, CapabilityKind, MessageAction, UnknownKind};
pub use config::{
    ConfigContracts, DangerousFlag, HeaderUse, SecretInput, SecretInputs, SecretUse, SecretUses, Signing,
    TheValue, UiHint,
};
pub use parts::*;

use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::names::{ChannelName, EventName, PluginId, PublisherName};
use crate::permissions::Permissions;
use crate::source::Source;
use crate::version::{Version, VersionRange};
use crate::{schemas, tree};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The names that a manifest may have, in the root of a package; the first is the usual one.
pub const FILE_NAMES: [&str; 2] = ["wa.plugin.yaml", "wa.plugin.json"];

/// A plugin's manifest. Field by field as in `schemas/wa.plugin.schema.json`, which documents them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The version of the format, always 1.
    pub schema: u32,
    /// The id.
    pub id: PluginId,
    /// The name that people see; see [`Manifest::display_name`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The version.
    pub version: Version,
    /// What the plugin does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who signs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<PublisherName>,
    /// SPDX expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// Which versions of `wa` it works with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engines: Option<Engines>,
    /// An emoji.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// Search words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// What runs the code; absent in a content-only plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<Runtime>,
    /// What the code may reach.
    #[serde(
        default,
        skip_serializing_if = "Permissions::is_empty",
        serialize_with = "forward::without_forwarding"
    )]
    pub permissions: Permissions,
    /// Events observed; legacy names are already replaced by the dotted ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventName>,
    /// Gates stood at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<Hook>,
    /// Tools provided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
    /// Whether the code has an `agent` handler.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub agent: bool,
    /// HTTP routes answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// Dashboard pages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<Page>,
    /// Long-running parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    /// Timed work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedules: Vec<Schedule>,
    /// Commands of `wa`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<Command>,
    /// RPC methods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rpc: Vec<RpcMethod>,
    /// Capabilities by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub capabilities: BTreeMap<CapabilityKind, Vec<Capability>>,
    /// Channels provided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelName>,
    /// When to start.
    #[serde(default, skip_serializing_if = "Activation::is_empty")]
    pub activation: Activation,
    /// Exclusive slots filled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kind: Vec<Slot>,
    /// Plugins needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires_plugins: Vec<PluginId>,
    /// Directories with skills.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// JSON Schema of the configuration.
    pub config_schema: Value,
    /// How forms show the configuration.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ui_hints: BTreeMap<String, UiHint>,
    /// What the host must know about the configuration.
    #[serde(default, skip_serializing_if = "ConfigContracts::is_empty")]
    pub config_contracts: ConfigContracts,
    /// Signed copies of events; what they need is among the permissions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forward: Vec<Forward>,
}

/// Which versions of `wa` a plugin works with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Engines {
    /// A range in npm's syntax.
    pub wa: VersionRange,
}

impl Manifest {
    /// The capabilities, as `KIND/ID`.
    pub fn capability_keys(&self) -> impl Iterator<Item = String> + '_ {
        let kinds = self.capabilities.iter();
        kinds.flat_map(|(kind, list)| list.iter().map(move |one| format!("{kind}/{}", one.id)))
    }

    /// The name to show: `name`, or else the id.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(self.id.as_str())
    }
}

/// Reads a manifest: syntax, schema, names of events, and types. [`crate::check::check_plugin`] does all the other checks.
///
/// The manifest is there if no finding is an error. All schema errors are found at once.
pub fn read(source: &Source) -> (Option<Manifest>, Vec<Finding>) {
    match tree::parse(source) {
        Ok(root) => from_document(Document { source, root: &root }),
        Err(finding) => (None, vec![finding]),
    }
}

pub(crate) fn from_document(document: Document<'_>) -> (Option<Manifest>, Vec<Finding>) {
    let mut value = document.root.to_json();
    let mut findings = schemas::PLUGIN.check(document, &value);
    findings.extend(events::check(document));
    findings.extend(forward::check(document));
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return (None, findings);
    }
    crate::events::replace_legacy_names(&mut value);
    match schemas::PLUGIN.typed(document, value) {
        Ok(mut manifest) => {
            forward::permissions(&mut manifest);
            (Some(manifest), findings)
        }
        Err(finding) => (None, findings.into_iter().chain([finding]).collect()),
    }
}
