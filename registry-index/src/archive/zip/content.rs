//! The bytes of a zip entry, checked against its headers.

use super::directory::Header;
use super::{Rule, ScanError};
use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use std::io::{self, BufReader, Read, Take};

/// The bytes of one entry.
pub(super) struct Bytes<'a, R: Read> {
    source: Source<'a, R>,
    crc: Crc,
    left: u64,
    expected: u32,
    broken: Option<Rule>,
}

enum Source<'a, R: Read> {
    Stored(Take<&'a mut R>),
    Deflated(DeflateDecoder<BufReader<Take<&'a mut R>>>, u64),
}

impl<'a, R: Read> Bytes<'a, R> {
    pub(super) fn new(entry: &Header, archive: &'a mut R) -> Self {
        let raw = archive.take(entry.compressed);
        let source = match entry.method {
            0 => Source::Stored(raw),
            _ => Source::Deflated(DeflateDecoder::new(BufReader::new(raw)), entry.compressed),
        };
        Self { source, crc: Crc::new(), left: entry.size, expected: entry.crc, broken: None }
    }

    /// What a failure of the sink means: the sink's own, or a broken entry.
    pub(super) fn explain(&mut self, error: io::Error) -> ScanError {
        self.broken.take().map_or(ScanError::Sink(error), Into::into)
    }

    /// All bytes have come, no more and no fewer than the headers say, and they are the right ones.
    pub(super) fn finish(mut self) -> Result<(), ScanError> {
        if self.left != 0 || self.raw_read(&mut [0]).map_err(|error| self.explain(error))? != 0 {
            return Err(Rule::ZipContent("size").into());
        }
        if let Source::Deflated(decoder, compressed) = &self.source
            && decoder.total_in() != *compressed
        {
            return Err(Rule::ZipContent("compressed size").into());
        }
        if self.crc.sum() == self.expected { Ok(()) } else { Err(Rule::ZipContent("checksum").into()) }
    }

    fn raw_read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.source {
            Source::Stored(raw) => raw.read(buffer),
            Source::Deflated(decoder, _) => decoder.read(buffer),
        };
        read.inspect_err(|error| {
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
            ) {
                self.broken = Some(Rule::ZipContent("compression"));
            }
        })
    }
}

impl<R: Read> Read for Bytes<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let length = self.raw_read(&mut buffer[..most])?;
        self.crc.update(&buffer[..length]);
        self.left -= length as u64;
        Ok(length)
    }
}

/// A directory has no bytes.
pub(super) fn check_empty(entry: &Header, archive: &mut impl Read) -> Result<(), ScanError> {
    if entry.size != 0 {
        return Err(Rule::DirectoryWithContent.into());
    }
    Bytes::new(entry, archive).finish()
}
