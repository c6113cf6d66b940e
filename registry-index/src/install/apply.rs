//! Applying an approved plan.

use super::plan::{PackageWrite, Write};
use super::{Action, Approval, InstallError, InstallPlan, Need};
use crate::disk::Disk;
use crate::lock::{Exception, Lockfile};
use crate::project_lock::{ProjectLock, Waiting};
use crate::transaction::{self, LockChange, Pending, ProjectChange, TransactionError};
use crate::trust::{Pinned, TrustStore};
use crate::{store, timestamp};
use js_semver::Version;
use manifest_schema::layout::Layout;
use manifest_schema::names::PluginId;
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The plugin.
    pub id: PluginId,
    /// The version that is installed now.
    pub version: Version,
    /// What it was.
    pub action: Action,
}

impl InstallPlan {
    /// Does what the plan says: all of it, or nothing. A crash at any point leaves the old state or the new one;
    /// [`crate::transaction::recover`] sees to it.
    ///
    /// # Errors
    /// [`InstallError::NotApproved`], [`InstallError::ChangedMeanwhile`], [`InstallError::Trust`],
    /// [`InstallError::Disk`] and [`InstallError::Transaction`].
    pub fn apply(self, options: ApplyOptions<'_>) -> Result<Applied, InstallError> {
        self.apply_on(&Disk::default(), options)
    }

    pub(crate) fn apply_on(self, disk: &Disk, options: ApplyOptions<'_>) -> Result<Applied, InstallError> {
        let ApplyOptions { layout, trust, approval, now, waiting } = options;
        let missing = approval.missing(&self.needs);
        if !missing.is_empty() {
            return Err(InstallError::NotApproved(missing));
        }
        let _lock = ProjectLock::exclusive(disk, layout, waiting).map_err(TransactionError::from)?;
        transaction::settle(disk, layout, trust)?;
        let pending = match self.write {
            Write::Link => Pending::new(ProjectChange::install(&self.id, &self.source))
                .lock(LockChange::Remove(self.id.clone())),
            Write::Package(write) => {
                let lock = Lockfile::read(&layout.lock_file()).map_err(TransactionError::from)?;
                if lock.plugins.get(&self.id) != write.before.as_ref() {
                    return Err(InstallError::ChangedMeanwhile(self.id));
                }
                pin(disk, trust, &write, approval)?;
                let allowed = self.needs.contains(&Need::AllowDowngrade).then_some(Exception::Downgrade);
                let PackageWrite { package, mut locked, .. } = *write;
                locked.exceptions.extend(allowed);
                locked.installed_at = timestamp::rfc3339(now);
                let change = ProjectChange::install(&self.id, &self.source);
                // Nothing is staged before it is sure that wa.yaml can be changed.
                change.preview(layout)?;
                store::stage(disk, layout, &package.contents, &package.tree)?;
                Pending::new(change).lock(LockChange::Set(self.id.clone(), Box::new(locked)))
            }
        };
        transaction::commit(disk, layout, trust, &pending)?;
        Ok(Applied { id: self.id, version: self.version, action: self.action })
    }
}

/// A key that was confirmed is pinned before the package is installed. Should that then fail, the operator trusts a
/// key that has signed nothing here; a project's files must never be able to pin one.
fn pin(
    disk: &Disk,
    trust: &mut TrustStore,
    write: &PackageWrite,
    approval: &Approval,
) -> Result<(), InstallError> {
    let Some((publisher, key, pattern)) = &write.pin else { return Ok(()) };
    let how = match approval.trust_key {
        Some(named) if named == key.fingerprint() => Pinned::ByFingerprint,
        _ => Pinned::FirstUse,
    };
    Ok(trust.pin_on(disk, publisher, key, pattern, how)?)
}
