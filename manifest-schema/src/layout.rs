//! Where the files of a project are. Pure path arithmetic: nothing here touches the disk.

use crate::names::PluginId;
use std::path::{Path, PathBuf};

/// The name of the project file.
pub const PROJECT_FILE: &str = "wa.yaml";

/// The configuration of a plugin for whoever writes it, beside its manifest; it is no part of a package.
pub const DEV_FILE: &str = "wa.dev.yaml";

/// The files of the project in one directory. Each path has one owner, which alone reads and writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The layout of the project in `root`, the directory that holds `wa.yaml`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The project's directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `wa.yaml`: what the project declares.
    pub fn project_file(&self) -> PathBuf {
        self.root.join(PROJECT_FILE)
    }

    /// `config/plugins/whatsapp.yaml`: WhatsApp accounts, where they are not in `wa.yaml`.
    pub fn whatsapp_file(&self) -> PathBuf {
        self.root.join("config/plugins/whatsapp.yaml")
    }

    /// `wa.lock`: what is installed, pinned. Owner: `registry-index`.
    pub fn lock_file(&self) -> PathBuf {
        self.root.join("wa.lock")
    }

    /// `.wa`: all state, not under version control.
    pub fn state(&self) -> PathBuf {
        self.root.join(".wa")
    }

    /// `.wa/store`: verified, unpacked packages. Owner: `registry-index`.
    pub fn store(&self) -> PathBuf {
        self.state().join("store")
    }

    /// `.wa/staging`: packages on their way into the store. Owner: `registry-index`.
    pub fn staging(&self) -> PathBuf {
        self.state().join("staging")
    }

    /// `.wa/pending.json`: the change in flight. Owner: `registry-index`.
    pub fn pending_file(&self) -> PathBuf {
        self.state().join("pending.json")
    }

    /// `.wa/apply.lock`: held while a change is applied. Owner: `registry-index`.
    pub fn apply_lock(&self) -> PathBuf {
        self.state().join("apply.lock")
    }

    /// `.wa/journal.db`: messages in flight. Owner: `runtime-host`.
    pub fn journal(&self) -> PathBuf {
        self.state().join("journal.db")
    }

    /// `.wa/bridges.json`: programs that are paired, and codes that wait, hashed. Owner: `runtime-host`.
    pub fn bridges(&self) -> PathBuf {
        self.state().join("bridges.json")
    }

    /// `.wa/bridges.lock`: held while the paired programs are changed. Owner: `runtime-host`.
    pub fn bridges_lock(&self) -> PathBuf {
        self.state().join("bridges.lock")
    }

    /// `.wa/outbox`: files of messages on their way out. Owner: `runtime-host`.
    pub fn outbox_files(&self) -> PathBuf {
        self.state().join("outbox")
    }

    /// `.wa/processes`: what the commands of plugins run from, while they run. Owner: `runtime-host`.
    pub fn processes(&self) -> PathBuf {
        self.state().join("processes")
    }

    /// `.wa/data/<id>`: what a plugin has stored. Owner: `runtime-host`.
    pub fn plugin_data(&self, id: &PluginId) -> PathBuf {
        self.state().join("data").join(id.as_str())
    }

    /// `.wa/health/<id>.json`: a plugin's last state and last words. Owner: `runtime-host`.
    pub fn health(&self, id: &PluginId) -> PathBuf {
        self.state().join("health").join(format!("{id}.json"))
    }

    /// `.wa/agents/<name>`: the accounts of an agent. Owner: the channel that an account is on.
    pub fn agent(&self, name: &str) -> PathBuf {
        self.state().join("agents").join(name)
    }

    /// `.wa/audit`: who did what, chained. Owner: `audit-log`.
    pub fn audit(&self) -> PathBuf {
        self.state().join("audit")
    }

    /// `.wa/run`: the lock of a running host and the way to reach it. Owner: `runtime-host`.
    pub fn run_dir(&self) -> PathBuf {
        self.state().join("run")
    }
}
