//! Directories reached through handles: no step from a handle to a name ever follows a link.

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, fstat, openat};
use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::Path;

/// An open directory.
pub(crate) struct Folder(OwnedFd);

/// What a name in a directory stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
    Link,
    /// A device, pipe or socket.
    Special,
}

/// A regular file as it was read.
pub(crate) struct ReadFile {
    pub(crate) bytes: Vec<u8>,
    pub(crate) executable: bool,
}

/// A regular file that is open.
pub(crate) struct OpenFile {
    pub(crate) bytes: File,
    pub(crate) size: u64,
    pub(crate) executable: bool,
    /// How many names the file has on its file system.
    pub(crate) links: u64,
}

const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
/// Not blocking, so that a pipe put in a file's place cannot hold the reader up.
const FILE: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);

impl Folder {
    /// Opens a directory by its path. Only the last part is not followed if it is a link.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(openat(CWD, path, DIRECTORY, Mode::empty())?))
    }

    /// Opens a directory in this one.
    pub(crate) fn enter(&self, name: &str) -> io::Result<Self> {
        Ok(Self(openat(&self.0, name, DIRECTORY, Mode::empty())?))
    }

    /// All names but `.` and `..`, sorted.
    pub(crate) fn entries(&self) -> io::Result<Vec<(CString, Kind)>> {
        let mut entries = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let entry = entry?;
            if matches!(entry.file_name().to_bytes(), b"." | b"..") {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::Unknown => self.kind(entry.file_name())?,
                known => kind_of(known),
            };
            entries.push((entry.file_name().to_owned(), kind));
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(entries)
    }

    /// Opens a regular file.
    pub(crate) fn open_file(&self, name: &str) -> io::Result<File> {
        let file = openat(&self.0, name, FILE, Mode::empty())?;
        if FileType::from_raw_mode(fstat(&file)?.st_mode) != FileType::RegularFile {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(file.into())
    }

    /// Reads a regular file of at most `limit` bytes; one that is longer is cut after `limit + 1`.
    pub(crate) fn read(&self, name: &str, limit: u64) -> io::Result<ReadFile> {
        let OpenFile { bytes: file, size, executable, .. } = self.file(name)?;
        let mut bytes = Vec::with_capacity(size.min(limit) as usize);
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(ReadFile { bytes, executable })
    }

    /// Opens a regular file.
    pub(crate) fn file(&self, name: &str) -> io::Result<OpenFile> {
        let file = openat(&self.0, name, FILE, Mode::empty())?;
        let status = fstat(&file)?;
        if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let size = u64::try_from(status.st_size).unwrap_or(0);
        // The width of these fields differs between systems.
        #[expect(clippy::useless_conversion, reason = "u16 on some systems, u32 on others")]
        let (mode, links) = (u32::from(status.st_mode), u64::from(status.st_nlink));
        Ok(OpenFile { bytes: file.into(), size, executable: mode & 0o111 != 0, links })
    }

    fn kind(&self, name: &std::ffi::CStr) -> io::Result<Kind> {
        let status = rustix::fs::statat(&self.0, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(kind_of(FileType::from_raw_mode(status.st_mode)))
    }
}

fn kind_of(kind: FileType) -> Kind {
    match kind {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Directory,
        FileType::Symlink => Kind::Link,
        _ => Kind::Special,
    }
}
