//! The activation plan: which plugins would start for something, in which order, and why.

use super::Catalog;
use crate::manifest::{Manifest, Route};
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
}

/// A text that is no [`Need`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` is nothing that plugins start for; write event:NAME, hook:NAME, tool:NAME, agent:NAME or \"route:METHOD /path\""
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
        let (kind, name) = text.split_once(':').filter(|(_, name)| !name.is_empty()).ok_or_else(unknown)?;
        let name = name.to_owned();
        match kind {
            "event" => Ok(Self::Event(name)),
            "hook" => Ok(Self::Hook(name)),
            "tool" => Ok(Self::Tool(name)),
            "route" => Ok(Self::Route(name)),
            "agent" => Ok(Self::Agent(name)),
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
        }
    }
}

impl Catalog {
    /// The enabled plugins that would start for this, in the order in which they would be asked.
    pub fn plan(&self, project: &Project, need: &Need) -> Vec<Start> {
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
        }
        needs.sort_by_key(ToString::to_string);
        needs.dedup();
        needs
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
