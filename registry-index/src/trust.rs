//! The trust store: which publishers the operator trusts, for what, and the newest package seen of each.

mod file;
mod lesson;
mod pattern;
mod roots;

pub(crate) use lesson::Lesson;
pub use pattern::NamePattern;

use crate::disk::{Disk, DiskError};
use crate::index::{IndexError, KnownIndexes, RegistryUrl, Root};
use crate::keys::{Fingerprint, PublicKey};
use crate::rotation::{Rotation, RotationError};
use manifest_schema::names::{PluginId, PublisherName};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use thiserror::Error;

/// The trust store in one directory, as it was when it was opened or last changed.
#[derive(Debug, Clone)]
pub struct TrustStore {
    directory: PathBuf,
    now: SystemTime,
    state: State,
    indexes: KnownIndexes,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    schema: u32,
    publishers: BTreeMap<PublisherName, Publisher>,
    /// Keys that must never be trusted again, whoever is said to hold them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    revoked: BTreeSet<Fingerprint>,
    /// The highest sequence number installed, by publisher and plugin.
    ratchet: BTreeMap<PublisherName, BTreeMap<PluginId, u64>>,
    /// Registries whose index is believed on the word of these keys, and must be there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    roots: BTreeMap<RegistryUrl, Root>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            schema: 1,
            publishers: BTreeMap::new(),
            revoked: BTreeSet::new(),
            ratchet: BTreeMap::new(),
            roots: BTreeMap::new(),
        }
    }
}

/// A publisher that the operator knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    /// The pinned key; the first, where there are several.
    pub key: PublicKey,
    /// More keys that it signs with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_keys: Vec<PublicKey>,
    /// How many of its keys must have signed a package.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub threshold: u32,
    /// Keys that it signs with no more: what is installed still loads, nothing new installs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<PublicKey>,
    /// The names of packages that this publisher may sign.
    pub patterns: Vec<NamePattern>,
    /// How the key came to be trusted.
    pub how: Pinned,
}

const fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_one(threshold: &u32) -> bool {
    *threshold == 1
}

/// How a key came to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pinned {
    /// The operator named its fingerprint.
    ByFingerprint,
    /// The operator confirmed it at the first install.
    FirstUse,
    /// The key before it said so.
    Rotation,
}

/// Why the trust store cannot be read or changed.
#[derive(Debug, Error)]
pub enum TrustError {
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The file is not what `wa` writes.
    #[error("the trust store `{}` is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The file was written by a newer `wa`.
    #[error("the trust store `{}` has schema {schema}; this version of wa reads schema 1", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        schema: u32,
    },
    /// The publisher has another key already.
    #[error(
        "`{publisher}` is pinned with the key {pinned}, not {given}; a changed key is never taken silently"
    )]
    OtherKey {
        /// Who.
        publisher: PublisherName,
        /// The pinned key.
        pinned: Fingerprint,
        /// The other key.
        given: Fingerprint,
    },
    /// The key is revoked.
    #[error("the key {0} is revoked")]
    Revoked(Fingerprint),
    /// More signatures than keys, or none.
    #[error("with {keys} different keys, {threshold} signatures cannot be asked for")]
    Threshold {
        /// How many keys there are.
        keys: usize,
        /// How many signatures were asked for.
        threshold: u32,
    },
    /// The publisher does not have this key.
    #[error("`{publisher}` does not sign with {key}")]
    NotItsKey {
        /// Who.
        publisher: PublisherName,
        /// The key.
        key: Fingerprint,
    },
    /// The file was no statement of a change of key.
    #[error(transparent)]
    Rotation(#[from] RotationError),
    /// There is no such publisher.
    #[error("there is no publisher `{0}` in the trust store")]
    Unknown(PublisherName),
    /// The text is not a pattern.
    #[error("`{0}` is not a pattern of package names: write a name, `@scope/*` or `*`")]
    Pattern(String),
    /// The registry's root is not pinned.
    #[error("no root is pinned for the registry {0}")]
    UnknownRoot(RegistryUrl),
    /// The index of a registry is not believed.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl TrustStore {
    /// Reads the trust store in this directory. A directory that does not exist is an empty trust store. `now` is the time
    /// by which it is judged what has expired.
    ///
    /// # Errors
    /// [`TrustError::Disk`], [`TrustError::Damaged`], [`TrustError::Schema`] and [`TrustError::Index`].
    pub fn open(directory: impl Into<PathBuf>, now: SystemTime) -> Result<Self, TrustError> {
        let directory = directory.into();
        let state = file::read(&directory)?;
        let mut store = Self { directory, now, state, indexes: KnownIndexes::default() };
        store.read_indexes()?;
        Ok(store)
    }

    /// A trust store that knows nobody and is nowhere, for checks that ask nobody's leave.
    pub(crate) fn of_nobody(now: SystemTime) -> Self {
        Self { directory: PathBuf::new(), now, state: State::default(), indexes: KnownIndexes::default() }
    }

    /// Where it is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// All publishers, by name.
    pub fn publishers(&self) -> impl Iterator<Item = (&PublisherName, &Publisher)> {
        self.state.publishers.iter()
    }

    /// One publisher.
    pub fn publisher(&self, name: &PublisherName) -> Option<&Publisher> {
        self.state.publishers.get(name)
    }

    /// Whether a key is revoked, whoever holds it.
    pub fn is_revoked(&self, key: &Fingerprint) -> bool {
        self.state.revoked.contains(key)
    }

    /// The highest sequence number that was installed of this publisher and plugin.
    pub fn highest_seq(&self, publisher: &PublisherName, id: &PluginId) -> Option<u64> {
        self.state.ratchet.get(publisher)?.get(id).copied()
    }

    /// Trusts a key to sign packages of these names, or a known key to sign more.
    ///
    /// # Errors
    /// [`TrustError::OtherKey`], [`TrustError::Revoked`], and those of [`Self::open`].
    pub fn pin(
        &mut self,
        name: &PublisherName,
        key: &PublicKey,
        pattern: &NamePattern,
        how: Pinned,
    ) -> Result<(), TrustError> {
        self.learn(&Disk::default(), &[Lesson::Pin { name, key, pattern, how }])
    }

    /// Trusts a publisher who signs with several keys, `threshold` of which must sign each package. The first key is the
    /// one that a known publisher has; what was said of the others before is replaced.
    ///
    /// # Errors
    /// Those of [`Self::pin`], and [`TrustError::Threshold`].
    pub fn pin_keys(
        &mut self,
        name: &PublisherName,
        keys: &[PublicKey],
        threshold: u32,
        pattern: &NamePattern,
    ) -> Result<(), TrustError> {
        let mut known = BTreeSet::new();
        let keys: Vec<_> = keys.iter().filter(|key| known.insert(key.fingerprint())).cloned().collect();
        let unfit = || TrustError::Threshold { keys: keys.len(), threshold };
        let [first, more @ ..] = keys.as_slice() else { return Err(unfit()) };
        if threshold == 0 || threshold as usize > keys.len() {
            return Err(unfit());
        }
        self.change(&Disk::default(), |state| {
            if let Some(key) = known.iter().find(|key| state.revoked.contains(key)) {
                return Err(TrustError::Revoked(*key));
            }
            state.pin(name, first, pattern, Pinned::ByFingerprint)?;
            let publisher =
                state.publishers.get_mut(name).ok_or_else(|| TrustError::Unknown(name.clone()))?;
            (publisher.more_keys, publisher.threshold) = (more.to_vec(), threshold);
            Ok(())
        })
    }

    /// Revokes a key of a publisher, or all its keys: nothing that they signed installs or loads any more. There is no
    /// way back.
    ///
    /// # Errors
    /// [`TrustError::Unknown`], [`TrustError::NotItsKey`], and those of [`Self::open`].
    pub fn revoke(&mut self, name: &PublisherName, key: Option<Fingerprint>) -> Result<(), TrustError> {
        self.change(&Disk::default(), |state| {
            let publisher = state.publishers.get(name).ok_or_else(|| TrustError::Unknown(name.clone()))?;
            let all = publisher.keys().chain(&publisher.former).map(PublicKey::fingerprint);
            let revoked: Vec<_> = all.filter(|known| key.is_none_or(|key| key == *known)).collect();
            match key {
                Some(key) if revoked.is_empty() => {
                    Err(TrustError::NotItsKey { publisher: name.clone(), key })
                }
                _ => {
                    state.revoked.extend(revoked);
                    Ok(())
                }
            }
        })
    }

    /// Takes a publisher's new key for its old one, as both keys say.
    ///
    /// # Errors
    /// [`TrustError::Unknown`], [`TrustError::NotItsKey`] and [`TrustError::Revoked`].
    pub fn rotate(&mut self, rotation: &Rotation) -> Result<(), TrustError> {
        self.learn(&Disk::default(), &[Lesson::Rotation(rotation)])
    }

    /// Forgets a publisher. Its sequence numbers stay, and its key stays revoked if it was.
    ///
    /// # Errors
    /// [`TrustError::Unknown`], and those of [`Self::open`].
    pub fn remove(&mut self, name: &PublisherName) -> Result<(), TrustError> {
        self.change(&Disk::default(), |state| match state.publishers.remove(name) {
            Some(_) => Ok(()),
            None => Err(TrustError::Unknown(name.clone())),
        })
    }
}

impl Publisher {
    /// The keys that it signs with.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        std::iter::once(&self.key).chain(&self.more_keys)
    }

    /// Whether this publisher may sign a package of this npm name.
    pub fn may_sign(&self, package: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(package))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::generate;

    #[test]
    fn pins_last_and_a_second_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("trust");
        let (acme, key, other): (PublisherName, _, _) =
            ("acme".parse().unwrap(), generate(None).unwrap().public, generate(None).unwrap().public);
        let pattern: NamePattern = "@acme/*".parse().unwrap();
        let mut store = TrustStore::open(&path, SystemTime::UNIX_EPOCH).unwrap();
        store.pin(&acme, &key, &pattern, Pinned::FirstUse).unwrap();
        let again = store.pin(&acme, &other, &pattern, Pinned::ByFingerprint);
        assert!(matches!(again, Err(TrustError::OtherKey { .. })));

        let mut read = TrustStore::open(&path, SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(read.publisher(&acme).unwrap().key, key);
        read.revoke(&acme, None).unwrap();
        assert!(read.is_revoked(&key.fingerprint()) && !read.is_revoked(&other.fingerprint()));
        // Neither another name nor forgetting the publisher brings a revoked key back.
        read.remove(&acme).unwrap();
        let twin: PublisherName = "twin".parse().unwrap();
        assert!(matches!(store.pin(&twin, &key, &pattern, Pinned::FirstUse), Err(TrustError::Revoked(_))));
    }

    #[test]
    fn the_ratchet_only_goes_up() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = TrustStore::open(dir.path(), SystemTime::UNIX_EPOCH).unwrap();
        let (publisher, id): (PublisherName, PluginId) = ("acme".parse().unwrap(), "demo".parse().unwrap());
        for (seq, highest) in [(3, 3), (2, 3), (5, 5)] {
            let lesson = Lesson::Seq { publisher: publisher.clone(), id: &id, seq };
            store.learn(&Disk::default(), &[lesson]).unwrap();
            assert_eq!(
                TrustStore::open(dir.path(), SystemTime::UNIX_EPOCH).unwrap().highest_seq(&publisher, &id),
                Some(highest)
            );
        }
    }
}
