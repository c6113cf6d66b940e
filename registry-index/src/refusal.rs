//! Why a plugin is not loaded or installed, and how far one that is can be trusted.

use crate::disk::DiskError;
use crate::index::{RegistryUrl, Revocation};
use crate::keys::Fingerprint;
use crate::package_path::PackagePath;
use crate::permitted::Forbidden;
use crate::rotation::RotationError;
use crate::source::SourceError;
use crate::timestamp::Timestamp;
use manifest_schema::finding::Report;
use manifest_schema::names::PublisherName;
use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// How far a plugin is trusted, and by whose word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrustLevel {
    /// An author's own directory: neither signed nor pinned.
    UnsignedDev,
    /// A package without a signature that the operator let in by `--allow-unsigned`. Its files are pinned.
    Unsigned,
    /// Signed by a key that the operator pinned.
    Trusted,
    /// Signed, and listed in a curated index.
    Verified,
    /// Part of `wa` itself.
    Core,
}

impl fmt::Display for TrustLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnsignedDev => "unsigned-dev",
            Self::Unsigned => "unsigned",
            Self::Trusted => "trusted",
            Self::Verified => "verified",
            Self::Core => "core",
        })
    }
}

/// Why a plugin must not run.
#[derive(Debug, Error)]
pub enum Refusal {
    /// The package has no signature, and nobody allowed that.
    #[error("the package is not signed")]
    Unsigned,
    /// The lock pins the package, but this machine does not have it: a fresh clone of the project.
    #[error("the package is not on this machine; install `{spec}` again")]
    Missing {
        /// What was installed.
        spec: String,
    },
    /// A file is not what was installed or signed.
    #[error("`{path}` {change}")]
    Modified {
        /// The file, from the package's root.
        path: String,
        /// What happened to it.
        change: Change,
    },
    /// The signature or what it signs is wrong.
    #[error("{0}")]
    Invalid(#[from] Invalid),
    /// The key that signed the package is revoked.
    #[error("the key {fingerprint} of `{publisher}` is revoked")]
    Revoked {
        /// Whose key.
        publisher: PublisherName,
        /// Which key.
        fingerprint: Fingerprint,
    },
    /// A registry's index has revoked the key or the package.
    #[error("it is revoked: {0}")]
    RevokedByIndex(Box<Revocation>),
    /// Only a registry's index vouched for the package, and its time is over.
    #[error("only the index of {registry} vouches for it, and that was good until {expires}")]
    Expired {
        /// Whose index.
        registry: RegistryUrl,
        /// Until when it was good.
        expires: Timestamp,
    },
    /// An older package than one that was seen already.
    #[error("the package has sequence number {seq}, but {seen} was installed before")]
    Downgraded {
        /// The package's number.
        seq: u64,
        /// The highest number seen of this publisher and plugin.
        seen: u64,
    },
    /// The operator's policy says no.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The plugin's own files have errors.
    #[error("the plugin has {} {}", errors(.0), if errors(.0) == 1 { "error" } else { "errors" })]
    Broken(Box<Report>),
    /// The plugin's files cannot be read.
    #[error(transparent)]
    Unreadable(#[from] DiskError),
    /// The author's directory cannot be taken for a plugin.
    #[error(transparent)]
    Directory(#[from] SourceError),
}

fn errors(report: &Report) -> usize {
    report.count(manifest_schema::finding::Severity::Error)
}

/// How a file differs from what is pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Error)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The file is not there.
    #[error("is missing")]
    Missing,
    /// The bytes differ.
    #[error("has been changed")]
    Changed,
    /// The executable bit differs.
    #[error("has another mode than it was installed with")]
    Mode,
    /// The file does not belong to the package.
    #[error("does not belong to the package")]
    Extra,
    /// A symbolic link, or a file with a second name.
    #[error("is a link")]
    Linked,
    /// A device, pipe or socket.
    #[error("is not a regular file")]
    Special,
}

/// What is wrong with a signature, or with what it signs.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Invalid {
    /// `wa.package.json` is not the record of a package.
    #[error("`wa.package.json` cannot be understood: {0}")]
    Record(String),
    /// `wa.package.json` is not in canonical form, so that two readers could read two things.
    #[error("`wa.package.json` is not canonical JSON")]
    NotCanonical,
    /// The signature file is not exactly what minisign writes.
    #[error("`wa.package.json.minisig` is malformed: {0}")]
    SignatureForm(&'static str),
    /// The signature is of the old kind, over the bytes themselves.
    #[error(
        "the signature is of minisign's legacy kind; sign again with a current minisign or with `wa plugins sign`"
    )]
    LegacySignature,
    /// The signature is not of this key over this record.
    #[error("the signature does not fit the package and the key {0}")]
    Signature(Fingerprint),
    /// The signed comment speaks of another package.
    #[error("the signature is for another package: its comment is `{found}`, not `{expected}`")]
    Comment {
        /// The comment that belongs to this package.
        expected: String,
        /// The comment in the signature.
        found: String,
    },
    /// Signed, but the record names no publisher.
    #[error("the package is signed, but names no publisher")]
    NoPublisher,
    /// Signed by nobody knows whom: the record has no key, and the publisher is not pinned.
    #[error("the package is signed by `{0}`, who is not pinned, and it does not say with which key")]
    NoKey(PublisherName),
    /// Signed with another key than the one that is pinned.
    #[error("the package is signed with {found}, but the pinned key of `{publisher}` is {pinned}")]
    KeyChanged {
        /// Who is said to have signed.
        publisher: PublisherName,
        /// The key that is pinned.
        pinned: Fingerprint,
        /// The key that signed.
        found: Fingerprint,
    },
    /// Not as many keys have signed as the operator asks for.
    #[error("{good} of the {needed} keys that `{publisher}` must sign with have signed")]
    Threshold {
        /// Who.
        publisher: PublisherName,
        /// How many good signatures of different keys there are.
        good: u32,
        /// How many are needed.
        needed: u32,
    },
    /// Signed with a key that the publisher has replaced.
    #[error("the package is signed with {key}, which `{publisher}` has replaced by another key")]
    FormerKey {
        /// Who.
        publisher: PublisherName,
        /// The replaced key.
        key: Fingerprint,
    },
    /// A change of key that does not count.
    #[error("`{publisher}` is said to have another key, but {problem}")]
    Rotation {
        /// Who.
        publisher: PublisherName,
        /// Why it does not count.
        problem: Box<RotationError>,
    },
    /// Signed by a publisher that is not in the trust store.
    #[error("the publisher `{publisher}` with the key {fingerprint} is not trusted")]
    UnknownPublisher {
        /// Who signed.
        publisher: PublisherName,
        /// With which key.
        fingerprint: Fingerprint,
    },
    /// Signed by a known publisher who may not sign packages of this name.
    #[error("`{publisher}` is not trusted to sign `{package}`")]
    OutsidePatterns {
        /// Who signed.
        publisher: PublisherName,
        /// The package's name.
        package: String,
    },
    /// Two files of the package contradict each other.
    #[error("the {what} is `{left}` in `{left_file}`, but `{right}` in `{right_file}`")]
    Disagreement {
        /// What they disagree on, such as "version".
        what: &'static str,
        /// What one file says.
        left: String,
        /// That file.
        left_file: &'static str,
        /// What the other says.
        right: String,
        /// The other file.
        right_file: &'static str,
    },
    /// `package.json` cannot be read.
    #[error("`package.json` cannot be understood: {0}")]
    PackageJson(String),
}

impl Invalid {
    /// Whether two files say the same of one thing, compared as text.
    pub(crate) fn unless_equal(
        what: &'static str,
        (left_file, left): (&'static str, &dyn ToString),
        (right_file, right): (&'static str, &dyn ToString),
    ) -> Result<(), Self> {
        let (left, right) = (left.to_string(), right.to_string());
        if left == right {
            return Ok(());
        }
        Err(Self::Disagreement { what, left, left_file, right, right_file })
    }
}

impl Refusal {
    /// The state that lists show: `unsigned`, `missing`, `modified`, `invalid`, `revoked`, `expired`, `downgraded`.
    pub const fn state(&self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Missing { .. } => "missing",
            Self::Modified { .. } => "modified",
            Self::Invalid(_) | Self::Broken(_) | Self::Unreadable(_) | Self::Directory(_) => "invalid",
            Self::Revoked { .. } | Self::RevokedByIndex(_) => "revoked",
            Self::Expired { .. } => "expired",
            Self::Downgraded { .. } => "downgraded",
            Self::Forbidden(_) => "forbidden",
        }
    }

    pub(crate) fn modified(path: &PackagePath, change: Change) -> Self {
        Self::Modified { path: path.to_string(), change }
    }
}
