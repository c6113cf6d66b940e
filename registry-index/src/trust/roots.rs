//! Registries whose root is pinned, and what is kept of their indexes.

use super::{TrustError, TrustStore};
use crate::disk::Disk;
use crate::index::{Index, IndexError, KnownIndexes, RegistryUrl, Root, Sealed, Seen, kept};
use crate::timestamp::Timestamp;
use std::path::Path;
use std::time::SystemTime;

impl TrustStore {
    /// The time by which this value judges what has expired.
    pub const fn now(&self) -> SystemTime {
        self.now
    }

    /// What the registries with a pinned root say.
    pub const fn indexes(&self) -> &KnownIndexes {
        &self.indexes
    }

    /// Pins the root of a registry, or replaces it. The versions of its index still only grow. What was kept of the
    /// index goes if the new keys have not signed it.
    ///
    /// # Errors
    /// Those of [`Self::open`].
    pub fn add_root(&mut self, registry: &RegistryUrl, root: Root) -> Result<(), TrustError> {
        let (disk, directory) = (Disk::default(), self.directory.clone());
        self.change(&disk, |state| {
            let seen = state.roots.get(registry).and_then(Root::seen);
            let root = root.having_seen(seen);
            if kept::read(&directory, registry, &root).is_err() {
                kept::forget(&disk, &directory, registry)?;
            }
            state.roots.insert(registry.clone(), root);
            Ok(())
        })?;
        self.read_indexes()
    }

    /// Forgets the root of a registry, and what was kept of its index.
    ///
    /// # Errors
    /// [`TrustError::UnknownRoot`], and those of [`Self::open`].
    pub fn remove_root(&mut self, registry: &RegistryUrl) -> Result<(), TrustError> {
        let (disk, directory) = (Disk::default(), self.directory.clone());
        self.change(&disk, |state| {
            if state.roots.remove(registry).is_none() {
                return Err(TrustError::UnknownRoot(registry.clone()));
            }
            Ok(kept::forget(&disk, &directory, registry)?)
        })?;
        self.read_indexes()
    }

    /// Believes an index that was fetched, and keeps it: enough of the root's keys have signed it, its time is not over,
    /// and no newer one was seen. Anything else changes nothing.
    ///
    /// # Errors
    /// [`TrustError::UnknownRoot`], [`TrustError::Index`], and those of [`Self::open`].
    pub fn believe(&mut self, registry: &RegistryUrl, sealed: &Sealed) -> Result<(), TrustError> {
        let known = self.indexes.of(registry).ok_or_else(|| TrustError::UnknownRoot(registry.clone()))?;
        let index = sealed.open(&known.root)?;
        let seen = judge(&known.root, &index, sealed, self.now)?;
        if known.root.seen() == Some(seen) && known.index.is_some() {
            return Ok(());
        }
        let (disk, directory, now) = (Disk::default(), self.directory.clone(), self.now);
        self.change(&disk, |state| {
            let unknown = || TrustError::UnknownRoot(registry.clone());
            let root = state.roots.get_mut(registry).ok_or_else(unknown)?;
            // Another process may have changed the root since, or have seen a newer index.
            let index = sealed.open(root)?;
            let seen = judge(root, &index, sealed, now)?;
            kept::keep(&disk, &directory, registry, sealed)?;
            *root = root.clone().having_seen(Some(seen));
            Ok(())
        })?;
        self.read_indexes()
    }

    /// Copies what is kept of the indexes into a mirror, for machines without a network; how many there are.
    ///
    /// # Errors
    /// [`TrustError::Index`].
    pub fn mirror_indexes(&self, mirror: &Path) -> Result<usize, TrustError> {
        let mut copied = 0;
        for registry in self.state.roots.keys() {
            copied += usize::from(kept::mirror(&Disk::default(), &self.directory, registry, mirror)?);
        }
        Ok(copied)
    }

    /// Believes the indexes in a mirror, of the registries whose root is pinned here. One that is older than what was seen
    /// is passed over.
    ///
    /// # Errors
    /// Those of [`Self::believe`].
    pub fn believe_mirrored(&mut self, mirror: &Path) -> Result<(), TrustError> {
        for registry in self.state.roots.keys().cloned().collect::<Vec<_>>() {
            let Some(sealed) = kept::read_mirrored(mirror, &registry)? else { continue };
            match self.believe(&registry, &sealed) {
                Ok(()) | Err(TrustError::Index(IndexError::Replayed { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    pub(super) fn read_indexes(&mut self) -> Result<(), TrustError> {
        self.indexes = KnownIndexes::read(&self.directory, &self.state.roots, self.now)?;
        Ok(())
    }
}

/// Whether an index that was signed is new enough; what is to be remembered of it.
fn judge(root: &Root, index: &Index, sealed: &Sealed, now: SystemTime) -> Result<Seen, IndexError> {
    if index.expires <= Timestamp::from(now) {
        return Err(IndexError::Expired(index.expires));
    }
    let found = Seen { version: index.version, sha256: sealed.digest() };
    match root.seen() {
        Some(seen) if found.version < seen.version => {
            Err(IndexError::Replayed { found: found.version, seen: seen.version })
        }
        Some(seen) if found.version == seen.version && found != seen => {
            Err(IndexError::TwoOfOneVersion(found.version))
        }
        _ => Ok(found),
    }
}
