//! Keys: each seals one record, and the next is made from it.

use crate::{LogError, hash::Hash};
use ring::{hmac, rand::SecureRandom as _};
use serde::{Deserialize, Serialize};
use std::{
    fmt, fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// Keeps the chain of keys apart from every other use of SHA-256.
const NEXT: &[u8] = b"wa audit: the key of the next record\0";
/// Keeps a checkpoint's key apart from the key of the record after it.
const CHECKPOINT: &[u8] = b"wa audit: the key of a checkpoint\0";

/// The key of one record.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Key(Hash);

impl Key {
    /// The key of the record after this one's. There is no way back.
    pub(crate) fn next(&self) -> Self {
        Self(Hash::of(&[NEXT, &self.0.0]))
    }

    /// The MAC of the record with this hash.
    pub(crate) fn seal(&self, hash: &Hash) -> Hash {
        Hash::from_digest(hmac::sign(&self.hmac(), &hash.0).as_ref())
    }

    /// Whether `mac` is the MAC of the record with this hash.
    pub(crate) fn has_sealed(&self, hash: &Hash, mac: &Hash) -> bool {
        hmac::verify(&self.hmac(), &hash.0, &mac.0).is_ok()
    }

    /// The key that seals a checkpoint of the record before this key's. Who gets hold of a later key cannot make it.
    pub(crate) fn for_checkpoint(&self) -> Self {
        Self(Hash::of(&[CHECKPOINT, &self.0.0]))
    }

    fn hmac(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.0.0)
    }
}

/// Random bytes of the system.
pub(crate) fn random() -> Result<Hash, LogError> {
    let mut bytes = [0; 32];
    ring::rand::SystemRandom::new().fill(&mut bytes).map_err(|_| LogError::Random)?;
    Ok(Hash(bytes))
}

/// The key that a log began with, in a file outside of what it protects. Who has it can check every record, and could forge them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstKey {
    /// The log that it is of.
    pub log_id: String,
    key: Key,
}

impl fmt::Debug for FirstKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FirstKey").field("log_id", &self.log_id).finish_non_exhaustive()
    }
}

impl FirstKey {
    pub(crate) fn new(log_id: String) -> Result<Self, LogError> {
        Ok(Self { log_id, key: Key(random()?) })
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// [`LogError::Io`], and [`LogError::Malformed`] if it is no key file.
    pub fn read(path: &Path) -> Result<Self, LogError> {
        let bytes = fs::read(path).map_err(LogError::io("read", path))?;
        serde_json::from_slice(&bytes).map_err(LogError::malformed("the key of an audit log", path))
    }

    /// Writes the key file, which must not be there yet. Nobody but its owner may read it.
    pub(crate) fn write(&self, path: &Path) -> Result<(), LogError> {
        let write = || -> io::Result<()> {
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            serde_json::to_writer(&mut file, self)?;
            file.write_all(b"\n")?;
            file.sync_all()
        };
        write().map_err(LogError::io("write", path))
    }

    /// The key of record `seq`; the first record has 1.
    pub(crate) fn of_record(&self, seq: u64) -> Key {
        (0..seq).fold(self.key.clone(), |key, _| key.next())
    }
}
