//! The digest that names a package: of its archive, or of its `wa.package.json`.

use crate::digest::{DigestError, Sha256, Sha512};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What names a package for good.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageDigest(String);

impl FromStr for PackageDigest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl From<Sha512> for PackageDigest {
    fn from(archive: Sha512) -> Self {
        Self(archive.to_string())
    }
}

impl From<Sha256> for PackageDigest {
    fn from(record: Sha256) -> Self {
        Self(record.to_string())
    }
}

impl TryFrom<String> for PackageDigest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digest = if text.starts_with("sha256:") {
            text.parse::<Sha256>()?.to_string()
        } else {
            text.parse::<Sha512>()?.to_string()
        };
        Ok(Self(digest))
    }
}

impl From<PackageDigest> for String {
    fn from(digest: PackageDigest) -> Self {
        digest.0
    }
}

impl fmt::Display for PackageDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
