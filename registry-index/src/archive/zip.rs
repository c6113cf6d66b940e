//! Entries of a zip archive. There are many ways to read one, so only those are read that all readers read alike: the
//! entries lie one behind the other from the first byte to the directory, the directory lies right behind them, its end
//! record right behind that at the very end of the file, and both headers of an entry say the same.
//!
//! Source of the format: PKWARE's APPNOTE.TXT, 6.3.10.

mod content;
mod directory;

use super::gzip::RATIO_FLOOR;
use super::names::Names;
use super::{Limits, Rule, ScanError, Sink};
use directory::{Directory, Header};
use std::io::{self, Read, Seek, SeekFrom};

/// Gives every file to the sink; the entry at hand is told in `at`, for the refusal.
pub(super) fn scan<R: Read + Seek>(
    mut archive: R,
    limits: &Limits,
    sink: &mut dyn Sink,
    at: &mut String,
) -> Result<(), ScanError> {
    let directory = Directory::read(&mut archive, limits)?;
    let mut names = Names::new(limits.entries);
    let mut total = 0;
    for entry in &directory.entries {
        at.clone_from(&entry.path);
        check_sizes(entry, limits, &mut total)?;
    }
    let mut offset = 0;
    for entry in &directory.entries {
        at.clone_from(&entry.path);
        if entry.offset != offset {
            return Err(Rule::Zip("entries overlap, or something lies between them").into());
        }
        archive.seek(SeekFrom::Start(offset)).map_err(ScanError::Read)?;
        let local_length = entry.check_local(&mut archive)?;
        if let Some(path) = entry.path.strip_suffix('/') {
            names.directory(path)?;
            content::check_empty(entry, &mut archive)?;
        } else {
            let inside = names.file(&entry.path)?;
            let mut bytes = content::Bytes::new(entry, &mut archive);
            sink.file(inside, entry.executable, entry.size, &mut bytes)
                .map_err(|error| bytes.explain(error))?;
            bytes.finish()?;
        }
        offset = offset + local_length + entry.compressed;
        offset += entry.check_descriptor(&mut archive, offset)?;
    }
    at.clear();
    if offset == directory.offset {
        Ok(())
    } else {
        Err(Rule::Zip("something lies before the directory").into())
    }
}

fn check_sizes(entry: &Header, limits: &Limits, total: &mut u64) -> Result<(), Rule> {
    *total = total.saturating_add(entry.size);
    if entry.size > limits.file {
        Err(Rule::FileTooLarge)
    } else if *total > limits.total {
        Err(Rule::TotalTooLarge)
    } else if entry.size > RATIO_FLOOR && entry.size / entry.compressed.max(1) > limits.ratio {
        Err(Rule::Ratio)
    } else {
        Ok(())
    }
}

/// A structure that does not end before the file does.
fn read_exact<const N: usize>(archive: &mut impl Read) -> Result<[u8; N], ScanError> {
    let mut bytes = [0; N];
    archive.read_exact(&mut bytes).map_err(truncated)?;
    Ok(bytes)
}

fn read_vec(archive: &mut impl Read, length: usize) -> Result<Vec<u8>, ScanError> {
    let mut bytes = Vec::new();
    archive.take(length as u64).read_to_end(&mut bytes).map_err(ScanError::Read)?;
    if bytes.len() == length { Ok(bytes) } else { Err(Rule::Truncated.into()) }
}

fn truncated(error: io::Error) -> ScanError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Rule::Truncated.into(),
        _ => ScanError::Read(error),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    let pair = bytes.get(at..at + 2).and_then(|pair| pair.try_into().ok());
    pair.map_or(0, u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    four.map_or(0, u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let eight = bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok());
    eight.map_or(0, u64::from_le_bytes)
}
