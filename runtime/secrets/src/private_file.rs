//! Files that nobody else can read or put in place: opened without following a link, and judged by what was opened.

use rustix::fs::{self, CWD, FileType, Mode, OFlags};
use std::{
    fs::File,
    io::{self, Read as _},
    os::fd::OwnedFd,
    path::{Component, Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};
use thiserror::Error;
use zeroize::Zeroizing;

/// Why a file of secrets is not read.
#[derive(Debug, Error)]
pub enum FileError {
    /// It cannot be opened or read.
    #[error("{} cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is there and not fit to hold secrets.
    #[error("{} {is}", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        is: Looseness,
    },
    /// It is larger than allowed.
    #[error("{} has more than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Bytes.
        limit: u64,
    },
    /// Reading it takes too long.
    #[error("{} was not read within {} ms", path.display(), limit.as_millis())]
    Timeout {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: Duration,
    },
}

/// What makes a file unfit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Looseness {
    /// It is a link, or below one.
    #[error("is a link, or is behind one; write the real path")]
    Link,
    /// Its path goes up.
    #[error("has `..` in its path; write the real path")]
    Upwards,
    /// It is a directory, a pipe, or anything else.
    #[error("is not a regular file")]
    NotAFile,
    /// It belongs to somebody else.
    #[error("belongs to another user")]
    Foreign,
    /// Its mode lets others in.
    #[error("can be reached by others (mode {0:04o}); `chmod 600` it")]
    Mode(u32),
    /// It has another name somewhere.
    #[error("has {0} names (hard links); make a copy with one name")]
    Names(u64),
}

/// Reads a file that belongs to this user alone. `path` is followed from `base` without any link; links on the way to `base` are the
/// operator's own.
pub(crate) fn read(base: &Path, path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let whole = base.join(path);
    let io = |source: io::Error| FileError::Io { path: whole.clone(), source };
    let unfit = |is| FileError::Unfit { path: whole.clone(), is };
    let mut file = File::from(open(base, path, &whole)?);
    let seen = fs::fstat(&file).map_err(|error| io(error.into()))?;
    if FileType::from_raw_mode(seen.st_mode) != FileType::RegularFile {
        return Err(unfit(Looseness::NotAFile));
    }
    if seen.st_uid != rustix::process::geteuid().as_raw() {
        return Err(unfit(Looseness::Foreign));
    }
    let mode = Mode::from_raw_mode(seen.st_mode).bits();
    if mode & 0o077 != 0 {
        return Err(unfit(Looseness::Mode(mode)));
    }
    if seen.st_nlink != 1 {
        return Err(unfit(Looseness::Names(seen.st_nlink)));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(limit.min(64 << 10)).unwrap_or(0)));
    (&mut file).take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge { path: whole, limit });
    }
    Ok(bytes)
}

/// [`read`] within a time, for files on a network that may hang. The thread that hangs is left behind.
pub(crate) fn read_within(
    base: &Path,
    path: &Path,
    limit: u64,
    time: Duration,
) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let (answer, outcome) = mpsc::channel();
    let (from, to) = (base.to_owned(), path.to_owned());
    let reader = thread::Builder::new().name("wa-secret-file".into()).spawn(move || {
        // Nobody waits any more where this fails.
        let _ = answer.send(read(&from, &to, limit));
    });
    let whole = || base.join(path);
    reader.map_err(|source| FileError::Io { path: whole(), source })?;
    outcome.recv_timeout(time).unwrap_or_else(|_| Err(FileError::Timeout { path: whole(), limit: time }))
}

/// Opens each directory from the one before it, so that none can be exchanged for a link in between.
fn open(base: &Path, path: &Path, whole: &Path) -> Result<OwnedFd, FileError> {
    let directory = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
    let failed = |error: rustix::io::Errno| match error {
        rustix::io::Errno::LOOP => FileError::Unfit { path: whole.to_owned(), is: Looseness::Link },
        error => FileError::Io { path: whole.to_owned(), source: error.into() },
    };
    let unfit = |is| Err(FileError::Unfit { path: whole.to_owned(), is });
    let start = if path.is_absolute() { Path::new("/") } else { base };
    let mut here = fs::openat(CWD, start, directory, Mode::empty()).map_err(failed)?;
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => names.push(name),
            Component::ParentDir => return unfit(Looseness::Upwards),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    let Some((file, parents)) = names.split_last() else { return unfit(Looseness::NotAFile) };
    for parent in parents {
        here = fs::openat(&here, *parent, directory | OFlags::NOFOLLOW, Mode::empty()).map_err(|error| {
            let is_link = fs::statat(&here, *parent, fs::AtFlags::SYMLINK_NOFOLLOW)
                .is_ok_and(|seen| FileType::from_raw_mode(seen.st_mode) == FileType::Symlink);
            // A link where a directory is wanted is told as no directory.
            failed(if is_link { rustix::io::Errno::LOOP } else { error })
        })?;
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    fs::openat(&here, *file, flags, Mode::empty()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn place(mode: u32) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let real = std::fs::canonicalize(directory.path()).unwrap();
        let file = real.join("secrets.json");
        std::fs::write(&file, b"{}").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        (directory, file)
    }

    fn why(path: &Path) -> Looseness {
        match read(Path::new("/"), path, 100) {
            Err(FileError::Unfit { is, .. }) => is,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_private_file_is_read() {
        let (directory, file) = place(0o600);
        assert_eq!(**read(Path::new("/"), &file, 2).unwrap(), *b"{}");
        assert_eq!(**read(directory.path(), Path::new("./secrets.json"), 2).unwrap(), *b"{}");
        assert!(matches!(read(Path::new("/"), &file, 1), Err(FileError::TooLarge { limit: 1, .. })));
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o400)).unwrap();
        assert!(read_within(Path::new("/"), &file, 2, Duration::from_secs(10)).is_ok());
    }

    #[test]
    fn each_way_to_be_unfit_is_told() {
        for mode in [0o640, 0o604, 0o660, 0o601] {
            assert_eq!(why(&place(mode).1), Looseness::Mode(mode));
        }
        let (directory, file) = place(0o600);
        let real = file.parent().unwrap();
        std::fs::hard_link(&file, real.join("second")).unwrap();
        assert_eq!(why(&file), Looseness::Names(2));
        assert_eq!(why(real), Looseness::NotAFile);
        assert_eq!(why(&real.join("../x")), Looseness::Upwards);
        drop(directory);
    }

    #[test]
    fn no_link_is_followed() {
        let (_directory, file) = place(0o600);
        let real = file.parent().unwrap();
        symlink(&file, real.join("link")).unwrap();
        assert_eq!(why(&real.join("link")), Looseness::Link);
        std::fs::create_dir(real.join("inner")).unwrap();
        symlink(real, real.join("inner/up")).unwrap();
        assert_eq!(why(&real.join("inner/up/secrets.json")), Looseness::Link);
        // What the operator calls the project may be a link; what is below it may not.
        assert!(read(&real.join("inner/up"), Path::new("secrets.json"), 100).is_ok());
    }

    #[test]
    fn a_pipe_does_not_hang() {
        let directory = tempfile::tempdir().unwrap();
        let real = std::fs::canonicalize(directory.path()).unwrap();
        let pipe = real.join("pipe");
        fs::mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        assert_eq!(why(&pipe), Looseness::NotAFile);
    }

    #[test]
    fn anothers_file_is_refused() {
        let (_directory, file) = place(0o600);
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&file, Some(12345), None).unwrap();
            assert_eq!(why(&file), Looseness::Foreign);
        } else {
            assert!(matches!(
                read(Path::new("/"), Path::new("/etc/passwd"), 1 << 20),
                Err(FileError::Unfit { is: Looseness::Foreign | Looseness::Link, .. })
            ));
        }
    }
}
