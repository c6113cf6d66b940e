//! The directory at the end of a zip archive, and what stands before each entry.

use super::{Limits, Rule, ScanError, read_exact, read_vec, u16_at, u32_at, u64_at};
use crate::archive::text;
use std::io::{Read, Seek, SeekFrom};

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;

/// Bytes of an end record without its comment, and of the two that zip64 puts before it.
const END_LENGTH: u64 = 22;
const END_64_LENGTH: u64 = 56;
const LOCATOR_LENGTH: u64 = 20;
/// A comment at the end may be so long.
const MAX_COMMENT: u64 = u16::MAX as u64;
/// What stands where a number does not fit, for zip64 to say.
const CUT_16: u64 = u16::MAX as u64;
const CUT_32: u64 = u32::MAX as u64;
/// Bytes of the directory that are read.
const MAX_DIRECTORY: u64 = 8 << 20;

/// Flags: sizes follow the bytes; how hard the compressor tried; the path is UTF-8.
const HAS_DESCRIPTOR: u16 = 1 << 3;
const EFFORT: u16 = 0b110;
const UTF8: u16 = 1 << 11;
const ENCRYPTED: u16 = 1;

/// The extra field with 64-bit sizes, and those that give an entry another name.
const ZIP64: u16 = 0x0001;
const OTHER_NAMES: [u16; 2] = [0x7075, 0x6375];

pub(super) struct Directory {
    pub(super) entries: Vec<Header>,
    /// Where it begins.
    pub(super) offset: u64,
}

/// What the directory says of an entry.
pub(super) struct Header {
    pub(super) path: String,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) compressed: u64,
    pub(super) size: u64,
    pub(super) offset: u64,
    pub(super) executable: bool,
}

struct End {
    entries: u64,
    length: u64,
    offset: u64,
    /// Where the end records begin.
    at: u64,
}

impl Directory {
    pub(super) fn read(archive: &mut (impl Read + Seek), limits: &Limits) -> Result<Self, ScanError> {
        let end = End::find(archive)?;
        if end.entries > limits.entries as u64 || end.length > MAX_DIRECTORY {
            return Err(Rule::TooManyEntries.into());
        }
        if end.offset.checked_add(end.length) != Some(end.at) {
            return Err(Rule::Zip("the directory does not end where its end record begins").into());
        }
        archive.seek(SeekFrom::Start(end.offset)).map_err(ScanError::Read)?;
        let bytes = read_vec(archive, usize::try_from(end.length).unwrap_or(usize::MAX))?;
        let mut rest = &bytes[..];
        let mut entries = Vec::new();
        while !rest.is_empty() {
            let (entry, length) = Header::central(rest)?;
            rest = rest.get(length..).ok_or(Rule::Truncated)?;
            entries.push(entry);
        }
        if entries.len() as u64 != end.entries {
            return Err(Rule::Zip("the end record counts other entries than the directory has").into());
        }
        entries.sort_by_key(|entry| entry.offset);
        Ok(Self { entries, offset: end.offset })
    }
}

impl End {
    fn find(archive: &mut (impl Read + Seek)) -> Result<Self, ScanError> {
        let length = archive.seek(SeekFrom::End(0)).map_err(ScanError::Read)?;
        let tail_at = length.saturating_sub(END_LENGTH + MAX_COMMENT);
        archive.seek(SeekFrom::Start(tail_at)).map_err(ScanError::Read)?;
        let tail = read_vec(archive, usize::try_from(length - tail_at).unwrap_or(usize::MAX))?;
        let is_end = |at: &usize| u32_at(&tail, *at) == END && tail.len() - at >= END_LENGTH as usize;
        let at = (0..tail.len()).rev().find(is_end).ok_or(Rule::Truncated)?;
        let record = &tail[at..];
        if record.len() != END_LENGTH as usize + usize::from(u16_at(record, 20)) {
            return Err(Rule::TrailingBytes.into());
        }
        let disks = [u16_at(record, 4), u16_at(record, 6)];
        let (here, all) = (u64::from(u16_at(record, 8)), u64::from(u16_at(record, 10)));
        if disks != [0, 0] || here != all {
            return Err(Rule::Zip("it is a part of several").into());
        }
        let end = Self {
            entries: all,
            length: u32_at(record, 12).into(),
            offset: u32_at(record, 16).into(),
            at: tail_at + at as u64,
        };
        end.with_64(archive)
    }

    /// The end record of zip64, where there is one: it must say the same as far as the short one can say it.
    fn with_64(self, archive: &mut (impl Read + Seek)) -> Result<Self, ScanError> {
        let disagree = || Rule::Zip("its two end records disagree");
        let is_cut = self.entries == CUT_16 || self.length == CUT_32 || self.offset == CUT_32;
        let Some(at) = self.at.checked_sub(LOCATOR_LENGTH + END_64_LENGTH) else {
            return if is_cut { Err(disagree().into()) } else { Ok(self) };
        };
        archive.seek(SeekFrom::Start(at)).map_err(ScanError::Read)?;
        let bytes: [u8; (END_64_LENGTH + LOCATOR_LENGTH) as usize] = read_exact(archive)?;
        let (record, locator) = bytes.split_at(END_64_LENGTH as usize);
        if u32_at(locator, 0) != LOCATOR_64 {
            return if is_cut { Err(disagree().into()) } else { Ok(self) };
        }
        let whole = u32_at(record, 0) == END_64
            && u64_at(record, 4) == END_64_LENGTH - 12
            && u64_at(locator, 8) == at
            && u32_at(locator, 4) == 0
            && u32_at(locator, 16) == 1
            && (u32_at(record, 16), u32_at(record, 20)) == (0, 0)
            && u64_at(record, 24) == u64_at(record, 32);
        let long =
            Self { entries: u64_at(record, 32), length: u64_at(record, 40), offset: u64_at(record, 48), at };
        let same = |short: u64, long: u64, cut: u64| short == long || short == cut;
        let agrees = same(self.entries, long.entries, CUT_16)
            && same(self.length, long.length, CUT_32)
            && same(self.offset, long.offset, CUT_32);
        if whole && agrees { Ok(long) } else { Err(disagree().into()) }
    }
}

impl Header {
    /// The entry at the beginning of what is left of the directory, and how long it is there.
    fn central(bytes: &[u8]) -> Result<(Self, usize), Rule> {
        if bytes.len() < 46 || u32_at(bytes, 0) != CENTRAL {
            return Err(Rule::Zip("the directory is broken"));
        }
        let [name, extra, comment] = [28, 30, 32].map(|at| usize::from(u16_at(bytes, at)));
        let variable = bytes.get(46..46 + name + extra + comment).ok_or(Rule::Truncated)?;
        let (name, rest) = variable.split_at(name);
        let flags = u16_at(bytes, 8);
        let path = path(name, flags)?;
        let mut sizes = [u32_at(bytes, 24), u32_at(bytes, 20), u32_at(bytes, 42)].map(u64::from);
        check_extra(&rest[..extra], &mut sizes)?;
        let [size, compressed, offset] = sizes;
        if u16_at(bytes, 34) != 0 {
            return Err(Rule::Zip("it is a part of several"));
        }
        let entry = Self {
            executable: executable(bytes, &path)?,
            path,
            flags,
            method: u16_at(bytes, 10),
            crc: u32_at(bytes, 16),
            compressed,
            size,
            offset,
        };
        entry.check()?;
        Ok((entry, 46 + variable.len()))
    }

    fn check(&self) -> Result<(), Rule> {
        if self.flags & ENCRYPTED != 0 {
            return Err(Rule::Encrypted);
        }
        if self.flags & !(HAS_DESCRIPTOR | EFFORT | UTF8) != 0 {
            return Err(Rule::Zip("an entry has flags that mean nothing known"));
        }
        match self.method {
            0 if self.size != self.compressed => Err(Rule::ZipContent("size")),
            0 | 8 => Ok(()),
            other => Err(Rule::ZipMethod(other)),
        }
    }

    /// Compares the header before the bytes with the one in the directory; how long it is.
    pub(super) fn check_local(&self, archive: &mut impl Read) -> Result<u64, ScanError> {
        let fixed: [u8; 30] = read_exact(archive)?;
        if u32_at(&fixed, 0) != LOCAL {
            return Err(Rule::Zip("there is no entry where the directory says").into());
        }
        let [name, extra] = [26, 28].map(|at| usize::from(u16_at(&fixed, at)));
        let name_bytes = read_vec(archive, name)?;
        let extra_bytes = read_vec(archive, extra)?;
        let differ = |what| ScanError::from(Rule::ZipHeaders(what));
        if name_bytes != self.path.as_bytes() {
            return Err(differ("name"));
        }
        if u16_at(&fixed, 6) != self.flags {
            return Err(differ("flags"));
        }
        if u16_at(&fixed, 8) != self.method {
            return Err(differ("method"));
        }
        let mut sizes = [u32_at(&fixed, 22), u32_at(&fixed, 18), 0].map(u64::from);
        let local_crc = u32_at(&fixed, 14);
        check_extra(&extra_bytes, &mut sizes)?;
        // Sizes that come later may be left out here.
        let later = self.flags & HAS_DESCRIPTOR != 0;
        if !(local_crc == self.crc || later && local_crc == 0) {
            return Err(differ("checksum"));
        }
        if !(sizes[..2] == [self.size, self.compressed] || later && sizes[..2] == [0, 0]) {
            return Err(differ("size"));
        }
        Ok(30 + (name + extra) as u64)
    }

    /// Compares the sizes behind the bytes, where there are any; how long they are.
    pub(super) fn check_descriptor(
        &self,
        archive: &mut (impl Read + Seek),
        at: u64,
    ) -> Result<u64, ScanError> {
        if self.flags & HAS_DESCRIPTOR == 0 {
            return Ok(0);
        }
        archive.seek(SeekFrom::Start(at)).map_err(ScanError::Read)?;
        let mut bytes = Vec::new();
        archive.take(24).read_to_end(&mut bytes).map_err(ScanError::Read)?;
        let signed = u32_at(&bytes, 0) == DESCRIPTOR;
        let body = if signed { &bytes[4..] } else { &bytes[..] };
        let start = if signed { 4 } else { 0 };
        let short = [u32_at(body, 4), u32_at(body, 8)].map(u64::from);
        if u32_at(body, 0) == self.crc && body.len() >= 12 && short == [self.compressed, self.size] {
            return Ok(start + 12);
        }
        let long = [u64_at(body, 4), u64_at(body, 12)];
        if u32_at(body, 0) == self.crc && body.len() >= 20 && long == [self.compressed, self.size] {
            return Ok(start + 20);
        }
        Err(Rule::ZipHeaders("descriptor").into())
    }
}

fn path(bytes: &[u8], flags: u16) -> Result<String, Rule> {
    // Without the flag, what is not ASCII has as many readings as there are code pages.
    if flags & UTF8 == 0 && !bytes.is_ascii() {
        return Err(Rule::Path(crate::package_path::PathRule::NotUtf8));
    }
    text(bytes)
}

/// Reads the extra fields: 64-bit values for what is cut in the header, in their order, and no other name.
fn check_extra(mut extra: &[u8], sizes: &mut [u64; 3]) -> Result<(), Rule> {
    while extra.len() >= 4 {
        let (id, length) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
        let body = extra.get(4..4 + length).ok_or(Rule::Zip("an extra field is cut off"))?;
        if OTHER_NAMES.contains(&id) {
            return Err(Rule::ZipHeaders("name"));
        }
        if id == ZIP64 {
            let mut values = body.chunks_exact(8).map(|value| u64_at(value, 0));
            for size in sizes.iter_mut().filter(|size| **size == CUT_32) {
                *size = values.next().ok_or(Rule::ZipHeaders("size"))?;
            }
        }
        extra = &extra[4 + length..];
    }
    if sizes.contains(&CUT_32) { Err(Rule::ZipHeaders("size")) } else { Ok(()) }
}

/// Whether a file may be executed; what is neither file nor directory is refused.
fn executable(central: &[u8], path: &str) -> Result<bool, Rule> {
    let attributes = u32_at(central, 38);
    let is_directory = path.ends_with('/');
    // Only Unix and macOS say what kind of file it is.
    if !matches!(central[5], 3 | 19) {
        let claims_directory = attributes & 0x10 != 0;
        return if claims_directory && !is_directory { Err(Rule::FileAndDirectory) } else { Ok(false) };
    }
    let mode = attributes >> 16;
    match (mode & 0o170_000, is_directory) {
        (0 | 0o100_000, false) | (0 | 0o040_000, true) => Ok(mode & 0o111 != 0),
        (0o040_000 | 0o100_000, _) => Err(Rule::FileAndDirectory),
        (0o120_000, _) => Err(Rule::Link),
        (0o010_000, _) => Err(Rule::Fifo),
        (0o020_000 | 0o060_000, _) => Err(Rule::Device),
        _ => Err(Rule::Type(b'?')),
    }
}
