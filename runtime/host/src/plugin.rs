//! A plugin as the host runs it: verified bytes, checked config, effective permissions.

use crate::{
    core::Method, plugin_files::PluginFiles, program::Program, secrets, storage::Storage, tool::Tool,
};
use manifest_schema::{
    code::{self, ProgramPositions},
    files::MemoryFiles,
    layout::Layout,
    manifest::{Manifest, Route, RuntimeKind},
    names::{Origin, PluginId},
    permissions::Permissions,
    project::{PluginLimits, Project, SandboxPolicy},
    units::TimeSpan,
};
use registry_index::load::Loaded;
use runtime_protocol::{Enforcement, Handlers, Limits, PluginRef, Start};
use secret_store::{PluginSecrets, Redactor, Snapshot};
use serde_json::{Value, value::RawValue};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::sync::OnceCell;

/// The deadline of a call whose plugin declares none.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The memory of a command whose plugin asks for none.
const COMMAND_MEMORY: u64 = 128 << 20;

/// Why a plugin cannot take part.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum PluginProblem {
    /// The operator's config does not fit the plugin's schema.
    #[error("its config is invalid: {0}")]
    Config(String),
    /// A secret that it needs is not there, or it may not read it.
    #[error("{0}")]
    Secret(String),
    /// The plugin needs what this version does not have.
    #[error("{0}")]
    Unsupported(String),
}

/// A plugin that can be started.
pub(crate) struct Plugin {
    pub(crate) id: PluginId,
    pub(crate) version: String,
    pub(crate) manifest: Manifest,
    /// Declared ∩ granted ∩ policy.
    pub(crate) permissions: Permissions,
    /// Origins that may have private addresses.
    pub(crate) private_network: BTreeSet<Origin>,
    pub(crate) tools: BTreeMap<String, Tool>,
    pub(crate) storage: Storage,
    pub(crate) own_files: PluginFiles,
    /// The secrets of its configuration, used on its behalf.
    pub(crate) secrets: Arc<PluginSecrets>,
    /// Looks for these secrets in what code is given.
    pub(crate) redactor: Redactor,
    /// The methods that it adds to the API.
    pub(crate) rpc: BTreeMap<String, Method>,
    files: MemoryFiles,
    config: Value,
    sandbox: Enforcement,
    limits: PluginLimits,
    program: OnceCell<Result<Program, String>>,
    positions: OnceLock<ProgramPositions>,
}

impl Plugin {
    /// Puts a verified plugin and the operator's settings together. Reads no file, runs no code.
    pub(crate) fn new(
        id: PluginId,
        loaded: Loaded,
        project: &Project,
        layout: &Layout,
        snapshot: &Snapshot,
    ) -> Result<Self, PluginProblem> {
        let Loaded { manifest, files, grant, .. } = loaded;
        match manifest.runtime.as_ref().map(|runtime| runtime.kind) {
            Some(RuntimeKind::Js | RuntimeKind::Wasm | RuntimeKind::Process) => {}
            None => return Err(PluginProblem::Unsupported("it has no code to run".into())),
        }
        let configuration = secrets::configuration(&manifest, project)?;
        let permissions = project.policy.max_permissions.apply(&manifest.permissions.intersect(&grant));
        secrets::check_values(&configuration.secrets, &permissions, project.policy.secret_values)?;
        let secrets = PluginSecrets::new(&configuration.secrets, snapshot)
            .map_err(|unresolved| PluginProblem::Secret(unresolved.to_string()))?;
        let sandbox = match project.policy.sandbox {
            SandboxPolicy::Required => Enforcement::Required,
            SandboxPolicy::BestEffort => Enforcement::BestEffort,
        };
        let limits = project.plugins.entries.get(&id).map(|entry| entry.limits.clone()).unwrap_or_default();
        let tools =
            manifest.tools.iter().map(|tool| (tool.name.to_string(), Tool::new(tool.clone()))).collect();
        Ok(Self {
            storage: Storage::new(layout.plugin_data(&id)),
            own_files: PluginFiles::new(layout.plugin_data(&id).join("files")),
            private_network: project.policy.allow_private_network.iter().cloned().collect(),
            rpc: manifest.rpc.iter().map(|one| (one.method.clone(), Method::new(one))).collect(),
            id,
            version: manifest.version.to_string(),
            manifest,
            permissions,
            tools,
            files,
            config: secrets::for_code(&configuration, &secrets),
            redactor: Redactor::new(secrets.iter().map(|(_, secret)| secret.value())),
            secrets: Arc::new(secrets),
            limits,
            sandbox,
            program: OnceCell::new(),
            positions: OnceLock::new(),
        })
    }

    /// Whether another load of the same plugin would run the same way.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.version == other.version
            && self.files == other.files
            && self.manifest == other.manifest
            && self.config == other.config
            && self.secrets == other.secrets
            && self.permissions == other.permissions
            && self.private_network == other.private_network
            && self.sandbox == other.sandbox
            && self.limits == other.limits
    }

    /// The deadline of one call.
    pub(crate) fn timeout(&self) -> Duration {
        let declared = self.manifest.runtime.as_ref().and_then(|runtime| runtime.timeout);
        self.limits.timeout.or(declared).map_or(TIMEOUT, TimeSpan::duration)
    }

    /// Its code, read at the first start, away from the async threads, and kept.
    pub(crate) async fn program(self: &Arc<Self>) -> Result<&Program, String> {
        let this = Arc::clone(self);
        let read = || async move {
            let reading = tokio::task::spawn_blocking(move || {
                let runtime = this.manifest.runtime.as_ref().ok_or("it has no code to run")?;
                Program::read(runtime, &this.files)
            });
            reading.await.unwrap_or_else(|_| Err("its code could not be read".into()))
        };
        self.program.get_or_init(read).await.as_ref().map_err(Clone::clone)
    }

    /// A text of its worker with the places of stack frames as they are in its files. The first such text has the code read once more,
    /// so that plugins that throw nothing pay nothing.
    pub(crate) fn in_written_code(&self, text: &mut String) {
        let Some(runtime) = self.manifest.runtime.as_ref().filter(|runtime| runtime.kind == RuntimeKind::Js)
        else {
            return;
        };
        if text.contains("at ") && text.contains(':') {
            let positions = self.positions.get_or_init(|| code::positions_of(&self.files, &runtime.entry));
            *text = code::in_written_code(positions, text);
        }
    }

    /// The frame that starts it; `now` is the time that its code is told.
    pub(crate) fn start(&self, program: &Program, now: Option<u64>) -> Start {
        let config = serde_json::value::to_raw_value(&self.config);
        let runtime = self.manifest.runtime.as_ref();
        let mut limits = Limits::default();
        if let Program::Process { .. } = program {
            limits.memory = COMMAND_MEMORY;
        }
        if let Some(memory) = self.limits.memory.or(runtime.and_then(|runtime| runtime.memory)) {
            limits.memory = memory.bytes();
        }
        Start {
            v: runtime_protocol::VERSION,
            plugin: PluginRef { id: self.id.to_string(), version: self.version.clone() },
            program: program.frame(),
            config: config.unwrap_or_else(|_| RawValue::NULL.to_owned()),
            limits,
            sandbox: self.sandbox,
            now,
        }
    }

    /// Compares what the code has with what the manifest declares. What only the code has is never called.
    pub(crate) fn compare(&self, code: &Handlers) -> Result<(), String> {
        let manifest = &self.manifest;
        let mut missing = Vec::new();
        let mut need = |there: bool, group: &str, name: &str| {
            if !there {
                missing.push(format!("{group} `{name}`"));
            }
        };
        for event in &manifest.events {
            need(code.events.contains(event.as_str()), "event", event.as_str());
        }
        for hook in &manifest.hooks {
            need(code.hooks.contains(hook.on.as_str()), "hook", hook.on.as_str());
        }
        for tool in &manifest.tools {
            need(code.tools.contains(tool.name.as_str()), "tool", tool.name.as_str());
        }
        for key in manifest.routes.iter().flat_map(Route::handler_keys) {
            need(code.routes.contains(&key), "route", &key);
        }
        for key in manifest.capability_keys() {
            need(code.capabilities.contains(&key), "capability", &key);
        }
        for service in &manifest.services {
            need(code.services.contains(&format!("{}/start", service.id)), "service", &service.id);
        }
        for schedule in &manifest.schedules {
            need(code.schedules.contains(&schedule.id), "schedule", &schedule.id);
        }
        for command in &manifest.commands {
            need(code.commands.contains(&command.name), "command", &command.name);
        }
        for method in &manifest.rpc {
            need(code.rpc.contains(&method.method), "RPC method", &method.method);
        }
        if manifest.agent && !code.agent {
            missing.push("`agent`".into());
        }
        if missing.is_empty() {
            return Ok(());
        }
        let list = missing.join(", ");
        Err(format!(
            "its manifest declares handlers that its code does not have: {list}; add them to the code, or remove the declaration"
        ))
    }
}
