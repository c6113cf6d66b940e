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
            Self::Slot(slot) => write!(f, "the slot `{}`", slot.name()),
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
            for claim in claims(manifest).filter(|claim| !self.is_given_away(claim)) {
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

    /// Whether the operator has chosen who holds a slot; nobody claims it then.
    fn is_given_away(&self, claim: &Claim) -> bool {
        matches!(claim, Claim::Slot(slot) if self.slots.contains_key(slot))
    }

    /// The plugin that holds a slot: the one chosen, or the only one that fills it.
    pub fn holder(&self, slot: Slot) -> Option<&PluginId> {
        let mut fill =
            self.enabled().filter(|manifest| manifest.kind.contains(&slot)).map(|manifest| &manifest.id);
        match self.slots.get(&slot) {
            Some(choice) => fill.find(|id| choice.is(id)),
            None => match (fill.next(), fill.next()) {
                (only, None) => only,
                _ => None,
            },
        }
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
