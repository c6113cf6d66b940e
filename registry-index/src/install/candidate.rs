//! A plugin that somebody wants to install: read, unpacked and checked, but not trusted and not yet anywhere.

use super::{Fetched, FetchedArchive, InstallError, RegistryVersion, Spec};
use crate::archive::{Limits, ScanError};
use crate::check::accept;
use crate::digest::Sha512;
use crate::disk::DiskError;
use crate::package::{PACKAGE_JSON, PackageJson, PackageRecord, RECORD_FILE, manifest_file};
use crate::refusal::{Invalid, Refusal};
use crate::scanned::Scanned;
use crate::source;
use manifest_schema::check::{Checked, check_plugin};
use manifest_schema::finding::Report;
use manifest_schema::foreign::{self, Foreign};
use manifest_schema::manifest::Manifest;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

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
    /// What is known beside that of a package in another host's format.
    pub foreign: Option<Foreign>,
    /// The archive's digest and files; absent for a directory.
    pub(crate) package: Option<Package>,
}

/// A package as it was read.
#[derive(Debug)]
pub(crate) struct Package {
    /// The archive on this machine, to be read once more when it is installed; for a stored package, its directory.
    pub(crate) path: PathBuf,
    /// The digest of the archive.
    pub(crate) archive: Sha512,
    pub(crate) files: Scanned,
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
            let files = contents.memory_files();
            if manifest_file(&contents).is_none() && foreign::detect(&files).is_none() {
                return Err(InstallError::NoManifest { path });
            }
            let Looked { manifest, report, foreign } = look(check_plugin(&files, &path))?;
            return Ok(Candidate { spec, manifest, report, foreign, package: None });
        }
        Fetched::Archive(archive) => *archive,
    };
    let (digest, files) = read_archive(&archive.path)?;
    check_promise(&archive, &digest)?;
    let Looked { manifest, report, foreign } = check(&files, &archive.path)?;
    let json = check_agreement(&files, &manifest).map_err(Refusal::from)?;
    if let Some(registry) = &archive.registry {
        check_registry(registry, &manifest, &json).map_err(Refusal::from)?;
    }
    let FetchedArchive { path, url, registry, warnings, .. } = archive;
    let package = Package { path, archive: digest, files, json, url, registry, warnings };
    Ok(Candidate { spec, manifest, report, foreign, package: Some(package) })
}

/// The package is the one that the registry was asked for, by its own word too.
fn check_registry(
    registry: &RegistryVersion,
    manifest: &Manifest,
    json: &PackageJson,
) -> Result<(), Invalid> {
    Invalid::unless_equal("name", ("the registry", &registry.name), (PACKAGE_JSON, &json.name))?;
    Invalid::unless_equal("version", ("the registry", &registry.version), ("the manifest", &manifest.version))
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

/// The digest and the files of an archive.
fn read_archive(path: &Path) -> Result<(Sha512, Scanned), InstallError> {
    let mut archive = File::open(path).map_err(DiskError::on("read", path))?;
    let length = archive.metadata().map_err(DiskError::on("read", path))?.len();
    if length > MAX_ARCHIVE {
        return Err(InstallError::TooLarge { path: path.to_owned() });
    }
    let digest = Sha512::read(&mut archive).map_err(DiskError::on("read", path))?;
    archive.seek(SeekFrom::Start(0)).map_err(DiskError::on("read", path))?;
    Ok((digest, scan(archive, path)?))
}

/// Reads an archive whose place is `path`.
fn scan(archive: impl Read + Seek, path: &Path) -> Result<Scanned, InstallError> {
    Scanned::read(archive, &Limits::default()).map_err(|error| match error {
        ScanError::Refused(source) => InstallError::Archive { path: path.to_owned(), source },
        ScanError::Sink(error) | ScanError::Read(error) => DiskError::on("read", path)(error).into(),
    })
}

/// A plugin without errors.
pub(super) struct Looked {
    pub(super) manifest: Manifest,
    pub(super) report: Report,
    pub(super) foreign: Option<Foreign>,
}

fn look(mut checked: Checked) -> Result<Looked, InstallError> {
    let foreign = checked.foreign.take();
    let (manifest, report) = accept(checked).map_err(InstallError::Findings)?;
    Ok(Looked { manifest, report, foreign })
}

pub(super) fn check(files: &Scanned, path: &Path) -> Result<Looked, InstallError> {
    if manifest_file(&files.held).is_none() && foreign::detect(files).is_none() {
        return Err(InstallError::NoManifest { path: path.to_owned() });
    }
    look(check_plugin(files, path))
}

/// The record must speak of the plugin and version of the manifest; [`check_plugin`] has seen to `package.json`.
pub(super) fn check_agreement(files: &Scanned, manifest: &Manifest) -> Result<PackageJson, Invalid> {
    let file = manifest_file(&files.held).unwrap_or("the manifest");
    let json = match files.get(PACKAGE_JSON) {
        Some(json) => PackageJson::parse(json)?,
        // Bundles of other hosts need none.
        None if manifest_file(&files.held).is_none() => PackageJson::unwritten(&manifest.id),
        None => return Err(Invalid::PackageJson("it is missing".to_owned())),
    };
    if let Some(record) = files.get(RECORD_FILE) {
        PackageRecord::parse(record)?.check_manifest(manifest, file)?;
    }
    Ok(json)
}
