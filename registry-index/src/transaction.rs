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
use crate::store::{self, StoredName};
use crate::trust::{Lesson, TrustError, TrustStore};
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

/// Changes that are decided together and perhaps not carried out yet. Carrying them out twice does no harm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Pending {
    schema: Schema,
    changes: Vec<Change>,
}

/// The version of the record's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct Schema;

impl TryFrom<u32> for Schema {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, String> {
        if number == 2 {
            Ok(Self)
        } else {
            Err(format!("it has schema {number}; this version of wa reads schema 2"))
        }
    }
}

impl From<Schema> for u32 {
    fn from(_: Schema) -> Self {
        2
    }
}

/// What changes for one plugin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Change {
    id: PluginId,
    /// The change of the plugin's entry in `wa.yaml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entry: Option<EntryEdit>,
    /// The change of its entry in `wa.lock`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lock: Option<LockChange>,
    /// What is removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    remove: Vec<Removal>,
}

/// A change of a plugin's entry in `wa.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum EntryEdit {
    Source(String),
    Enabled(bool),
    Remove,
}

/// A change of a plugin's entry in `wa.lock`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LockChange {
    /// This package is installed; its files are staged, or in the store already.
    Set(Box<Locked>),
    /// Nothing is installed.
    Remove,
}

/// Something of a plugin that goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Removal {
    /// All its packages.
    Packages,
    /// One version of its package.
    Package(StoredName),
    /// What it has stored, and its last state.
    Data,
}

impl Change {
    pub(crate) fn of(id: &PluginId) -> Self {
        Self { id: id.clone(), entry: None, lock: None, remove: Vec::new() }
    }

    pub(crate) fn entry(self, edit: EntryEdit) -> Self {
        Self { entry: Some(edit), ..self }
    }

    pub(crate) fn lock(self, change: LockChange) -> Self {
        Self { lock: Some(change), ..self }
    }

    pub(crate) fn remove(mut self, removal: Removal) -> Self {
        self.remove.push(removal);
        self
    }
}

impl Pending {
    pub(crate) fn new(changes: Vec<Change>) -> Self {
        Self { schema: Schema, changes }
    }

    /// All changes of these as one.
    pub(crate) fn join(all: impl Iterator<Item = Self>) -> Self {
        Self::new(all.flat_map(|pending| pending.changes).collect())
    }

    /// The project file as it will be. Making the changes twice gives the same text.
    pub(crate) fn preview(&self, layout: &Layout) -> Result<String, TransactionError> {
        let path = layout.project_file();
        let text = fs::read_to_string(&path).map_err(DiskError::on("read", &path))?;
        let edit = |text: String, change: &Change| match &change.entry {
            None => Ok(text),
            Some(EntryEdit::Source(source)) => edit::set_source(&text, &change.id, source),
            Some(EntryEdit::Enabled(enabled)) => edit::set_enabled(&text, &change.id, *enabled),
            Some(EntryEdit::Remove) => edit::remove_entry(&text, &change.id),
        };
        self.changes.iter().try_fold(text, edit).map_err(|source| TransactionError::Project { path, source })
    }

    /// The packages that are to be pinned.
    fn set(&self) -> impl Iterator<Item = (&PluginId, &Locked)> {
        self.changes.iter().filter_map(|change| match &change.lock {
            Some(LockChange::Set(locked)) => Some((&change.id, &**locked)),
            _ => None,
        })
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
    pending.preview(layout)?;
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
    // In whatever order the disk takes these: the record is there until all are, and says what to do again.
    disk.together(|| carry_out(disk, layout, trust, pending))?;
    disk.remove(&layout.staging())?;
    Ok(disk.remove(&layout.pending_file())?)
}

fn carry_out(
    disk: &Disk,
    layout: &Layout,
    trust: &mut TrustStore,
    pending: &Pending,
) -> Result<(), TransactionError> {
    for (id, locked) in pending.set() {
        store::take_staged(disk, layout, id, locked)?;
    }
    change_lock(disk, layout, &pending.changes)?;
    change_project(disk, layout, pending)?;
    let lessons: Vec<Lesson<'_>> =
        pending.set().filter_map(|(id, locked)| lesson(layout, trust, id, locked)).collect();
    trust.learn(disk, &lessons)?;
    for change in &pending.changes {
        for removal in &change.remove {
            remove(disk, layout, &change.id, removal)?;
        }
    }
    Ok(())
}

fn change_lock(disk: &Disk, layout: &Layout, changes: &[Change]) -> Result<(), TransactionError> {
    let path = layout.lock_file();
    let mut lock = Lockfile::read(&path)?;
    let before = lock.clone();
    for change in changes {
        match &change.lock {
            Some(LockChange::Set(locked)) => {
                drop(lock.plugins.insert(change.id.clone(), (**locked).clone()));
            }
            Some(LockChange::Remove) => drop(lock.plugins.remove(&change.id)),
            None => {}
        }
    }
    if lock == before {
        return Ok(());
    }
    Ok(disk.write(&path, lock.to_yaml().as_bytes(), 0o644)?)
}

fn change_project(disk: &Disk, layout: &Layout, pending: &Pending) -> Result<(), TransactionError> {
    if pending.changes.iter().all(|change| change.entry.is_none()) {
        return Ok(());
    }
    let text = pending.preview(layout)?;
    Ok(disk.write(&layout.project_file(), text.as_bytes(), 0o644)?)
}

fn remove(disk: &Disk, layout: &Layout, id: &PluginId, removal: &Removal) -> Result<(), DiskError> {
    match removal {
        Removal::Packages => disk.remove(&layout.store().join(id.as_str())),
        Removal::Package(name) => store::remove(disk, layout, id, name),
        Removal::Data => {
            disk.remove(&layout.plugin_data(id))?;
            disk.remove(&layout.health(id))
        }
    }
}

/// The newest number of a publisher is learnt from what the publisher signed, never from the record.
fn lesson<'a>(layout: &Layout, trust: &TrustStore, id: &'a PluginId, locked: &Locked) -> Option<Lesson<'a>> {
    let package = store::package_directory(layout, id, &locked.version, &locked.tree);
    let (publisher, seq) = store::signed_seq(&package, trust)?;
    Some(Lesson::Seq { publisher, id, seq })
}
