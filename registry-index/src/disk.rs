//! Lasting changes to files. Each is on the disk, file and directory, when its call returns; of several that are made
//! [`Disk::together`], all are when that returns, which waits for the disk much less often.
//!
//! All changes that must survive a crash go through one [`Disk`], which a test can make fail at any step.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use thiserror::Error;

/// A change to the disk that did not work.
#[derive(Debug, Error)]
#[error("cannot {action} `{}`", path.display())]
pub struct DiskError {
    /// What was tried, such as `write`.
    pub action: &'static str,
    /// On which file.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl DiskError {
    pub(crate) fn on(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self { action, path: path.to_owned(), source }
    }
}

/// How many files wait for the disk at once.
const MOST_SYNCS: usize = 16;

/// The one way to change files for good.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    /// Of changes that are made together: the files and directories that are not on the disk yet.
    waiting: RefCell<Option<BTreeSet<PathBuf>>>,
    /// How many more steps succeed; afterwards every step fails, as if the process had died.
    #[cfg(test)]
    pub(crate) steps_left: std::cell::Cell<Option<usize>>,
}

impl Disk {
    /// Makes changes that need be on the disk only when all are made, in whatever order.
    pub(crate) fn together<T, E: From<DiskError>>(
        &self,
        change: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.waiting.replace(Some(BTreeSet::new()));
        let changed = change();
        let waiting = self.waiting.take().unwrap_or_default();
        let changed = changed?;
        self.sync(waiting)?;
        Ok(changed)
    }

    /// Replaces a file, or makes it: written beside, then renamed. Readers see the old bytes or the new ones.
    /// A file that exists keeps its mode; a new one gets `mode`. Two writers of one file need a lock.
    pub(crate) fn write(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), DiskError> {
        // A link to the file stays a link.
        let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let beside = path.with_file_name(format!(".{name}.new"));
        let mode = fs::metadata(path).map_or(mode, |old| old.permissions().mode() & 0o777);
        let write = || {
            self.step()?;
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&beside)?;
            file.set_permissions(Permissions::from_mode(mode))?;
            self.step()?;
            file.write_all(bytes)?;
            self.step()?;
            file.sync_all()?;
            self.step()?;
            fs::rename(&beside, path)
        };
        let written = write();
        if written.is_err() && self.step().is_ok() {
            let _ = fs::remove_file(&beside);
        }
        written.map_err(DiskError::on("write", path))?;
        self.sync([parent(path)])
    }

    /// Makes a file that must not exist.
    pub(crate) fn create(&self, path: &Path, mut bytes: &[u8], mode: u32) -> Result<(), DiskError> {
        self.create_from(path, &mut bytes, mode)
    }

    /// The same with bytes that come as they are written.
    pub(crate) fn create_from(&self, path: &Path, bytes: &mut dyn Read, mode: u32) -> Result<(), DiskError> {
        let mut create = || {
            self.step()?;
            let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
            self.step()?;
            io::copy(bytes, &mut file)
        };
        create().map_err(DiskError::on("create", path))?;
        self.sync([path.to_owned(), parent(path)])
    }

    /// Makes a directory and those above it, where they are missing.
    pub(crate) fn make_directory(&self, path: &Path, mode: u32) -> Result<(), DiskError> {
        if path.is_dir() {
            return Ok(());
        }
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            self.make_directory(parent, mode)?;
        }
        self.step()
            .and_then(|()| match DirBuilder::new().mode(mode).create(path) {
                // Another process was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
                made => made,
            })
            .map_err(DiskError::on("create", path))?;
        self.sync([parent(path)])
    }

    /// Moves a file or directory on one file system.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> Result<(), DiskError> {
        self.step().and_then(|()| fs::rename(from, to)).map_err(DiskError::on("move", from))?;
        self.sync([parent(to), parent(from)])
    }

    /// Removes a file, or a directory with all that is in it; links are not followed. Nothing there is no error.
    pub(crate) fn remove(&self, path: &Path) -> Result<(), DiskError> {
        let remove = || {
            self.step()?;
            match fs::symlink_metadata(path) {
                Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
                Ok(_) => fs::remove_file(path),
                Err(error) => Err(error),
            }
        };
        match remove() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(DiskError::on("remove", path)(error)),
            Ok(()) => self.sync([parent(path)]),
        }
    }

    /// Puts files, and the entries of directories, on the disk.
    fn sync(&self, paths: impl IntoIterator<Item = PathBuf>) -> Result<(), DiskError> {
        if let Some(waiting) = &mut *self.waiting.borrow_mut() {
            waiting.extend(paths);
            return Ok(());
        }
        let paths: Vec<PathBuf> = paths.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        for path in &paths {
            self.step().map_err(DiskError::on("sync", path))?;
        }
        // A disk that is asked by many at once answers all with one flush.
        let share = paths.len().div_ceil(MOST_SYNCS).max(1);
        thread::scope(|scope| {
            let sync_share = |paths: &[PathBuf]| paths.iter().try_for_each(|path| sync(path));
            let (first, rest) = paths.split_at(share.min(paths.len()));
            let others: Vec<_> =
                rest.chunks(share).map(|paths| scope.spawn(move || sync_share(paths))).collect();
            let all = std::iter::once(sync_share(first)).chain(others.into_iter().map(joined));
            all.collect::<Vec<_>>().into_iter().collect()
        })
    }

    /// Where a test lets the process die.
    pub(crate) fn step(&self) -> io::Result<()> {
        #[cfg(test)]
        match self.steps_left.get() {
            Some(0) => return Err(io::Error::other("the test stopped here")),
            Some(left) => self.steps_left.set(Some(left - 1)),
            None => {}
        }
        Ok(())
    }
}

/// What was removed since is no error.
fn sync(path: &Path) -> Result<(), DiskError> {
    let synced = match File::open(path) {
        Ok(file) => file.sync_all(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    synced.map_err(DiskError::on("sync", path))
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The directory that a path is in.
fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) => parent.to_owned(),
        None => path.to_owned(),
    }
}
