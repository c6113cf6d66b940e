//! The files that keep indexes that were believed: in the trust store, and in mirrors.

use super::{Index, IndexError, RegistryUrl, Root, Sealed};
use crate::disk::{Disk, DiskError};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file in a trust store that keeps a registry's index.
fn file(trust: &Path, registry: &RegistryUrl) -> PathBuf {
    trust.join("indexes").join(registry.file_name())
}

/// Keeps an index that was believed.
pub(crate) fn keep(
    disk: &Disk,
    trust: &Path,
    registry: &RegistryUrl,
    sealed: &Sealed,
) -> Result<(), IndexError> {
    let path = file(trust, registry);
    let text = serde_json::to_vec(sealed).map_err(|error| IndexError::Malformed(error.to_string()))?;
    disk.make_directory(path.parent().unwrap_or(trust), 0o700)?;
    Ok(disk.write(&path, &text, 0o600)?)
}

/// Removes what is kept of a registry's index.
pub(crate) fn forget(disk: &Disk, trust: &Path, registry: &RegistryUrl) -> Result<(), DiskError> {
    let path = file(trust, registry);
    if path.exists() { disk.remove(&path) } else { Ok(()) }
}

/// Copies what is kept of a registry's index into a mirror; whether there is anything.
pub(crate) fn mirror(
    disk: &Disk,
    trust: &Path,
    registry: &RegistryUrl,
    to: &Path,
) -> Result<bool, IndexError> {
    let path = file(trust, registry);
    if read_sealed(&path)?.is_none() {
        return Ok(false);
    }
    let text = fs::read(&path).map_err(DiskError::on("read", &path))?;
    disk.make_directory(to, 0o755)?;
    disk.write(&mirrored(to, registry), &text, 0o644)?;
    Ok(true)
}

/// A registry's index in a mirror.
pub(crate) fn read_mirrored(mirror: &Path, registry: &RegistryUrl) -> Result<Option<Sealed>, IndexError> {
    read_sealed(&mirrored(mirror, registry))
}

fn mirrored(mirror: &Path, registry: &RegistryUrl) -> PathBuf {
    mirror.join(format!("wa-index-{}", registry.file_name()))
}

/// What is kept of a registry's index, checked again; `None` if nothing is.
pub(crate) fn read(trust: &Path, registry: &RegistryUrl, root: &Root) -> Result<Option<Index>, IndexError> {
    let path = file(trust, registry);
    let Some(sealed) = read_sealed(&path)? else { return Ok(None) };
    let damaged = |error: IndexError| IndexError::Damaged { path: path.clone(), reason: error.to_string() };
    let index = sealed.open(root).map_err(damaged)?;
    match root.seen() {
        Some(seen) if index.version < seen.version => {
            Err(damaged(IndexError::Replayed { found: index.version, seen: seen.version }))
        }
        _ => Ok(Some(index)),
    }
}

fn read_sealed(path: &Path) -> Result<Option<Sealed>, IndexError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(DiskError::on("read", path)(error).into()),
    };
    let sealed = serde_json::from_slice(&text);
    let damaged =
        |error: serde_json::Error| IndexError::Damaged { path: path.to_owned(), reason: error.to_string() };
    sealed.map(Some).map_err(damaged)
}
