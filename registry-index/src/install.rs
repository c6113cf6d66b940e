//! Installing: a spec becomes a candidate, the candidate a plan, and an approved plan is applied at once or not at all.

mod apply;
mod candidate;
mod fetched;
mod needs;
mod plan;
mod spec;
mod stored;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use apply::apply_on;
pub use apply::{Applied, ApplyOptions, apply};
pub use candidate::{Candidate, candidate};
pub use fetched::{Fetched, FetchedArchive, RegistrySignature, RegistryVersion};
pub use needs::{Approval, Confirmed, Need};
pub use plan::{Action, Context, InstallPlan, PlannedChange, Signer, plan, plan_rollback};
pub use spec::{RegistrySpec, Spec, SpecError, UrlSpec};

pub(crate) use spec::normalise;

use crate::archive::ArchiveRefusal;
use crate::digest::Sha512;
use crate::disk::DiskError;
use crate::index::IndexError;
use crate::refusal::Refusal;
use crate::source::SourceError;
use crate::transaction::TransactionError;
use crate::trust::TrustError;
use js_semver::Version;
use manifest_schema::finding::Report;
use manifest_schema::names::PluginId;
use manifest_schema::version::VersionRange;
use std::path::PathBuf;
use thiserror::Error;

/// Why nothing was installed.
#[derive(Debug, Error)]
pub enum InstallError {
    /// The package cannot be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The directory cannot be taken for a plugin.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The archive is larger than any package.
    #[error("`{}` is larger than 512 MiB", path.display())]
    TooLarge {
        /// The archive.
        path: PathBuf,
    },
    /// The archive breaks a rule.
    #[error("`{}` is not accepted", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// Entry and rule.
        source: ArchiveRefusal,
    },
    /// There is no manifest.
    #[error("`{}` has no `wa.plugin.yaml`, so it is not a plugin of wa", path.display())]
    NoManifest {
        /// The archive or directory.
        path: PathBuf,
    },
    /// The manifest or the code has errors.
    #[error("the plugin has errors")]
    Findings(Box<Report>),
    /// Signature, files or publisher are refused.
    #[error("the package is refused")]
    Refused(#[from] Refusal),
    /// The same version was seen with other bytes.
    #[error("`{id}` {version} is pinned in wa.lock as {pinned}, but this archive is {found}")]
    Integrity {
        /// The plugin.
        id: PluginId,
        /// Its version.
        version: Box<Version>,
        /// The digest in the lock.
        pinned: Box<Sha512>,
        /// The digest of the archive at hand.
        found: Box<Sha512>,
    },
    /// The archive is not the one that was promised.
    #[error("`{origin}` promises {promised}, but this archive is {found}")]
    Promise {
        /// The registry or the URL that promised.
        origin: String,
        /// The promised digest.
        promised: Box<Sha512>,
        /// The digest of the archive at hand.
        found: Box<Sha512>,
    },
    /// The plugin is not installed, or is an author's directory.
    #[error("no package of `{0}` is installed")]
    NotInstalled(PluginId),
    /// There is nothing to go back to.
    #[error("the store has no {} of `{id}`", version.as_ref().map_or("other version".to_owned(), |version| format!("version {version}")))]
    NotStored {
        /// The plugin.
        id: PluginId,
        /// The version that was asked for.
        version: Option<Box<Version>>,
    },
    /// Made for other versions of `wa`.
    #[error("`{id}` works with wa {range}, and this is wa {wa}")]
    Incompatible {
        /// The plugin.
        id: PluginId,
        /// The versions it works with.
        range: Box<VersionRange>,
        /// This version.
        wa: Box<Version>,
    },
    /// Something was not approved; nothing changed.
    #[error("not approved: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    NotApproved(Vec<Need>),
    /// The project changed between plan and apply; nothing changed since.
    #[error("`{0}` was changed by another command in the meantime; run the command again")]
    ChangedMeanwhile(PluginId),
    /// The package is not what the index of its registry says, or there is no index that counts.
    #[error("the package is refused")]
    Index(#[from] IndexError),
    /// The trust store cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The change could not be made.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
}

impl InstallError {
    /// Whether a rule said no (exit code 1), rather than that the work could not be done (exit code 2) or that a
    /// confirmation is missing (exit code 3, [`Self::NotApproved`]).
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Source(error) => !matches!(error, SourceError::Disk(_)),
            Self::Disk(_)
            | Self::Trust(_)
            | Self::Transaction(_)
            | Self::ChangedMeanwhile(_)
            | Self::NotApproved(_) => false,
            _ => true,
        }
    }
}
