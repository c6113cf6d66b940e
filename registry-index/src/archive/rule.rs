//! The rules that an archive can break.

use crate::package_path::PathRule;
use std::io;
use thiserror::Error;

/// A refused archive: the entry at which the reader stopped, and the rule that it breaks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the archive is refused{}: {rule}", if entry.is_empty() { String::new() } else { format!(" at `{entry}`") })]
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
}

impl Rule {
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
