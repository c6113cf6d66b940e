//! Messages out, and who is there.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::host::ask;
use crate::{Result, abi};

/// Messages out. A send returns when the message is durable in the outbox; gates may still change or stop it.
#[derive(Debug)]
pub struct Channel {
    _private: (),
}

/// Where a message goes. Without a channel: where the message that is being handled came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MessageTo {
    /// The channel, such as `whatsapp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The account on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The chat.
    pub to: String,
}

impl From<&str> for MessageTo {
    fn from(chat: &str) -> Self {
        Self { to: chat.to_owned(), ..Self::default() }
    }
}

impl From<&String> for MessageTo {
    fn from(chat: &String) -> Self {
        Self::from(chat.as_str())
    }
}

/// What is being sent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Sent {
    /// The same for every repeat of the same send.
    pub id: String,
}

/// A file: one of `base64`, `url` (within `permissions.network`) and `file_path` (of a file that came in).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FileToSend {
    /// Its bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Where the host fetches it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The `local_path` of a file that came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_path: Option<String>,
    /// Its type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
}

/// Somebody that an account knows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Contact {
    /// As in `from` of a message.
    pub id: String,
    /// The name that they go by.
    pub name: Option<String>,
}

/// A chat that messages came in on or went out to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Chat {
    /// As in `chat` of a message.
    pub id: String,
    /// Whether it is a group.
    pub is_group: bool,
    /// When the last message was, RFC 3339.
    pub last: String,
}

/// What became of something that was passed on with [`Wa::receive`](crate::Wa::receive).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Received {
    /// The id of the event: the same for every repeat.
    pub event_id: String,
    /// False for a repeat, which changes nothing.
    pub new: bool,
}

/// All sends can fail the same way.
macro_rules! sends {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty as $field:literal),*);)+) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// Where it is not permitted, not valid, or the account is not there.
            pub fn $name(&self, to: impl Into<MessageTo>, $($argument: $type),*) -> Result<Sent> {
                ask(abi::$name, &message(to.into(), json!({ $($field: $argument),* })))
            }
        )+
    };
}

impl Channel {
    pub(crate) fn new() -> Self {
        Self { _private: () }
    }

    sends! {
        /// Sends a text.
        send_text(text: &str as "text");
        /// Answers a message, which is quoted.
        send_reply(reply_to: &str as "reply_to", text: &str as "text");
        /// Reacts to a message.
        send_reaction(message_id: &str as "message_id", emoji: &str as "emoji");
        /// Asks a question with answers to choose from.
        send_poll(question: &str as "question", options: &[&str] as "options");
        /// Changes the text of a message that was sent.
        edit_message(message_id: &str as "message_id", text: &str as "text");
        /// Deletes a message that was sent.
        revoke_message(message_id: &str as "message_id");
    }

    /// Sends a file.
    ///
    /// # Errors
    /// As with the other sends, and where the file cannot be had.
    pub fn send_media(
        &self,
        to: impl Into<MessageTo>,
        file: FileToSend,
        caption: Option<&str>,
    ) -> Result<Sent> {
        let mut fields = serde_json::to_value(file)?;
        if let Some(caption) = caption {
            fields["caption"] = json!(caption);
        }
        ask(abi::send_media, &message(to.into(), fields))
    }

    /// Sends a sound file as a voice message.
    ///
    /// # Errors
    /// As with the other sends, and where the file cannot be had.
    pub fn send_voice_note(&self, to: impl Into<MessageTo>, file: FileToSend) -> Result<Sent> {
        ask(abi::send_voice_note, &message(to.into(), serde_json::to_value(file)?))
    }

    /// A file that came in, up to 512 KiB of it, in base64.
    ///
    /// # Errors
    /// Where it is not there any more, or too large.
    pub fn read_media(&self, local_path: &str) -> Result<String> {
        let read: Value = ask(abi::read_media, &json!({ "local_path": local_path }))?;
        Ok(read["base64"].as_str().unwrap_or_default().to_owned())
    }

    /// Marks what came in in a chat as read.
    ///
    /// # Errors
    /// Where it is not permitted.
    pub fn send_seen(&self, chat: &str) -> Result<()> {
        ask(abi::send_seen, &json!({ "chat": chat }))
    }

    /// The account's own number; needs `contacts.read`, like what follows.
    ///
    /// # Errors
    /// Where it is not permitted.
    pub fn host_number(&self) -> Result<Option<String>> {
        ask(abi::get_host_number, &json!({}))
    }

    /// Somebody, where the account knows them.
    ///
    /// # Errors
    /// Where it is not permitted.
    pub fn contact(&self, id: &str) -> Result<Option<Contact>> {
        ask(abi::get_contact, &json!({ "id": id }))
    }

    /// Everybody that the account knows.
    ///
    /// # Errors
    /// Where it is not permitted.
    pub fn contacts(&self) -> Result<Vec<Contact>> {
        ask(abi::get_contacts, &json!({}))
    }

    /// The chats that messages came in on or went out to, the latest first.
    ///
    /// # Errors
    /// Where it is not permitted.
    pub fn chats(&self) -> Result<Vec<Chat>> {
        ask(abi::get_chats, &json!({}))
    }
}

fn message(to: MessageTo, fields: Value) -> Value {
    let mut message = json!(to);
    if let (Some(message), Value::Object(fields)) = (message.as_object_mut(), fields) {
        message.extend(fields);
    }
    message
}
