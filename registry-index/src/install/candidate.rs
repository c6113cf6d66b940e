//! A plugin that somebody wants to install: read, unpacked and checked, but not trusted and not yet anywhere.

use super::{InstallError, Spec, SpecError};
use crate::archive::{self, Limits};
use crate::check::accept;
use crate::contents::{Contents, Tree};
use crate::digest::Sha512;
use crate::disk::DiskError;
use crate::package::{PACKAGE_JSON, PackageJson, PackageRecord, RECORD_FILE, manifest_file};
use crate::refusal::{Invalid, Refusal};
use crate::source;
use manifest_schema::check::check_plugin;
use manifest_schema::finding::Report;
use manifest_schema::manifest::Manifest;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The largest archive that is read.
const MAX_ARCHIVE: u64 = 512 << 20;

/// A plugin whose manifest and code have no errors, and whose files agree with each other.
#[derive(Debug)]
pub struct Candidate {
    /// Where it comes from.
    pub spec: Spec,
    /// Its manifest.
    pub manifest: Manifest,
    /// Warnings about its manifest and code.
    pub report: Report,
    /// The archive's digest and files; absent for a directory.
    pub(super) package: Option<Package>,
}

/// The files of an archive.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) archive: Sha512,
    pub(super) contents: Contents,
    pub(super) tree: Tree,
    pub(super) json: PackageJson,
}

/// Reads what a spec names. Nothing is written, and no code runs.
///
/// # Errors
/// Those of [`InstallError`] that have to do with the package alone.
pub fn candidate(spec: &Spec) -> Result<Candidate, InstallError> {
    match spec {
        Spec::Directory(path) => {
            let contents = source::read(path)?;
            let (manifest, report) = check(&contents, path)?;
            Ok(Candidate { spec: spec.clone(), manifest, report, package: None })
        }
        Spec::Archive(path) => {
            let bytes = read_archive(path)?;
            let refused = |source| InstallError::Archive { path: path.clone(), source };
            let contents = archive::unpack(&bytes, &Limits::default()).map_err(refused)?;
            let (manifest, report) = check(&contents, path)?;
            let json = check_agreement(&contents, &manifest).map_err(Refusal::from)?;
            let package = Package { archive: Sha512::of(&bytes), tree: contents.tree(), contents, json };
            Ok(Candidate { spec: spec.clone(), manifest, report, package: Some(package) })
        }
        Spec::Registry(text) => Err(SpecError::Registry(text.clone()).into()),
        Spec::Url(text) => Err(SpecError::Url(text.clone()).into()),
    }
}

fn read_archive(path: &Path) -> Result<Vec<u8>, InstallError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_ARCHIVE + 1).read_to_end(&mut bytes));
    let length = read.map_err(DiskError::on("read", path))?;
    if length as u64 > MAX_ARCHIVE {
        return Err(InstallError::TooLarge { path: path.to_owned() });
    }
    Ok(bytes)
}

fn check(contents: &Contents, path: &Path) -> Result<(Manifest, Report), InstallError> {
    if manifest_file(contents).is_none() {
        return Err(InstallError::NoManifest { path: path.to_owned() });
    }
    accept(check_plugin(&contents.memory_files(), path)).map_err(InstallError::Findings)
}

/// The record must speak of the plugin and version of the manifest; [`check_plugin`] has seen to `package.json`.
fn check_agreement(contents: &Contents, manifest: &Manifest) -> Result<PackageJson, Invalid> {
    let file = manifest_file(contents).unwrap_or("the manifest");
    let json = contents.get(PACKAGE_JSON).ok_or_else(|| Invalid::PackageJson("it is missing".to_owned()))?;
    let json = PackageJson::parse(json)?;
    if let Some(record) = contents.get(RECORD_FILE) {
        PackageRecord::parse(record)?.check_manifest(manifest, file)?;
    }
    Ok(json)
}
