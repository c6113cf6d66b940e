//! `.wa/apply.lock`: one `wa` changes a project at a time, and none reads it half changed.

use crate::disk::{Disk, DiskError};
use manifest_schema::layout::Layout;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::PathBuf;

/// Called once if a lock is held by another process and this one is about to wait for it.
pub type Waiting<'a> = &'a mut dyn FnMut();

/// The lock of a project, held until it is dropped. The system drops it when the process ends, however it ends.
#[derive(Debug)]
pub struct ProjectLock {
    _file: Option<File>,
}

impl ProjectLock {
    /// Waits until nobody else reads or changes the project.
    pub(crate) fn exclusive(disk: &Disk, layout: &Layout, waiting: Waiting<'_>) -> Result<Self, DiskError> {
        refuse_links(layout)?;
        disk.make_directory(&layout.state(), 0o755)?;
        let path = layout.apply_lock();
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(DiskError::on("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                waiting();
                file.lock().map_err(DiskError::on("lock", &path))?;
            }
            Err(TryLockError::Error(error)) => return Err(DiskError::on("lock", &path)(error)),
        }
        Ok(Self { _file: Some(file) })
    }

    /// Waits until nobody changes the project. Where no lock can be (a read-only disk), nobody changes it.
    pub(crate) fn shared(layout: &Layout, waiting: Waiting<'_>) -> Result<Self, DiskError> {
        refuse_links(layout)?;
        let path = layout.apply_lock();
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self { _file: None }),
            Err(error) => return Err(DiskError::on("open", &path)(error)),
        };
        match file.try_lock_shared() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                waiting();
                file.lock_shared().map_err(DiskError::on("lock", &path))?;
            }
            Err(TryLockError::Error(error)) => return Err(DiskError::on("lock", &path)(error)),
        }
        Ok(Self { _file: Some(file) })
    }
}

/// A project from a stranger must not lead its state elsewhere: what is staged there is removed again.
fn refuse_links(layout: &Layout) -> Result<(), DiskError> {
    let is_link = |path: &PathBuf| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    let paths =
        [layout.state(), layout.store(), layout.staging(), layout.pending_file(), layout.apply_lock()];
    match paths.into_iter().find(is_link) {
        Some(path) => Err(DiskError::on("use", &path)(io::Error::other("it is a symbolic link"))),
        None => Ok(()),
    }
}
