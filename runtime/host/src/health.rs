//! What is known of a plugin after its worker has gone: its last state, why, and its last words.
//!
//! One small file per plugin that has ever been started, `.wa/health/<id>.json`, replaced as a whole.

use crate::{
    atomic_file,
    notice::{Notice, Notices},
};
use manifest_schema::{layout::Layout, names::PluginId};
use runtime_protocol::SandboxReport;
use serde::{Deserialize, Serialize};
use std::{fs, io, path::PathBuf};
use tokio::sync::{mpsc, oneshot};

/// The file's version.
const SCHEMA: u32 = 1;

/// A health file is a few kilobytes; more is not one.
const MAX_BYTES: u64 = 256 << 10;

/// The last known condition of a plugin's worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The version of this record, 1.
    pub schema: u32,
    /// Whose it is.
    pub plugin: PluginId,
    /// The plugin's version at that time.
    pub version: String,
    /// The condition.
    pub state: State,
    /// Why it is in this state; for a running worker, what it was started for.
    pub reason: String,
    /// What holds the worker; `None` where none runs.
    #[serde(default)]
    pub sandbox: Option<SandboxReport>,
    /// The end of what the last worker wrote to stderr and stdout, at most 8 KiB; untrusted text.
    pub last_words: String,
    /// The last call that failed, also where the worker lives on.
    #[serde(default)]
    pub last_failure: Option<LastFailure>,
    /// When the state was entered, in milliseconds since the Unix epoch.
    pub since: u64,
    /// What was counted since the host started.
    pub counters: Counters,
}

/// A call that gave no result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastFailure {
    /// When, in milliseconds since the Unix epoch.
    pub at: u64,
    /// What was called, as `tool order_lookup`.
    pub call: String,
    /// Why it failed; may hold untrusted text.
    pub reason: String,
}

/// The condition of a plugin's worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A worker runs.
    Running,
    /// No worker runs, and none has failed last.
    Stopped,
    /// The last worker failed; the next start waits for its pause.
    Backoff,
    /// Not started again.
    Quarantined,
}

/// Counted since the host started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Workers started.
    pub starts: u64,
    /// Calls made.
    pub calls: u64,
    /// Calls that ended without a result.
    pub failures: u64,
    /// Workers that crashed or were killed.
    pub crashes: u64,
    /// Calls refused because the queue was full.
    pub queue_full: u64,
    /// Host calls refused for want of a permission.
    pub refused_host_calls: u64,
    /// Log lines dropped because there were too many.
    pub dropped_logs: u64,
}

/// Why a health file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not a health record.
    #[error("{} is not a health record", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}

/// The last record of a plugin; `None` where no host has ever started it.
pub fn read(layout: &Layout, plugin: &PluginId) -> Result<Option<Health>, HealthError> {
    let path = layout.health(plugin);
    let bytes = match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Ok(found) if found.len() > MAX_BYTES => Err(io::Error::from(io::ErrorKind::FileTooLarge)),
        Ok(_) => fs::read(&path),
        Err(error) => Err(error),
    };
    let bytes = bytes.map_err(|source| HealthError::Read { path: path.clone(), source })?;
    serde_json::from_slice(&bytes).map(Some).map_err(|source| HealthError::Malformed { path, source })
}

impl Health {
    pub(crate) fn new(plugin: PluginId, version: String, state: State, reason: String, since: u64) -> Self {
        Self {
            schema: SCHEMA,
            plugin,
            version,
            state,
            reason,
            sandbox: None,
            last_words: String::new(),
            last_failure: None,
            since,
            counters: Counters::default(),
        }
    }

    pub(crate) fn write(&self, layout: &Layout) -> io::Result<()> {
        atomic_file::write(&layout.health(&self.plugin), &serde_json::to_vec_pretty(self)?)
    }
}

/// Writes records in the order in which they were given, off the async threads.
pub(crate) struct HealthWriter {
    records: mpsc::UnboundedSender<Record>,
}

enum Record {
    Health(Box<Health>),
    Flush(oneshot::Sender<()>),
}

impl HealthWriter {
    /// Starts the writing task. Must be called inside a tokio runtime.
    pub(crate) fn start(layout: Layout, notices: Notices) -> Self {
        let (records, mut queue) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(record) = queue.recv().await {
                match record {
                    Record::Flush(done) => drop(done.send(())),
                    Record::Health(health) => write(*health, layout.clone(), &notices).await,
                }
            }
        });
        Self { records }
    }

    pub(crate) fn write(&self, health: Health) {
        let _ = self.records.send(Record::Health(Box::new(health)));
    }

    /// Resolves once everything given before is written.
    pub(crate) async fn flush(&self) {
        let (done, finished) = oneshot::channel();
        if self.records.send(Record::Flush(done)).is_ok() {
            let _ = finished.await;
        }
    }
}

async fn write(health: Health, layout: Layout, notices: &Notices) {
    let plugin = health.plugin.clone();
    let written = tokio::task::spawn_blocking(move || health.write(&layout)).await;
    if let Ok(Err(error)) = written {
        let message = format!("the health of plugin `{plugin}` could not be recorded: {error}");
        notices.send(Notice::Trouble { message });
    }
}
