//! Making a package of a plugin's directory.

use crate::archive::{self, ArchiveRefusal};
use crate::check::accept;
use crate::npm::KEYWORD;
use crate::package::{MAX_SEQ, PACKAGE_JSON, PackageJson, PackageRecord, RECORD_FILE};
use crate::package_path::PathRule;
use crate::refusal::Invalid;
use crate::source::{self, SourceError};
use crate::tarball;
use js_semver::Version;
use manifest_schema::check::check_plugin;
use manifest_schema::finding::Report;
use manifest_schema::manifest::Manifest;
use serde_json::{Value, json};
use std::io;
use std::path::Path;
use thiserror::Error;

/// What the author may choose.
#[derive(Debug, Clone, Default)]
pub struct PackOptions {
    /// The sequence number; by default [`default_seq`] of the version.
    pub seq: Option<u64>,
}

/// A package that is not signed yet.
#[derive(Debug)]
pub struct Packed {
    /// `<id>-<version>.tgz`.
    pub file_name: String,
    /// The archive. The same directory always gives the same bytes.
    pub bytes: Vec<u8>,
    /// What is in it.
    pub record: PackageRecord,
    /// Warnings about the manifest and the code.
    pub report: Report,
}

/// Why a directory cannot be packed.
#[derive(Debug, Error)]
pub enum PackError {
    /// The directory cannot be read, or holds what no package may hold.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The plugin has errors.
    #[error("the plugin has errors; `wa plugins validate` shows them")]
    Findings(Box<Report>),
    /// `package.json` is not one of npm's.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The paths cannot live together in an archive.
    #[error("the plugin cannot be packed")]
    Names(#[from] ArchiveRefusal),
    /// No sequence number can be made from the version.
    #[error("no sequence number up to 2^53 was given or follows from version {0}")]
    Seq(Version),
    /// A name of the package's own files is refused.
    #[error("the package cannot be described")]
    Path(#[from] PathRule),
    /// `package.json` cannot be written.
    #[error("package.json cannot be written")]
    Json(#[from] serde_json::Error),
    /// The archive cannot be written.
    #[error("the archive cannot be written")]
    Archive(#[from] io::Error),
}

/// Packs a plugin's directory. What is left out is told at [`source::read`]; a `package.json` is written if there is
/// none. No code runs.
///
/// # Errors
/// Any [`PackError`].
pub fn pack(directory: &Path, options: &PackOptions) -> Result<Packed, PackError> {
    let mut contents = source::read(directory)?;
    let checked = check_plugin(&contents.memory_files(), directory);
    let (manifest, report) = accept(checked).map_err(PackError::Findings)?;
    match contents.get(PACKAGE_JSON) {
        Some(bytes) => drop(PackageJson::parse(bytes)?),
        None => contents.insert(PACKAGE_JSON.parse()?, package_json(&manifest)?.into_bytes()),
    }
    archive::check_names(contents.files.keys())?;
    let seq = options.seq.or_else(|| default_seq(&manifest.version));
    let seq = seq.filter(|seq| *seq <= MAX_SEQ).ok_or_else(|| PackError::Seq(manifest.version.clone()))?;
    let record = PackageRecord::of(&manifest, seq, &contents.tree());
    contents.insert(RECORD_FILE.parse()?, record.canonical());
    let file_name = format!("{}-{}.tgz", manifest.id, manifest.version);
    Ok(Packed { file_name, bytes: tarball::write(&contents)?, record, report })
}

/// A sequence number that grows with the version, so that packing needs no memory of earlier packages:
/// `major`, then five digits each of `minor` and `patch`. Pre-releases share the number of their release.
/// `None` for a version too large for it.
pub fn default_seq(version: &Version) -> Option<u64> {
    let fits = version.minor < 100_000 && version.patch < 100_000 && version.major < 900_000;
    fits.then(|| (version.major * 100_000 + version.minor) * 100_000 + version.patch)
}

/// What npm needs to know of a package, and registries to find it. Written line by line, so that its bytes depend on
/// nothing else.
fn package_json(manifest: &Manifest) -> Result<String, serde_json::Error> {
    let engines = manifest.engines.as_ref().map(|engines| json!({ "wa": engines.wa.to_string() }));
    let fields = [
        ("name", Some(manifest.id.to_string().into())),
        ("version", Some(manifest.version.to_string().into())),
        ("description", manifest.description.clone().map(Value::from)),
        ("license", manifest.license.clone().map(Value::from)),
        ("keywords", Some(json!([KEYWORD]))),
        ("engines", engines),
    ];
    let mut lines = Vec::new();
    for (name, value) in fields {
        if let Some(value) = value {
            lines.push(format!("  \"{name}\": {}", serde_json::to_string(&value)?));
        }
    }
    Ok(format!("{{\n{}\n}}\n", lines.join(",\n")))
}

#[cfg(test)]
mod tests;
