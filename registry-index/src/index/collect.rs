//! The packages in a registry's directory, each checked as if it were to be installed.

use super::build::{BuildError, BuildOptions};
use super::curation::Curation;
use crate::digest::{Sha256, Sha512, hex};
use crate::disk::DiskError;
use crate::install::{self, Fetched, InstallError, Spec};
use crate::keys::Fingerprint;
use crate::npm::PackageName;
use crate::package::{PACKAGE_JSON, RECORD_FILE};
use crate::trust::TrustStore;
use crate::verify::{self, Verdict};
use js_semver::Version;
use manifest_schema::names::PublisherName;
use serde_json::{Map, Value};
use sha1::Digest;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// How deep below the registry's directory archives are looked for.
const MAX_DEPTH: usize = 8;

/// One archive of a registry.
#[derive(Debug)]
pub(super) struct Found {
    /// Its path from the registry's directory, with slashes.
    pub(super) file: String,
    pub(super) name: PackageName,
    pub(super) version: Version,
    pub(super) archive: Sha512,
    /// In hexadecimal digits, for npm clients of old.
    pub(super) sha1: String,
    pub(super) record: Option<Sha256>,
    pub(super) seq: Option<u64>,
    pub(super) signer: Option<(PublisherName, Fingerprint)>,
    /// Its `package.json`.
    pub(super) json: Map<String, Value>,
}

/// The archives below a directory, sorted. Names that begin with a dot are passed over.
pub(super) fn archives(directory: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let mut found = Vec::new();
    gather(directory, 0, &mut found)?;
    found.sort();
    Ok(found)
}

fn gather(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), BuildError> {
    let entries = fs::read_dir(folder).map_err(DiskError::on("read", folder))?;
    for entry in entries {
        let path = entry.map_err(DiskError::on("read", folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let kind = fs::symlink_metadata(&path).map_err(DiskError::on("read", &path))?.file_type();
        let is_archive = name.ends_with(".tgz") || name.ends_with(".tar.gz");
        if name.starts_with('.') || name == "node_modules" {
            continue;
        }
        if kind.is_dir() && depth < MAX_DEPTH {
            gather(&path, depth + 1, found)?;
        } else if is_archive && kind.is_file() {
            found.push(path);
        } else if is_archive {
            return Err(BuildError::NotAFile(path));
        }
    }
    Ok(())
}

/// Checks one archive: all that an installation checks, and that the registry's file agrees with its signature.
pub(super) fn check(
    directory: &Path,
    path: &Path,
    curation: &Curation,
    options: &BuildOptions,
) -> Result<Found, BuildError> {
    let file = path.strip_prefix(directory).unwrap_or(path).display().to_string();
    let refused = |source: InstallError| BuildError::Package { file: file.clone(), source: Box::new(source) };
    let spec = Spec::Archive(path.to_owned());
    let fetched = Fetched::local(&spec).ok_or_else(|| BuildError::NotAFile(path.to_owned()))?;
    let candidate = install::candidate(fetched).map_err(refused)?;
    let manifest = &candidate.manifest;
    let package = candidate.package.as_ref().ok_or_else(|| BuildError::NotAFile(path.to_owned()))?;
    // Whose keys are trusted is said by the registry's file and not by this machine's trust store.
    let nobody = TrustStore::of_nobody(UNIX_EPOCH);
    let keys =
        |name: &PublisherName| curation.publishers.get(name).map_or(Vec::new(), |known| known.keys.clone());
    let verdict = verify::verify_knowing(&package.files.held, &package.files.tree, &nobody, &keys)
        .map_err(|refusal| refused(refusal.into()))?;
    let name: PackageName = package
        .json
        .name
        .parse()
        .map_err(|source| BuildError::Name { file: file.clone(), source: Box::new(source) })?;
    let (signer, seq) = match &verdict {
        Verdict::Unsigned if options.allow_unsigned => (None, None),
        Verdict::Unsigned => return Err(BuildError::Unsigned(file)),
        Verdict::Signed(signed) => {
            check_publisher(&file, signed, &name, curation)?;
            (Some((signed.publisher.clone(), signed.fingerprint())), Some(signed.record.seq))
        }
    };
    let json = package.files.get(PACKAGE_JSON).and_then(|bytes| serde_json::from_slice(bytes).ok());
    let sha1 = sha1_of(path, &package.archive).map_err(DiskError::on("read", path))?;
    Ok(Found {
        name,
        version: manifest.version.clone(),
        archive: package.archive,
        sha1,
        record: package.files.get(RECORD_FILE).map(|bytes| Sha256::of(bytes)),
        seq,
        signer,
        json: json.unwrap_or_default(),
        file,
    })
}

/// A publisher that the registry vouches for signs with the keys that the registry names, and only its own packages.
fn check_publisher(
    file: &str,
    signed: &verify::Signed,
    name: &PackageName,
    curation: &Curation,
) -> Result<(), BuildError> {
    let Some(publisher) = curation.publishers.get(&signed.publisher) else { return Ok(()) };
    let problem = if !publisher.may_sign(name.as_str()) {
        format!("may not sign `{name}`")
    } else {
        match publisher.lacks(&signed.signers) {
            None => return Ok(()),
            Some(problem) => problem,
        }
    };
    let publisher = signed.publisher.clone();
    Err(BuildError::Publisher { file: file.to_owned(), publisher, problem })
}

/// The archive's SHA-1, provided that it is still the archive that was checked.
fn sha1_of(path: &Path, checked: &Sha512) -> io::Result<String> {
    let (mut file, mut old, mut new) = (File::open(path)?, sha1::Sha1::new(), sha2::Sha512::new());
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            length => {
                old.update(&buffer[..length]);
                new.update(&buffer[..length]);
            }
        }
    }
    if Sha512::from_bytes(new.finalize().into()) != *checked {
        return Err(io::Error::other("it changed while it was read"));
    }
    Ok(hex(&old.finalize()))
}
