//! The activation plan: which plugins would start for something, in which order, and why.

use super::Catalog;
use crate::manifest::{Activation, CapabilityKind, Manifest, Route, Slot};
use crate::names::{AgentName, PluginId};
use crate::project::Project;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Something that plugins may be started for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// An event of this name happens.
    Event(String),
    /// Something passes the gate of this name.
    Hook(String),
    /// The tool of this name is called.
    Tool(String),
    /// A request comes for a route, as `METHOD /path` below its plugin.
    Route(String),
    /// A message comes for the agent of this name.
    Agent(String),
    /// The host starts.
    Startup,
    /// A command of this name is typed.
    Command(String),
    /// An RPC method of this name is called.
    Rpc(String),
    /// A capability is asked for, as `KIND` or `KIND/ID`.
    Capability(String),
    /// A message is for a channel that a plugin provides.
    Channel(String),
    /// Something is done for a slot.
    Slot(String),
}

/// A text that is no [`Need`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` is nothing that plugins start for; write event:NAME, hook:NAME, tool:NAME, agent:NAME, command:NAME, rpc:METHOD, capability:KIND/ID, channel:ID, slot:NAME, startup or \"route:METHOD /path\""
)]
pub struct UnknownNeed(pub String);

/// A plugin that would start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Start {
    /// Which.
    pub plugin: PluginId,
    /// Why: what of its manifest or of the project says so.
    pub reason: String,
}

impl FromStr for Need {
    type Err = UnknownNeed;

    fn from_str(text: &str) -> Result<Self, UnknownNeed> {
        let unknown = || UnknownNeed(text.to_owned());
        if text == "startup" {
            return Ok(Self::Startup);
        }
        let (kind, name) = text.split_once(':').filter(|(_, name)| !name.is_empty()).ok_or_else(unknown)?;
        let name = name.to_owned();
        match kind {
            "event" => Ok(Self::Event(name)),
            "hook" => Ok(Self::Hook(name)),
            "tool" => Ok(Self::Tool(name)),
            "route" => Ok(Self::Route(name)),
            "agent" => Ok(Self::Agent(name)),
            "command" => Ok(Self::Command(name)),
            "rpc" => Ok(Self::Rpc(name)),
            "capability" => Ok(Self::Capability(name)),
            "channel" => Ok(Self::Channel(name)),
            "slot" => Ok(Self::Slot(name)),
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(name) => write!(f, "event:{name}"),
            Self::Hook(name) => write!(f, "hook:{name}"),
            Self::Tool(name) => write!(f, "tool:{name}"),
            Self::Route(name) => write!(f, "route:{name}"),
            Self::Agent(name) => write!(f, "agent:{name}"),
            Self::Startup => f.write_str("startup"),
            Self::Command(name) => write!(f, "command:{name}"),
            Self::Rpc(name) => write!(f, "rpc:{name}"),
            Self::Capability(name) => write!(f, "capability:{name}"),
            Self::Channel(name) => write!(f, "channel:{name}"),
            Self::Slot(name) => write!(f, "slot:{name}"),
        }
    }
}

impl Need {
    /// The hint of a manifest by which its plugin wants to be up for this, whether or not it is asked.
    pub fn hint(&self, activation: &Activation) -> Option<&'static str> {
        let (is_named, hint) = match self {
            Self::Startup => (activation.on_startup, "onStartup"),
            Self::Command(name) => (activation.on_commands.contains(name), "onCommands"),
            Self::Channel(name) => {
                (activation.on_channels.iter().any(|channel| channel.as_str() == name), "onChannels")
            }
            Self::Route(key) => {
                let path = key.split_once(' ').map_or(key.as_str(), |(_, path)| path);
                (activation.on_routes.iter().any(|route| route == path), "onRoutes")
            }
            Self::Capability(key) => {
                let kind = key.split_once('/').map_or(key.as_str(), |(kind, _)| kind);
                (activation.on_capabilities.iter().any(|one| one.name() == kind), "onCapabilities")
            }
            Self::Event(_)
            | Self::Hook(_)
            | Self::Tool(_)
            | Self::Agent(_)
            | Self::Rpc(_)
            | Self::Slot(_) => return None,
        };
        is_named.then_some(hint)
    }
}

impl Catalog {
    /// The enabled plugins that would start for this, in the order in which they would be asked; behind them those that only want
    /// to be up for it.
    pub fn plan(&self, project: &Project, need: &Need) -> Vec<Start> {
        let mut starts = self.asked(project, need);
        for manifest in self.enabled() {
            let hint = need.hint(&manifest.activation);
            if let Some(hint) = hint.filter(|_| starts.iter().all(|start| start.plugin != manifest.id)) {
                starts.push(Start { plugin: manifest.id.clone(), reason: format!("explicit: {hint}") });
            }
        }
        starts
    }

    /// The plugins that are asked.
    fn asked(&self, project: &Project, need: &Need) -> Vec<Start> {
        match need {
            Need::Event(name) => {
                self.owners("events", |manifest| manifest.events.iter().any(|event| event.as_str() == name))
            }
            Need::Tool(name) => {
                self.owners("tools", |manifest| manifest.tools.iter().any(|tool| tool.name.as_str() == name))
            }
            Need::Route(key) => self.owners("routes", |manifest| {
                manifest.routes.iter().any(|route| route.handler_keys().any(|one| one == *key))
            }),
            Need::Hook(name) => self.gate(name),
            Need::Agent(name) => self.handler(project, name),
            Need::Startup => self.owners("services", |manifest| !manifest.services.is_empty()),
            Need::Command(name) => self
                .owners("commands", |manifest| manifest.commands.iter().any(|command| command.name == *name)),
            Need::Rpc(name) => {
                self.owners("rpc", |manifest| manifest.rpc.iter().any(|method| method.method == *name))
            }
            Need::Capability(name) => self.providers(project, name),
            Need::Slot(name) => self.slot(name),
            Need::Channel(name) => self.owners("channels", |manifest| {
                manifest.channels.iter().any(|channel| channel.as_str() == name)
            }),
        }
    }

    /// Everything that an enabled plugin would start for, in a stable order.
    pub fn needs(&self, project: &Project) -> Vec<Need> {
        let mut needs: Vec<Need> = project.agents.keys().map(|name| Need::Agent(name.to_string())).collect();
        for manifest in self.enabled() {
            needs.extend(manifest.events.iter().map(|event| Need::Event(event.to_string())));
            needs.extend(manifest.hooks.iter().map(|hook| Need::Hook(hook.on.to_string())));
            needs.extend(manifest.tools.iter().map(|tool| Need::Tool(tool.name.to_string())));
            needs.extend(manifest.routes.iter().flat_map(Route::handler_keys).map(Need::Route));
            needs.extend(manifest.commands.iter().map(|command| Need::Command(command.name.clone())));
            needs.extend(manifest.rpc.iter().map(|method| Need::Rpc(method.method.clone())));
            needs.extend(manifest.capability_keys().map(Need::Capability));
            needs.extend(manifest.channels.iter().map(|channel| Need::Channel(channel.to_string())));
            needs.extend(manifest.activation.on_channels.iter().map(|name| Need::Channel(name.to_string())));
            if manifest.activation.on_startup || !manifest.services.is_empty() {
                needs.push(Need::Startup);
            }
            needs.extend(manifest.kind.iter().map(|slot| Need::Slot(slot.name().to_owned())));
        }
        needs.sort_by_key(ToString::to_string);
        needs.dedup();
        needs
    }

    /// One capability's owner, or those of a kind in the order in which they are asked.
    fn providers(&self, project: &Project, name: &str) -> Vec<Start> {
        let (kind, id) = name.split_once('/').map_or((name, None), |(kind, id)| (kind, Some(id)));
        let Ok(kind) = kind.parse::<CapabilityKind>() else { return Vec::new() };
        let order = project.capabilities.get(&kind).map(Vec::as_slice).unwrap_or_default();
        let mut found: Vec<(usize, Start)> = Vec::new();
        for manifest in self.enabled() {
            for one in manifest.capabilities.get(&kind).into_iter().flatten() {
                let place = order.iter().position(|wanted| *wanted == one.id);
                if id.is_some_and(|id| id != one.id) || id.is_none() && !order.is_empty() && place.is_none() {
                    continue;
                }
                let reason = match place {
                    Some(place) => {
                        format!("owner: capabilities, place {} of `capabilities.{kind}`", place + 1)
                    }
                    None => "owner: capabilities".to_owned(),
                };
                found.push((place.unwrap_or(usize::MAX), Start { plugin: manifest.id.clone(), reason }));
            }
        }
        found.sort_by_key(|(place, _)| *place);
        found.into_iter().map(|(_, start)| start).collect()
    }

    fn slot(&self, name: &str) -> Vec<Start> {
        let slot = [Slot::Memory, Slot::ContextEngine].into_iter().find(|slot| slot.name() == name);
        let holder = slot.and_then(|slot| Some((slot, self.holder(slot)?)));
        let start = |(slot, id): (Slot, &PluginId)| Start {
            plugin: id.clone(),
            reason: match self.slots.contains_key(&slot) {
                true => format!("explicit: plugins.slots.{name}"),
                false => "owner: kind".to_owned(),
            },
        };
        holder.map(start).into_iter().collect()
    }

    fn owners(&self, field: &str, owns: impl Fn(&Manifest) -> bool) -> Vec<Start> {
        let start =
            |manifest: &Manifest| Start { plugin: manifest.id.clone(), reason: format!("owner: {field}") };
        self.enabled().filter(|manifest| owns(manifest)).map(start).collect()
    }

    /// Gates are asked by priority, then by id.
    fn gate(&self, name: &str) -> Vec<Start> {
        let mut keepers: Vec<(u8, &PluginId)> = Vec::new();
        for manifest in self.enabled() {
            let hooks = manifest.hooks.iter().filter(|hook| hook.on.as_str() == name);
            keepers.extend(hooks.map(|hook| (hook.priority, &manifest.id)));
        }
        keepers.sort_unstable();
        let start = |(priority, id): (u8, &PluginId)| Start {
            plugin: id.clone(),
            reason: format!("owner: hooks, priority {priority}"),
        };
        keepers.into_iter().map(start).collect()
    }

    fn handler(&self, project: &Project, name: &str) -> Vec<Start> {
        let agent = name.parse::<AgentName>().ok().and_then(|name| project.agents.get(&name));
        let handler = agent.and_then(|agent| agent.handler.as_ref());
        let enabled =
            handler.filter(|id| self.enabled().any(|manifest| manifest.id == **id && manifest.agent));
        let start =
            |id: &PluginId| Start { plugin: id.clone(), reason: format!("explicit: agents.{name}.handler") };
        enabled.map(start).into_iter().collect()
    }
}
