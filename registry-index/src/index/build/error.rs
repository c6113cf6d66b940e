//! Why a registry was not built.

use super::super::IndexError;
use super::super::curation::CurationError;
use crate::disk::DiskError;
use crate::install::InstallError;
use crate::npm::NameError;
use manifest_schema::finding::Report;
use manifest_schema::names::PublisherName;
use std::path::PathBuf;
use thiserror::Error;

/// Why a registry was not built. What was there before is still there.
#[derive(Debug, Error)]
pub enum BuildError {
    /// `wa-registry.yaml` cannot be used.
    #[error(transparent)]
    Curation(#[from] CurationError),
    /// `wa-registry.yaml` does not fit the packages.
    #[error("`wa-registry.yaml` does not fit the packages")]
    Mismatch(Box<Report>),
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A link or a special file where a package or a file of the registry is to be.
    #[error("`{}` is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// A package would not install.
    #[error("`{file}` is refused")]
    Package {
        /// The archive.
        file: String,
        /// Why.
        source: Box<InstallError>,
    },
    /// Nobody signed a package.
    #[error("`{0}` is not signed")]
    Unsigned(String),
    /// A package has no name that a registry could use.
    #[error("`{file}` cannot be in a registry")]
    Name {
        /// The archive.
        file: String,
        /// Why.
        source: Box<NameError>,
    },
    /// A package is not signed as the registry demands of its publisher.
    #[error("`{file}` is refused: `{publisher}` {problem}, by the word of `wa-registry.yaml`")]
    Publisher {
        /// The archive.
        file: String,
        /// Who signed.
        publisher: PublisherName,
        /// What is wrong.
        problem: String,
    },
    /// Two archives are one version of one package.
    #[error("`{first}` and `{second}` are both {package}")]
    Twice {
        /// An archive.
        first: String,
        /// The other one.
        second: String,
        /// Name and version.
        package: String,
    },
    /// A version that was there before has other bytes now.
    #[error("{0} was published before with other bytes; a change needs a new version")]
    OtherBytes(String),
    /// The index of before cannot be used, so that nobody knows which version comes next.
    #[error("`{}` is no index; put the last good one in its place", path.display())]
    Previous {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: IndexError,
    },
    /// The index would be larger than any reader takes.
    #[error("the registry is too large for an index")]
    TooLarge(#[source] IndexError),
    /// What npm reads cannot be written.
    #[error("a package cannot be described for npm")]
    Packument(#[source] serde_json::Error),
}

impl BuildError {
    /// Whether a rule said no, rather than that the work could not be done.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Disk(_) | Self::Curation(CurationError::Read(_)) => false,
            Self::Package { source, .. } => source.is_refusal(),
            _ => true,
        }
    }

    /// The findings, if that is what is wrong.
    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::Curation(CurationError::Findings(report)) | Self::Mismatch(report) => Some(report),
            Self::Package { source, .. } => match &**source {
                InstallError::Findings(report) => Some(report),
                _ => None,
            },
            _ => None,
        }
    }
}
