//! What the pinned registries say: the last index of each that was believed.

use super::{Index, IndexError, IndexPublisher, IndexVersion, Level, PackageDigest, RegistryUrl, Root, kept};
use crate::digest::Sha256;
use crate::keys::Fingerprint;
use crate::npm::PackageName;
use crate::timestamp::Timestamp;
use js_semver::Version;
use manifest_schema::names::PublisherName;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::SystemTime;
use thiserror::Error;

/// The last index of each registry whose root is pinned.
#[derive(Debug, Clone, Default)]
pub struct KnownIndexes {
    known: BTreeMap<RegistryUrl, Known>,
    now: Option<SystemTime>,
}

/// A registry whose root is pinned.
#[derive(Debug, Clone)]
pub struct Known {
    /// Its root.
    pub root: Root,
    /// The last index that was believed; `None` if there was none yet.
    pub index: Option<Index>,
}

/// What an index says of one package.
#[derive(Debug, Clone, Copy)]
pub struct Listing<'a> {
    /// Whose index.
    pub registry: &'a RegistryUrl,
    /// The index.
    pub index: &'a Index,
    /// The package's name.
    pub name: &'a PackageName,
    /// Its version.
    pub version: &'a Version,
    /// What is listed.
    pub entry: &'a IndexVersion,
    /// Whether the index's time is over.
    pub expired: bool,
}

/// That a key or a package must not be trusted any more, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the index of {registry} revokes {what}: {reason}")]
pub struct Revocation {
    /// The key or the package, in words.
    pub what: String,
    /// Whose index.
    pub registry: RegistryUrl,
    /// Why.
    pub reason: String,
}

impl KnownIndexes {
    /// Reads what a trust store keeps of these registries, and checks it again.
    pub(crate) fn read(
        trust: &Path,
        roots: &BTreeMap<RegistryUrl, Root>,
        now: SystemTime,
    ) -> Result<Self, IndexError> {
        let read = |(url, root): (&RegistryUrl, &Root)| {
            let index = kept::read(trust, url, root)?;
            Ok((url.clone(), Known { root: root.clone(), index }))
        };
        let known = roots.iter().map(read).collect::<Result<_, IndexError>>()?;
        Ok(Self { known, now: Some(now) })
    }

    /// All registries whose root is pinned.
    pub fn iter(&self) -> impl Iterator<Item = (&RegistryUrl, &Known)> {
        self.known.iter()
    }

    /// The registry of this address, if its root is pinned.
    pub fn of(&self, registry: &RegistryUrl) -> Option<&Known> {
        self.known.get(registry)
    }

    /// Whether an index's time is over.
    pub fn is_expired(&self, index: &Index) -> bool {
        self.now.is_some_and(|now| index.expires <= Timestamp::from(now))
    }

    /// What the indexes say of the package with this record.
    pub fn listings<'a>(&'a self, record: &'a Sha256) -> impl Iterator<Item = Listing<'a>> {
        self.indexes().flat_map(move |(registry, index)| {
            let expired = self.is_expired(index);
            let versions = index.packages.iter().flat_map(|(name, package)| {
                package.versions.iter().map(move |(version, entry)| (name, version, entry))
            });
            let fits = versions.filter(move |(_, _, entry)| entry.record.as_ref() == Some(record));
            fits.map(move |(name, version, entry)| Listing { registry, index, name, version, entry, expired })
        })
    }

    /// Whether an index has revoked a key. Also one whose time is over is heard: what is revoked stays so.
    pub fn revoked_key(&self, key: &Fingerprint) -> Option<Revocation> {
        self.revocation(format_args!("the key {key}"), |index| index.revoked.keys.get(key))
    }

    /// Whether an index has revoked a package, named by the digest of its archive or of `wa.package.json`.
    pub fn revoked_package(&self, digest: impl Into<PackageDigest>) -> Option<Revocation> {
        let digest = digest.into();
        self.revocation(format_args!("the package {digest}"), |index| index.revoked.packages.get(&digest))
    }

    fn indexes(&self) -> impl Iterator<Item = (&RegistryUrl, &Index)> {
        self.known.iter().filter_map(|(url, known)| Some((url, known.index.as_ref()?)))
    }

    fn revocation(
        &self,
        what: fmt::Arguments<'_>,
        find: impl Fn(&Index) -> Option<&String>,
    ) -> Option<Revocation> {
        self.indexes().find_map(|(registry, index)| {
            let reason = find(index)?.clone();
            Some(Revocation { what: what.to_string(), registry: registry.clone(), reason })
        })
    }
}

impl<'a> Listing<'a> {
    /// Whether somebody stands for the package, and his word still counts.
    pub fn is_curated(&self) -> bool {
        self.entry.level == Level::Curated && !self.expired
    }

    /// What the index says of a publisher, if it may sign this package.
    pub fn publisher(&self, name: &PublisherName) -> Option<&'a IndexPublisher> {
        self.index.publishers.get(name).filter(|publisher| publisher.may_sign(self.name.as_str()))
    }
}
