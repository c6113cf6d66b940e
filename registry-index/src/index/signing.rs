//! Signing the index in a registry's directory.

use super::{INDEX_FILE, Index, IndexError, sign, signature_file};
use crate::disk::{Disk, DiskError};
use crate::keys::{KeyError, SecretKey};
use std::fs;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why an index was not signed.
#[derive(Debug, Error)]
pub enum SignError {
    /// The directory's index is none.
    #[error("`{}` cannot be signed", path.display())]
    Index {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: IndexError,
    },
    /// The key cannot sign.
    #[error("the key cannot sign")]
    Key(#[from] KeyError),
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Signs the index in a directory; the signature stands beside it, in a file of its own for each key. Returns that file.
///
/// # Errors
/// Any [`SignError`].
pub fn sign_directory(directory: &Path, key: &SecretKey) -> Result<PathBuf, SignError> {
    let path = directory.join(INDEX_FILE);
    let text = fs::read(&path).map_err(DiskError::on("read", &path))?;
    let index = Index::parse(&text).map_err(|source| SignError::Index { path, source })?;
    let signature = sign(key, &index, &text)?;
    let file = directory.join(signature_file(&key.public()?.fingerprint()));
    Disk::default().write(&file, signature.as_bytes(), 0o644)?;
    Ok(file)
}

/// The signatures of an index in a directory, whoever made them.
pub(super) fn signature_files(directory: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(DiskError::on("read", directory))? {
        let path = entry.map_err(DiskError::on("read", directory))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let middle = name.strip_prefix(INDEX_FILE).and_then(|rest| rest.strip_suffix(".minisig"));
        if middle.is_some_and(|middle| middle.starts_with('.')) {
            found.push(path);
        }
    }
    Ok(found)
}
