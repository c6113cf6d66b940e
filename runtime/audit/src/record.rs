//! One line of the log.

use crate::{
    Moment,
    event::Event,
    hash::{Hash, hex},
    key::Key,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// A record, as the log has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The log.
    pub log_id: String,
    /// Its place, from 1.
    pub seq: u64,
    /// A name for it that no other record of any log has.
    pub event_id: String,
    /// When, RFC 3339 in UTC with milliseconds.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What, one of [`Action`](crate::Action), or one that a newer version knows.
    pub action: String,
    /// The plugin that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// What else it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// How it ended, one of [`Outcome`](crate::Outcome).
    pub outcome: String,
    /// Facts.
    pub details: Map<String, Value>,
    /// The hash of the record before; zeros for the first.
    pub prev: Hash,
    /// SHA-256 of this record's canonical JSON (RFC 8785) without `hash` and `mac`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hash: Option<Hash>,
    /// HMAC-SHA256 of `hash` under the record's own key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mac: Option<Hash>,
}

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The line is no record.
    NotARecord(String),
    /// The line says the same as a record, but is not written as one.
    NotCanonical,
    /// It is of another log.
    OtherLog(String),
    /// Another record stands in its place.
    OtherSeq(u64),
    /// It does not follow the record before it.
    NotChained,
    /// Its content is not what its hash says.
    Hash,
    /// It was not sealed with its key.
    Mac,
    /// It is missing, and so are those after it up to this one.
    Missing {
        /// The last one that there was.
        until: u64,
    },
    /// The files of the log are not numbered without a gap.
    MissingFile(u32),
    /// The log's state is not what a log with this record has.
    State,
    /// A checkpoint of this record says otherwise.
    Checkpoint,
    /// A checkpoint was not made by this log.
    ForgedCheckpoint,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotARecord(why) => write!(f, "the line is no record ({why})"),
            Self::NotCanonical => f.write_str("the line is not written as a record is"),
            Self::OtherLog(log) => write!(f, "it is of another log, {log}"),
            Self::OtherSeq(seq) => write!(f, "record {seq} stands in its place"),
            Self::NotChained => f.write_str("it does not follow the record before it"),
            Self::Hash => f.write_str("its content is not what its hash says"),
            Self::Mac => f.write_str("it was not sealed with its own key"),
            Self::Missing { until } => write!(f, "it is missing; there were records up to {until}"),
            Self::MissingFile(number) => write!(f, "the file {number:06}.jsonl is missing"),
            Self::State => f.write_str("the state beside the log is not that of a log with this record"),
            Self::Checkpoint => f.write_str("a checkpoint says that another record was here"),
            Self::ForgedCheckpoint => f.write_str("a checkpoint of it was not made by this log"),
        }
    }
}

impl Record {
    /// Seals an event as the next record: its line without the end, and its hash.
    pub(crate) fn seal(
        place: &Place,
        event: &Event,
        at: Moment,
    ) -> Result<(Vec<u8>, Hash), serde_json::Error> {
        let mut record = Self {
            log_id: place.log_id.clone(),
            seq: place.seq,
            event_id: event_id(&place.log_id, place.seq),
            at: at.to_string(),
            actor: event.actor.to_string(),
            action: event.action.as_str().to_owned(),
            plugin: event.plugin.clone(),
            subject: event.subject.clone(),
            outcome: event.outcome.as_str().to_owned(),
            details: event.details.clone(),
            prev: place.prev,
            hash: None,
            mac: None,
        };
        let hash = Hash::of(&[&canonical(&record)?]);
        record.hash = Some(hash);
        record.mac = place.key.as_ref().map(|key| key.seal(&hash));
        Ok((canonical(&record)?, hash))
    }

    /// Reads a line without looking at whether it belongs.
    pub(crate) fn read(line: &[u8]) -> Result<Self, Problem> {
        let record: Self =
            serde_json::from_slice(line).map_err(|error| Problem::NotARecord(error.to_string()))?;
        if record.hash.is_none() || record.mac.is_none() {
            return Err(Problem::NotARecord("it has no `hash` or no `mac`".to_owned()));
        }
        match canonical(&record) {
            Ok(bytes) if bytes == line => Ok(record),
            _ => Err(Problem::NotCanonical),
        }
    }

    /// Its line in the log, without the end.
    ///
    /// # Errors
    /// None that a record could cause.
    pub fn line(&self) -> Result<String, serde_json::Error> {
        serde_json_canonicalizer::to_string(self)
    }

    /// Its hash, as it says.
    pub fn hash(&self) -> Hash {
        self.hash.unwrap_or(Hash::NONE)
    }
}

/// RFC 8785.
fn canonical(record: &Record) -> Result<Vec<u8>, serde_json::Error> {
    serde_json_canonicalizer::to_vec(record)
}

fn event_id(log_id: &str, seq: u64) -> String {
    let hash = Hash::of(&[log_id.as_bytes(), &seq.to_be_bytes()]);
    format!("aud_{}", hex(&hash.0[..12]))
}

/// Where the next record of a log goes.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) log_id: String,
    /// Its number.
    pub(crate) seq: u64,
    /// The hash of the record before it.
    pub(crate) prev: Hash,
    /// Its key, where it is known.
    pub(crate) key: Option<Key>,
}

impl Place {
    /// Whether a line is the record that belongs here, as far as can be told without or with the key.
    pub(crate) fn check(&self, line: &[u8]) -> Result<Record, Problem> {
        let record = Record::read(line)?;
        if record.log_id != self.log_id {
            return Err(Problem::OtherLog(record.log_id));
        }
        if record.seq != self.seq {
            return Err(Problem::OtherSeq(record.seq));
        }
        if record.prev != self.prev {
            return Err(Problem::NotChained);
        }
        let (hash, mac) = (record.hash(), record.mac.unwrap_or(Hash::NONE));
        let mut content = record.clone();
        (content.hash, content.mac) = (None, None);
        let content = canonical(&content).map_err(|error| Problem::NotARecord(error.to_string()))?;
        if Hash::of(&[&content]) != hash {
            return Err(Problem::Hash);
        }
        if self.key.as_ref().is_some_and(|key| !key.has_sealed(&hash, &mac)) {
            return Err(Problem::Mac);
        }
        Ok(record)
    }

    /// The place after a record with this hash.
    pub(crate) fn after(&mut self, hash: Hash) {
        self.seq += 1;
        self.prev = hash;
        self.key = self.key.as_ref().map(Key::next);
    }
}
