//! Reading an archive from a stranger: everything that is not plainly a package is refused, naming entry and rule.
//!
//! An archive is read as a stream, with memory that does not grow with it, and in one way only: what two readers could
//! read in two ways is refused.

mod gzip;
mod names;
mod pax;
mod rule;
mod tar;
#[cfg(test)]
mod tests;
mod zip;

pub use rule::{ArchiveRefusal, Rule};
#[cfg(test)]
pub(crate) use tests::unpack;

use crate::package_path::{PackagePath, PathRule};
use names::Names;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use thiserror::Error;

/// How much of everything an archive may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Entries of any kind, and directories that only paths imply.
    pub entries: usize,
    /// Bytes of one file.
    pub file: u64,
    /// Bytes of the whole archive once decompressed.
    pub total: u64,
    /// Bytes of one pax header or long name.
    pub metadata: u64,
    /// Decompressed bytes for each compressed one, once more than 16 MiB came out.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { entries: 20_000, file: 256 << 20, total: 512 << 20, metadata: 1 << 20, ratio: 250 }
    }
}

/// Takes the files of an archive as they come.
pub trait Sink {
    /// A file: its path without the top directory, and its bytes, of which all must be read.
    ///
    /// # Errors
    /// What keeps the sink from taking it, and what the reader says.
    fn file(
        &mut self,
        path: PackagePath,
        executable: bool,
        size: u64,
        bytes: &mut dyn Read,
    ) -> io::Result<()>;
}

/// Why an archive was not read to its end.
#[derive(Debug, Error)]
pub enum ScanError {
    /// It breaks a rule.
    #[error(transparent)]
    Refused(#[from] ArchiveRefusal),
    /// What came could not be taken.
    #[error("what is in the archive cannot be taken")]
    Sink(#[source] io::Error),
    /// The file with the archive cannot be read.
    #[error("the archive cannot be read")]
    Read(#[source] io::Error),
}

impl From<Rule> for ScanError {
    fn from(rule: Rule) -> Self {
        Self::Refused(ArchiveRefusal { entry: String::new(), rule })
    }
}

/// Reads an archive, gzipped tar or zip by its first bytes, and gives its files to `sink`.
///
/// What the sink has been given counts for nothing until this returns without an error.
///
/// # Errors
/// Any [`ScanError`]; for a refusal the first broken rule, with the entry that breaks it.
pub fn scan<R: Read + Seek>(mut archive: R, limits: &Limits, sink: &mut dyn Sink) -> Result<(), ScanError> {
    let mut magic = Vec::new();
    archive.by_ref().take(4).read_to_end(&mut magic).map_err(ScanError::Read)?;
    archive.seek(SeekFrom::Start(0)).map_err(ScanError::Read)?;
    let mut at = String::new();
    let scanned = match magic[..] {
        [0x1f, 0x8b, ..] => tar::scan(archive, limits, sink, &mut at),
        [b'P', b'K', ..] => zip::scan(BufReader::new(archive), limits, sink, &mut at),
        _ => Err(Rule::UnknownFormat.into()),
    };
    scanned.map_err(|error| match error {
        ScanError::Refused(refusal) => ArchiveRefusal { entry: rule::printable(&at), ..refusal }.into(),
        error => error,
    })
}

fn text(bytes: &[u8]) -> Result<String, Rule> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Rule::Path(PathRule::NotUtf8))
}

/// Checks a set of paths by the rules of an archive, as if each came from one.
pub(crate) fn check_names<'a>(paths: impl Iterator<Item = &'a PackagePath>) -> Result<(), ArchiveRefusal> {
    let mut names = Names::new(Limits::default().entries);
    for path in paths {
        names
            .file(&format!("package/{path}"))
            .map_err(|rule| ArchiveRefusal { entry: rule::printable(path.as_str()), rule })?;
    }
    Ok(())
}
