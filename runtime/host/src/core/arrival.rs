//! What comes in from a channel, and the event that it becomes.

use crate::{clock::rfc3339, identity, journal::NewEvent};
use serde_json::{Map, Value, json};

/// Bytes of a message's text.
const MAX_TEXT: usize = 64 << 10;
/// Bytes of an id or a name that a channel gives.
const MAX_ID: usize = 512;

/// The member of a journalled payload that no plugin sees: where the channel keeps the file.
pub(super) const PLACE: &str = "place";

/// Something that somebody did in a chat, as a channel hands it in.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) channel: String,
    pub(crate) instance: String,
    pub(crate) chat: String,
    /// The channel's own id.
    pub(crate) external_id: String,
    /// What tells it from all others of the account: a repeat is the same.
    pub(crate) key: String,
    pub(crate) from: String,
    /// What the writer goes by: one line without anything that a terminal or a model would obey.
    pub(crate) from_name: Option<String>,
    pub(crate) is_group: bool,
    /// When it was done, in milliseconds since 1970; now, where the channel does not say.
    pub(crate) timestamp: Option<u64>,
    pub(crate) what: What,
}

/// What somebody did. Ids are the channel's.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// Wrote a text, perhaps in answer to a message.
    Text {
        text: String,
        reply_to: Option<String>,
    },
    /// Sent a file, which is to be fetched.
    File {
        file: ArrivedFile,
        caption: Option<String>,
    },
    Reaction {
        target: String,
        emoji: String,
    },
    Edit {
        target: String,
        text: String,
    },
    Revoke {
        target: String,
    },
    Vote {
        target: String,
        options: Vec<String>,
    },
}

/// A file that is still with the channel.
#[derive(Debug, Clone)]
pub(crate) struct ArrivedFile {
    /// What plugins see of it: `kind`, `mime`, `bytes` and perhaps `file_name`.
    pub(crate) description: Value,
    /// Where the channel finds it. Secret.
    pub(crate) place: Value,
}

/// What is wrong with an arrival.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the message's {part} must have {rule}")]
pub(crate) struct Malformed {
    part: &'static str,
    rule: String,
}

impl What {
    /// The event that it becomes first.
    pub(crate) const fn event(&self) -> &'static str {
        match self {
            Self::Text { .. } | Self::File { .. } => RECEIVED,
            Self::Reaction { .. } => "reaction.received",
            Self::Edit { .. } => "message.edited",
            Self::Revoke { .. } => "message.revoked",
            Self::Vote { .. } => "poll.voted",
        }
    }
}

/// The event that passes gates and reaches agents.
pub(super) const RECEIVED: &str = "message.received";
/// The event of a file, once it is here.
pub(super) const FILE: &str = "media.received";

impl Arrival {
    pub(super) fn check(&self) -> Result<(), Malformed> {
        let id = |part: &'static str, text: &str| match text.len() {
            1..=MAX_ID => Ok(()),
            _ => Err(Malformed { part, rule: format!("1 to {MAX_ID} bytes") }),
        };
        id("chat", &self.chat)?;
        id("id", &self.external_id)?;
        id("sender", &self.from)?;
        let text = match &self.what {
            What::Text { text, .. } | What::Edit { text, .. } => text.len(),
            What::File { caption, .. } => caption.as_ref().map_or(0, String::len),
            What::Reaction { emoji, .. } => emoji.len(),
            What::Vote { options, .. } => options.iter().map(String::len).sum(),
            What::Revoke { .. } => 0,
        };
        if text > MAX_TEXT {
            return Err(Malformed { part: "text", rule: format!("at most {MAX_TEXT} bytes") });
        }
        Ok(())
    }

    /// The event that it becomes; for a file, also the one that follows when the file is here.
    pub(super) fn events(self, now: u64) -> (NewEvent, Option<NewEvent>) {
        let name = self.what.event();
        let file = match &self.what {
            What::File { file: ArrivedFile { description, place }, caption } => {
                Some(json!({ "media": description, "caption": caption, PLACE: place }))
            }
            _ => None,
        };
        let own = match self.what.clone() {
            What::Text { text, reply_to } => json!({ "kind": "text", "text": text, "reply_to": reply_to }),
            What::File { file, caption } => {
                json!({
                    "kind": "media", "text": caption.unwrap_or_default(), "media": file.description,
                    PLACE: file.place,
                })
            }
            What::Reaction { target, emoji } => json!({ "target": target, "emoji": emoji }),
            What::Edit { target, text } => json!({ "target": target, "text": text }),
            What::Revoke { target } => json!({ "target": target }),
            What::Vote { target, options } => json!({ "target": target, "options": options }),
        };
        let file = file.map(|members| self.event(FILE, members, now));
        (self.event(name, own, now), file)
    }

    fn event(&self, name: &'static str, own: Value, now: u64) -> NewEvent {
        let key = if name == RECEIVED { self.key.clone() } else { format!("{name} {}", self.key) };
        let mut payload = object(json!({
            "channel": self.channel, "instance": self.instance, "chat": self.chat, "from": self.from,
            "from_name": self.from_name, "id": self.external_id, "is_group": self.is_group,
            "timestamp": rfc3339(self.timestamp.unwrap_or(now)), "received_at": rfc3339(now),
        }));
        payload.extend(object(own));
        payload.retain(|_, value| !value.is_null());
        NewEvent {
            event_id: identity::event_id(&self.channel, &self.instance, &key),
            name,
            channel: self.channel.clone(),
            instance: self.instance.clone(),
            chat: self.chat.clone(),
            payload,
            at: now,
        }
    }
}

/// The members of an object that was written as one.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
