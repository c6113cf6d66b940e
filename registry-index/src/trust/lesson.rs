//! What the trust store learns from installations.

use super::{NamePattern, Pinned, Publisher, State, TrustError, TrustStore};
use crate::disk::Disk;
use crate::keys::PublicKey;
use crate::rotation::Rotation;
use manifest_schema::names::{PluginId, PublisherName};

/// One thing to remember.
pub(crate) enum Lesson<'a> {
    /// A key that may sign packages of these names, or a known key that may sign more.
    Pin { name: &'a PublisherName, key: &'a PublicKey, pattern: &'a NamePattern, how: Pinned },
    /// A publisher's new key in the place of its old one.
    Rotation(&'a Rotation),
    /// A package with this number was installed. A lower number than before changes nothing.
    Seq { publisher: PublisherName, id: &'a PluginId, seq: u64 },
}

impl TrustStore {
    /// Remembers all of it, or nothing.
    pub(crate) fn learn(&mut self, disk: &Disk, lessons: &[Lesson<'_>]) -> Result<(), TrustError> {
        if lessons.iter().all(|lesson| self.knows(lesson)) {
            return Ok(());
        }
        self.change(disk, |state| lessons.iter().try_for_each(|lesson| state.learn(lesson)))
    }

    fn knows(&self, lesson: &Lesson<'_>) -> bool {
        match lesson {
            Lesson::Seq { publisher, id, seq } => self.highest_seq(publisher, id) >= Some(*seq),
            Lesson::Pin { .. } | Lesson::Rotation(_) => false,
        }
    }
}

impl State {
    fn learn(&mut self, lesson: &Lesson<'_>) -> Result<(), TrustError> {
        match lesson {
            Lesson::Pin { name, key, pattern, how } => self.pin(name, key, pattern, *how),
            Lesson::Rotation(rotation) => self.rotate(rotation),
            Lesson::Seq { publisher, id, seq } => {
                let known = self.ratchet.entry(publisher.clone()).or_default();
                let highest = known.entry((*id).clone()).or_default();
                *highest = (*highest).max(*seq);
                Ok(())
            }
        }
    }

    pub(super) fn pin(
        &mut self,
        name: &PublisherName,
        key: &PublicKey,
        pattern: &NamePattern,
        how: Pinned,
    ) -> Result<(), TrustError> {
        let given = key.fingerprint();
        if self.revoked.contains(&given) {
            return Err(TrustError::Revoked(given));
        }
        let fresh = || Publisher {
            key: key.clone(),
            more_keys: Vec::new(),
            threshold: 1,
            former: Vec::new(),
            patterns: Vec::new(),
            how,
        };
        let publisher = self.publishers.entry(name.clone()).or_insert_with(fresh);
        let pinned = publisher.key.fingerprint();
        if pinned != given {
            return Err(TrustError::OtherKey { publisher: name.clone(), pinned, given });
        }
        if !publisher.patterns.contains(pattern) {
            publisher.patterns.push(pattern.clone());
            publisher.patterns.sort();
        }
        Ok(())
    }

    fn rotate(&mut self, rotation: &Rotation) -> Result<(), TrustError> {
        let Rotation { publisher: name, old, new, .. } = rotation;
        let (from, to) = (old.fingerprint(), new.fingerprint());
        if let Some(revoked) = [from, to].into_iter().find(|key| self.revoked.contains(key)) {
            return Err(TrustError::Revoked(revoked));
        }
        let publisher = self.publishers.get_mut(name).ok_or_else(|| TrustError::Unknown(name.clone()))?;
        if publisher.keys().any(|key| key.fingerprint() == to) {
            return Ok(());
        }
        let mut keys = std::iter::once(&mut publisher.key).chain(&mut publisher.more_keys);
        let key = keys.find(|key| key.fingerprint() == from);
        let key = key.ok_or_else(|| TrustError::NotItsKey { publisher: name.clone(), key: from })?;
        *key = new.clone();
        publisher.former.push(old.clone());
        publisher.how = Pinned::Rotation;
        Ok(())
    }
}
