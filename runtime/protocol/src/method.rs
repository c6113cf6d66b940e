//! The host API: a closed list of methods, each gated by its permission in the host.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The closed list: each method once, with its name in frames and its place in the world of components.
macro_rules! methods {
    ($($(#[$doc:meta])* $variant:ident = $name:literal in $interface:literal as $function:literal,)+) => {
        /// What a plugin can ask the host for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum HostMethod {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)+
        }

        impl HostMethod {
            /// All methods.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its interface and its function in the world `wa:plugin` of components.
            pub fn in_world(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$variant => ($interface, $function),)+
                }
            }

            /// The name that stands for it in a frame.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

methods! {
    /// A [`Message`](crate::Message) to [`Sent`]. Without `channel` and `instance` it goes where the message in hand came from.
    SendText = "channel.sendText" in "channel-send" as "send-text",
    /// The same.
    SendReply = "channel.sendReply" in "channel-reply" as "send-reply",
    /// The same.
    SendReaction = "channel.sendReaction" in "channel-react" as "send-reaction",
    /// The same.
    SendMedia = "channel.sendMedia" in "channel-media" as "send-media",
    /// The same.
    SendVoiceNote = "channel.sendVoiceNote" in "channel-media" as "send-voice-note",
    /// The same.
    SendPoll = "channel.sendPoll" in "channel-send" as "send-poll",
    /// The same.
    EditMessage = "channel.editMessage" in "channel-send" as "edit-message",
    /// The same.
    RevokeMessage = "channel.revokeMessage" in "channel-send" as "revoke-message",
    /// [`ReadMedia`] to [`MediaRead`].
    ReadMedia = "channel.readMedia" in "channel-media" as "read-media",
    /// [`Account`] to the account's own number or id, `null` where it has none.
    GetHostNumber = "channel.getHostNumber" in "contacts" as "get-host-number",
    /// [`OneContact`] to [`Contact`], `null` where the account knows none of that id.
    GetContact = "channel.getContact" in "contacts" as "get-contact",
    /// [`Account`] to an array of [`Contact`].
    GetContacts = "channel.getContacts" in "contacts" as "get-contacts",
    /// [`Account`] to an array of [`Chat`], the latest first.
    GetChats = "channel.getChats" in "contacts" as "get-chats",
    /// [`OneChat`] to `null`: what came in there is marked as read.
    SendSeen = "channel.sendSeen" in "channel-send" as "send-seen",
    /// [`StorageGet`] to the stored value, `null` where there is none.
    StorageGet = "storage.get" in "storage" as "get",
    /// [`StorageSet`] to `null`.
    StorageSet = "storage.set" in "storage" as "set",
    /// [`StorageDelete`] to `true` where there was a value.
    StorageDelete = "storage.delete" in "storage" as "delete",
    /// [`StorageList`] to [`StorageListAnswer`].
    StorageList = "storage.list" in "storage" as "list",
    /// [`FileName`] to [`FileRead`].
    FileRead = "file.read" in "files" as "read",
    /// [`FileWrite`] to `null`.
    FileWrite = "file.write" in "files" as "write",
    /// [`FileName`] to `true` where there was a file.
    FileDelete = "file.delete" in "files" as "delete",
    /// Nothing to an array of [`FileEntry`], by path.
    FileList = "file.list" in "files" as "list",
    /// [`Fetch`] to [`FetchAnswer`].
    Fetch = "http.fetch" in "http" as "fetch",
    /// [`SecretSign`] to [`Signature`]. The secret itself is never given out.
    SecretSign = "secret.sign" in "secrets" as "sign",
    /// [`Sleep`] to `null`, after that time.
    Sleep = "clock.sleep" in "clock" as "sleep",
    /// [`ToolCall`] to the tool's output; only inside an agent's turn.
    ToolCall = "tool.call" in "tools" as "call",
    /// [`Emit`] to `null` once whoever asked has taken it; only inside the call of a capability whose kind streams.
    Emit = "capability.emit" in "capability-stream" as "emit",
    /// [`Receive`] to [`Received`], once it is durable; only for a channel that the manifest names.
    Receive = "channel.receive" in "channel-provider" as "receive",
    /// [`AskCapability`] to the response.
    AskCapability = "capability.call" in "capabilities" as "call",
}

/// An account: the one that the message in hand came in on, unless it is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Account {
    /// The channel.
    pub channel: Option<String>,
    /// The account on it.
    pub instance: Option<String>,
}

/// One contact of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneContact {
    /// The channel.
    pub channel: Option<String>,
    /// The account on it.
    pub instance: Option<String>,
    /// Who.
    pub id: String,
}

/// One chat of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneChat {
    /// The channel.
    pub channel: Option<String>,
    /// The account on it.
    pub instance: Option<String>,
    /// Which.
    pub chat: String,
}

/// Someone that an account knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// As in `from` of a message.
    pub id: String,
    /// What they call themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A chat that messages came in on or went out to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chat {
    /// As in `chat` of a message.
    pub id: String,
    /// Whether it is a group.
    pub is_group: bool,
    /// When the last message was, RFC 3339.
    pub last: String,
}

/// A file of the plugin's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileName {
    /// Its path below the plugin's directory, with `/`.
    pub path: String,
}

/// What is in a file: text, or base64 where it is not UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRead {
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
}

/// Write a file whole, in place of what was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileWrite {
    /// Its path below the plugin's directory, with `/`.
    pub path: String,
    /// One of the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// One of the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
}

/// A file in the plugin's directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its path.
    pub path: String,
    /// Its bytes.
    pub bytes: u64,
}

/// Wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sleep {
    /// How long, in milliseconds; at most an hour.
    pub ms: u64,
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
    /// Paths of the secrets whose headers the host adds; where absent, all that are declared for the origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<Vec<String>>,
}

/// Sign bytes with a secret that the plugin cannot read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretSign {
    /// The secret's dotted path in the plugin's configuration.
    pub path: String,
    /// `hmac-sha256` or `ed25519`; the declared one where only one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<String>,
    /// What to sign, as text; or else `hex`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What to sign, two hexadecimal digits a byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hex: Option<String>,
}

/// A signature, in the two ways that are usual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// In lower-case hexadecimal digits.
    pub hex: String,
    /// In base64, padded.
    pub base64: String,
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

/// A piece of the answer that a capability is still making.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emit {
    /// As the contract of the kind says.
    pub chunk: Box<RawValue>,
}

/// Ask a capability of any plugin.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskCapability {
    /// The kind, such as `speech`.
    pub kind: String,
    /// Which one; who the project says is first where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// As the contract of the kind says.
    pub request: Box<RawValue>,
}

/// Something that somebody did in a chat of a channel that the plugin provides. Ids are the messaging service's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receive {
    /// The channel; the only one of the plugin where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The chat.
    pub chat: String,
    /// Who did it.
    pub from: String,
    /// What the writer goes by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_name: Option<String>,
    /// The message, or what was done to one: a repeat has the same.
    pub id: String,
    /// Whether the chat is a group.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_group: bool,
    /// When it was done, in milliseconds since 1970; now where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<u64>,
    /// What it is.
    #[serde(default)]
    pub kind: ReceivedKind,
    /// The text, of a text or an edit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The message that a text answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The message that a reaction, an edit, a revocation or a vote is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The emoji of a reaction; none takes one back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    /// The answers that a vote chooses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

/// What somebody did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceivedKind {
    /// Wrote a text.
    #[default]
    Text,
    /// Reacted to a message.
    Reaction,
    /// Changed the text of a message.
    Edit,
    /// Deleted a message.
    Revoke,
    /// Voted in a poll.
    Vote,
}

/// The event that something received became.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// Its id: the same for every repeat.
    pub event_id: String,
    /// False for a repeat, which changes nothing.
    pub new: bool,
}
