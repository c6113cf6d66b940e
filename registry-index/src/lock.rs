//! `wa.lock`: what is installed, pinned; sorted and stable, to be read in a diff.

mod write;

use crate::digest::{Sha256, Sha512};
use crate::keys::Fingerprint;
use crate::refusal::TrustLevel;
use js_semver::Version;
use manifest_schema::finding::Finding;
use manifest_schema::names::{PluginId, PublisherName};
use manifest_schema::permissions::Permissions;
use manifest_schema::source::{ReadError, Source, Syntax};
use manifest_schema::tree;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The lock of a project. The default is that of a project in which nothing is installed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lockfile {
    /// What is installed.
    pub plugins: BTreeMap<PluginId, Locked>,
}

/// What is pinned of one installed package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Locked {
    /// What the operator asked for.
    pub spec: String,
    /// Where the package came from, as a URL; `file:` and a path for a local archive.
    pub resolved: String,
    /// Its version.
    pub version: Version,
    /// The digest of the archive.
    pub archive: Sha512,
    /// The digest of `wa.package.json`; absent if the package has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<Sha256>,
    /// The digest of the list of all files.
    pub tree: Sha256,
    /// Who signed it; absent if nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<PublisherName>,
    /// With which key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Fingerprint>,
    /// The publisher's sequence number; absent if nobody signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// How far it was trusted when it was installed. Told to people; trust itself is worked out anew at each load.
    pub trust: TrustLevel,
    /// What the operator let pass in spite of a rule.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub exceptions: BTreeSet<Exception>,
    /// The permissions that the operator approved.
    pub grant: Grant,
    /// When, in UTC: `2026-11-21T09:30:00Z`.
    pub installed_at: String,
}

impl Locked {
    /// The first field in which this entry does not say what `found`, worked out from the archive itself, says.
    pub fn first_difference(&self, found: &Self) -> Option<&'static str> {
        [
            ("version", self.version == found.version),
            ("archive", self.archive == found.archive),
            ("package", self.package == found.package),
            ("tree", self.tree == found.tree),
            ("publisher", self.publisher == found.publisher),
            ("key", self.key == found.key),
            ("seq", self.seq == found.seq),
            ("grant", self.grant == found.grant),
        ]
        .into_iter()
        .find_map(|(field, same)| (!same).then_some(field))
    }

    /// Whether the other entry differs in nothing but when it was written and how far the package was trusted then.
    pub(crate) fn pins_same(&self, other: &Self) -> bool {
        let (installed_at, trust) = (self.installed_at.clone(), self.trust);
        *self == Self { installed_at, trust, ..other.clone() }
    }

    /// The entry as canonical JSON (RFC 8785), as the store keeps it.
    #[expect(clippy::expect_used, reason = "texts and whole numbers always have a canonical form")]
    pub(crate) fn canonical(&self) -> Vec<u8> {
        serde_json_canonicalizer::to_vec(self).expect("a lock entry serialises")
    }
}

/// A rule that the operator set aside for one package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exception {
    /// `--allow-unsigned`.
    Unsigned,
    /// `--allow-downgrade`.
    Downgrade,
}

/// Approved permissions: the digest counts, the words are for reviewers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// [`Permissions::digest`] of what was approved.
    pub digest: Sha256,
    /// The same in words, dangerous ones first.
    pub words: Vec<String>,
}

impl Grant {
    /// The approval of these permissions.
    pub fn of(permissions: &Permissions) -> Self {
        let words = permissions.in_words().into_iter().map(|line| line.words).collect();
        Self { digest: Sha256::from_bytes(permissions.digest()), words }
    }
}

/// Why a lock cannot be read.
#[derive(Debug, Error)]
pub enum LockError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file is not YAML.
    #[error("`{}` is not valid YAML: {}", path.display(), finding.message)]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        finding: Box<Finding>,
    },
    /// The file is not a lock.
    #[error("`{}` is not a lock file that this version of wa can read", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The file was written by a newer `wa`.
    #[error("`{}` has schema {schema}; this version of wa reads schema 1", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        schema: u64,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "schema")]
    _schema: u32,
    #[serde(default)]
    plugins: BTreeMap<PluginId, Locked>,
}

impl Lockfile {
    /// Reads `wa.lock`. A file that does not exist is an empty lock.
    ///
    /// # Errors
    /// Any [`LockError`].
    pub fn read(path: &Path) -> Result<Self, LockError> {
        match Source::read(path) {
            Ok(source) => Self::parse(&source),
            Err(ReadError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The lock in a text, which is YAML whatever its name.
    ///
    /// # Errors
    /// Any [`LockError`] but `Read`.
    pub fn parse(source: &Source) -> Result<Self, LockError> {
        let path = source.path.clone();
        let yaml = Source { syntax: Syntax::Yaml, ..source.clone() };
        let json = match tree::parse(&yaml) {
            Ok(root) => root.to_json(),
            Err(finding) => return Err(LockError::Syntax { path, finding: Box::new(finding) }),
        };
        // A newer file may differ in anything, so its number is looked at before the rest.
        match json.get("schema").and_then(serde_json::Value::as_u64) {
            Some(1) | None => {}
            Some(schema) => return Err(LockError::Schema { path, schema }),
        }
        let document: Document =
            serde_json::from_value(json).map_err(|source| LockError::Content { path, source })?;
        Ok(Self { plugins: document.plugins })
    }
}

#[cfg(test)]
mod tests;
