//! `.wa/bridges.json`: hashed codes and tokens, readable by its owner only, replaced as a whole.

use super::{BridgeError, Paired, Right};
use crate::atomic_file;
use manifest_schema::layout::Layout;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Read as _},
    os::unix::fs::MetadataExt as _,
    path::Path,
};

/// The file's version.
const SCHEMA: u32 = 1;
/// A few hundred entries are tens of kilobytes; more is not this file.
const MAX_BYTES: u64 = 1 << 20;

/// The whole file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Book {
    schema: u32,
    pub(super) codes: Vec<OpenCode>,
    pub(super) tokens: Vec<Entry>,
}

/// A code that can be redeemed, or was; gone when it ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct OpenCode {
    pub(super) hash: String,
    /// Goes into the token with the code itself: neither alone gives it.
    pub(super) salt: String,
    pub(super) name: Option<String>,
    pub(super) right: Right,
    /// In milliseconds since the Unix epoch.
    pub(super) expires: u64,
    pub(super) redeemed: Option<Redeemed>,
}

/// Who has redeemed a code.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Redeemed {
    /// The hash of the request's id.
    pub(super) request: String,
    /// The id of the pairing.
    pub(super) paired: String,
}

/// A token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) hash: String,
    pub(super) paired: Paired,
}

impl Book {
    /// Held while the file is changed.
    pub(super) fn lock(layout: &Layout) -> Result<File, BridgeError> {
        let path = layout.bridges_lock();
        let lock = || -> io::Result<File> {
            fs::create_dir_all(layout.state())?;
            let file = File::options().write(true).create(true).truncate(false).open(&path)?;
            file.lock()?;
            Ok(file)
        };
        lock().map_err(|source| BridgeError::File { path: path.clone(), source })
    }

    pub(super) fn read(layout: &Layout) -> Result<Self, BridgeError> {
        let path = layout.bridges();
        let bytes = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { schema: SCHEMA, codes: Vec::new(), tokens: Vec::new() });
            }
            Err(source) => return Err(BridgeError::File { path, source }),
            Ok(file) => read(&file, &path)?,
        };
        let book: Self = serde_json::from_slice(&bytes)
            .map_err(|source| BridgeError::Malformed { path: path.clone(), source })?;
        if book.schema != SCHEMA {
            let source = io::Error::new(io::ErrorKind::InvalidData, "it is of another version of wa");
            return Err(BridgeError::File { path, source });
        }
        Ok(book)
    }

    pub(super) fn write(&self, layout: &Layout) -> Result<(), BridgeError> {
        let path = layout.bridges();
        let written = serde_json::to_vec_pretty(self).map_err(io::Error::from);
        written
            .and_then(|bytes| atomic_file::write(&path, &bytes))
            .map_err(|source| BridgeError::File { path, source })
    }

    /// Forgets codes that have ended, and with them what their tokens could be made from again.
    pub(super) fn expire(&mut self, now: u64) {
        self.codes.retain(|open| now < open.expires);
    }

    /// Whether neither a pairing nor a waiting code has the name.
    pub(super) fn is_free(&self, name: &str) -> Result<(), BridgeError> {
        let paired = self.tokens.iter().any(|entry| entry.paired.name == name);
        let waits =
            self.codes.iter().any(|open| open.redeemed.is_none() && open.name.as_deref() == Some(name));
        if paired || waits { Err(BridgeError::Taken(name.to_owned())) } else { Ok(()) }
    }
}

fn read(file: &File, path: &Path) -> Result<Vec<u8>, BridgeError> {
    let failed = |source| BridgeError::File { path: path.to_owned(), source };
    let found = file.metadata().map_err(failed)?;
    if found.mode() & 0o077 != 0 || found.uid() != rustix::process::geteuid().as_raw() {
        return Err(BridgeError::Loose { path: path.to_owned() });
    }
    if found.len() > MAX_BYTES {
        return Err(failed(io::ErrorKind::FileTooLarge.into()));
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
