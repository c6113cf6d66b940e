//! A plugin that somebody wants to install: read, unpacked and checked, but not trusted and not yet anywhere.

use super::{Fetched, FetchedArchive, InstallError, RegistryVersion, Spec};
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
    pub(crate) package: Option<Package>,
}

impl Candidate {
    /// The files of the archive; absent for a directory.
    pub(crate) fn contents(&self) -> Option<&Contents> {
        self.package.as_ref().map(|package| &package.contents)
    }
}

/// The files of an archive.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) archive: Sha512,
    pub(crate) contents: Contents,
    pub(crate) tree: Tree,
    pub(crate) json: PackageJson,
    /// Where the archive came from; absent for a local one.
    pub(crate) url: Option<String>,
    /// What the registry said of this version.
    pub(crate) registry: Option<RegistryVersion>,
    /// What a person should know about the fetching.
    pub(crate) warnings: Vec<String>,
}

/// Reads what was fetched. Nothing is written, and no code runs.
///
/// # Errors
/// Those of [`InstallError`] that have to do with the package alone.
pub fn candidate(fetched: Fetched) -> Result<Candidate, InstallError> {
    let spec = fetched.spec();
    let archive = match fetched {
        Fetched::Directory(path) => {
            let contents = source::read(&path)?;
            let (manifest, report) = check(&contents, &path)?;
            return Ok(Candidate { spec, manifest, report, package: None });
        }
        Fetched::Archive(archive) => *archive,
    };
    let bytes = read_archive(&archive.path)?;
    let digest = Sha512::of(&bytes);
    check_promise(&archive, &digest)?;
    let refused = |source| InstallError::Archive { path: archive.path.clone(), source };
    let contents = archive::unpack(&bytes, &Limits::default()).map_err(refused)?;
    let (manifest, report) = check(&contents, &archive.path)?;
    let json = check_agreement(&contents, &manifest).map_err(Refusal::from)?;
    let FetchedArchive { url, registry, warnings, .. } = archive;
    let tree = contents.tree();
    let package = Package { archive: digest, tree, contents, json, url, registry, warnings };
    Ok(Candidate { spec, manifest, report, package: Some(package) })
}

/// What a registry or a URL promised must be what came.
fn check_promise(archive: &FetchedArchive, found: &Sha512) -> Result<(), InstallError> {
    match &archive.integrity {
        Some(promised) if promised != found => Err(InstallError::Promise {
            origin: archive.url.clone().unwrap_or_else(|| archive.path.display().to_string()),
            promised: Box::new(*promised),
            found: Box::new(*found),
        }),
        _ => Ok(()),
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

pub(super) fn check(contents: &Contents, path: &Path) -> Result<(Manifest, Report), InstallError> {
    if manifest_file(contents).is_none() {
        return Err(InstallError::NoManifest { path: path.to_owned() });
    }
    accept(check_plugin(&contents.memory_files(), path)).map_err(InstallError::Findings)
}

/// The record must speak of the plugin and version of the manifest; [`check_plugin`] has seen to `package.json`.
pub(super) fn check_agreement(contents: &Contents, manifest: &Manifest) -> Result<PackageJson, Invalid> {
    let file = manifest_file(contents).unwrap_or("the manifest");
    let json = contents.get(PACKAGE_JSON).ok_or_else(|| Invalid::PackageJson("it is missing".to_owned()))?;
    let json = PackageJson::parse(json)?;
    if let Some(record) = contents.get(RECORD_FILE) {
        PackageRecord::parse(record)?.check_manifest(manifest, file)?;
    }
    Ok(json)
}
