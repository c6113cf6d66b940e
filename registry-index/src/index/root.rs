//! A registry's root: the keys whose word its index is believed on.

use super::MAX_KEYS;
use crate::digest::Sha256;
use crate::keys::{Fingerprint, PublicKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The address of a registry: `https` or `http`, without user, query and fragment, with a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegistryUrl(String);

/// The root of a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    keys: Vec<PublicKey>,
    threshold: u32,
    /// The newest index that was believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<Seen>,
}

/// An index that was believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// Its version.
    pub version: u64,
    /// The digest of its text.
    pub sha256: Sha256,
}

/// A root that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RootError {
    /// The text is no address of a registry.
    #[error("`{0}` is not the URL of a registry: write `https://host/path/`")]
    Url(String),
    /// A root needs keys.
    #[error("a root has 1 to {MAX_KEYS} keys, not {0}")]
    Keys(usize),
    /// More signatures than keys, or none.
    #[error("with {keys} different keys, {threshold} signatures cannot be asked for")]
    Threshold {
        /// How many keys there are.
        keys: usize,
        /// How many signatures were asked for.
        threshold: u32,
    },
    /// Signature files are told apart by the first digits of the fingerprint.
    #[error("the keys {0} and {1} begin alike; choose another one")]
    Alike(Fingerprint, Fingerprint),
}

impl Root {
    /// A root of these keys, `threshold` of which must sign an index. A key that is there twice counts once.
    ///
    /// # Errors
    /// [`RootError::Keys`], [`RootError::Threshold`] and [`RootError::Alike`].
    pub fn new(keys: Vec<PublicKey>, threshold: u32) -> Result<Self, RootError> {
        let mut known = BTreeSet::new();
        let mut keys: Vec<_> = keys.into_iter().filter(|key| known.insert(key.fingerprint())).collect();
        if keys.is_empty() || keys.len() > MAX_KEYS {
            return Err(RootError::Keys(keys.len()));
        }
        if threshold == 0 || threshold as usize > keys.len() {
            return Err(RootError::Threshold { keys: keys.len(), threshold });
        }
        keys.sort_by_key(PublicKey::fingerprint);
        let alike = |pair: &&[PublicKey]| pair[0].fingerprint().short() == pair[1].fingerprint().short();
        if let Some([a, b]) = keys.windows(2).find(alike) {
            return Err(RootError::Alike(a.fingerprint(), b.fingerprint()));
        }
        Ok(Self { keys, threshold, seen: None })
    }

    /// The same root, remembering this index.
    pub(crate) fn having_seen(self, seen: Option<Seen>) -> Self {
        Self { seen, ..self }
    }

    /// The keys, by fingerprint.
    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// How many of the keys must have signed.
    pub const fn threshold(&self) -> u32 {
        self.threshold
    }

    /// The newest index that was believed.
    pub const fn seen(&self) -> Option<Seen> {
        self.seen
    }
}

impl RegistryUrl {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the file that keeps this registry's index.
    pub(super) fn file_name(&self) -> String {
        format!("{}.json", &Sha256::of(self.0.as_bytes()).hex()[..32])
    }
}

impl FromStr for RegistryUrl {
    type Err = RootError;

    fn from_str(text: &str) -> Result<Self, RootError> {
        let bad = || RootError::Url(text.to_owned());
        let mut url = reqwest::Url::parse(text).map_err(|_| bad())?;
        let plain = url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https")
            || !plain
            || url.query().is_some()
            || url.fragment().is_some()
        {
            return Err(bad());
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self(url.to_string()))
    }
}

impl TryFrom<String> for RegistryUrl {
    type Error = RootError;

    fn try_from(text: String) -> Result<Self, RootError> {
        text.parse()
    }
}

impl From<RegistryUrl> for String {
    fn from(url: RegistryUrl) -> Self {
        url.0
    }
}

impl fmt::Display for RegistryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
