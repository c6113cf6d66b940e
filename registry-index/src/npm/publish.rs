//! Giving a package to a registry.

use super::http::Request;
use super::registry::{Client, parsed};
use super::{FetchError, PackageName};
use crate::digest::{Sha512, hex};
use crate::index::RegistryUrl;
use base64::prelude::{BASE64_STANDARD, Engine};
use js_semver::Version;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use thiserror::Error;

/// A package that is to be published.
#[derive(Debug)]
pub struct Publication<'a> {
    /// Its name.
    pub name: &'a PackageName,
    /// Its version.
    pub version: &'a Version,
    /// Its `package.json`.
    pub package_json: &'a Value,
    /// The archive, sent as it is.
    pub archive: &'a [u8],
    /// The tag that will name this version.
    pub tag: &'a str,
    /// `public` or `restricted`; what the registry likes best if absent.
    pub access: Option<&'a str>,
    /// A one-time password, where the account asks for one.
    pub otp: Option<&'a str>,
}

/// Why a package was not published.
#[derive(Debug, Error)]
pub enum PublishError {
    /// The registry has this version already.
    #[error(
        "{registry} has {name}@{version} already; a published version never changes, so raise the version"
    )]
    Exists {
        /// The registry.
        registry: String,
        /// The package.
        name: PackageName,
        /// The version.
        version: Box<Version>,
    },
    /// The account needs a second factor.
    #[error("{0} asks for a one-time password; give it with --otp")]
    Otp(String),
    /// The registry does not know who this is.
    #[error(
        "{0} takes packages from people whom it knows; put a token for it into ~/.npmrc, as `npm login` does"
    )]
    Unknown(String),
    /// The registry said no.
    #[error("{registry} refuses ({status}){}", if words.is_empty() { String::new() } else { format!(": {words}") })]
    Refused {
        /// The registry.
        registry: String,
        /// The HTTP status.
        status: u16,
        /// What it says.
        words: String,
    },
    /// It could not be asked.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

impl Client {
    /// Publishes a package. Nothing is sent twice: whether a request that got no answer was carried out is for the
    /// operator to see.
    ///
    /// # Errors
    /// Any [`PublishError`].
    pub fn publish(&self, publication: &Publication<'_>) -> Result<RegistryUrl, PublishError> {
        let registry = self.config().registry_of(publication.name).map_err(FetchError::from)?;
        let url = format!("{registry}{}", publication.name.escaped());
        if self.is_offline() {
            return Err(FetchError::Offline(url).into());
        }
        let body = document(publication, &registry);
        let body =
            serde_json::to_vec(&body).map_err(|source| FetchError::Malformed { url: url.clone(), source })?;
        let mut request = Request::put(parsed(&url)?, &body);
        if let Some(otp) = publication.otp {
            request = request.header("npm-otp", otp);
        }
        match self.http().send(&request) {
            Ok(_) => Ok(registry),
            Err(FetchError::Status { status, words, .. }) => {
                Err(explain(publication, &registry, status, words))
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn explain(
    publication: &Publication<'_>,
    registry: &RegistryUrl,
    status: u16,
    words: String,
) -> PublishError {
    let registry = registry.to_string();
    let lower = words.to_lowercase();
    match status {
        409 => exists(publication, registry),
        403 if lower.contains("previously published") || lower.contains("already") => {
            exists(publication, registry)
        }
        401 if lower.contains("one-time") || lower.contains("otp") => PublishError::Otp(registry),
        401 => PublishError::Unknown(registry),
        _ => PublishError::Refused { registry, status, words },
    }
}

fn exists(publication: &Publication<'_>, registry: String) -> PublishError {
    let (name, version) = (publication.name.clone(), Box::new(publication.version.clone()));
    PublishError::Exists { registry, name, version }
}

/// What `npm publish` sends: a packument of one version with the archive attached. Source: `libnpmpublish`.
fn document(publication: &Publication<'_>, registry: &RegistryUrl) -> Value {
    let Publication { name, version, package_json, archive, tag, access, .. } = publication;
    let file = format!("{name}-{version}.tgz");
    let mut release = (*package_json).clone();
    if let Value::Object(fields) = &mut release {
        fields.insert("_id".to_owned(), format!("{name}@{version}").into());
        fields.insert(
            "dist".to_owned(),
            json!({
                "integrity": Sha512::of(archive),
                "shasum": hex(&Sha1::digest(archive)),
                "tarball": format!("{registry}{name}/-/{}-{version}.tgz", name.bare()),
            }),
        );
    }
    json!({
        "_id": name,
        "name": name,
        "description": package_json.get("description"),
        "dist-tags": { *tag: version.to_string() },
        "versions": { version.to_string(): release },
        "access": access,
        "_attachments": { file: {
            "content_type": "application/octet-stream",
            "data": BASE64_STANDARD.encode(archive),
            "length": archive.len(),
        } },
    })
}
