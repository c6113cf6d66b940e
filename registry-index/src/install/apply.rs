//! Applying an approved plan.

use super::plan::Write;
use super::{Action, Approval, InstallError, InstallPlan, Need};
use crate::disk::Disk;
use crate::lock::{Exception, Lockfile};
use crate::project_lock::{ProjectLock, Waiting};
use crate::transaction::{self, Change, EntryEdit, LockChange, Pending, TransactionError};
use crate::trust::{Lesson, Pinned, TrustStore};
use crate::{store, timestamp};
use js_semver::Version;
use manifest_schema::layout::Layout;
use manifest_schema::names::PluginId;
use serde::Serialize;
use std::time::SystemTime;

/// What applying needs beside the plan.
pub struct ApplyOptions<'a> {
    /// The project, the same that the plan was made for.
    pub layout: &'a Layout,
    /// The trust store, which learns keys and sequence numbers.
    pub trust: &'a mut TrustStore,
    /// What was said yes to.
    pub approval: &'a Approval,
    /// The time to record.
    pub now: SystemTime,
    /// Called once if another `wa` holds the project.
    pub waiting: Waiting<'a>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// The plugin.
    pub id: PluginId,
    /// The version that is installed now.
    pub version: Version,
    /// What it was.
    pub action: Action,
}

/// Does what the plans say: all of it, or nothing. A crash at any point leaves the old state or the new one;
/// [`crate::transaction::recover`] sees to it.
///
/// # Errors
/// [`InstallError::NotApproved`], [`InstallError::ChangedMeanwhile`], [`InstallError::Trust`],
/// [`InstallError::Disk`] and [`InstallError::Transaction`].
pub fn apply(plans: Vec<InstallPlan>, options: ApplyOptions<'_>) -> Result<Vec<Applied>, InstallError> {
    apply_on(&Disk::default(), plans, options)
}

pub(crate) fn apply_on(
    disk: &Disk,
    plans: Vec<InstallPlan>,
    options: ApplyOptions<'_>,
) -> Result<Vec<Applied>, InstallError> {
    let ApplyOptions { layout, trust, approval, now, waiting } = options;
    let missing: Vec<Need> = plans.iter().flat_map(|plan| approval.missing(&plan.needs)).collect();
    if !missing.is_empty() {
        return Err(InstallError::NotApproved(missing));
    }
    let _lock = ProjectLock::exclusive(disk, layout, waiting).map_err(TransactionError::from)?;
    transaction::settle(disk, layout, trust)?;
    unchanged_since(&plans, layout)?;
    // Nothing is staged before it is sure that wa.yaml can be changed.
    Pending::new(plans.iter().map(InstallPlan::entry_change).collect()).preview(layout)?;
    let lessons: Vec<Lesson<'_>> = plans.iter().filter_map(|plan| lesson(plan, approval)).collect();
    trust.learn(disk, &lessons)?;
    let stage = |plan: &InstallPlan| plan.stage(disk, layout, now);
    let changes = disk.together(|| plans.iter().map(stage).collect::<Result<Vec<_>, InstallError>>())?;
    transaction::commit(disk, layout, trust, &Pending::new(changes))?;
    let applied = |plan: InstallPlan| Applied { id: plan.id, version: plan.version, action: plan.action };
    Ok(plans.into_iter().map(applied).collect())
}

/// The plans speak of the lock as it still is.
fn unchanged_since(plans: &[InstallPlan], layout: &Layout) -> Result<(), InstallError> {
    let lock = Lockfile::read(&layout.lock_file()).map_err(TransactionError::from)?;
    let changed = |plan: &&InstallPlan| match &plan.write {
        Write::Link => false,
        Write::Package(write) => lock.plugins.get(&plan.id) != write.before.as_ref(),
    };
    match plans.iter().find(changed) {
        Some(plan) => Err(InstallError::ChangedMeanwhile(plan.id.clone())),
        None => Ok(()),
    }
}

impl InstallPlan {
    fn entry_change(&self) -> Change {
        Change::of(&self.id).entry(EntryEdit::Source(self.source.clone()))
    }

    /// Stages the package, if there is one; the change that will take it in.
    fn stage(&self, disk: &Disk, layout: &Layout, now: SystemTime) -> Result<Change, InstallError> {
        let change = self.entry_change();
        let Write::Package(write) = &self.write else { return Ok(change.lock(LockChange::Remove)) };
        let mut locked = write.locked.clone();
        let allowed = self.needs.contains(&Need::AllowDowngrade).then_some(Exception::Downgrade);
        locked.exceptions.extend(allowed);
        locked.installed_at = timestamp::rfc3339(now);
        // What is only repaired or fetched once more stays pinned as it was, to the letter.
        let pinned = write
            .before
            .as_ref()
            .filter(|before| self.action == Action::Reinstall && before.pins_same(&locked));
        let locked = pinned.cloned().unwrap_or(locked);
        if let Some(package) = &write.package {
            store::stage(disk, layout, &self.id, &package.path, &package.files.tree, &locked)?;
        }
        Ok(change.lock(LockChange::Set(Box::new(locked))))
    }
}

/// What a plan teaches about its publisher, before the package is installed. Should that then fail, the operator trusts a
/// key that has signed nothing here; a project's files must never be able to pin one.
fn lesson<'a>(plan: &'a InstallPlan, approval: &Approval) -> Option<Lesson<'a>> {
    let Write::Package(write) = &plan.write else { return None };
    if let Some(rotation) = &write.rotation {
        return Some(Lesson::Rotation(rotation));
    }
    let (name, key, pattern) = write.pin.as_ref()?;
    let is_named = approval.trust_keys.contains(&key.fingerprint());
    let how = if is_named { Pinned::ByFingerprint } else { Pinned::FirstUse };
    Some(Lesson::Pin { name, key, pattern, how })
}
