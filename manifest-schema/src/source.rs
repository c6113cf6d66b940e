//! A text with the name under which findings show it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// The largest file that [`Source::read`] accepts, in bytes.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// How a text is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// YAML 1.2, core schema.
    Yaml,
    /// JSON by RFC 8259.
    Json,
    /// JSON5 1.0.0, as the manifests of OpenClaw are written.
    Json5,
    /// Anything else, such as a plugin's code; never parsed as a tree.
    Text,
}

/// A text and the path to show for it. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The path as shown to people; need not exist.
    pub path: PathBuf,
    /// The whole text.
    pub text: Arc<str>,
    /// How to read it.
    pub syntax: Syntax,
}

/// Why a file could not become a [`Source`].
#[derive(Debug, Error)]
pub enum ReadError {
    /// The file cannot be opened or read.
    #[error("cannot read `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file has more than [`MAX_BYTES`].
    #[error("`{}` is larger than 1 MiB", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The bytes are not UTF-8.
    #[error("`{}` is not UTF-8 text (first bad byte at offset {offset})", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// Where the text stops being UTF-8, in bytes.
        offset: usize,
    },
}

impl Source {
    /// A text that was not read from disk. A byte order mark at its beginning is dropped.
    pub fn new(path: impl Into<PathBuf>, text: &str, syntax: Syntax) -> Self {
        Self { path: path.into(), text: text.trim_start_matches('\u{feff}').into(), syntax }
    }

    /// The text in `bytes`, with the syntax that the path's extension tells.
    ///
    /// # Errors
    /// [`ReadError::TooLarge`] and [`ReadError::NotUtf8`].
    pub fn from_bytes(path: impl Into<PathBuf>, bytes: &[u8]) -> Result<Self, ReadError> {
        let path = path.into();
        if bytes.len() as u64 > MAX_BYTES {
            return Err(ReadError::TooLarge { path });
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                let syntax = Syntax::of(&path);
                Ok(Self::new(path, text, syntax))
            }
            Err(error) => Err(ReadError::NotUtf8 { path, offset: error.valid_up_to() }),
        }
    }

    /// Reads a file of at most [`MAX_BYTES`], with the syntax that its extension tells.
    ///
    /// # Errors
    /// Any [`ReadError`].
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let io = |source| ReadError::Io { path: path.to_owned(), source };
        let mut bytes = Vec::new();
        File::open(path).map_err(io)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
        Self::from_bytes(path, &bytes)
    }
}

impl Syntax {
    /// The syntax of a file with this name: `.json`, `.json5`, `.yaml` and `.yml` (and `wa.lock`), or text.
    pub fn of(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => Self::Json,
            Some("json5") => Self::Json5,
            Some("yaml" | "yml" | "lock") => Self::Yaml,
            _ => Self::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_over_the_limit_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("big.yaml");
        std::fs::write(&path, vec![b' '; MAX_BYTES as usize + 1]).unwrap();
        assert!(matches!(Source::read(&path), Err(ReadError::TooLarge { .. })));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_with_their_place() {
        assert!(matches!(Source::from_bytes("a.yaml", b"ab\xff"), Err(ReadError::NotUtf8 { offset: 2, .. })));
    }

    #[test]
    fn a_byte_order_mark_is_dropped() {
        assert_eq!(&*Source::from_bytes("a.yaml", "\u{feff}id: x".as_bytes()).unwrap().text, "id: x");
    }
}
