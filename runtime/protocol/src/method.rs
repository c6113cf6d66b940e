//! The host API: a closed list of methods, each gated by its permission in the host.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What a plugin can ask the host for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HostMethod {
    /// A [`Message`](crate::Message) to [`Sent`]. Without `channel` and `instance` it goes where the message in hand came from.
    #[serde(rename = "channel.sendText")]
    SendText,
    /// The same.
    #[serde(rename = "channel.sendReply")]
    SendReply,
    /// The same.
    #[serde(rename = "channel.sendReaction")]
    SendReaction,
    /// The same.
    #[serde(rename = "channel.sendMedia")]
    SendMedia,
    /// The same.
    #[serde(rename = "channel.sendVoiceNote")]
    SendVoiceNote,
    /// The same.
    #[serde(rename = "channel.sendPoll")]
    SendPoll,
    /// The same.
    #[serde(rename = "channel.editMessage")]
    EditMessage,
    /// The same.
    #[serde(rename = "channel.revokeMessage")]
    RevokeMessage,
    /// [`ReadMedia`] to [`MediaRead`].
    #[serde(rename = "channel.readMedia")]
    ReadMedia,
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
    pub const ALL: [Self; 15] = [
        Self::SendText,
        Self::SendReply,
        Self::SendReaction,
        Self::SendMedia,
        Self::SendVoiceNote,
        Self::SendPoll,
        Self::EditMessage,
        Self::RevokeMessage,
        Self::ReadMedia,
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
            Self::SendMedia => "channel.sendMedia",
            Self::SendVoiceNote => "channel.sendVoiceNote",
            Self::SendPoll => "channel.sendPoll",
            Self::EditMessage => "channel.editMessage",
            Self::RevokeMessage => "channel.revokeMessage",
            Self::ReadMedia => "channel.readMedia",
            Self::StorageGet => "storage.get",
            Self::StorageSet => "storage.set",
            Self::StorageDelete => "storage.delete",
            Self::StorageList => "storage.list",
            Self::Fetch => "http.fetch",
            Self::ToolCall => "tool.call",
        }
    }
}

/// Read a file that came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadMedia {
    /// Where `media.received` says that it is.
    pub local_path: String,
}

/// A file that came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaRead {
    /// What is in it.
    pub base64: String,
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
