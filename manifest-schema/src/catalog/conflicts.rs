//! Who owns what; two owners of one thing are a conflict.

use super::Catalog;
use crate::manifest::{CapabilityKind, Manifest, Slot};
use crate::names::{ChannelName, PluginId, ToolName};
use std::collections::BTreeMap;
use std::fmt;

/// Something that only one enabled plugin can own. Routes are below the plugin's id, so they never conflict.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// A tool.
    Tool(ToolName),
    /// A command of `wa`.
    Command(String),
    /// An RPC method.
    Rpc(String),
    /// A capability's id within its kind.
    Capability(CapabilityKind, String),
    /// A channel.
    Channel(ChannelName),
    /// An exclusive slot.
    Slot(Slot),
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tool(name) => write!(f, "the tool `{name}`"),
            Self::Command(name) => write!(f, "the command `{name}`"),
            Self::Rpc(method) => write!(f, "the RPC method `{method}`"),
            Self::Capability(_, id) => write!(f, "the capability `{id}`"),
            Self::Channel(name) => write!(f, "the channel `{name}`"),
            Self::Slot(Slot::Memory) => f.write_str("the slot `memory`"),
            Self::Slot(Slot::ContextEngine) => f.write_str("the slot `context-engine`"),
        }
    }
}

/// Two enabled plugins that claim the same thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What both claim.
    pub claim: Claim,
    /// The first by id.
    pub first: PluginId,
    /// The other.
    pub second: PluginId,
}

impl Catalog {
    /// All conflicts among the enabled plugins.
    pub fn conflicts(&self) -> Vec<Conflict> {
        let mut owners: BTreeMap<Claim, &PluginId> = BTreeMap::new();
        let mut conflicts = Vec::new();
        for manifest in self.enabled() {
            for claim in claims(manifest) {
                match owners.get(&claim) {
                    Some(first) if **first != manifest.id => {
                        let (first, second) = ((*first).clone(), manifest.id.clone());
                        conflicts.push(Conflict { claim, first, second });
                    }
                    _ => drop(owners.insert(claim, &manifest.id)),
                }
            }
        }
        conflicts
    }
}

fn claims(manifest: &Manifest) -> impl Iterator<Item = Claim> + '_ {
    let tools = manifest.tools.iter().map(|tool| Claim::Tool(tool.name.clone()));
    let commands = manifest.commands.iter().map(|command| Claim::Command(command.name.clone()));
    let rpc = manifest.rpc.iter().map(|rpc| Claim::Rpc(rpc.method.clone()));
    let kinds = manifest.capabilities.iter();
    let capabilities =
        kinds.flat_map(|(kind, list)| list.iter().map(|one| Claim::Capability(*kind, one.id.clone())));
    let channels = manifest.channels.iter().cloned().map(Claim::Channel);
    let slots = manifest.kind.iter().copied().map(Claim::Slot);
    tools.chain(commands).chain(rpc).chain(capabilities).chain(channels).chain(slots)
}
