//! Putting a registry's files in place.

use super::super::{INDEX_FILE, Index, signing};
use super::BuildError;
use crate::disk::Disk;
use crate::npm::PackageName;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// First what the new index names, then the index, then what only the old one named goes.
pub(super) fn write(
    directory: &Path,
    packuments: &BTreeMap<PackageName, Vec<u8>>,
    index: &[u8],
    before: Option<&Index>,
) -> Result<(), BuildError> {
    let disk = Disk::default();
    let place = |name: &PackageName| directory.join(name.as_str());
    let index_file = directory.join(INDEX_FILE);
    for path in packuments.keys().map(place).chain([index_file.clone()]) {
        match fs::symlink_metadata(&path) {
            Ok(metadata) if !metadata.is_file() => return Err(BuildError::NotAFile(path)),
            _ => {}
        }
    }
    for (name, text) in packuments {
        let path = place(name);
        disk.make_directory(path.parent().unwrap_or(directory), 0o755)?;
        if fs::read(&path).ok().as_ref() != Some(text) {
            disk.write(&path, text, 0o644)?;
        }
    }
    disk.write(&index_file, index, 0o644)?;
    for stale in signing::signature_files(directory)? {
        disk.remove(&stale)?;
    }
    let gone = before.iter().flat_map(|before| before.packages.keys());
    for name in gone.filter(|name| !packuments.contains_key(*name)) {
        disk.remove(&place(name))?;
    }
    Ok(())
}
