//! What can go wrong with a log.

use crate::record::Problem;
use std::{
    io,
    path::{Path, PathBuf},
};

/// Why a log could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A file cannot be used.
    #[error("cannot {what} {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A file is not what this crate writes.
    #[error("{} is not {what}", path.display())]
    Malformed {
        /// What it should be.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// There are records, and nothing says how far they go.
    #[error(
        "the state of the audit log is missing, so nothing can be added to it: {}; look at it with `wa audit verify`, then begin a new one with `wa audit recover`",
        path.display()
    )]
    NoState {
        /// The file that is missing.
        path: PathBuf,
    },
    /// Somebody changed the log, so nothing is added to it.
    #[error(
        "the audit log was changed by somebody else, first at record {seq}: {problem}; look at it with `wa audit verify`, then begin a new one with `wa audit recover`"
    )]
    Tampered {
        /// The first bad record.
        seq: u64,
        /// What is wrong.
        problem: Problem,
    },
    /// The system gave no random bytes.
    #[error("the system gave no random bytes for a key")]
    Random,
    /// A record cannot be written as JSON.
    #[error("a record cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl LogError {
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }

    pub(crate) fn malformed(what: &'static str, path: &Path) -> impl FnOnce(serde_json::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Malformed { what, path, source }
    }
}
