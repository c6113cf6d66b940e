//! Entries of a gzipped tar archive.
//!
//! The `tar` crate is used for its raw headers only. What it does by itself is too kind: `unpack` skips entries
//! that climb out and reports success, stops before a bad checksum, and reads long names of any length into memory.

use super::gzip::Gunzip;
use super::names::Names;
use super::{Limits, Rule, ScanError, Sink, pax, text};
use std::io::Read;
use tar::{Archive, EntryType};

/// Gives every file to the sink; the entry at hand is told in `at`, for the refusal.
pub(super) fn scan(
    archive: impl Read,
    limits: &Limits,
    sink: &mut dyn Sink,
    at: &mut String,
) -> Result<(), ScanError> {
    let gunzip = Gunzip::new(archive, limits);
    let verdict = gunzip.verdict();
    let mut walk = Walk { limits, names: Names::new(limits.entries), pending: None, at };
    let mut tar = Archive::new(gunzip);
    let walked = walk.walk(&mut tar, sink);
    // A broken stream shows as a broken header or a short file; the stream knows better.
    let ended = walked.and_then(|()| Ok(tar.into_inner().finish()?));
    ended.map_err(|error| match (error, verdict.take()) {
        (ScanError::Refused(_), Some(rule)) | (ScanError::Sink(_), Some(rule)) => rule.into(),
        (error, _) => error,
    })
}

struct Walk<'a> {
    limits: &'a Limits,
    names: Names,
    /// What a pax header or a long name said of the next entry.
    pending: Option<Pending>,
    at: &'a mut String,
}

struct Pending {
    path: Option<String>,
    size: Option<u64>,
}

type Entry<'a, R> = tar::Entry<'a, R>;

impl Walk<'_> {
    fn walk<R: Read>(&mut self, tar: &mut Archive<R>, sink: &mut dyn Sink) -> Result<(), ScanError> {
        let mut count = 0;
        for entry in tar.entries().map_err(Rule::header)?.raw(true) {
            self.at.clear();
            let mut entry = entry.map_err(Rule::header)?;
            count += 1;
            if count > self.limits.entries {
                return Err(Rule::TooManyEntries.into());
            }
            *self.at = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            match entry.header().entry_type() {
                EntryType::Regular => self.file(&mut entry, sink)?,
                EntryType::Directory => self.directory(&entry)?,
                EntryType::XHeader => self.pax(&mut entry)?,
                EntryType::GNULongName => self.long_name(&mut entry)?,
                EntryType::XGlobalHeader => pax::check_global(&self.metadata(&mut entry)?)?,
                EntryType::Link | EntryType::Symlink | EntryType::GNULongLink => {
                    return Err(Rule::Link.into());
                }
                EntryType::Char | EntryType::Block => return Err(Rule::Device.into()),
                EntryType::Fifo => return Err(Rule::Fifo.into()),
                other => return Err(Rule::Type(other.as_byte()).into()),
            }
        }
        if self.pending.is_some() { Err(Rule::ExtensionAlone.into()) } else { Ok(()) }
    }

    fn file<R: Read>(&mut self, entry: &mut Entry<'_, R>, sink: &mut dyn Sink) -> Result<(), ScanError> {
        let size = entry.header().entry_size().map_err(Rule::header)?;
        let path = self.path_of(entry, size)?;
        if size > self.limits.file {
            return Err(Rule::FileTooLarge.into());
        }
        let inside = self.names.file(&path)?;
        let executable = entry.header().mode().map_err(Rule::header)? & 0o111 != 0;
        let mut exact = Exact { inner: entry, left: size };
        sink.file(inside, executable, size, &mut exact).map_err(ScanError::Sink)?;
        if exact.left == 0 { Ok(()) } else { Err(Rule::Truncated.into()) }
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
        self.at.clone_from(&path);
        Ok(path)
    }

    /// Memory grows with the bytes that come, not with the size that a header claims.
    fn metadata<R: Read>(&self, entry: &mut Entry<'_, R>) -> Result<Vec<u8>, Rule> {
        let size = entry.header().entry_size().map_err(Rule::header)?;
        if size > self.limits.metadata {
            return Err(Rule::MetadataTooLarge);
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(Rule::header)?;
        if bytes.len() as u64 == size { Ok(bytes) } else { Err(Rule::Truncated) }
    }
}

/// The bytes of one file, counted.
struct Exact<'a, R> {
    inner: &'a mut R,
    left: u64,
}

impl<R: Read> Read for Exact<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.left = self.left.saturating_sub(length as u64);
        Ok(length)
    }
}
