//! One gzip member, read to its very end within limits.

use super::{Limits, Rule};
use flate2::bufread::GzDecoder;
use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

/// The bytes after which the ratio is looked at; small archives of zeros are honest.
pub(super) const RATIO_FLOOR: u64 = 16 << 20;
const BLOCK: u64 = 512;

/// The decompressed stream of an archive.
pub(super) struct Gunzip<R: Read> {
    decoder: GzDecoder<BufReader<Counted<R>>>,
    limits: Limits,
    read: u64,
    /// Zero bytes at the end of what was read so far.
    zeros: u64,
    ended: bool,
    verdict: Verdict,
}

/// Counts the compressed bytes.
struct Counted<R> {
    inner: R,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.count += length as u64;
        Ok(length)
    }
}

/// The rule that the stream itself broke. It outlives the reader, whose errors the tar reader rewords.
#[derive(Clone, Default)]
pub(super) struct Verdict(Rc<RefCell<Option<Rule>>>);

impl Verdict {
    pub(super) fn take(&self) -> Option<Rule> {
        self.0.borrow_mut().take()
    }
}

impl<R: Read> Gunzip<R> {
    pub(super) fn new(archive: R, limits: &Limits) -> Self {
        Self {
            decoder: GzDecoder::new(BufReader::new(Counted { inner: archive, count: 0 })),
            limits: limits.clone(),
            read: 0,
            zeros: 0,
            ended: false,
            verdict: Verdict::default(),
        }
    }

    pub(super) fn verdict(&self) -> Verdict {
        self.verdict.clone()
    }

    /// After the last entry: zeros only, then a right checksum, then nothing.
    pub(super) fn finish(mut self) -> Result<(), Rule> {
        let mut chunk = [0; 8192];
        let mut tail_is_zero = true;
        loop {
            match self.read(&mut chunk) {
                Ok(0) => break,
                Ok(length) => tail_is_zero &= chunk[..length].iter().all(|byte| *byte == 0),
                Err(_) => return Err(Rule::Gzip),
            }
        }
        if !tail_is_zero {
            return Err(Rule::Tail);
        }
        // The end of a tar archive is two blocks of zeros.
        if self.zeros < 2 * BLOCK {
            return Err(Rule::Truncated);
        }
        match self.decoder.into_inner().fill_buf() {
            Ok([]) => Ok(()),
            Ok([0x1f, ..]) => Err(Rule::SecondMember),
            Ok(_) => Err(Rule::TrailingBytes),
            Err(_) => Err(Rule::Gzip),
        }
    }

    fn refuse(&self, rule: Rule) -> io::Error {
        self.verdict.0.borrow_mut().get_or_insert(rule);
        io::Error::other("refused")
    }

    fn measure(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.read += bytes.len() as u64;
        let zeros = bytes.iter().rev().take_while(|byte| **byte == 0).count();
        self.zeros = if zeros == bytes.len() { self.zeros + zeros as u64 } else { zeros as u64 };
        let consumed = self.decoder.get_ref().get_ref().count;
        if self.read > self.limits.total {
            Err(self.refuse(Rule::TotalTooLarge))
        } else if self.read > RATIO_FLOOR && self.read / consumed.max(1) > self.limits.ratio {
            Err(self.refuse(Rule::Ratio))
        } else {
            Ok(())
        }
    }
}

impl<R: Read> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        match self.decoder.read(buffer) {
            // A tar archive consists of whole blocks.
            Ok(0) if !self.read.is_multiple_of(BLOCK) || self.read == 0 => Err(self.refuse(Rule::Truncated)),
            Ok(0) => {
                self.ended = true;
                Ok(0)
            }
            Ok(length) => self.measure(&buffer[..length]).map(|()| length),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(self.refuse(Rule::Truncated)),
            Err(_) => Err(self.refuse(Rule::Gzip)),
        }
    }
}
