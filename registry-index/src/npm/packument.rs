//! The document that a registry keeps of a package.

use super::{FetchError, PackageName};
use js_semver::Version;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::io::Read;

/// A packument, as far as it matters here. Source: the npm registry's API documentation, `package-metadata.md`.
#[derive(Debug, Clone, Deserialize)]
pub struct Packument {
    name: String,
    #[serde(default, rename = "dist-tags")]
    pub(super) tags: BTreeMap<String, String>,
    #[serde(default)]
    versions: BTreeMap<String, Release>,
    #[serde(default)]
    time: BTreeMap<String, Words>,
}

/// One version in a packument.
#[derive(Debug, Clone, Deserialize)]
pub struct Release {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    #[serde(default)]
    deprecated: Words,
    #[serde(default)]
    engines: Engines,
    #[serde(default)]
    pub(super) dist: Dist,
}

/// Where the archive of a version is, and what it must be.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Dist {
    pub(super) tarball: Option<String>,
    pub(super) integrity: Option<String>,
    pub(super) shasum: Option<String>,
    #[serde(default)]
    pub(super) signatures: Vec<DistSignature>,
    pub(super) attestations: Option<IgnoredAny>,
}

/// A registry's signature of a version.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct DistSignature {
    pub(super) keyid: String,
    pub(super) sig: String,
}

/// A text, or something else that registries put in its place.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(untagged)]
enum Words {
    Said(String),
    Other(IgnoredAny),
    #[default]
    Absent,
}

/// Engines by name; old packages have a list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(untagged)]
enum Engines {
    Named(BTreeMap<String, String>),
    Other(IgnoredAny),
    #[default]
    Absent,
}

impl Packument {
    /// Reads a packument, which must be that of this package.
    ///
    /// # Errors
    /// [`FetchError::Malformed`] and [`FetchError::Confused`].
    pub fn parse(body: impl Read, name: &PackageName, url: &str) -> Result<Self, FetchError> {
        let malformed = |source| FetchError::Malformed { url: url.to_owned(), source };
        let packument: Self = serde_json::from_reader(body).map_err(malformed)?;
        if packument.name == name.as_str() {
            return Ok(packument);
        }
        Err(FetchError::Confused { what: "package", asked: name.to_string(), found: packument.name })
    }

    /// The versions that are versions, oldest first.
    pub fn versions(&self) -> Vec<(Version, &Release)> {
        let parsed =
            self.versions.iter().filter_map(|(text, release)| Some((Version::parse(text).ok()?, release)));
        let mut versions: Vec<_> = parsed.collect();
        versions.sort_by(|a, b| a.0.cmp_build(&b.0));
        versions
    }

    /// The version that a tag names.
    pub fn tagged(&self, tag: &str) -> Option<(Version, &Release)> {
        let text = self.tags.get(tag)?;
        Some((Version::parse(text).ok()?, self.versions.get(text)?))
    }

    /// When a version was published, as the registry writes it.
    pub fn published(&self, version: &Version) -> Option<&str> {
        match self.time.get(&version.to_string())? {
            Words::Said(time) => Some(time),
            Words::Other(_) | Words::Absent => None,
        }
    }
}

impl Release {
    /// The message of a version that its publisher discourages.
    pub fn deprecated(&self) -> Option<&str> {
        match &self.deprecated {
            Words::Said(message) if !message.is_empty() => Some(message),
            _ => None,
        }
    }

    /// Whether the version is made for this `wa`, as far as the registry knows. The manifest has the last word.
    pub fn fits(&self, wa: &Version) -> bool {
        let Engines::Named(engines) = &self.engines else { return true };
        let range = engines.get("wa").and_then(|range| js_semver::Range::parse(range).ok());
        range.is_none_or(|range| range.satisfies(wa))
    }
}
