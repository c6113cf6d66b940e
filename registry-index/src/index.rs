//! The index of a registry: what it holds, by digest; who may sign what; what is revoked. Signed by the registry's
//! root keys, `k` of `n`, with a version that only grows and a time at which it expires.
//!
//! Source of the format: this module. Canonical JSON (RFC 8785), so that one index has one text.

mod build;
mod collect;
mod curation;
mod error;
pub(crate) mod kept;
mod known;
mod package_digest;
mod packument;
mod publish;
mod refresh;
mod root;
mod seal;
mod signing;
mod word;

pub use build::{BuildError, BuildOptions, Built, build};
pub use curation::CurationError;
pub use error::IndexError;
pub use known::{Known, KnownIndexes, Listing, Revocation};
pub use package_digest::PackageDigest;
pub use publish::{Published, publish_to_directory};
pub use refresh::{Get, RefreshError, refresh};
pub use root::{RegistryUrl, Root, RootError, Seen};
pub use seal::{Sealed, sign, signature_file};
pub use signing::{SignError, sign_directory};
pub(crate) use word::Arrived;
pub use word::Word;

use crate::digest::{Sha256, Sha512};
use crate::keys::{Fingerprint, PublicKey};
use crate::npm::PackageName;
use crate::package::MAX_SEQ;
use crate::timestamp::Timestamp;
use crate::trust::NamePattern;
use js_semver::Version;
use manifest_schema::names::PublisherName;
pub use manifest_schema::registry::Level;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The name of the index in a registry.
pub const INDEX_FILE: &str = "wa-index.json";
/// The largest index that is read, in bytes.
pub const MAX_INDEX: u64 = 16 << 20;
/// At most so many packages, and so many versions of one; and as many publishers and revocations.
const MAX_ENTRIES: usize = 20_000;
/// At most so many keys of one publisher or one root.
pub const MAX_KEYS: usize = 16;

/// What a registry holds and whom it vouches for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// The version of the format, always 1.
    pub schema: u32,
    /// Grows with every build; at least 1, at most 2^53 - 1.
    pub version: u64,
    /// From then on the index is worth nothing.
    pub expires: Timestamp,
    /// Whom the index vouches for.
    pub publishers: BTreeMap<PublisherName, IndexPublisher>,
    /// What the registry holds.
    pub packages: BTreeMap<PackageName, IndexPackage>,
    /// What must not run any more.
    pub revoked: Revoked,
}

/// A publisher that an index vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexPublisher {
    /// Its keys.
    pub keys: Vec<PublicKey>,
    /// The names of packages that they may sign.
    pub packages: Vec<NamePattern>,
    /// How many of the keys must have signed a package.
    pub threshold: u32,
}

/// One package of an index.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexPackage {
    /// Its versions.
    pub versions: BTreeMap<Version, IndexVersion>,
}

/// One version of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexVersion {
    /// The digest of the archive.
    pub archive: Sha512,
    /// How far the registry has looked at it.
    pub level: Level,
    /// The digest of `wa.package.json`; absent if the package has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Sha256>,
    /// The publisher's sequence number; absent if nobody signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Why nobody should install it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yanked: Option<String>,
}

/// What must not run any more, with the reasons.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoked {
    /// Keys: nothing that they signed may run.
    pub keys: BTreeMap<Fingerprint, String>,
    /// Packages, by the digest of the archive (`sha512-…`) or of `wa.package.json` (`sha256:…`).
    pub packages: BTreeMap<PackageDigest, String>,
}

impl Index {
    /// The one text of this index.
    #[expect(clippy::expect_used, reason = "texts and whole numbers always have a canonical form")]
    pub fn canonical(&self) -> Vec<u8> {
        serde_json_canonicalizer::to_vec(self).expect("an index serialises")
    }

    /// The index in a text that [`Self::canonical`] wrote. Nothing is said about who signed it.
    ///
    /// # Errors
    /// [`IndexError::TooLarge`], [`IndexError::Malformed`] and [`IndexError::NotCanonical`].
    pub fn parse(bytes: &[u8]) -> Result<Self, IndexError> {
        if bytes.len() as u64 > MAX_INDEX {
            return Err(IndexError::TooLarge);
        }
        let malformed = |what: String| IndexError::Malformed(what);
        let index: Self = serde_json::from_slice(bytes).map_err(|error| {
            // A newer index may differ in anything; its number says more than the first thing that does.
            match serde_json::from_slice(bytes) {
                Ok(Head { schema }) if schema != 1 => malformed(other_schema(schema)),
                _ => malformed(error.to_string()),
            }
        })?;
        if index.schema != 1 {
            return Err(malformed(other_schema(index.schema)));
        }
        index.check().map_err(malformed)?;
        if index.canonical() == bytes { Ok(index) } else { Err(IndexError::NotCanonical) }
    }

    fn check(&self) -> Result<(), String> {
        if self.version == 0 || self.version > MAX_SEQ {
            return Err(format!("{} is no version of an index", self.version));
        }
        let sizes = [
            self.packages.len(),
            self.publishers.len(),
            self.revoked.keys.len(),
            self.revoked.packages.len(),
            self.packages.values().map(|package| package.versions.len()).max().unwrap_or(0),
        ];
        if sizes.into_iter().any(|size| size > MAX_ENTRIES) {
            return Err(format!("it has more than {MAX_ENTRIES} entries of one kind"));
        }
        for (name, publisher) in &self.publishers {
            let keys = publisher.keys.len();
            if keys > MAX_KEYS || publisher.threshold == 0 || publisher.threshold as usize > keys {
                return Err(format!("`{name}` has {keys} keys and needs {} of them", publisher.threshold));
            }
        }
        let seqs = self.packages.values().flat_map(|package| package.versions.values());
        match seqs.filter_map(|version| version.seq).find(|seq| *seq > MAX_SEQ) {
            Some(seq) => Err(format!("the sequence number {seq} is too large")),
            None => Ok(()),
        }
    }

    /// What the index says of a version of a package.
    pub fn version(&self, name: &PackageName, version: &Version) -> Option<&IndexVersion> {
        self.packages.get(name)?.versions.get(version)
    }
}

impl IndexPublisher {
    /// What is missing for these signers to sign as this publisher; `None` if nothing is. Each key counts once.
    pub fn lacks(&self, signers: &BTreeSet<Fingerprint>) -> Option<String> {
        let keys: BTreeSet<Fingerprint> = self.keys.iter().map(PublicKey::fingerprint).collect();
        let (good, needed) = (keys.intersection(signers).count(), self.threshold);
        if good >= needed as usize {
            return None;
        }
        let given: Vec<String> = signers.iter().map(ToString::to_string).collect();
        Some(format!("needs {needed} of its keys, and of {} {good} are its own", given.join(", ")))
    }

    /// Whether this publisher may sign a package of this npm name.
    pub fn may_sign(&self, package: &str) -> bool {
        self.packages.iter().any(|pattern| pattern.matches(package))
    }
}

#[derive(Deserialize)]
struct Head {
    schema: u32,
}

fn other_schema(schema: u32) -> String {
    format!("it has schema {schema}; this version reads schema 1")
}

#[cfg(test)]
mod tests;
