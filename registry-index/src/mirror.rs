//! A directory of archives, found by what they are and not by their names.

use crate::digest::Sha512;
use crate::disk::DiskError;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A mirror: a directory with archives in it.
#[derive(Debug)]
pub struct Mirror {
    directory: PathBuf,
    archives: HashMap<Sha512, PathBuf>,
}

impl Mirror {
    /// Looks at every archive in a directory and hashes it. A directory that does not exist is an empty mirror.
    ///
    /// # Errors
    /// [`DiskError`] if it cannot be read.
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self, DiskError> {
        let directory = directory.into();
        let mut archives = HashMap::new();
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self { directory, archives }),
            Err(error) => return Err(DiskError::on("read", &directory)(error)),
        };
        for entry in entries {
            let path = entry.map_err(DiskError::on("read", &directory))?.path();
            let is_archive =
                path.extension().is_some_and(|extension| extension == "tgz" || extension == "zip");
            if is_archive {
                let digest = File::open(&path).and_then(|mut file| Sha512::read(&mut file));
                archives.insert(digest.map_err(DiskError::on("read", &path))?, path);
            }
        }
        Ok(Self { directory, archives })
    }

    /// The archive with this digest.
    pub fn get(&self, digest: &Sha512) -> Option<&Path> {
        self.archives.get(digest).map(PathBuf::as_path)
    }

    /// Copies an archive into the mirror, unless it is there. What is copied is what has the digest.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn add(&mut self, archive: &Path, digest: &Sha512, name: &str) -> Result<bool, DiskError> {
        if self.archives.contains_key(digest) {
            return Ok(false);
        }
        let write = |error| DiskError::on("write", &self.directory)(error);
        fs::create_dir_all(&self.directory).map_err(write)?;
        let mut file = NamedTempFile::new_in(&self.directory).map_err(write)?;
        let mut from = File::open(archive).map_err(DiskError::on("read", archive))?;
        io::copy(&mut from, &mut file).map_err(DiskError::on("copy", archive))?;
        let copied = File::open(file.path()).and_then(|mut file| Sha512::read(&mut file)).map_err(write)?;
        if copied != *digest {
            return Err(DiskError::on("copy", archive)(io::Error::other(
                "it is not the archive that wa.lock pins",
            )));
        }
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644)).map_err(write)?;
        file.as_file().sync_all().map_err(write)?;
        let path = self.directory.join(name);
        file.persist(&path).map_err(|error| write(error.error))?;
        self.archives.insert(*digest, path);
        Ok(true)
    }
}
