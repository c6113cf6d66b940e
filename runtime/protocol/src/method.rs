//! The host API: a closed list of methods, each gated by its permission in the host.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What a plugin can ask the host for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HostMethod {
    /// [`SendText`] to [`Sent`].
    #[serde(rename = "channel.sendText")]
    SendText,
    /// [`SendReply`] to [`Sent`].
    #[serde(rename = "channel.sendReply")]
    SendReply,
    /// [`SendReaction`] to [`Sent`].
    #[serde(rename = "channel.sendReaction")]
    SendReaction,
    /// [`StorageGet`] to the stored value, `null` where there is none.
    #[serde(rename = "storage.get")]
    StorageGet,
    /// [`StorageSet`] to `null`.
    #[serde(rename = "storage.set")]
    StorageSet,
    /// [`StorageDelete`] to `true` where there was a value.
    #[serde(rename = "storage.delete")]
    StorageDelete,
    /// [`StorageList`] to [`StorageListAnswer`].
    #[serde(rename = "storage.list")]
    StorageList,
    /// [`Fetch`] to [`FetchAnswer`].
    #[serde(rename = "http.fetch")]
    Fetch,
    /// [`ToolCall`] to the tool's output; only inside an agent's turn.
    #[serde(rename = "tool.call")]
    ToolCall,
}

impl HostMethod {
    /// All methods.
    pub const ALL: [Self; 9] = [
        Self::SendText,
        Self::SendReply,
        Self::SendReaction,
        Self::StorageGet,
        Self::StorageSet,
        Self::StorageDelete,
        Self::StorageList,
        Self::Fetch,
        Self::ToolCall,
    ];

    /// The name that stands for it in a frame.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SendText => "channel.sendText",
            Self::SendReply => "channel.sendReply",
            Self::SendReaction => "channel.sendReaction",
            Self::StorageGet => "storage.get",
            Self::StorageSet => "storage.set",
            Self::StorageDelete => "storage.delete",
            Self::StorageList => "storage.list",
            Self::Fetch => "http.fetch",
            Self::ToolCall => "tool.call",
        }
    }
}

/// Send a text. Without `channel` and `instance` it goes where the message in hand came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendText {
    /// The channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The account on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The chat.
    pub to: String,
    /// What to send.
    pub text: String,
}

/// Send a text that quotes a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendReply {
    /// The channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The account on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The chat.
    pub to: String,
    /// The id of the message that is answered.
    pub reply_to: String,
    /// What to send.
    pub text: String,
}

/// React to a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendReaction {
    /// The channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The account on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The chat.
    pub to: String,
    /// The id of the message.
    pub message_id: String,
    /// The reaction; empty takes an earlier one back.
    pub emoji: String,
}

/// The id under which something is being sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// The same for every repeat of the same send.
    pub id: String,
}

/// Read a stored value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageGet {
    /// Its key.
    pub key: String,
}

/// Store a value.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageSet {
    /// Its key.
    pub key: String,
    /// Any JSON.
    pub value: Box<RawValue>,
}

/// Delete a stored value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageDelete {
    /// Its key.
    pub key: String,
}

/// List stored keys in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StorageList {
    /// Only keys that begin so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Only keys after this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// At most so many; the host has its own limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Stored keys, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageListAnswer {
    /// The keys.
    pub keys: Vec<String>,
    /// Give the last key as `after` to get the next ones.
    pub more: bool,
}

/// An HTTP request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fetch {
    /// An absolute URL.
    pub url: String,
    /// `GET` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Header values by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The request's body as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// An HTTP response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetchAnswer {
    /// The status code.
    pub status: u16,
    /// Header values by lowercase name.
    pub headers: BTreeMap<String, String>,
    /// The body: text, or base64 where it is not UTF-8.
    pub body: String,
    /// Whether `body` is base64.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub base64: bool,
}

/// Call a tool as the agent of this turn.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolCall {
    /// The tool.
    pub name: String,
    /// Its input.
    pub input: Box<RawValue>,
}
