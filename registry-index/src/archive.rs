//! Reading a `.tgz` from a stranger: everything that is not plainly a package is refused, naming entry and rule.
//!
//! The `tar` crate is used for its raw headers only. What it does by itself is too kind: `unpack` skips entries
//! that climb out and reports success, stops before a bad checksum, and reads long names of any length into memory.

mod gzip;
mod names;
mod pax;
mod rule;
#[cfg(test)]
mod tests;

pub use rule::{ArchiveRefusal, Rule};

use crate::contents::{ContentFile, Contents};
use crate::package_path::{PackagePath, PathRule};
use gzip::Gunzip;
use names::Names;
use std::io::Read;
use tar::{Archive, EntryType};

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

/// The files of a `.tgz`, their paths without the one top directory that all of them share.
///
/// # Errors
/// The first broken rule, with the entry that breaks it.
pub fn unpack(archive: &[u8], limits: &Limits) -> Result<Contents, ArchiveRefusal> {
    let gunzip = Gunzip::new(archive, limits);
    let verdict = gunzip.verdict();
    let mut unpacker = Unpacker {
        limits,
        names: Names::new(limits.entries),
        pending: None,
        contents: Contents::default(),
        entry: String::new(),
    };
    let mut tar = Archive::new(gunzip);
    let walked = unpacker.walk(&mut tar);
    // A broken stream shows as a broken header or a short file; the stream knows better.
    walked.and_then(|()| tar.into_inner().finish()).map_err(|rule| ArchiveRefusal {
        entry: rule::printable(&unpacker.entry),
        rule: verdict.take().unwrap_or(rule),
    })?;
    Ok(unpacker.contents)
}

struct Unpacker<'a> {
    limits: &'a Limits,
    names: Names,
    /// What a pax header or a long name said of the next entry.
    pending: Option<Pending>,
    contents: Contents,
    /// The path of the entry at hand, for the refusal.
    entry: String,
}

struct Pending {
    path: Option<String>,
    size: Option<u64>,
}

type Entry<'a, R> = tar::Entry<'a, R>;

impl Unpacker<'_> {
    fn walk<R: Read>(&mut self, tar: &mut Archive<R>) -> Result<(), Rule> {
        let mut count = 0;
        for entry in tar.entries().map_err(Rule::header)?.raw(true) {
            self.entry.clear();
            let mut entry = entry.map_err(Rule::header)?;
            count += 1;
            if count > self.limits.entries {
                return Err(Rule::TooManyEntries);
            }
            self.entry = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            match entry.header().entry_type() {
                EntryType::Regular => self.file(&mut entry)?,
                EntryType::Directory => self.directory(&entry)?,
                EntryType::XHeader => self.pax(&mut entry)?,
                EntryType::GNULongName => self.long_name(&mut entry)?,
                EntryType::XGlobalHeader => pax::check_global(&self.metadata(&mut entry)?)?,
                EntryType::Link | EntryType::Symlink | EntryType::GNULongLink => return Err(Rule::Link),
                EntryType::Char | EntryType::Block => return Err(Rule::Device),
                EntryType::Fifo => return Err(Rule::Fifo),
                other => return Err(Rule::Type(other.as_byte())),
            }
        }
        if self.pending.is_some() { Err(Rule::ExtensionAlone) } else { Ok(()) }
    }

    fn file<R: Read>(&mut self, entry: &mut Entry<'_, R>) -> Result<(), Rule> {
        let size = entry.header().entry_size().map_err(Rule::header)?;
        let path = self.path_of(entry, size)?;
        if size > self.limits.file {
            return Err(Rule::FileTooLarge);
        }
        let inside = self.names.file(&path)?;
        let executable = entry.header().mode().map_err(Rule::header)? & 0o111 != 0;
        let bytes = read_exactly(entry, size)?;
        self.contents.files.insert(inside, ContentFile { bytes: bytes.into(), executable });
        Ok(())
    }

    fn directory<R: Read>(&mut self, entry: &Entry<'_, R>) -> Result<(), Rule> {
        let size = entry.header().entry_size().map_err(Rule::header)?;
        let path = self.path_of(entry, size)?;
        if size != 0 {
            return Err(Rule::DirectoryWithContent);
        }
        self.names.directory(path.strip_suffix('/').unwrap_or(&path))
    }

    fn pax<R: Read>(&mut self, entry: &mut Entry<'_, R>) -> Result<(), Rule> {
        let header = pax::parse(&self.metadata(entry)?)?;
        self.extend(Pending { path: header.path, size: header.size })
    }

    fn long_name<R: Read>(&mut self, entry: &mut Entry<'_, R>) -> Result<(), Rule> {
        let bytes = self.metadata(entry)?;
        let name = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
        self.extend(Pending { path: Some(text(name)?), size: None })
    }

    /// One pax header or one long name for each entry: readers disagree on which of two wins.
    fn extend(&mut self, pending: Pending) -> Result<(), Rule> {
        match self.pending.replace(pending) {
            Some(_) => Err(Rule::ExtensionTwice),
            None => Ok(()),
        }
    }

    /// The path that this entry has for every reader, and no disagreement on its size.
    fn path_of<R: Read>(&mut self, entry: &Entry<'_, R>, header_size: u64) -> Result<String, Rule> {
        let pending = self.pending.take();
        if pending.as_ref().and_then(|pending| pending.size).is_some_and(|size| size != header_size) {
            return Err(Rule::PaxSize);
        }
        let path = match pending.and_then(|pending| pending.path) {
            Some(path) => path,
            None => text(&entry.path_bytes())?,
        };
        self.entry.clone_from(&path);
        Ok(path)
    }

    fn metadata<R: Read>(&self, entry: &mut Entry<'_, R>) -> Result<Vec<u8>, Rule> {
        let size = entry.header().entry_size().map_err(Rule::header)?;
        if size > self.limits.metadata {
            return Err(Rule::MetadataTooLarge);
        }
        read_exactly(entry, size)
    }
}

fn text(bytes: &[u8]) -> Result<String, Rule> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Rule::Path(PathRule::NotUtf8))
}

/// Memory grows with the bytes that come, not with the size that a header claims.
fn read_exactly(reader: &mut impl Read, size: u64) -> Result<Vec<u8>, Rule> {
    let mut bytes = Vec::with_capacity(size.min(1 << 20) as usize);
    reader.read_to_end(&mut bytes).map_err(Rule::header)?;
    if bytes.len() as u64 == size { Ok(bytes) } else { Err(Rule::Truncated) }
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
