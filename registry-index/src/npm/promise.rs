//! What a registry promises of an archive: where it is, and its digest.

use super::packument::Release;
use super::{FetchError, PackageName};
use crate::digest::{Sha512, hex};
use crate::index::RegistryUrl;
use base64::prelude::{BASE64_STANDARD, Engine};
use js_semver::Version;
use reqwest::Url;

/// The host that npm writes into every packument; other registries copy it.
const NPM: &str = "registry.npmjs.org";

/// The digest that an archive must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Digest {
    /// One of these.
    Sha512(Vec<Sha512>),
    /// The old `shasum`, when there is nothing better.
    Sha1(String),
}

/// What is known of an archive before it comes.
#[derive(Debug, Clone)]
pub(super) struct Promise {
    pub(super) url: Url,
    pub(super) digest: Digest,
}

impl Promise {
    /// Reads it from a version of a packument, which must be the version that was chosen.
    pub(super) fn of(
        release: &Release,
        name: &PackageName,
        version: &Version,
        registry: &RegistryUrl,
    ) -> Result<Self, FetchError> {
        for (what, asked, found) in
            [("package", name.to_string(), &release.name), ("version", version.to_string(), &release.version)]
        {
            if let Some(found) = found.as_ref().filter(|found| **found != asked) {
                return Err(FetchError::Confused { what, asked, found: found.clone() });
            }
        }
        let undescribed =
            |what| FetchError::Undescribed { name: name.clone(), version: version.to_string(), what };
        let tarball = release.dist.tarball.as_deref().ok_or_else(|| undescribed("address of the archive"))?;
        let url = address(tarball, registry)?;
        let digest = digest(release).ok_or_else(|| undescribed("digest"))?;
        Ok(Self { url, digest })
    }
}

/// Where the archive is. Like npm, takes npm's own host to mean the registry at hand.
fn address(tarball: &str, registry: &RegistryUrl) -> Result<Url, FetchError> {
    let parse = |text: &str| Url::parse(text).map_err(|_| FetchError::Url(text.to_owned()));
    let (url, base) = (parse(tarball)?, parse(registry.as_str())?);
    if url.host_str() != Some(NPM) || base.host_str() == Some(NPM) {
        return Ok(url);
    }
    let path = url.path().trim_start_matches('/');
    base.join(path).map_err(|_| FetchError::Url(tarball.to_owned()))
}

fn digest(release: &Release) -> Option<Digest> {
    let integrity = release.dist.integrity.as_deref().unwrap_or_default();
    // The options behind a `?` mean nothing.
    let texts = integrity.split_whitespace().map(|text| text.split('?').next().unwrap_or(text));
    let digests: Vec<Sha512> = texts.clone().filter_map(|text| text.parse().ok()).collect();
    if !digests.is_empty() {
        return Some(Digest::Sha512(digests));
    }
    let shasum = release.dist.shasum.clone().or_else(|| {
        let sha1 = texts.into_iter().find_map(|text| text.strip_prefix("sha1-"))?;
        Some(hex(&BASE64_STANDARD.decode(sha1).ok()?))
    })?;
    let good = shasum.len() == 40 && shasum.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    good.then_some(Digest::Sha1(shasum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npms_own_host_means_the_registry_at_hand() {
        let at = |tarball, registry: &str| address(tarball, &registry.parse().unwrap()).unwrap().to_string();
        let npms = "https://registry.npmjs.org/@a/x/-/x-1.0.0.tgz";
        assert_eq!(at(npms, "http://127.0.0.1:4873/"), "http://127.0.0.1:4873/@a/x/-/x-1.0.0.tgz");
        assert_eq!(at(npms, "https://m.org/npm/"), "https://m.org/npm/@a/x/-/x-1.0.0.tgz");
        assert_eq!(at(npms, "https://registry.npmjs.org/"), npms);
        assert_eq!(at("https://cdn.org/x.tgz", "https://m.org/"), "https://cdn.org/x.tgz");
    }

    #[test]
    fn the_best_digest_counts() {
        let sha512 = Sha512::of(b"x");
        let read = |dist: serde_json::Value| {
            digest(&serde_json::from_value(serde_json::json!({ "dist": dist })).unwrap())
        };
        let sha1 = "11f6ad8ec52a2984abaafd7c3b516503785c2072";
        let both = serde_json::json!({ "integrity": format!("sha1-EfatjsUqKYSrqv18O1FlA3hcIHI= {sha512}?x"), "shasum": sha1 });
        assert_eq!(read(both), Some(Digest::Sha512(vec![sha512])));
        assert_eq!(read(serde_json::json!({ "shasum": sha1 })), Some(Digest::Sha1(sha1.to_owned())));
        let old = serde_json::json!({ "integrity": "sha1-EfatjsUqKYSrqv18O1FlA3hcIHI=" });
        assert_eq!(read(old), Some(Digest::Sha1(sha1.to_owned())));
        assert_eq!(read(serde_json::json!({ "integrity": "sha512-short", "shasum": "zz" })), None);
        assert_eq!(read(serde_json::json!({})), None);
    }
}
