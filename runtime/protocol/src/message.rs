//! A message that somebody wants to send: the one form for plugins, tools, scripts and the command line.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is sent; `kind` tells which. Members that a kind does not have are errors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Body {
    /// A text.
    Text {
        /// The text.
        text: String,
    },
    /// A text that quotes a message.
    Reply {
        /// The id of the message that is answered.
        #[serde(alias = "message_id", alias = "msg_id")]
        reply_to: String,
        /// The text.
        text: String,
    },
    /// A reaction to a message.
    #[serde(alias = "react")]
    Reaction {
        /// The id of the message.
        #[serde(alias = "reply_to", alias = "msg_id")]
        message_id: String,
        /// The emoji; empty takes an earlier one back.
        emoji: String,
    },
    /// A picture, sound or file.
    Media(FileToSend),
    /// Sound, shown as if spoken into the phone; it has no caption.
    VoiceNote(FileToSend),
    /// Another text for a message that was sent before.
    Edit {
        /// The id of the message.
        #[serde(alias = "reply_to", alias = "msg_id")]
        message_id: String,
        /// The text.
        text: String,
    },
    /// Deletes a message that was sent before, for everyone.
    Revoke {
        /// The id of the message.
        #[serde(alias = "reply_to", alias = "msg_id")]
        message_id: String,
    },
    /// A question with answers to choose from.
    Poll {
        /// The question.
        question: String,
        /// The answers.
        options: Vec<String>,
        /// How many may be chosen.
        #[serde(default = "one")]
        choices: u32,
    },
}

impl Body {
    /// The kind, as in `message.sending`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Reply { .. } => "reply",
            Self::Reaction { .. } => "reaction",
            Self::Media(_) => "media",
            Self::VoiceNote(_) => "voice_note",
            Self::Edit { .. } => "edit",
            Self::Revoke { .. } => "revoke",
            Self::Poll { .. } => "poll",
        }
    }
}

const fn one() -> u32 {
    1
}

/// A file to send: by path, by URL, or as it is. One of the three.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileToSend {
    /// Where it is on the host: among received media.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_path: Option<String>,
    /// Where it is on the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What is in it, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Its type, such as `image/png`; from its name where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// What is said about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

/// A message, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The channel.
    pub channel: Option<String>,
    /// The account on it.
    pub instance: Option<String>,
    /// The chat.
    pub to: String,
    /// What is sent.
    pub body: Body,
}

impl Message {
    /// Reads the members of an object: `channel`, `instance` and `to`; all others are the body's. `kind` is what the message is where
    /// no member says so.
    ///
    /// # Errors
    /// In words, for whoever wrote it.
    pub fn read(mut members: Map<String, Value>, kind: &str) -> Result<Self, String> {
        let mut word = |name: &str| match members.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(word)) => Ok(Some(word)),
            Some(_) => Err(format!("`{name}` must be a string")),
        };
        let (channel, instance, to) = (word("channel")?, word("instance")?, word("to")?);
        let to = to.ok_or("missing field `to`")?;
        members.entry("kind").or_insert_with(|| kind.into());
        let body = Body::deserialize(Value::Object(members)).map_err(|error| error.to_string())?;
        Ok(Self { channel, instance, to, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(members: Value) -> Result<Message, String> {
        Message::read(members.as_object().unwrap().clone(), "text")
    }

    #[test]
    fn each_kind_has_its_members_and_no_other() {
        let text = read(json!({ "to": "me", "channel": "console", "text": "hi" })).unwrap();
        assert_eq!(
            (text.to.as_str(), text.channel.as_deref(), text.instance, text.body),
            ("me", Some("console"), None, Body::Text { text: "hi".into() })
        );
        let reaction = Body::Reaction { message_id: "m".into(), emoji: "x".into() };
        for (kind, name) in [("react", "msg_id"), ("reaction", "message_id"), ("reaction", "reply_to")] {
            let read = read(json!({ "to": "me", "kind": kind, name: "m", "emoji": "x" }));
            assert_eq!(read.unwrap().body, reaction);
        }
        let poll = read(json!({ "to": "me", "kind": "poll", "question": "?", "options": ["a", "b"] }));
        let Body::Poll { choices, .. } = poll.unwrap().body else { panic!() };
        assert_eq!(choices, 1);
        for (wrong, expected) in [
            (json!({ "text": "hi" }), "missing field `to`"),
            (json!({ "to": 7, "text": "hi" }), "`to` must be a string"),
            (json!({ "to": "me" }), "missing field `text`"),
            (json!({ "to": "me", "text": "hi", "url": "x" }), "unknown field `url`"),
            (json!({ "to": "me", "kind": "media", "text": "x" }), "unknown field `text`"),
            (json!({ "to": "me", "kind": "smoke" }), "unknown variant `smoke`"),
        ] {
            let refused = read(wrong).unwrap_err();
            assert!(refused.contains(expected), "{refused}");
        }
    }
}
