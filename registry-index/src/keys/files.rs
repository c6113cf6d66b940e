//! Keys on disk: `<name>.key` (0600) and `<name>.pub` in one directory.

use super::{KeyError, NewKey, PublicKey, SecretKey};
use crate::disk::{Disk, DiskError};
use manifest_schema::names::PublisherName;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The directory of a person's signing keys. A key has the name of the publisher whose packages it signs.
#[derive(Debug, Clone)]
pub struct KeyFiles {
    directory: PathBuf,
}

/// Why a key file cannot be used.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// There is a key of this name; keys are never overwritten.
    #[error("there is already a key named `{name}` in `{}`", directory.display())]
    Exists {
        /// The name.
        name: PublisherName,
        /// Where.
        directory: PathBuf,
    },
    /// There is no key of this name.
    #[error("there is no key named `{name}` in `{}`", directory.display())]
    Missing {
        /// The name.
        name: PublisherName,
        /// Where.
        directory: PathBuf,
    },
    /// Other users of this machine can read the secret.
    #[error("`{}` can be read by others (mode {mode:03o}); make it 600", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds no key.
    #[error("cannot use the key in `{}`", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyError,
    },
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl KeyFiles {
    /// The keys in this directory, which need not exist.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// The file of a secret key.
    pub fn secret_path(&self, name: &PublisherName) -> PathBuf {
        self.directory.join(format!("{name}.key"))
    }

    /// The file of a public key.
    pub fn public_path(&self, name: &PublisherName) -> PathBuf {
        self.directory.join(format!("{name}.pub"))
    }

    /// Keeps a new key. The directory is made (0700) if it is missing.
    ///
    /// # Errors
    /// [`KeyFileError::Exists`], or [`KeyFileError::Disk`].
    pub fn save(&self, name: &PublisherName, key: &NewKey) -> Result<(), KeyFileError> {
        let disk = Disk::default();
        disk.make_directory(&self.directory, 0o700)?;
        let exists = |error: DiskError| match error.source.kind() {
            io::ErrorKind::AlreadyExists => {
                KeyFileError::Exists { name: name.clone(), directory: self.directory.clone() }
            }
            _ => KeyFileError::Disk(error),
        };
        disk.create(&self.secret_path(name), key.secret.as_bytes(), 0o600).map_err(exists)?;
        Ok(disk.write(&self.public_path(name), key.public.to_minisign().as_bytes(), 0o644)?)
    }

    /// The names that have a public key here, sorted.
    ///
    /// # Errors
    /// [`KeyFileError::Disk`] if the directory exists and cannot be read.
    pub fn names(&self) -> Result<Vec<PublisherName>, KeyFileError> {
        let failed = |error| DiskError::on("read", &self.directory)(error);
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            names.extend(
                name.to_str().and_then(|name| name.strip_suffix(".pub")?.parse::<PublisherName>().ok()),
            );
        }
        names.sort();
        Ok(names)
    }

    /// The public half of a key.
    ///
    /// # Errors
    /// Any [`KeyFileError`] but `Exists` and `Exposed`.
    pub fn public(&self, name: &PublisherName) -> Result<PublicKey, KeyFileError> {
        let path = self.public_path(name);
        let text = self.read(name, &path)?.1;
        PublicKey::from_minisign(&text).map_err(|source| KeyFileError::Key { path, source })
    }

    /// The secret half of a key; see [`SecretKey::from_minisign`] for the password.
    ///
    /// # Errors
    /// Any [`KeyFileError`] but `Exists`.
    pub fn secret(&self, name: &PublisherName, password: Option<&str>) -> Result<SecretKey, KeyFileError> {
        let path = self.secret_path(name);
        let (mode, text) = self.read(name, &path)?;
        opened(&path, mode, &text, password)
    }

    /// The secret half of a key in a file of any name.
    ///
    /// # Errors
    /// [`KeyFileError::Exposed`], [`KeyFileError::Key`] and [`KeyFileError::Disk`].
    pub fn secret_in(path: &Path, password: Option<&str>) -> Result<SecretKey, KeyFileError> {
        let (mode, text) = read(path).map_err(DiskError::on("read", path))?;
        opened(path, mode, &text, password)
    }

    fn read(&self, name: &PublisherName, path: &Path) -> Result<(u32, String), KeyFileError> {
        read(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                KeyFileError::Missing { name: name.clone(), directory: self.directory.clone() }
            }
            _ => DiskError::on("read", path)(error).into(),
        })
    }
}

/// The permission bits and the text of a key file.
fn read(path: &Path) -> io::Result<(u32, String)> {
    let file = File::open(path)?;
    let mode = file.metadata()?.mode() & 0o777;
    let mut text = String::new();
    file.take(16 * 1024).read_to_string(&mut text)?;
    Ok((mode, text))
}

fn opened(path: &Path, mode: u32, text: &str, password: Option<&str>) -> Result<SecretKey, KeyFileError> {
    let path = path.to_owned();
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Exposed { path, mode });
    }
    SecretKey::from_minisign(text, password).map_err(|source| KeyFileError::Key { path, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_kept_unreadable_for_others_and_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let keys = KeyFiles::new(dir.path().join("keys"));
        let name: PublisherName = "acme".parse().unwrap();
        assert!(matches!(keys.secret(&name, None), Err(KeyFileError::Missing { .. })));
        assert!(keys.names().unwrap().is_empty());

        let key = super::super::generate(None).unwrap();
        keys.save(&name, &key).unwrap();
        assert!(matches!(keys.save(&name, &key), Err(KeyFileError::Exists { .. })));
        assert_eq!(keys.names().unwrap(), std::slice::from_ref(&name));
        assert_eq!(keys.public(&name).unwrap(), key.public);
        assert_eq!(keys.secret(&name, None).unwrap().public().unwrap(), key.public);

        let path = keys.secret_path(&name);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(dir.path().join("keys")).unwrap().mode() & 0o777, 0o700);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(keys.secret(&name, None), Err(KeyFileError::Exposed { mode: 0o640, .. })));
    }
}
