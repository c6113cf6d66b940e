//! Looking for packages.

use super::http::Request;
use super::registry::{Client, MAX_DOCUMENT, parsed};
use super::{FetchError, PackageName};
use serde::{Deserialize, Serialize};

/// The word in `keywords` of `package.json` by which plugins of `wa` are found; `wa plugins pack` writes it.
pub const KEYWORD: &str = "wa-plugin";

/// A package that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// Its name.
    pub name: PackageName,
    /// Its newest version, as the registry writes it.
    pub version: String,
    /// What it says of itself.
    pub description: String,
    /// Whether it says that it is a plugin of `wa`.
    pub is_plugin: bool,
}

#[derive(Deserialize)]
struct Answer {
    objects: Vec<Object>,
}

#[derive(Deserialize)]
struct Object {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    keywords: Option<Vec<String>>,
}

impl Client {
    /// Packages that a registry finds for these words, at most `limit`. Source: npm's `/-/v1/search`.
    ///
    /// # Errors
    /// Any [`FetchError`]; `Status` with 404 from a registry that cannot search.
    pub fn search(&self, words: &str, limit: u8) -> Result<Vec<Hit>, FetchError> {
        let base = format!("{}-/v1/search", self.config().registry());
        if self.is_offline() {
            return Err(FetchError::Offline(base));
        }
        let mut url = parsed(&base)?;
        url.query_pairs_mut().append_pair("text", words).append_pair("size", &limit.to_string());
        let bytes = self.http().send(&Request::get(url))?.bytes(MAX_DOCUMENT)?;
        let answer: Answer =
            serde_json::from_slice(&bytes).map_err(|source| FetchError::Malformed { url: base, source })?;
        let hit = |object: Object| {
            let Package { name, version, description, keywords } = object.package;
            Some(Hit {
                name: name.parse().ok()?,
                version,
                description: description.unwrap_or_default(),
                is_plugin: keywords.unwrap_or_default().iter().any(|word| word == KEYWORD),
            })
        };
        Ok(answer.objects.into_iter().filter_map(hit).take(limit.into()).collect())
    }
}
