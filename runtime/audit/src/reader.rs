//! Reading a log line by line, file by file.

use crate::{LogError, files, record::Record};
use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    vec::IntoIter,
};

/// Bytes of the longest line that is read; no record comes near it.
const MAX_LINE: u64 = 16 << 20;

/// The files of a log as they were at one moment, with their lengths then.
pub(crate) struct Snapshot {
    pub(crate) files: Vec<(u32, u64)>,
}

impl Snapshot {
    /// The caller holds the lock.
    pub(crate) fn take(folder: &Path) -> Result<Self, LogError> {
        let length = |number| {
            let path = files::path(folder, number);
            let metadata = path.metadata().map_err(LogError::io("look at", &path))?;
            Ok((number, metadata.len()))
        };
        Ok(Self { files: files::numbers(folder)?.into_iter().map(length).collect::<Result<_, LogError>>()? })
    }
}

/// The lines of one file up to a length, each with its end, if it has one.
pub(crate) struct Lines {
    path: PathBuf,
    reader: BufReader<std::io::Take<File>>,
}

impl Lines {
    pub(crate) fn open(folder: &Path, number: u32, length: u64) -> Result<Self, LogError> {
        let path = files::path(folder, number);
        let file = File::open(&path).map_err(LogError::io("open", &path))?;
        Ok(Self { path, reader: BufReader::new(file.take(length)) })
    }
}

impl Iterator for Lines {
    type Item = Result<Vec<u8>, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::new();
        match self.reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => Some(Ok(line)),
            Err(error) => Some(Err(LogError::io("read", &self.path)(error))),
        }
    }
}

/// The records of a log, oldest first, as far as they can be read; nothing is verified.
#[derive(Debug)]
pub struct Records {
    folder: PathBuf,
    files: IntoIter<(u32, u64)>,
    lines: Option<Lines>,
    unreadable: u64,
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The records that the log in `folder` has now; none where there is no log.
///
/// # Errors
/// [`LogError::Io`].
pub fn records(folder: &Path) -> Result<Records, LogError> {
    let _lock = files::lock_to_read(folder)?;
    let files = Snapshot::take(folder)?.files.into_iter();
    Ok(Records { folder: folder.to_owned(), files, lines: None, unreadable: 0 })
}

impl Records {
    /// Lines so far that are no records.
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    fn next_line(&mut self) -> Option<Result<Vec<u8>, LogError>> {
        loop {
            if let Some(line) = self.lines.as_mut().and_then(Iterator::next) {
                return Some(line);
            }
            let (number, length) = self.files.next()?;
            match Lines::open(&self.folder, number, length) {
                Ok(lines) => self.lines = Some(lines),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Iterator for Records {
    type Item = Result<Record, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = match self.next_line()? {
                Ok(line) => line,
                Err(error) => return Some(Err(error)),
            };
            match Record::read(line.strip_suffix(b"\n").unwrap_or(&line)) {
                Ok(record) => return Some(Ok(record)),
                Err(_) => self.unreadable += 1,
            }
        }
    }
}
