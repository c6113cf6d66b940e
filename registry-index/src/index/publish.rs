//! Publishing a package to a registry that is a directory.

use super::build::{self, BuildError, BuildOptions, Built};
use super::collect;
use super::curation::Curation;
use crate::digest::Sha512;
use crate::disk::{Disk, DiskError};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What came of publishing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// The package is in the registry, which was built again and waits for its signatures.
    New {
        /// Where the archive is.
        file: PathBuf,
        /// What was built.
        built: Built,
    },
    /// The very same archive was there already; nothing was changed.
    AlreadyThere(PathBuf),
}

/// Copies a package into a registry's directory, to `-/<name>-<version>.tgz`, and builds the registry again. The package is
/// checked first; if the registry cannot be built with it, it is not in it.
///
/// # Errors
/// Any [`BuildError`]; [`BuildError::OtherBytes`] for a version that is there with other bytes.
pub fn publish_to_directory(
    directory: &Path,
    archive: &Path,
    options: &BuildOptions,
) -> Result<Published, BuildError> {
    let disk = Disk::default();
    let _lock = build::lock(directory)?;
    let found = collect::check(directory, archive, &Curation::read(directory)?, options)?;
    let target = directory.join("-").join(format!("{}-{}.tgz", found.name, found.version));
    if target.exists() {
        return match digest(&target)? == found.archive {
            true if is_listed(directory, &found) => Ok(Published::AlreadyThere(target)),
            true => Ok(Published::New { built: build::build_locked(directory, options)?, file: target }),
            false => Err(BuildError::OtherBytes(format!("{}@{}", found.name, found.version))),
        };
    }
    disk.make_directory(target.parent().unwrap_or(directory), 0o755)?;
    copy(&disk, archive, &target, &found.archive)?;
    match build::build_locked(directory, options) {
        Ok(built) => Ok(Published::New { file: target, built }),
        Err(error) => {
            disk.remove(&target)?;
            Err(error)
        }
    }
}

fn is_listed(directory: &Path, found: &collect::Found) -> bool {
    let index = build::previous(directory).ok().flatten();
    index.is_some_and(|index| index.version(&found.name, &found.version).is_some())
}

/// Copies what was checked, and nothing else. A name that begins with a dot is no archive of a registry yet.
fn copy(disk: &Disk, from: &Path, to: &Path, checked: &Sha512) -> Result<(), BuildError> {
    let staged = to.with_file_name(".publishing");
    let copy = || -> Result<(), DiskError> {
        fs::copy(from, &staged).map_err(DiskError::on("copy", from))?;
        if digest(&staged)? != *checked {
            return Err(DiskError::on("copy", from)(io::Error::other("it changed while it was read")));
        }
        let readable = fs::Permissions::from_mode(0o644);
        let synced = File::open(&staged).and_then(|file| file.set_permissions(readable).and(file.sync_all()));
        synced.map_err(DiskError::on("write", &staged))?;
        disk.rename(&staged, to)
    };
    copy().or_else(|error| {
        disk.remove(&staged)?;
        Err(error.into())
    })
}

fn digest(path: &Path) -> Result<Sha512, DiskError> {
    fs::read(path).map(|bytes| Sha512::of(&bytes)).map_err(DiskError::on("read", path))
}
