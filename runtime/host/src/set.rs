//! The running set: one immutable value per reload. Whoever works with it keeps it until done, so that calls in flight finish on
//! the version they began with.

use crate::{
    core::skills::{self, Skill},
    forward::{self, Declared},
    plugin::{Plugin, PluginProblem},
    secrets,
    worker::{Environment, HostCalls, Supervisor},
};
use manifest_schema::{
    catalog::{Candidate, Catalog, Conflict, Enablement},
    layout::Layout,
    manifest::{CapabilityKind, Hook, HookMode, OnFailure},
    names::{AgentName, Origin, PluginId},
    project::{Agent, ApprovalChat, PluginEntry, Project},
    units::TimeSpan,
};
use registry_index::load::{InstalledSet, Loaded};
use secret_store::{PluginSecrets, SecretString, Snapshot};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::PathBuf,
    sync::{Arc, Weak},
    time::Duration,
};

/// The deadline of a gate that declares none.
const GATE_TIMEOUT: Duration = Duration::from_secs(1);

/// A plugin's place at a gate.
#[derive(Debug, Clone)]
pub(crate) struct GateKeeper {
    pub(crate) plugin: PluginId,
    pub(crate) mode: HookMode,
    pub(crate) timeout: Duration,
    pub(crate) on_failure: OnFailure,
}

/// All that runs and who is for what.
pub(crate) struct RunningSet {
    pub(crate) plugins: BTreeMap<PluginId, Arc<Supervisor>>,
    /// Plugins that are installed and enabled and take no part, and why.
    pub(crate) refused: BTreeMap<PluginId, String>,
    /// Who observes which event, by id.
    observers: HashMap<String, Vec<PluginId>>,
    /// Who stands at which gate, by priority and then id.
    gates: HashMap<String, Vec<GateKeeper>>,
    /// Who owns which command.
    pub(crate) commands: BTreeMap<String, PluginId>,
    /// Who owns which RPC method.
    pub(crate) rpc: BTreeMap<String, PluginId>,
    /// Who owns which tool.
    pub(crate) tools: BTreeMap<String, PluginId>,
    /// What plugins tell agents how to do, by the name that a model asks for.
    pub(crate) skills: BTreeMap<String, Skill>,
    /// Who has which capability, by kind and id.
    pub(crate) capabilities: BTreeMap<CapabilityKind, BTreeMap<String, PluginId>>,
    pub(crate) agents: BTreeMap<AgentName, Agent>,
    /// What the plugins' secret references came to.
    pub(crate) secrets: Arc<Snapshot>,
    /// What the host itself sends to receivers.
    pub(crate) forwards: Vec<Declared>,
    project: Project,
}

/// A set and what a reload has to say about it.
pub(crate) struct Built {
    pub(crate) set: RunningSet,
    pub(crate) changed: Vec<PluginId>,
    pub(crate) kept: Vec<(PluginId, String)>,
}

impl RunningSet {
    /// A set with nothing in it, for the moment before the first one.
    pub(crate) fn empty(project: Project) -> Self {
        Self {
            plugins: BTreeMap::new(),
            refused: BTreeMap::new(),
            observers: HashMap::new(),
            gates: HashMap::new(),
            commands: BTreeMap::new(),
            rpc: BTreeMap::new(),
            tools: BTreeMap::new(),
            capabilities: BTreeMap::new(),
            skills: BTreeMap::new(),
            agents: BTreeMap::new(),
            forwards: Vec::new(),
            secrets: Arc::default(),
            project,
        }
    }

    /// Builds the set of a project. A plugin that is as it was in `before` keeps its worker; one whose new config is invalid
    /// stays as it was.
    pub(crate) fn build(
        project: Project,
        installed: InstalledSet,
        secrets: Arc<Snapshot>,
        layout: &Layout,
        environment: &Arc<Environment>,
        host: &Weak<dyn HostCalls>,
        before: &Self,
    ) -> Built {
        let mut set = Self { secrets, ..Self::empty(project) };
        let (mut changed, mut kept) = (Vec::new(), Vec::new());
        for installed in installed.plugins {
            let id = installed.id;
            if !Enablement::of(&set.project, &id).is_enabled()
                || set.plugins.contains_key(&id)
                || set.refused.contains_key(&id)
            {
                continue;
            }
            let old = before.plugins.get(&id);
            if let Ok(loaded) = &installed.plugin {
                set.skills.extend(skills::of_plugin(&id, loaded));
            }
            let loaded = match installed.plugin {
                Ok(loaded) if !Enablement::of_manifest(&set.project, &loaded.manifest).is_enabled() => {
                    continue;
                }
                Ok(loaded) if loaded.manifest.runtime.is_none() => {
                    set.add_content(id, &loaded);
                    continue;
                }
                Ok(loaded) => loaded,
                Err(refusal) => {
                    set.refused.insert(id, refusal.to_string());
                    continue;
                }
            };
            match (Plugin::new(id.clone(), loaded, &set.project, layout, &set.secrets), old) {
                (Ok(plugin), Some(old)) if old.plugin.is_same(&plugin) && !old.is_quarantined() => {
                    set.plugins.insert(id, Arc::clone(old));
                }
                (Ok(plugin), _) => {
                    let supervisor =
                        Supervisor::new(Arc::new(plugin), Arc::clone(environment), Weak::clone(host));
                    changed.push(id.clone());
                    set.plugins.insert(id, supervisor);
                }
                (Err(problem @ (PluginProblem::Config(_) | PluginProblem::Secret(_))), Some(old)) => {
                    kept.push((id.clone(), problem.to_string()));
                    set.plugins.insert(id, Arc::clone(old));
                }
                (Err(problem), _) => {
                    set.refused.insert(id, problem.to_string());
                }
            }
        }
        let gone = before.plugins.keys().filter(|id| !set.plugins.contains_key(*id));
        changed.extend(gone.cloned());
        set.refuse_conflicts();
        set.index();
        Built { set, changed, kept }
    }

    /// A plugin without code has nothing to run, but it may declare streams.
    fn add_content(&mut self, id: PluginId, loaded: &Loaded) {
        if loaded.manifest.forward.is_empty() {
            return;
        }
        let manifest = &loaded.manifest;
        let permissions =
            self.project.policy.max_permissions.apply(&manifest.permissions.intersect(&loaded.grant));
        let secrets = secrets::configuration(manifest, &self.project).and_then(|configuration| {
            PluginSecrets::new(&configuration.secrets, &self.secrets)
                .map_err(|unresolved| PluginProblem::Secret(unresolved.to_string()))
        });
        match secrets {
            Ok(secrets) => {
                self.forwards.extend(forward::declared(manifest, &permissions, &Arc::new(secrets)));
            }
            Err(problem) => drop(self.refused.insert(id, problem.to_string())),
        }
    }

    /// Refuses both of two plugins that claim the same thing.
    fn refuse_conflicts(&mut self) {
        let candidates = self.plugins.values().map(|supervisor| Candidate {
            manifest: supervisor.plugin.manifest.clone(),
            path: PathBuf::new(),
            is_development: false,
        });
        for Conflict { claim, first, second } in Catalog::new(&self.project, candidates).conflicts() {
            for (id, other) in [(&first, &second), (&second, &first)] {
                self.plugins.remove(id);
                let why = format!("it and plugin `{other}` both claim {claim}; disable one of them");
                self.refused.insert(id.clone(), why);
            }
        }
    }

    /// Fills the tables of who is for what.
    fn index(&mut self) {
        self.agents = self.project.agents.clone();
        let mut gates: HashMap<String, Vec<(u8, GateKeeper)>> = HashMap::new();
        for (id, supervisor) in &self.plugins {
            let manifest = &supervisor.plugin.manifest;
            for event in &manifest.events {
                self.observers.entry(event.to_string()).or_default().push(id.clone());
            }
            for hook in &manifest.hooks {
                let keeper = gate_keeper(id, hook, self.project.plugins.entries.get(id));
                gates.entry(hook.on.to_string()).or_default().push((hook.priority, keeper));
            }
            for (kind, list) in &manifest.capabilities {
                let ids = list.iter().map(|one| (one.id.clone(), id.clone()));
                self.capabilities.entry(*kind).or_default().extend(ids);
            }
            self.commands.extend(manifest.commands.iter().map(|one| (one.name.clone(), id.clone())));
            self.rpc.extend(manifest.rpc.iter().map(|one| (one.method.clone(), id.clone())));
            self.tools.extend(supervisor.plugin.tools.keys().map(|tool| (tool.clone(), id.clone())));
            let plugin = &supervisor.plugin;
            self.forwards.extend(forward::declared(&plugin.manifest, &plugin.permissions, &plugin.secrets));
        }
        for (gate, mut keepers) in gates {
            keepers.sort_by(|a, b| (a.0, &a.1.plugin).cmp(&(b.0, &b.1.plugin)));
            self.gates.insert(gate, keepers.into_iter().map(|(_, keeper)| keeper).collect());
        }
    }

    /// The plugins that observe an event.
    pub(crate) fn observers(&self, event: &str) -> &[PluginId] {
        self.observers.get(event).map_or(&[], Vec::as_slice)
    }

    /// The plugins that stand at a gate, in order.
    pub(crate) fn gate(&self, gate: &str) -> &[GateKeeper] {
        self.gates.get(gate).map_or(&[], Vec::as_slice)
    }

    /// Whom the operator wants to be asked for a capability, first to last.
    pub(crate) fn capability_order(&self, kind: CapabilityKind) -> &[String] {
        self.project.capabilities.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// The values of all secrets that plugins have.
    pub(crate) fn secret_values(&self) -> Vec<Arc<SecretString>> {
        let of = |supervisor: &Arc<Supervisor>| Arc::clone(&supervisor.plugin.secrets);
        let forwards = self.forwards.iter().map(|stream| Arc::clone(&stream.secrets));
        let secrets: Vec<_> = self.plugins.values().map(of).chain(forwards).collect();
        secrets.iter().flat_map(|secrets| secrets.values()).collect()
    }

    /// The chat that questions to a person go to.
    pub(crate) fn approval_chat(&self) -> Option<&ApprovalChat> {
        self.project.approvals.chat.as_ref()
    }

    /// Origins that may have private addresses, as the operator says.
    pub(crate) fn private_network(&self) -> BTreeSet<Origin> {
        self.project.policy.allow_private_network.iter().cloned().collect()
    }

    /// The setting that differs and cannot be changed while the host runs.
    pub(crate) fn needs_restart(&self, new: &Project) -> Option<&'static str> {
        if self.project.server != new.server {
            return Some("server.bind");
        }
        (self.project.channels != new.channels).then_some("channels")
    }

    /// The agent that is bound to an account.
    pub(crate) fn agent_for(&self, channel: &str, instance: &str) -> Option<&AgentName> {
        let bound = |agent: &Agent| {
            let mut bindings = agent.bindings.iter();
            bindings.any(|bound| bound.channel.as_str() == channel && bound.instance.as_str() == instance)
        };
        self.agents.iter().find(|(_, agent)| bound(agent)).map(|(name, _)| name)
    }
}

/// The operator's word on a gate's time counts more than its author's.
fn gate_keeper(id: &PluginId, hook: &Hook, entry: Option<&PluginEntry>) -> GateKeeper {
    let timeout = entry.and_then(|entry| entry.hooks.timeouts.get(&hook.on).copied()).or(hook.timeout);
    GateKeeper {
        plugin: id.clone(),
        mode: hook.mode,
        timeout: timeout.map_or(GATE_TIMEOUT, TimeSpan::duration),
        on_failure: hook.on_failure,
    }
}
