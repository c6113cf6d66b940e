//! Why an index is not believed.

use crate::disk::DiskError;
use crate::timestamp::Timestamp;
use std::path::PathBuf;
use thiserror::Error;

/// Why an index is not believed.
#[derive(Debug, Error)]
pub enum IndexError {
    /// The registry has none, though its root is pinned.
    #[error("the registry has no `wa-index.json`, which its pinned root demands")]
    Missing,
    /// None was ever seen, and none may be fetched.
    #[error("no index of this registry was fetched yet, and there is no network to fetch it from")]
    NeverFetched,
    /// It is larger than any index.
    #[error("the index is larger than 16 MiB")]
    TooLarge,
    /// The text is no index.
    #[error("the index cannot be understood: {0}")]
    Malformed(String),
    /// Two readers could read two things.
    #[error("the index is not canonical JSON")]
    NotCanonical,
    /// Not enough of the root keys have signed it.
    #[error("the index has {good} of the {needed} good root signatures that it needs{}", listed(problems))]
    Signatures {
        /// How many signatures are good.
        good: usize,
        /// How many are needed.
        needed: u32,
        /// What is wrong with the others.
        problems: Vec<String>,
    },
    /// Its time is over.
    #[error("the index has expired: it was good until {0}")]
    Expired(Timestamp),
    /// It is older than one that was seen.
    #[error("the index has version {found}, but version {seen} was seen before")]
    Replayed {
        /// Its version.
        found: u64,
        /// The highest version seen.
        seen: u64,
    },
    /// There are two indexes of one version.
    #[error("the index has version {0}, which was seen with other content")]
    TwoOfOneVersion(u64),
    /// The registry has a package that its index does not list.
    #[error("{0} is not in the index of its registry")]
    NotListed(String),
    /// A package is not what the index lists.
    #[error("{package} is not what the index of its registry lists: it has {what}")]
    Differs {
        /// Name and version.
        package: String,
        /// What is different.
        what: &'static str,
    },
    /// Nobody should install the version any more.
    #[error("{package} is yanked: {reason}")]
    Yanked {
        /// Name and version.
        package: String,
        /// Why.
        reason: String,
    },
    /// What is kept of the index is not what was verified.
    #[error("`{}` is damaged; remove it, and the next install fetches the index again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl IndexError {
    /// Whether a rule said no, rather than that the disk failed.
    pub const fn is_refusal(&self) -> bool {
        !matches!(self, Self::Disk(_))
    }
}

fn listed(problems: &[String]) -> String {
    problems.iter().map(|problem| format!("; {problem}")).collect()
}
