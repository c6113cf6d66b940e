//! The files of a log: `000001.jsonl` and so on, and the lock that keeps its writers apart.

use crate::LogError;
use std::{
    fs::{self, File},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

/// A file of records.
pub(crate) fn path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:06}.jsonl"))
}

/// The numbers of the files that are there, in order.
pub(crate) fn numbers(folder: &Path) -> Result<Vec<u32>, LogError> {
    let failed = || LogError::io("read", folder);
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(failed())?,
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed())?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".jsonl")?.parse().ok());
        numbers.extend(number.filter(|number| path(folder, *number).ends_with(&name)));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Makes a directory that is its owner's alone.
pub(crate) fn make_private(folder: &Path) -> Result<(), LogError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(LogError::io("make", folder))
}

/// Opens a file of records for adding to it, made if it is not there.
pub(crate) fn open_to_append(path: &Path) -> Result<File, LogError> {
    let mut options = File::options();
    options.read(true).append(true).create(true).mode(0o600);
    options.open(path).map_err(LogError::io("open", path))
}

/// Keeps other writers away until the file is dropped; waits for them.
pub(crate) fn lock(folder: &Path) -> Result<File, LogError> {
    let path = folder.join("lock");
    let mut options = File::options();
    let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.map_err(LogError::io("open", &path))?;
    file.lock().map_err(LogError::io("lock", &path))?;
    Ok(file)
}

/// Keeps writers away while a log is looked at, where that is possible: a copy of a log may lack the lock.
pub(crate) fn lock_to_read(folder: &Path) -> Result<Option<File>, LogError> {
    let path = folder.join("lock");
    match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => {
            let file = opened.map_err(LogError::io("open", &path))?;
            file.lock_shared().map_err(LogError::io("lock", &path))?;
            Ok(Some(file))
        }
    }
}

/// Makes what a directory lists durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), LogError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(LogError::io("sync", folder))
}

/// Replaces a small file whole; readable by its owner only.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), LogError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_data()?;
        file.persist(path).map_err(|failed| failed.error)?;
        Ok(())
    };
    write().map_err(LogError::io("write", path))
}
