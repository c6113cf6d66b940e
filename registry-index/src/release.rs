//! A package that is to be published: read, checked as at an installation, and described for a registry.

use crate::digest::Sha512;
use crate::disk::DiskError;
use crate::install::{Fetched, InstallError, Spec, candidate};
use crate::npm::{NameError, PackageName};
use crate::package::PACKAGE_JSON;
use crate::trust::TrustStore;
use crate::verify::{self, Signed, Verdict};
use js_semver::Version;
use serde_json::Value;
use std::fs;
use std::path::Path;
use thiserror::Error;

/// A package that may be published.
#[derive(Debug)]
pub struct Release {
    /// Its name in a registry.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// Its `package.json`.
    pub package_json: Value,
    /// The archive.
    pub archive: Vec<u8>,
    /// The digest of the archive.
    pub digest: Sha512,
    /// Who signed it; absent if nobody did.
    pub signed: Option<Box<Signed>>,
}

/// Why a package cannot be published.
#[derive(Debug, Error)]
pub enum ReleaseError {
    /// The file cannot be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Nobody could install it.
    #[error("nobody could install it")]
    Package(#[from] InstallError),
    /// Its name is not one that registries take.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Its `package.json` is no JSON.
    #[error("its package.json cannot be read")]
    Json(#[from] serde_json::Error),
}

impl Release {
    /// Reads an archive, which must be one that can be installed.
    ///
    /// # Errors
    /// Any [`ReleaseError`].
    pub fn read(path: &Path, trust: &TrustStore) -> Result<Self, ReleaseError> {
        let archive = fs::read(path).map_err(DiskError::on("read", path))?;
        let digest = Sha512::of(&archive);
        let spec = Spec::Archive(path.to_owned());
        let Some(Fetched::Archive(mut fetched)) = Fetched::local(&spec) else {
            return Err(DiskError::on("read", path)(std::io::ErrorKind::InvalidInput.into()).into());
        };
        // What is checked must be what is sent.
        fetched.integrity = Some(digest);
        let candidate = candidate(Fetched::Archive(fetched))?;
        let version = candidate.manifest.version.clone();
        let package = candidate.package.ok_or_else(|| {
            ReleaseError::Disk(DiskError::on("read", path)(std::io::ErrorKind::InvalidInput.into()))
        })?;
        let files = package.files;
        let verdict = verify::verify(&files.held, &files.tree, trust).map_err(InstallError::from)?;
        let signed = match verdict {
            Verdict::Signed(signed) => Some(signed),
            Verdict::Unsigned => None,
        };
        let json = files.get(PACKAGE_JSON).map_or(&b"{}"[..], |bytes| bytes);
        let package_json: Value = serde_json::from_slice(json)?;
        let name = package_json.get("name").and_then(Value::as_str).unwrap_or_default().parse()?;
        Ok(Self { name, version, package_json, archive, digest, signed })
    }
}
