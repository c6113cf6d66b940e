//! What the pinned registries say for a package: when it is chosen, when it is installed, and at every load.

use super::{IndexError, IndexVersion, Known, KnownIndexes, Listing, RegistryUrl};
use crate::digest::{Sha256, Sha512};
use crate::install::RegistryVersion;
use crate::keys::{Fingerprint, PublicKey};
use crate::npm::PackageName;
use crate::package::PackageRecord;
use crate::timestamp::Timestamp;
use js_semver::Version;
use manifest_schema::names::PublisherName;
use std::collections::BTreeSet;

/// An index's word for a package that somebody signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Whose index.
    pub registry: RegistryUrl,
    /// Until when the word counts.
    pub expires: Timestamp,
    /// Whether that time is over.
    pub expired: bool,
    /// Whether the index names the keys that signed, as the publisher's and for packages of this name.
    pub vouches: bool,
    /// Whether a registry whose index has not expired stands for the package.
    pub curated: bool,
}

/// What was fetched of a package of a registry, to be compared with what the registry's index says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrived<'a> {
    pub(crate) from: &'a RegistryVersion,
    pub(crate) archive: &'a Sha512,
    pub(crate) record: Option<&'a Sha256>,
    pub(crate) seq: Option<u64>,
    /// Whether the project's lock pins this very archive.
    pub(crate) is_locked: bool,
}

impl KnownIndexes {
    /// What the indexes say for the package with this record, signed by these keys. It counts wherever the package came
    /// from: the digest names it.
    pub fn word(
        &self,
        digest: &Sha256,
        record: &PackageRecord,
        publisher: &PublisherName,
        signers: &BTreeSet<Fingerprint>,
    ) -> Option<Word> {
        let fits = |listing: &Listing<'_>| {
            *listing.version == record.version && listing.entry.seq == Some(record.seq)
        };
        let listings: Vec<_> = self.listings(digest).filter(fits).collect();
        let vouches = |listing: &Listing<'_>| {
            listing.publisher(publisher).is_some_and(|keys| keys.lacks(signers).is_none())
        };
        let best =
            listings.iter().max_by_key(|listing| (!listing.expired && vouches(listing), vouches(listing)))?;
        Some(Word {
            registry: best.registry.clone(),
            expires: best.index.expires,
            expired: best.expired,
            vouches: vouches(best),
            curated: listings.iter().any(Listing::is_curated),
        })
    }

    /// The keys that indexes name for a publisher.
    pub(crate) fn keys_of<'a>(&'a self, publisher: &'a PublisherName) -> impl Iterator<Item = &'a PublicKey> {
        let of = move |(_, known): (&RegistryUrl, &'a Known)| known.index.as_ref()?.publishers.get(publisher);
        self.iter().filter_map(of).flat_map(|publisher| &publisher.keys)
    }

    /// Whether a version may be chosen for a range or a tag. Where no root is pinned, every one may.
    pub fn may_choose(&self, registry: &RegistryUrl, name: &PackageName, version: &Version) -> bool {
        match self.of(registry) {
            Some(Known { index: Some(index), .. }) => {
                index.version(name, version).is_some_and(|entry| entry.yanked.is_none())
            }
            // Without an index nothing of a registry whose root is pinned installs; that is said once it is chosen.
            Some(Known { index: None, .. }) | None => true,
        }
    }

    /// Whether a package that came from a registry is what the registry's index says; where no root is pinned, nothing is said.
    ///
    /// # Errors
    /// [`IndexError::NeverFetched`], [`IndexError::Expired`], [`IndexError::NotListed`], [`IndexError::Differs`] and
    /// [`IndexError::Yanked`].
    pub(crate) fn check_arrived(&self, arrived: Arrived<'_>) -> Result<(), IndexError> {
        let RegistryVersion { registry, name, version, .. } = arrived.from;
        let Some(known) = registry.parse().ok().and_then(|url: RegistryUrl| self.of(&url)) else {
            return Ok(());
        };
        let index = known.index.as_ref().ok_or(IndexError::NeverFetched)?;
        if self.is_expired(index) {
            return Err(IndexError::Expired(index.expires));
        }
        let package = || format!("{name}@{version}");
        let entry = index.version(name, version).ok_or_else(|| IndexError::NotListed(package()))?;
        if let Some(what) = difference(entry, arrived) {
            return Err(IndexError::Differs { package: package(), what });
        }
        match &entry.yanked {
            Some(reason) if !arrived.is_locked => {
                Err(IndexError::Yanked { package: package(), reason: reason.clone() })
            }
            _ => Ok(()),
        }
    }
}

/// The first thing in which an archive is not what the index lists.
fn difference(entry: &IndexVersion, arrived: Arrived<'_>) -> Option<&'static str> {
    if entry.archive != *arrived.archive {
        Some("another archive")
    } else if entry.record.as_ref() != arrived.record {
        Some("another wa.package.json")
    } else if entry.seq != arrived.seq {
        Some("another sequence number")
    } else {
        None
    }
}
