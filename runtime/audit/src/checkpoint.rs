//! Checkpoints: what the log was at one record, to be kept where the log's writers cannot reach it.

use crate::{
    LogError, Moment,
    files::replace,
    hash::Hash,
    key::{FirstKey, Key},
    record::Place,
};
use serde::{Deserialize, Serialize};
use std::{fs, path::Path};

/// A statement that the log had this record at its end. Its MAC is under a key made from that of the next record, so that who breaks
/// in later cannot make one for an earlier time; who holds the first key can check it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The log.
    pub log_id: String,
    /// Its last record.
    pub seq: u64,
    /// That record's hash.
    pub hash: Hash,
    /// When the checkpoint was made.
    pub at: String,
    /// HMAC-SHA256 over the SHA-256 of the canonical JSON of the other members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mac: Option<Hash>,
}

impl Checkpoint {
    /// A checkpoint of the record before `next`, whose key this is.
    pub(crate) fn new(next: &Place, key: &Key, at: Moment) -> Result<Self, LogError> {
        let mut checkpoint = Self {
            log_id: next.log_id.clone(),
            seq: next.seq - 1,
            hash: next.prev,
            at: at.to_string(),
            mac: None,
        };
        checkpoint.mac = Some(key.for_checkpoint().seal(&checkpoint.digest()?));
        Ok(checkpoint)
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// [`LogError::Io`], and [`LogError::Malformed`] if the file is no checkpoint.
    pub fn read(path: &Path) -> Result<Self, LogError> {
        let bytes = fs::read(path).map_err(LogError::io("read", path))?;
        serde_json::from_slice(&bytes).map_err(LogError::malformed("a checkpoint of an audit log", path))
    }

    /// Writes it, in place of another that may be there.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn write(&self, path: &Path) -> Result<(), LogError> {
        let mut bytes = serde_json_canonicalizer::to_vec(self)?;
        bytes.push(b'\n');
        replace(path, &bytes)
    }

    /// Whether the log with this first key has made it.
    pub(crate) fn is_of(&self, first: &FirstKey) -> bool {
        let key = first.of_record(self.seq.saturating_add(1)).for_checkpoint();
        let Ok(digest) = self.digest() else { return false };
        self.mac.is_some_and(|mac| key.has_sealed(&digest, &mac))
    }

    fn digest(&self) -> Result<Hash, LogError> {
        let content = Self { mac: None, ..self.clone() };
        Ok(Hash::of(&[&serde_json_canonicalizer::to_vec(&content)?]))
    }
}
