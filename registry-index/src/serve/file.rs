//! One file as an answer.

use super::request::{Method, Request};
use crate::folder::Folder;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// An open file of the registry. It stays what it is, also when the registry is built anew meanwhile.
pub(super) struct Served {
    file: File,
    size: u64,
    etag: String,
    content_type: &'static str,
}

/// What of a file is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    /// From this byte to that one.
    Bytes(u64, u64),
    /// Something that the file does not have.
    Nothing,
}

/// Opens a file below a directory; no step follows a link.
pub(super) fn open(directory: &Path, path: &[String]) -> io::Result<Served> {
    let (name, folders) = path.split_last().ok_or(io::ErrorKind::NotFound)?;
    let mut folder = Folder::open(directory)?;
    for part in folders {
        folder = folder.enter(part)?;
    }
    let file = folder.open_file(name)?;
    let metadata = file.metadata()?;
    let etag = format!(
        "\"{:x}-{:x}-{:x}.{:x}\"",
        metadata.ino(),
        metadata.len(),
        metadata.mtime(),
        metadata.mtime_nsec()
    );
    Ok(Served { size: metadata.len(), file, etag, content_type: content_type(name) })
}

/// A name without a dot is a package's, and its file is what npm reads.
fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("tgz" | "gz") => "application/gzip",
        Some("yaml" | "minisig" | "pub") => "text/plain; charset=utf-8",
        _ => "application/json",
    }
}

impl Served {
    /// Answers the request with the file, a part of it, or that it has not changed.
    pub(super) fn send(mut self, request: &Request, stream: &mut impl Write) -> io::Result<()> {
        if request.if_none_match.as_deref().is_some_and(|known| self.is_among(known)) {
            return stream.write_all(self.head("304 Not Modified", "").as_bytes());
        }
        let (status, first, length, extra) = match self.part(request) {
            Part::Whole => ("200 OK", 0, self.size, String::new()),
            Part::Bytes(first, last) => {
                let range = format!("content-range: bytes {first}-{last}/{}\r\n", self.size);
                ("206 Partial Content", first, last - first + 1, range)
            }
            Part::Nothing => {
                ("416 Range Not Satisfiable", 0, 0, format!("content-range: bytes */{}\r\n", self.size))
            }
        };
        let lines = format!("{extra}content-type: {}\r\ncontent-length: {length}\r\n", self.content_type);
        stream.write_all(self.head(status, &lines).as_bytes())?;
        if request.method == Method::Get {
            self.file.seek(SeekFrom::Start(first))?;
            io::copy(&mut self.file.take(length), stream)?;
        }
        stream.flush()
    }

    fn head(&self, status: &str, lines: &str) -> String {
        format!(
            "HTTP/1.1 {status}\r\n{lines}etag: {}\r\naccept-ranges: bytes\r\ncache-control: no-cache\r\n\
             x-content-type-options: nosniff\r\nconnection: close\r\n\r\n",
            self.etag
        )
    }

    fn is_among(&self, known: &str) -> bool {
        known
            .split(',')
            .map(|tag| tag.trim().trim_start_matches("W/"))
            .any(|tag| tag == "*" || tag == self.etag)
    }

    fn part(&self, request: &Request) -> Part {
        match (&request.range, &request.if_range) {
            (Some(_), Some(tag)) if *tag != self.etag => Part::Whole,
            (Some(range), _) => part(range, self.size),
            (None, _) => Part::Whole,
        }
    }
}

/// One range of bytes. Several, and other units, may be answered with the whole by RFC 9110.
fn part(range: &str, size: u64) -> Part {
    let number = |text: &str| (!text.starts_with('+')).then(|| text.parse::<u64>().ok()).flatten();
    let ends = range.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let (first, last) = match ends {
        Some(("", last)) => match number(last) {
            Some(0) => return Part::Nothing,
            Some(length) => (size.saturating_sub(length), size.saturating_sub(1)),
            None => return Part::Whole,
        },
        Some((first, "")) => match number(first) {
            Some(first) => (first, size.saturating_sub(1)),
            None => return Part::Whole,
        },
        Some((first, last)) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => (first, last.min(size.saturating_sub(1))),
            _ => return Part::Whole,
        },
        None => return Part::Whole,
    };
    if first < size { Part::Bytes(first, last) } else { Part::Nothing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (range, expected) in [
            ("bytes=0-3", Part::Bytes(0, 3)),
            ("bytes=4-", Part::Bytes(4, 9)),
            ("bytes=4-99", Part::Bytes(4, 9)),
            ("bytes=-3", Part::Bytes(7, 9)),
            ("bytes=-99", Part::Bytes(0, 9)),
            ("bytes=10-", Part::Nothing),
            ("bytes=-0", Part::Nothing),
            ("bytes=5-4", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=+1-4", Part::Whole),
            ("lines=0-1", Part::Whole),
            ("bytes=99999999999999999999-", Part::Whole),
        ] {
            assert_eq!(part(range, 10), expected, "{range}");
        }
        assert_eq!(part("bytes=0-", 0), Part::Nothing);
    }
}
