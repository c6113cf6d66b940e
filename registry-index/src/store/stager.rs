//! Writing the files of an archive as they come.

use crate::archive::{ScanError, Sink};
use crate::contents::Tree;
use crate::digest::Hashing;
use crate::disk::{Disk, DiskError};
use crate::package_path::PackagePath;
use std::io::{self, Read};
use std::path::Path;

/// Writes files in modes 0644 and 0755 into a directory that nobody else writes to.
pub(super) struct Stager<'a> {
    disk: &'a Disk,
    directory: &'a Path,
    tree: &'a Tree,
    written: usize,
    failed: Option<DiskError>,
}

impl<'a> Stager<'a> {
    pub(super) fn new(disk: &'a Disk, directory: &'a Path, tree: &'a Tree) -> Self {
        Self { disk, directory, tree, written: 0, failed: None }
    }

    /// All files are there.
    pub(super) fn finish(self, scanned: Result<(), ScanError>, archive: &Path) -> Result<(), DiskError> {
        let changed = || DiskError::on("read", archive)(io::Error::other("it changed after it was checked"));
        match (scanned, self.failed) {
            (_, Some(error)) => return Err(error),
            (Err(ScanError::Read(error)), None) => return Err(DiskError::on("read", archive)(error)),
            (Err(_), None) => return Err(changed()),
            (Ok(()), None) => {}
        }
        if self.written != self.tree.files().len() {
            return Err(changed());
        }
        Ok(())
    }

    fn write(&mut self, path: &PackagePath, executable: bool, bytes: &mut dyn Read) -> Result<(), DiskError> {
        let target = self.directory.join(path.as_str());
        if let Some(parent) = target.parent() {
            self.disk.make_directory(parent, 0o755)?;
        }
        self.disk.create_from(&target, bytes, if executable { 0o755 } else { 0o644 })
    }
}

impl Sink for Stager<'_> {
    fn file(&mut self, path: PackagePath, executable: bool, _: u64, bytes: &mut dyn Read) -> io::Result<()> {
        let mut hashing = Hashing::new(bytes);
        if let Err(error) = self.write(&path, executable, &mut hashing) {
            self.failed = Some(error);
            return Err(io::Error::other("not written"));
        }
        let found = hashing.digest();
        match self.tree.get(path.as_str()) {
            Some(pinned) if pinned.sha256 == found && pinned.executable == executable => {
                self.written += 1;
                Ok(())
            }
            _ => Err(io::Error::other("not the file that was checked")),
        }
    }
}
