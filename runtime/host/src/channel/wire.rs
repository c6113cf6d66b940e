//! The lines of the console channel: one JSON object each, tagged by `type`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a client says. `hello` comes first, once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum FromClient {
    /// Proves the right to attach. `chats`: only messages for these; all where empty.
    Hello {
        token: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        chats: Vec<String>,
    },
    /// A message into a chat. `id` is the client's; a repeat is accepted again and changes nothing.
    Message {
        chat: String,
        id: String,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
    },
    /// The message with this id was shown.
    Ack { id: String },
    /// The message with this id cannot be shown. It is tried again, and then given up.
    Refuse { id: String, reason: String },
}

/// What the host says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ToClient {
    /// The message is in the journal.
    Accepted { id: String, event_id: String },
    /// The message was not taken.
    Refused { id: String, reason: String },
    /// A message for a chat; `kind`, `text` and the rest are members of the line itself.
    Message {
        id: String,
        chat: String,
        #[serde(flatten)]
        message: Map<String, Value>,
    },
    /// The connection is being closed because of this.
    Error { message: String },
}
