//! One record: what it says, how it is written, how it is tied to the one before.

use crate::{hex, key::Algorithm};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// The version of the format.
pub(crate) const VERSION: u32 = 1;

/// The `prev_hash` of a stream's first record.
pub const ZERO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Somebody in the chat.
    User,
    /// The account itself: an agent, a plugin, or the operator through it.
    Assistant,
}

/// One event of a conversation in a stream. Optional members are left out where they are empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the format, 1.
    pub v: u32,
    /// The stream's id; another for every stream that any host has ever begun.
    pub stream: String,
    /// The record's number in the stream: 1, 2, 3 and so on without gaps.
    pub seq: u64,
    /// The hash of the record before; [`ZERO_HASH`] for the first.
    pub prev_hash: String,
    /// The event's id, stable through repeats.
    pub event_id: String,
    /// The event's name, such as `message.received`.
    pub event: String,
    /// The channel.
    pub channel: String,
    /// The account on it.
    pub instance: String,
    /// The chat.
    pub chat: String,
    /// The channel's id of the message, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Who said it.
    pub role: Role,
    /// For a user: who in the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// For an assistant: what had it sent, as `agent:ana`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// `kind` and the members of that kind. Of a file a description, never the bytes.
    pub content: Map<String, Value>,
    /// When it happened, as RFC 3339 in UTC.
    pub at: String,
    /// When the host wrote it down, likewise.
    pub recorded_at: String,
}

/// A record in its place: the text that is hashed and signed, and its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The canonical JSON (RFC 8785) without `hash` and `signature`.
    pub text: String,
    /// Its SHA-256 in hexadecimal digits.
    pub hash: String,
}

/// Why a record cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It is no JSON.
    #[error("the record cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl Record {
    /// The version of the format that this crate writes.
    pub const VERSION: u32 = VERSION;

    /// The record as it is hashed.
    ///
    /// # Errors
    /// [`RecordError::Json`] for content that has no canonical form.
    pub fn link(&self) -> Result<Link, RecordError> {
        let text = serde_json_canonicalizer::to_string(self)?;
        let hash = hash(text.as_bytes());
        Ok(Link { text, hash })
    }
}

/// The line that is delivered: the record with its `hash` and its `signature`, in canonical form. `text` is that of [`Link`], and
/// `signature` was made of its bytes.
///
/// # Errors
/// [`RecordError::Json`] if the text is not one.
pub fn seal(text: &str, algorithm: Algorithm, signature: &[u8]) -> Result<String, RecordError> {
    let mut members: Map<String, Value> = serde_json::from_str(text)?;
    members.insert("hash".to_owned(), hash(text.as_bytes()).into());
    members.insert("signature".to_owned(), format!("{}:{}", algorithm.name(), hex::encode(signature)).into());
    Ok(serde_json_canonicalizer::to_string(&members)?)
}

pub(crate) fn hash(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes))
}
