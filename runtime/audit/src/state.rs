//! `state`: how far the log has got, and the key of its next record.

use crate::{LogError, files::replace, hash::Hash, key::Key, record::Place};
use serde::{Deserialize, Serialize};
use std::{fs, io, path::Path};

/// What is written beside the log after its records are on disk: it may be behind them, and is never ahead.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// The version of this format.
    schema: u32,
    pub(crate) log_id: String,
    /// The last record.
    pub(crate) seq: u64,
    /// Its hash.
    pub(crate) hash: Hash,
    /// The key of the record after it.
    pub(crate) key: Key,
    /// The number of the file that it is in.
    pub(crate) file: u32,
    /// The length of that file up to its end.
    pub(crate) length: u64,
}

const SCHEMA: u32 = 1;

impl State {
    pub(crate) fn new(place: &Place, key: Key, file: u32, length: u64) -> Self {
        let (log_id, seq, hash) = (place.log_id.clone(), place.seq - 1, place.prev);
        Self { schema: SCHEMA, log_id, seq, hash, key, file, length }
    }

    /// The state of the log in `folder`; `None` where there is none.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, LogError> {
        let path = folder.join("state");
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(LogError::io("read", &path))?,
        };
        let state: Self = serde_json::from_slice(&bytes)
            .map_err(LogError::malformed("the state of an audit log", &path))?;
        if state.schema != SCHEMA {
            let known = format!("it has schema {}; this version of wa knows {SCHEMA}", state.schema);
            let error = <serde_json::Error as serde::de::Error>::custom(known);
            return Err(LogError::malformed("the state of an audit log", &path)(error));
        }
        Ok(Some(state))
    }

    /// Replaces the state, and with it the key that was in it.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), LogError> {
        replace(&folder.join("state"), &serde_json::to_vec(self)?)
    }

    /// Where the next record goes.
    pub(crate) fn next(&self) -> Place {
        Place { log_id: self.log_id.clone(), seq: self.seq + 1, prev: self.hash, key: Some(self.key.clone()) }
    }
}
