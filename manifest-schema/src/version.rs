//! Versions and ranges, with npm's syntax and meaning.

pub use js_semver::Version;

use js_semver::{Range, SemverError};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A range such as `>=0.1 <2` or `^1.2`, kept as it was written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VersionRange {
    text: String,
    range: Range,
}

impl VersionRange {
    /// Whether the range has this version. As in npm, a pre-release is only in a range that names one of the same
    /// three numbers.
    pub fn contains(&self, version: &Version) -> bool {
        self.range.satisfies(version)
    }
}

impl FromStr for VersionRange {
    type Err = SemverError;

    fn from_str(text: &str) -> Result<Self, SemverError> {
        Ok(Self { text: text.to_owned(), range: Range::parse(text)? })
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Equal as written.
impl PartialEq for VersionRange {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for VersionRange {}

impl TryFrom<String> for VersionRange {
    type Error = SemverError;

    fn try_from(text: String) -> Result<Self, SemverError> {
        text.parse()
    }
}

impl From<VersionRange> for String {
    fn from(range: VersionRange) -> Self {
        range.text
    }
}
