//! The plan of an installation: a value that says everything a person must know, and what it needs.

mod draft;

pub use draft::{plan, plan_rollback};

use super::Need;
use super::candidate::Package;
use crate::digest::Sha512;
use crate::index::RegistryUrl;
use crate::keys::{Fingerprint, PublicKey};
use crate::lock::{Locked, Lockfile};
use crate::refusal::TrustLevel;
use crate::rotation::Rotation;
use crate::trust::{NamePattern, Pinned, TrustStore};
use js_semver::Version;
use manifest_schema::foreign::Foreign;
use manifest_schema::layout::Layout;
use manifest_schema::names::{PluginId, PublisherName};
use manifest_schema::permissions::PermissionLine;
use manifest_schema::project::Project;
use serde::Serialize;
use std::path::PathBuf;

/// The project as it is when the plan is made.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Where its files are.
    pub layout: &'a Layout,
    /// What it declares.
    pub project: &'a Project,
    /// What is installed.
    pub lock: &'a Lockfile,
    /// Whom the operator trusts.
    pub trust: &'a TrustStore,
    /// The version of this `wa`.
    pub wa: &'a Version,
}

impl Context<'_> {
    /// What in `wa.yaml` keeps a plugin from running though it is enabled.
    pub(crate) fn exclusion(&self, id: &PluginId) -> Option<String> {
        let plugins = &self.project.plugins;
        if plugins.deny.contains(id) {
            Some(format!("`{id}` is in plugins.deny of wa.yaml and will not run"))
        } else if !plugins.allow.is_empty() && !plugins.allow.contains(id) {
            Some(format!("`{id}` is not in plugins.allow of wa.yaml and will not run"))
        } else {
            None
        }
    }
}

impl InstallPlan {
    /// What the lock would say of the package; absent for a directory.
    pub fn locked(&self) -> Option<&Locked> {
        match &self.write {
            Write::Link => None,
            Write::Package(write) => Some(&write.locked),
        }
    }
}

/// Everything that an installation would do. Making it changed nothing.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstallPlan {
    /// The plugin.
    pub id: PluginId,
    /// The version to install.
    pub version: Version,
    /// What this is in view of what is installed.
    pub action: Action,
    /// Where the plugin comes from, as `wa.yaml` will say.
    pub source: String,
    /// The digest of the archive; absent for a directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archive: Option<Sha512>,
    /// Who signed it; absent if nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<Signer>,
    /// How far it will be trusted.
    pub trust: TrustLevel,
    /// What it may do once installed, in words, dangerous things first.
    pub permissions: Vec<PermissionLine>,
    /// The part of that which the installed version may not do; all of it at a first installation.
    pub new_permissions: Vec<PermissionLine>,
    /// What the installed version may do and this one does not ask for.
    pub dropped_permissions: Vec<PermissionLine>,
    /// What of a package in another host's format is usable here, and what is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub foreign: Option<Foreign>,
    /// What a person should know beside that.
    pub warnings: Vec<String>,
    /// The files of the project that change.
    pub changes: Vec<PlannedChange>,
    /// What must be approved.
    pub needs: Vec<Need>,
    #[serde(skip)]
    pub(super) write: Write,
}

/// What an installation is in view of what is installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Action {
    /// Nothing of this id is installed.
    Install,
    /// A newer version.
    Update {
        /// The installed version.
        from: Version,
    },
    /// The very same package once more, which repairs changed files.
    Reinstall,
    /// An older version.
    Downgrade {
        /// The installed version.
        from: Version,
    },
    /// An older version that is still in the store.
    Rollback {
        /// The installed version.
        from: Version,
    },
    /// An author's directory, linked.
    Link,
}

/// Who signed a package, and whether that is news.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Signer {
    /// Who.
    pub publisher: PublisherName,
    /// With which key.
    pub key: Fingerprint,
    /// Which others of the publisher's keys have signed too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Fingerprint>,
    /// The publisher's pinned key that this one takes over from, as both say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Fingerprint>,
    /// Whether the trust store has the key for packages of this name already.
    pub known: bool,
    /// How the publisher's key came to be trusted; absent for a publisher that is not known at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<Pinned>,
    /// The registry whose index vouches for the key, if that is why it is trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vouched_by: Option<RegistryUrl>,
    /// The names of packages for which the key will be pinned, if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub will_pin: Option<NamePattern>,
}

/// One file or directory that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedChange {
    /// Which.
    pub path: PathBuf,
    /// How, in a few words.
    pub what: String,
}

/// What applying the plan writes.
#[derive(Debug)]
pub(super) enum Write {
    Link,
    Package(Box<PackageWrite>),
}

#[derive(Debug)]
pub(super) struct PackageWrite {
    /// What goes into the store; absent if it is there already.
    pub(super) package: Option<Package>,
    /// The lock entry but for the time and the exceptions that only the approval tells.
    pub(super) locked: Locked,
    /// The publisher's change of key to take in.
    pub(super) rotation: Option<Rotation>,
    /// The key to pin.
    pub(super) pin: Option<(PublisherName, PublicKey, NamePattern)>,
    /// The lock entry that the plan was made against.
    pub(super) before: Option<Locked>,
}
