//! Changing store, lock and project file together: all of it, or nothing.
//!
//! A change is staged, then written down in `.wa/pending.json`. From that moment it counts as done: whatever happens,
//! this process or the next one carries it out from there. Before that moment nothing of it counts.
//!
//! The record comes from the project's directory, which may have come from a stranger. So it holds names and no
//! paths, and it cannot make the operator trust anybody.

#[cfg(test)]
mod tests;

use crate::disk::{Disk, DiskError};
use crate::lock::{LockError, Locked, Lockfile};
use crate::project_lock::{ProjectLock, Waiting};
use crate::store;
use crate::trust::{TrustError, TrustStore};
use manifest_schema::layout::Layout;
use manifest_schema::names::PluginId;
use manifest_schema::project::edit::{self, EditError};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a change could not be made or finished.
#[derive(Debug, Error)]
pub enum TransactionError {
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The lock cannot be read.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The project file cannot be changed.
    #[error("cannot change `{}`", path.display())]
    Project {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: EditError,
    },
    /// The trust store cannot be changed.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The record of an unfinished change is not what `wa` writes.
    #[error("`{}`, the record of an unfinished change, is damaged; remove it if you did not expect one", path.display())]
    Pending {
        /// The record.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// A change that is decided and perhaps not carried out yet. Carrying it out twice does no harm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Pending {
    schema: u32,
    project: ProjectChange,
    lock: Option<LockChange>,
    /// Remove the packages of this plugin.
    remove_packages: bool,
    /// Remove what this plugin has stored.
    remove_data: bool,
}

/// A change of `wa.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProjectChange {
    pub(crate) id: PluginId,
    pub(crate) edit: EntryEdit,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum EntryEdit {
    Source(String),
    Enabled(bool),
    Remove,
}

/// A change of `wa.lock`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LockChange {
    /// This package, whose files are staged, is installed.
    Set(PluginId, Box<Locked>),
    /// Nothing of this id is installed.
    Remove(PluginId),
}

impl Pending {
    pub(crate) fn new(project: ProjectChange) -> Self {
        Self { schema: 1, project, lock: None, remove_packages: false, remove_data: false }
    }

    pub(crate) fn lock(self, change: LockChange) -> Self {
        Self { lock: Some(change), ..self }
    }

    pub(crate) fn remove(self, data: bool) -> Self {
        Self { remove_packages: true, remove_data: data, ..self }
    }
}

impl ProjectChange {
    pub(crate) fn install(id: &PluginId, source: &str) -> Self {
        Self { id: id.clone(), edit: EntryEdit::Source(source.to_owned()) }
    }

    /// The project file as it would be. Making the change twice gives the same text.
    pub(crate) fn preview(&self, layout: &Layout) -> Result<String, TransactionError> {
        let path = layout.project_file();
        let text = fs::read_to_string(&path).map_err(DiskError::on("read", &path))?;
        let changed = match &self.edit {
            EntryEdit::Source(source) => edit::set_source(&text, &self.id, source),
            EntryEdit::Enabled(enabled) => edit::set_enabled(&text, &self.id, *enabled),
            EntryEdit::Remove => edit::remove_entry(&text, &self.id),
        };
        changed.map_err(|source| TransactionError::Project { path, source })
    }
}

/// Makes sure that no change is half done, and that none begins while the returned lock is held.
///
/// Every command that reads or changes a project calls this first. `waiting` is called if another `wa` is at work.
///
/// # Errors
/// Any [`TransactionError`]; the change stays pending.
pub fn recover(
    layout: &Layout,
    trust: &mut TrustStore,
    waiting: Waiting<'_>,
) -> Result<ProjectLock, TransactionError> {
    loop {
        let lock = ProjectLock::shared(layout, waiting)?;
        if !is_unsettled(layout) {
            return Ok(lock);
        }
        drop(lock);
        let disk = Disk::default();
        let _lock = ProjectLock::exclusive(&disk, layout, waiting)?;
        settle(&disk, layout, trust)?;
    }
}

fn is_unsettled(layout: &Layout) -> bool {
    layout.pending_file().exists() || layout.staging().exists()
}

/// Finishes a change that is pending, or undoes one that is not yet. The caller holds the lock.
pub(crate) fn settle(disk: &Disk, layout: &Layout, trust: &mut TrustStore) -> Result<(), TransactionError> {
    let path = layout.pending_file();
    match fs::read(&path) {
        Ok(bytes) => {
            let pending: Pending = serde_json::from_slice(&bytes)
                .map_err(|source| TransactionError::Pending { path, source })?;
            finish(disk, layout, trust, &pending)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(disk.remove(&layout.staging())?),
        Err(error) => Err(DiskError::on("read", &path)(error).into()),
    }
}

/// Decides on a change and carries it out. The caller holds the lock and has staged what the change installs.
pub(crate) fn commit(
    disk: &Disk,
    layout: &Layout,
    trust: &mut TrustStore,
    pending: &Pending,
) -> Result<(), TransactionError> {
    let path = layout.pending_file();
    pending.project.preview(layout)?;
    let bytes = serde_json::to_vec(pending)
        .map_err(|source| TransactionError::Pending { path: path.clone(), source })?;
    // Written where a crash leaves nothing behind, and moved whole: this is the moment.
    let staging = layout.staging();
    disk.make_directory(&staging, 0o700)?;
    disk.create(&staging.join("pending.json"), &bytes, 0o644)?;
    disk.rename(&staging.join("pending.json"), &path)?;
    finish(disk, layout, trust, pending)
}

fn finish(
    disk: &Disk,
    layout: &Layout,
    trust: &mut TrustStore,
    pending: &Pending,
) -> Result<(), TransactionError> {
    if let Some(LockChange::Set(id, locked)) = &pending.lock {
        store::take_staged(disk, layout, id, locked)?;
    }
    if let Some(change) = &pending.lock {
        change_lock(disk, layout, change)?;
    }
    let text = pending.project.preview(layout)?;
    disk.write(&layout.project_file(), text.as_bytes(), 0o644)?;
    if let Some(LockChange::Set(id, locked)) = &pending.lock {
        learn_seq(disk, layout, trust, id, locked)?;
    }
    let id = &pending.project.id;
    if pending.remove_packages {
        disk.remove(&layout.store().join(id.as_str()))?;
    }
    if pending.remove_data {
        disk.remove(&layout.plugin_data(id))?;
        disk.remove(&layout.health(id))?;
    }
    disk.remove(&layout.staging())?;
    Ok(disk.remove(&layout.pending_file())?)
}

fn change_lock(disk: &Disk, layout: &Layout, change: &LockChange) -> Result<(), TransactionError> {
    let path = layout.lock_file();
    let mut lock = Lockfile::read(&path)?;
    let before = lock.clone();
    match change {
        LockChange::Set(id, locked) => drop(lock.plugins.insert(id.clone(), (**locked).clone())),
        LockChange::Remove(id) => drop(lock.plugins.remove(id)),
    }
    if lock == before {
        return Ok(());
    }
    Ok(disk.write(&path, lock.to_yaml().as_bytes(), 0o644)?)
}

/// The newest number of a publisher is learnt from what the publisher signed, never from the record.
fn learn_seq(
    disk: &Disk,
    layout: &Layout,
    trust: &mut TrustStore,
    id: &PluginId,
    locked: &Locked,
) -> Result<(), TransactionError> {
    let package = store::package_directory(layout, id, &locked.version, &locked.tree);
    match store::signed_seq(&package, trust) {
        Some((publisher, seq)) => Ok(trust.learn_seq(disk, &publisher, id, seq)?),
        None => Ok(()),
    }
}
