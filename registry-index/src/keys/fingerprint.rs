//! The name by which people recognise a key.

use super::KeyError;
use crate::digest::{Sha256, hex, unhex};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The name of a key: the first 16 bytes of the SHA-256 of its 32 public bytes.
///
/// Written `wa:` and eight groups of four hexadecimal digits: `wa:1a2b-3c4d-…`. Reading also takes spaces or nothing
/// between the groups, and capitals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// The name of the key with these 32 public bytes.
    pub(super) fn of(key: &[u8]) -> Self {
        let digest = Sha256::of(key);
        let mut short = [0; 16];
        short.copy_from_slice(&digest.as_bytes()[..16]);
        Self(short)
    }

    /// The first 8 digits, which tell apart files of several signers. They prove nothing.
    pub fn short(&self) -> String {
        hex(&self.0[..4])
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups: Vec<String> = self.0.chunks(2).map(hex).collect();
        write!(f, "wa:{}", groups.join("-"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let digits = text.strip_prefix("wa:").map(|rest| rest.replace(['-', ' '], "").to_lowercase());
        digits
            .and_then(|digits| unhex(&digits))
            .map(Self)
            .ok_or_else(|| KeyError::NotFingerprint(text.to_owned()))
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> String {
        fingerprint.to_string()
    }
}
