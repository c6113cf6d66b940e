//! Messages that contacts got, in words.

use crate::error::Result;
use crate::server::Simulator;
use crate::world::Received;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use whatsapp_rs::proto_helpers::MessageExt as _;
use whatsapp_rs::waproto::whatsapp::Message;
use whatsapp_rs::waproto::whatsapp::message::protocol_message::Type;
use whatsapp_rs::waproto::whatsapp::message::{PollCreationMessage, ProtocolMessage};

/// A message that a contact got.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Heard {
    /// Who got it.
    pub by: String,
    /// The account that sent it.
    pub from: String,
    /// The group that it was sent to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Its id.
    pub id: String,
    /// `text`, `reply`, `reaction`, `media`, `voice`, `edit`, `revoke`, `poll` or `other`.
    pub kind: &'static str,
    /// Its text, caption or question, or the emoji.
    pub text: String,
    /// The message that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The file with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<HeardFile>,
    /// The options of a poll.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

/// A file that a contact got.
#[derive(Debug, Clone, Serialize)]
pub struct HeardFile {
    /// Its type.
    pub mime: String,
    /// Its name.
    pub name: Option<String>,
    /// What is in it, in base64.
    pub base64: String,
}

/// What a message says.
#[derive(Default)]
struct Said {
    kind: &'static str,
    text: String,
    target: Option<String>,
    options: Vec<String>,
}

impl Simulator {
    /// The next messages that a contact got after the first `known`; waits for one.
    ///
    /// # Errors
    /// [`crate::SimulatorError::Unknown`], and [`crate::SimulatorError::Protocol`] for a file that cannot be opened.
    pub async fn heard(&self, contact: &str, known: usize) -> Result<Vec<Heard>> {
        let received = self.received(contact, known).await?;
        received.iter().map(|received| self.put_into_words(contact, received)).collect()
    }

    fn put_into_words(&self, by: &str, received: &Received) -> Result<Heard> {
        let opened = self.open(&received.message)?;
        let mut said = said(&received.message);
        if let Some(opened) = &opened {
            let is_voice =
                received.message.audio_message.as_option().is_some_and(|sound| sound.ptt == Some(true));
            said.kind = if is_voice { "voice" } else { "media" };
            said.text = opened.caption.clone().unwrap_or_default();
        }
        let file = opened.map(|file| HeardFile {
            mime: file.mime,
            name: file.name,
            base64: STANDARD.encode(&file.bytes),
        });
        let Said { kind, text, target, options } = said;
        let Received { id, group, from, .. } = received.clone();
        Ok(Heard { by: by.to_owned(), from, group, id, kind, text, target, file, options })
    }
}

fn said(message: &Message) -> Said {
    if let Some(protocol) = message.protocol_message.as_option() {
        return changed(protocol);
    }
    let poll = [&message.poll_creation_message, &message.poll_creation_message_v3];
    if let Some(poll) = poll.into_iter().find_map(|poll| poll.as_option()) {
        return asked(poll);
    }
    if let Some(reaction) = message.reaction_message.as_option() {
        let target = reaction.key.as_option().and_then(|key| key.id.clone());
        return Said {
            kind: "reaction",
            text: reaction.text.clone().unwrap_or_default(),
            target,
            ..Said::default()
        };
    }
    let quoted = message.extended_text_message.as_option().and_then(|text| text.context_info.as_option());
    let target = quoted.and_then(|context| context.stanza_id.clone());
    match message.text_content() {
        Some(text) => {
            let kind = if target.is_some() { "reply" } else { "text" };
            Said { kind, text: text.to_owned(), target, ..Said::default() }
        }
        None => Said { kind: "other", ..Said::default() },
    }
}

fn changed(protocol: &ProtocolMessage) -> Said {
    let target = protocol.key.as_option().and_then(|key| key.id.clone());
    let edited = protocol.edited_message.as_option().and_then(|edited| edited.text_content());
    let text = edited.unwrap_or_default().to_owned();
    let kind = match protocol.r#type {
        Some(Type::MESSAGE_EDIT) => "edit",
        Some(Type::REVOKE) => "revoke",
        _ => "other",
    };
    Said { kind, text, target, ..Said::default() }
}

fn asked(poll: &PollCreationMessage) -> Said {
    let options = poll.options.iter().filter_map(|option| option.option_name.clone()).collect();
    Said { kind: "poll", text: poll.name.clone().unwrap_or_default(), options, ..Said::default() }
}
