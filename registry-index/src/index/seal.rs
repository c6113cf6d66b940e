//! An index with its signatures: as a registry serves it, and as the trust store keeps it.

use super::{Index, IndexError, Root};
use crate::digest::Sha256;
use crate::keys::{Fingerprint, KeyError, SecretKey};
use crate::signature;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The text of an index, and the texts of its signatures by the first digits of the keys' fingerprints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// The text of `wa-index.json`.
    pub index: String,
    /// The text of each `wa-index.json.<fpr8>.minisig`.
    pub signatures: BTreeMap<String, String>,
}

/// The name of the file with a key's signature: `wa-index.json.<first 8 digits of the fingerprint>.minisig`.
pub fn signature_file(key: &Fingerprint) -> String {
    format!("{}.{}.minisig", super::INDEX_FILE, key.short())
}

/// What a signature says beside being one.
fn trusted_comment(index: &Index, text: &[u8]) -> String {
    format!("wa1-index version={} expires={} sha256={}", index.version, index.expires, Sha256::of(text).hex())
}

/// The text of a signature over an index, whose text is given.
///
/// # Errors
/// [`KeyError::Minisign`].
pub fn sign(key: &SecretKey, index: &Index, text: &[u8]) -> Result<String, KeyError> {
    signature::sign(key, text, &trusted_comment(index, text))
}

impl Sealed {
    /// The index, if enough of the root's keys have signed it. Each key counts once. Whether its time is over, and
    /// whether a newer one was seen, is for the caller to ask.
    ///
    /// # Errors
    /// Those of [`Index::parse`], and [`IndexError::Signatures`].
    pub fn open(&self, root: &Root) -> Result<Index, IndexError> {
        let index = Index::parse(self.index.as_bytes())?;
        let comment = trusted_comment(&index, self.index.as_bytes());
        let (mut good, mut problems) = (0, Vec::new());
        for key in root.keys() {
            let fingerprint = key.fingerprint();
            let Some(signature) = self.signatures.get(&fingerprint.short()) else {
                problems.push(format!("{fingerprint} has not signed"));
                continue;
            };
            match signature::verify(key, self.index.as_bytes(), signature.as_bytes(), &comment) {
                Ok(()) => good += 1,
                Err(_) => problems.push(format!("the signature of {fingerprint} does not fit")),
            }
        }
        if good >= root.threshold() as usize {
            Ok(index)
        } else {
            Err(IndexError::Signatures { good, needed: root.threshold(), problems })
        }
    }

    /// The digest of the index's text.
    pub fn digest(&self) -> Sha256 {
        Sha256::of(self.index.as_bytes())
    }
}
