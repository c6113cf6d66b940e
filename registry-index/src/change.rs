//! Changing what is installed: enable, disable, uninstall. Each is a plan first, which shows what would change.

use crate::disk::{Disk, DiskError};
use crate::folder::Folder;
use crate::install::{Approval, Context, Need, PlannedChange, Spec};
use crate::project_lock::{ProjectLock, Waiting};
use crate::source;
use crate::store::{self, StoredName};
use crate::transaction::{self, Change, EntryEdit, LockChange, Pending, Removal, TransactionError};
use crate::trust::TrustStore;
use manifest_schema::layout::Layout;
use manifest_schema::names::PluginId;
use serde::Serialize;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What a command would change. Making it changed nothing.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangePlan {
    /// The plugin.
    pub id: PluginId,
    /// The files and directories that change or go.
    pub changes: Vec<PlannedChange>,
    /// What a person should know beside that.
    pub warnings: Vec<String>,
    /// What must be approved.
    pub needs: Vec<Need>,
    #[serde(skip)]
    pending: Pending,
}

/// Why nothing was changed.
#[derive(Debug, Error)]
pub enum ChangeError {
    /// The project has no such plugin.
    #[error("`{0}` is not installed")]
    NotInstalled(PluginId),
    /// The plugin is there because its directory is.
    #[error("`{id}` is in `{}`, which plugins.paths of wa.yaml takes in; move it away, or disable it", path.display())]
    InPaths {
        /// The plugin.
        id: PluginId,
        /// Its directory.
        path: PathBuf,
    },
    /// Something was not approved; nothing changed.
    #[error("not approved: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    NotApproved(Vec<Need>),
    /// The change could not be made.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
}

/// The plan to let a plugin run, or to keep it from running. Its grant stays.
///
/// # Errors
/// [`ChangeError::NotInstalled`].
pub fn set_enabled(context: &Context<'_>, id: &PluginId, enabled: bool) -> Result<ChangePlan, ChangeError> {
    if !is_known(context, id) && directory_in_paths(context, id).is_none() {
        return Err(ChangeError::NotInstalled(id.clone()));
    }
    let what = format!("plugins.entries.{id}.enabled becomes {enabled}");
    Ok(ChangePlan {
        id: id.clone(),
        changes: vec![PlannedChange { path: context.layout.project_file(), what }],
        warnings: context.exclusion(id).filter(|_| enabled).into_iter().collect(),
        needs: Vec::new(),
        pending: Pending::new(vec![Change::of(id).entry(EntryEdit::Enabled(enabled))]),
    })
}

/// The plan to remove a plugin: its entries in `wa.yaml` and `wa.lock`, its packages and, unless they are kept, what it
/// stored. An author's directory is never touched.
///
/// # Errors
/// [`ChangeError::NotInstalled`] and [`ChangeError::InPaths`].
pub fn uninstall(context: &Context<'_>, id: &PluginId, keep_data: bool) -> Result<ChangePlan, ChangeError> {
    if !is_known(context, id) {
        return Err(match directory_in_paths(context, id) {
            Some(path) => ChangeError::InPaths { id: id.clone(), path },
            None => ChangeError::NotInstalled(id.clone()),
        });
    }
    let layout = context.layout;
    let entry = context.project.plugins.entries.get(id);
    let gone = |path: PathBuf| path.exists().then(|| PlannedChange { path, what: "is removed".to_owned() });
    let mut changes = Vec::new();
    if entry.is_some() {
        let what = format!("loses plugins.entries.{id}, its configuration with it");
        changes.push(PlannedChange { path: layout.project_file(), what });
    }
    if context.lock.plugins.contains_key(id) {
        changes.push(PlannedChange { path: layout.lock_file(), what: format!("no longer pins `{id}`") });
    }
    changes.extend(gone(layout.store().join(id.as_str())));
    if !keep_data {
        changes.extend(gone(layout.plugin_data(id)));
        changes.extend(gone(layout.health(id)));
    }
    let source = entry.and_then(|entry| Spec::parse(entry.source.as_deref()?, layout.root()).ok());
    let stays = match source {
        Some(Spec::Directory(path)) => Some(format!("the directory `{}` stays", path.display())),
        _ => None,
    };
    let change = Change::of(id).entry(EntryEdit::Remove).lock(LockChange::Remove).remove(Removal::Packages);
    let change = if keep_data { change } else { change.remove(Removal::Data) };
    Ok(ChangePlan {
        id: id.clone(),
        changes,
        warnings: stays.into_iter().collect(),
        needs: vec![Need::Confirmation],
        pending: Pending::new(vec![change]),
    })
}

/// The plan to remove the packages that `wa.lock` does not pin: nothing can go back to them afterwards.
///
/// # Errors
/// [`ChangeError::Transaction`] if the store cannot be read.
pub fn prune(context: &Context<'_>) -> Result<Prune, ChangeError> {
    let store = context.layout.store();
    let (mut changes, mut removed) = (Vec::new(), Vec::new());
    for id in stored_plugins(&store)? {
        let pinned =
            context.lock.plugins.get(&id).map(|locked| StoredName::new(&locked.version, &locked.tree));
        let names = store::versions(context.layout, &id).map_err(TransactionError::from)?;
        let extra: Vec<_> = names.into_iter().filter(|name| Some(name) != pinned.as_ref()).collect();
        removed.extend(extra.iter().map(|name| store.join(id.as_str()).join(name.as_str())));
        let change =
            extra.into_iter().fold(Change::of(&id), |change, name| change.remove(Removal::Package(name)));
        changes.push(if pinned.is_none() { change.remove(Removal::Packages) } else { change });
    }
    Ok(Prune { removed, pending: Pending::new(changes) })
}

/// Packages that go.
#[derive(Debug)]
pub struct Prune {
    /// Their directories.
    pub removed: Vec<PathBuf>,
    pending: Pending,
}

impl Prune {
    /// Removes them.
    ///
    /// # Errors
    /// [`ChangeError::Transaction`].
    pub fn apply(
        self,
        layout: &Layout,
        trust: &mut TrustStore,
        waiting: Waiting<'_>,
    ) -> Result<(), ChangeError> {
        if self.removed.is_empty() {
            return Ok(());
        }
        commit(&Disk::default(), layout, trust, &self.pending, waiting)
    }
}

fn stored_plugins(store: &Path) -> Result<Vec<PluginId>, ChangeError> {
    let folder = match Folder::open(store) {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(TransactionError::from(DiskError::on("read", store)(error)).into()),
    };
    let entries = folder.entries().map_err(DiskError::on("read", store)).map_err(TransactionError::from)?;
    Ok(entries.into_iter().filter_map(|(name, _)| name.to_str().ok()?.parse().ok()).collect())
}

/// Does what several plans say, together: all of it, or nothing.
///
/// # Errors
/// [`ChangeError::NotApproved`] and [`ChangeError::Transaction`].
pub fn apply_all(
    plans: Vec<ChangePlan>,
    layout: &Layout,
    trust: &mut TrustStore,
    approval: &Approval,
    waiting: Waiting<'_>,
) -> Result<(), ChangeError> {
    let missing: Vec<Need> = plans.iter().flat_map(|plan| approval.missing(&plan.needs)).collect();
    if !missing.is_empty() {
        return Err(ChangeError::NotApproved(missing));
    }
    let pending = Pending::join(plans.into_iter().map(|plan| plan.pending));
    commit(&Disk::default(), layout, trust, &pending, waiting)
}

fn commit(
    disk: &Disk,
    layout: &Layout,
    trust: &mut TrustStore,
    pending: &Pending,
    waiting: Waiting<'_>,
) -> Result<(), ChangeError> {
    let _lock = ProjectLock::exclusive(disk, layout, waiting).map_err(TransactionError::from)?;
    transaction::settle(disk, layout, trust)?;
    Ok(transaction::commit(disk, layout, trust, pending)?)
}

/// Whether the project file or the lock names the plugin.
fn is_known(context: &Context<'_>, id: &PluginId) -> bool {
    context.project.plugins.entries.contains_key(id) || context.lock.plugins.contains_key(id)
}

fn directory_in_paths(context: &Context<'_>, id: &PluginId) -> Option<PathBuf> {
    let mut directories = source::plugin_directories(context.layout, context.project).into_iter();
    directories.find(|(path, _)| crate::load::load_directory(path, None).id == *id).map(|(path, _)| path)
}

impl ChangePlan {
    /// Does what the plan says: all of it, or nothing.
    ///
    /// # Errors
    /// [`ChangeError::NotApproved`] and [`ChangeError::Transaction`].
    pub fn apply(
        self,
        layout: &Layout,
        trust: &mut TrustStore,
        approval: &Approval,
        waiting: Waiting<'_>,
    ) -> Result<(), ChangeError> {
        self.apply_on(&Disk::default(), layout, trust, approval, waiting)
    }

    pub(crate) fn apply_on(
        self,
        disk: &Disk,
        layout: &Layout,
        trust: &mut TrustStore,
        approval: &Approval,
        waiting: Waiting<'_>,
    ) -> Result<(), ChangeError> {
        let missing = approval.missing(&self.needs);
        if !missing.is_empty() {
            return Err(ChangeError::NotApproved(missing));
        }
        commit(disk, layout, trust, &self.pending, waiting)
    }
}
