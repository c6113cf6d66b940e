//! The client of a command: from specs to archives in the cache.

use super::download::{self, Downloaded};
use super::http::{Http, Patience, Request};
use super::packument::Packument;
use super::pick::{Preferences, pick};
use super::promise::{Digest, Promise};
use super::signature::{self, Keys};
use super::{Config, FetchError, PackageName, Progress};
use crate::cache::Cache;
use crate::disk::DiskError;
use crate::index::RegistryUrl;
use crate::install::{FetchedArchive, RegistrySpec, RegistryVersion, Spec, UrlSpec};
use js_semver::Version;
use reqwest::{StatusCode, Url};
use std::collections::HashMap;
use std::io::Write;
use std::sync::Mutex;

/// The largest packument that is read, in bytes.
const MAX_PACKUMENT: u64 = 64 << 20;
/// The largest other document of a registry.
pub(super) const MAX_DOCUMENT: u64 = 16 << 20;

/// A client of npm registries.
#[derive(Debug)]
pub struct Client {
    http: Http,
    cache: Cache,
    offline: bool,
    keys: Mutex<HashMap<RegistryUrl, Option<Keys>>>,
}

/// How a client behaves.
#[derive(Debug, Clone)]
pub struct ClientOptions<'a> {
    /// How long it waits.
    pub patience: Patience,
    /// Whether it must not use the network.
    pub offline: bool,
    /// Its name, such as `wa/0.1.0`.
    pub user_agent: &'a str,
}

/// What a registry offers of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The version that is meant.
    pub version: Version,
    /// The version tagged `latest`.
    pub latest: Option<Version>,
    /// Why the publisher discourages the version that is meant.
    pub deprecated: Option<String>,
}

impl Client {
    /// A client; nothing is asked yet.
    ///
    /// # Errors
    /// [`FetchError::Client`].
    pub fn new(config: Config, cache: Cache, options: &ClientOptions<'_>) -> Result<Self, FetchError> {
        let http = Http::new(config, options.patience, options.user_agent)?;
        Ok(Self { http, cache, offline: options.offline, keys: Mutex::default() })
    }

    /// Its settings.
    pub fn config(&self) -> &Config {
        self.http.config()
    }

    /// What the registry knows of a package.
    ///
    /// # Errors
    /// Any [`FetchError`].
    pub fn packument(&self, name: &PackageName) -> Result<(RegistryUrl, Packument), FetchError> {
        let registry = self.config().registry_of(name)?;
        let url = format!("{registry}{}", name.escaped());
        let parse = |kept: crate::cache::Kept| Packument::parse(kept.body, name, &url);
        let kept = self.cache.document(&url);
        if self.offline {
            return Ok((registry, parse(kept.ok_or_else(|| FetchError::Offline(url.clone()))?)?));
        }
        let mut request = Request::get(parsed(&url)?);
        if let Some(etag) = kept.as_ref().and_then(|kept| kept.etag.as_ref()) {
            request = request.header("if-none-match", etag.clone());
        }
        let answer = match self.http.send(&request) {
            Err(FetchError::Status { status: 404, .. }) => {
                return Err(FetchError::NoPackage { name: name.clone(), registry: registry.to_string() });
            }
            answer => answer?,
        };
        if let (StatusCode::NOT_MODIFIED, Some(kept)) = (answer.response.status(), kept) {
            return Ok((registry, parse(kept)?));
        }
        self.keep(answer, &url)?;
        let kept = self.cache.document(&url).ok_or(FetchError::Offline(url.clone()))?;
        Ok((registry, parse(kept)?))
    }

    /// Puts an answer into the cache without holding it in memory.
    fn keep(&self, mut answer: super::http::Answer, url: &str) -> Result<(), FetchError> {
        let mut file = self.cache.new_document(url, answer.header("etag"))?;
        let mut chunk = [0; 64 << 10];
        let mut got = 0;
        loop {
            let length = answer.read(&mut chunk).map_err(|error| error.of(url, got))?;
            if length == 0 {
                return Ok(self.cache.keep_document(file, url)?);
            }
            got += length as u64;
            if got > MAX_PACKUMENT {
                return Err(FetchError::TooLarge { url: url.to_owned(), limit: MAX_PACKUMENT });
            }
            file.write_all(&chunk[..length]).map_err(DiskError::on("write", file.path()))?;
        }
    }

    /// Which version of a package would be fetched, and what is known of it.
    ///
    /// # Errors
    /// Any [`FetchError`].
    pub fn choose(&self, spec: &RegistrySpec, preferences: &Preferences<'_>) -> Result<Choice, FetchError> {
        let (_, packument) = self.packument(&spec.name)?;
        let (version, release) = pick(&packument, &spec.name, spec.wanted.as_ref(), preferences)?;
        let latest = packument.tagged("latest").map(|(version, _)| version);
        Ok(Choice { version, latest, deprecated: release.deprecated().map(str::to_owned) })
    }

    /// The archive of a package, in the cache.
    ///
    /// # Errors
    /// Any [`FetchError`].
    pub fn fetch_package(
        &self,
        spec: &RegistrySpec,
        preferences: &Preferences<'_>,
        progress: &Progress<'_>,
    ) -> Result<FetchedArchive, FetchError> {
        let (registry, packument) = self.packument(&spec.name)?;
        let (version, release) = pick(&packument, &spec.name, spec.wanted.as_ref(), preferences)?;
        let published = packument.published(&version).map(str::to_owned);
        let keys = if release.dist.signatures.is_empty() { None } else { self.keys(&registry)? };
        let signature = signature::check(release, &spec.name, &version, published.as_deref(), keys.as_ref())?;
        let promise = Promise::of(release, &spec.name, &version, &registry)?;
        let mut warnings = Vec::new();
        if matches!(promise.digest, Digest::Sha1(_)) {
            warnings.push("the registry gives no sha512 of the archive, only the weak sha1".to_owned());
        }
        if !release.dist.signatures.is_empty() && keys.is_none() {
            warnings.push(
                "the registry's signature cannot be checked: the registry publishes no keys".to_owned(),
            );
        }
        if release.dist.attestations.is_some() {
            warnings.push(
                "the registry has a provenance attestation, which this version of wa does not check"
                    .to_owned(),
            );
        }
        let deprecated = release.deprecated().map(str::to_owned);
        let Downloaded { path, digest } = self.promised(&promise, progress)?;
        Ok(FetchedArchive {
            spec: Spec::Registry(spec.clone()),
            path,
            url: Some(promise.url.to_string()),
            integrity: Some(digest),
            registry: Some(RegistryVersion {
                registry: registry.to_string(),
                name: spec.name.clone(),
                version,
                deprecated,
                published,
                signature,
            }),
            warnings,
        })
    }

    /// The archive at a URL, in the cache.
    ///
    /// # Errors
    /// Any [`FetchError`].
    pub fn fetch_url(&self, spec: &UrlSpec, progress: &Progress<'_>) -> Result<FetchedArchive, FetchError> {
        let url = parsed(&spec.url)?;
        let Downloaded { path, digest } = match spec.integrity {
            Some(integrity) => {
                self.promised(&Promise { url, digest: Digest::Sha512(vec![integrity]) }, progress)?
            }
            None if self.offline => return Err(FetchError::Offline(spec.url.clone())),
            None => download::fetched(&self.http, &self.cache, &url, None, progress)?,
        };
        Ok(FetchedArchive {
            spec: Spec::Url(spec.clone()),
            path,
            url: Some(spec.url.clone()),
            integrity: Some(digest),
            registry: None,
            warnings: Vec::new(),
        })
    }

    pub(super) fn promised(
        &self,
        promise: &Promise,
        progress: &Progress<'_>,
    ) -> Result<Downloaded, FetchError> {
        if !self.offline {
            return download::promised(&self.http, &self.cache, promise, progress);
        }
        let Digest::Sha512(digests) = &promise.digest else {
            return Err(FetchError::Offline(promise.url.to_string()));
        };
        let found = digests.iter().find_map(|digest| Some((self.cache.archive(digest)?, *digest)));
        let (path, digest) = found.ok_or_else(|| FetchError::Offline(promise.url.to_string()))?;
        Ok(Downloaded { path, digest })
    }

    /// A small document of a registry, by its path below the registry's address; `None` if there is none.
    ///
    /// # Errors
    /// Any [`FetchError`].
    pub fn document(&self, registry: &RegistryUrl, path: &str) -> Result<Option<Vec<u8>>, FetchError> {
        let url = format!("{registry}{path}");
        if self.offline {
            return Err(FetchError::Offline(url));
        }
        match self.http.send(&Request::get(parsed(&url)?)) {
            Ok(answer) => answer.bytes(MAX_DOCUMENT).map(Some),
            Err(FetchError::Status { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn http(&self) -> &Http {
        &self.http
    }

    /// Whether it must not use the network.
    pub fn is_offline(&self) -> bool {
        self.offline
    }

    /// The signing keys of a registry, asked for once.
    fn keys(&self, registry: &RegistryUrl) -> Result<Option<Keys>, FetchError> {
        let mut known = self.keys.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(keys) = known.get(registry) {
            return Ok(keys.clone());
        }
        let path = "-/npm/v1/keys";
        let keys = match self.document(registry, path) {
            Ok(Some(bytes)) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|source| FetchError::Malformed { url: format!("{registry}{path}"), source })?,
            // What was fetched while there was a network was checked then.
            Ok(None) | Err(FetchError::Offline(_)) => None,
            Err(error) => return Err(error),
        };
        known.insert(registry.clone(), keys.clone());
        Ok(keys)
    }
}

pub(super) fn parsed(url: &str) -> Result<Url, FetchError> {
    Url::parse(url).map_err(|_| FetchError::Url(url.to_owned()))
}
