//! The rules that an archive can break.

use crate::package_path::PathRule;
use std::io;
use thiserror::Error;

/// A refused archive: the entry at which the reader stopped, and the rule that it breaks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the archive is refused{}: {rule} ({})", if entry.is_empty() { String::new() } else { format!(" at `{entry}`") }, rule.code())]
pub struct ArchiveRefusal {
    /// The path in the archive, made printable; empty if the archive as a whole is refused.
    pub entry: String,
    /// The broken rule.
    pub rule: Rule,
}

/// One rule of the archive reader.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Rule {
    /// A path that is not safe everywhere.
    #[error(transparent)]
    Path(#[from] PathRule),
    /// A hard link, a symbolic link, or a long name for one.
    #[error("links are not allowed")]
    Link,
    /// A character or block device.
    #[error("devices are not allowed")]
    Device,
    /// A named pipe.
    #[error("named pipes are not allowed")]
    Fifo,
    /// Any other type of entry.
    #[error("entries of type {:?} are not allowed", char::from(*.0))]
    Type(u8),
    /// A path that occurs twice.
    #[error("the path occurs twice")]
    Duplicate,
    /// Two paths that are one on a file system that ignores case or compatibility forms.
    #[error("the path differs from another only by case or by equivalent characters")]
    SameAfterFolding,
    /// A path that is a file for one entry and a directory for another.
    #[error("the path is both a file and a directory")]
    FileAndDirectory,
    /// A second top directory.
    #[error("there is more than one top directory")]
    SecondTopDirectory,
    /// A file beside the top directory.
    #[error("the file is not in a top directory")]
    NoTopDirectory,
    /// A directory that claims to have bytes.
    #[error("a directory has content")]
    DirectoryWithContent,
    /// A pax size that is not the header's.
    #[error("the size in the pax header is not that of the entry")]
    PaxSize,
    /// A pax header that is not well formed.
    #[error("the pax header is malformed")]
    PaxMalformed,
    /// A pax key that changes what an entry is.
    #[error("the pax key `{0}` is not allowed")]
    PaxKey(String),
    /// Two pax headers or long names for one entry.
    #[error("two headers describe one entry")]
    ExtensionTwice,
    /// A pax header or a long name after which no entry comes.
    #[error("a header describes an entry that does not come")]
    ExtensionAlone,
    /// A pax header or long name over the limit.
    #[error("a pax header or long name is over 1 MiB")]
    MetadataTooLarge,
    /// More entries than allowed.
    #[error("there are too many entries")]
    TooManyEntries,
    /// A file over the limit.
    #[error("the file is too large")]
    FileTooLarge,
    /// More bytes in all than allowed.
    #[error("the archive is too large once decompressed")]
    TotalTooLarge,
    /// Compressed far better than anything but a bomb.
    #[error("the compression ratio is that of a bomb")]
    Ratio,
    /// The archive ends too early.
    #[error("the archive is truncated")]
    Truncated,
    /// A tar header that is not well formed.
    #[error("a tar header is malformed")]
    Header,
    /// Not gzip, or gzip whose checksum or length is wrong.
    #[error("the gzip stream is damaged")]
    Gzip,
    /// Something other than zeros after the end of the tar archive.
    #[error("there is something after the end of the tar archive")]
    Tail,
    /// Something after the end of the gzip stream.
    #[error("there is something after the end of the gzip stream")]
    TrailingBytes,
    /// A second gzip member, which some readers read and others do not.
    #[error("there is a second gzip member")]
    SecondMember,
    /// Paths that are too long all together.
    #[error("the paths of all entries are longer than 4 MiB together")]
    NamesTooLong,
    /// Neither gzip nor zip.
    #[error("it is neither a gzip nor a zip archive")]
    UnknownFormat,
    /// The structure of the zip archive is broken, or has more than one reading.
    #[error("the zip archive is ambiguous: {0}")]
    Zip(&'static str),
    /// The two headers of a zip entry do not agree.
    #[error("the headers of the entry disagree on its {0}")]
    ZipHeaders(&'static str),
    /// An encrypted zip entry.
    #[error("the entry is encrypted")]
    Encrypted,
    /// A zip entry compressed by anything but deflate.
    #[error("the entry is compressed by method {0}; only stored and deflated entries are read")]
    ZipMethod(u16),
    /// A zip entry whose bytes are not what its headers say.
    #[error("the bytes of the entry do not fit its {0}")]
    ZipContent(&'static str),
}

impl Rule {
    /// The rule's name, which never changes.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Path(rule) => rule.code(),
            Self::Link => "link",
            Self::Device => "device",
            Self::Fifo => "fifo",
            Self::Type(_) => "type",
            Self::Duplicate => "duplicate",
            Self::SameAfterFolding => "same-name",
            Self::FileAndDirectory => "file-and-directory",
            Self::SecondTopDirectory => "second-top-directory",
            Self::NoTopDirectory => "no-top-directory",
            Self::DirectoryWithContent => "directory-with-content",
            Self::PaxSize => "pax-size",
            Self::PaxMalformed => "pax-malformed",
            Self::PaxKey(_) => "pax-key",
            Self::ExtensionTwice => "extension-twice",
            Self::ExtensionAlone => "extension-alone",
            Self::MetadataTooLarge => "metadata-too-large",
            Self::TooManyEntries => "too-many-entries",
            Self::FileTooLarge => "file-too-large",
            Self::TotalTooLarge => "total-too-large",
            Self::Ratio => "ratio",
            Self::Truncated => "truncated",
            Self::Header => "header",
            Self::Gzip => "gzip",
            Self::Tail => "tail",
            Self::TrailingBytes => "trailing-bytes",
            Self::SecondMember => "second-member",
            Self::NamesTooLong => "names-too-long",
            Self::UnknownFormat => "unknown-format",
            Self::Zip(_) => "zip",
            Self::ZipHeaders(_) => "zip-headers",
            Self::Encrypted => "encrypted",
            Self::ZipMethod(_) => "zip-method",
            Self::ZipContent(_) => "zip-content",
        }
    }

    /// What an error of the tar reader means, if the stream below had none.
    pub(crate) fn header(_: io::Error) -> Self {
        Self::Header
    }
}

/// A path from an archive as it may be shown on a terminal.
pub(crate) fn printable(path: &str) -> String {
    let mut shown: String = path.chars().take(120).flat_map(char::escape_debug).collect();
    if path.chars().nth(120).is_some() {
        shown.push('…');
    }
    shown
}
