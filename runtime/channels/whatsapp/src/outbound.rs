//! Messages to WhatsApp.

use crate::media::MediaKind;
use crate::polls::Asked;
use std::path::PathBuf;
use whatsapp_rs::buffa::MessageField;
use whatsapp_rs::proto_helpers::{MessageBuilderExt as _, build_reaction_message};
use whatsapp_rs::upload::UploadResponse;
use whatsapp_rs::waproto::whatsapp::message::poll_creation_message::Option as PollOption;
use whatsapp_rs::waproto::whatsapp::message::protocol_message::Type;
use whatsapp_rs::waproto::whatsapp::message::{
    AudioMessage, DocumentMessage, ImageMessage, PollCreationMessage, ProtocolMessage, StickerMessage,
    VideoMessage,
};
use whatsapp_rs::waproto::whatsapp::{ContextInfo, Message, MessageContextInfo, MessageKey};

/// What to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outbound {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// Text that answers a message.
    Reply {
        /// The text.
        text: String,
        /// The message's id.
        to: String,
        /// Who wrote that message.
        author: Author,
    },
    /// A reaction to a message; no emoji takes it back.
    Reaction {
        /// The emoji.
        emoji: String,
        /// The message's id.
        target: String,
        /// Who wrote that message.
        author: Author,
        /// When, in milliseconds since 1970.
        at: i64,
    },
    /// A file.
    Media {
        /// What sort it is.
        kind: MediaKind,
        /// Its type.
        mime: String,
        /// Its name.
        file_name: Option<String>,
        /// What is said about it.
        caption: Option<String>,
        /// Where it is.
        file: PathBuf,
    },
    /// Another text for one that the account has sent.
    Edit {
        /// The message's id.
        target: String,
        /// The text.
        text: String,
        /// When, in milliseconds since 1970.
        at: i64,
    },
    /// Deletes a message that the account has sent, for everyone.
    Revoke {
        /// The message's id.
        target: String,
    },
    /// A question with answers to choose from.
    Poll {
        /// The question.
        question: String,
        /// The answers, 2 to 12, each another.
        options: Vec<String>,
        /// How many may be chosen.
        choices: u32,
    },
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// This account.
    Own,
    /// The other one in the chat.
    Other,
    /// Somebody in a group.
    Member(String),
}

/// As the protocol has it, for what needs nothing else; `own` is the account's address.
pub(crate) fn message(chat: &str, own: &str, outbound: &Outbound) -> Option<Message> {
    Some(match outbound {
        Outbound::Text { text } => Message::text(text),
        Outbound::Reply { text, to, author } => {
            let participant = match author {
                Author::Own => own,
                Author::Other => chat,
                Author::Member(member) => member,
            };
            let context = ContextInfo {
                stanza_id: Some(to.clone()),
                participant: Some(participant.to_owned()),
                quoted_message: MessageField::some(Message::text("")),
                ..Default::default()
            };
            Message::text_with_context(text, context)
        }
        Outbound::Reaction { emoji, target, author, at } => {
            let mut key = key(chat, target, *author == Author::Own);
            if let Author::Member(member) = author {
                key.participant = Some(member.clone());
            }
            build_reaction_message(key, emoji, *at)
        }
        Outbound::Edit { target, text, at } => protocol(ProtocolMessage {
            key: MessageField::some(key(chat, target, true)),
            r#type: Some(Type::MESSAGE_EDIT),
            edited_message: MessageField::some(Message::text(text)),
            timestamp_ms: Some(*at),
            ..Default::default()
        }),
        Outbound::Revoke { target } => protocol(ProtocolMessage {
            key: MessageField::some(key(chat, target, true)),
            r#type: Some(Type::REVOKE),
            ..Default::default()
        }),
        Outbound::Media { .. } | Outbound::Poll { .. } => return None,
    })
}

fn key(chat: &str, id: &str, from_me: bool) -> MessageKey {
    MessageKey {
        remote_jid: Some(chat.to_owned()),
        from_me: Some(from_me),
        id: Some(id.to_owned()),
        participant: None,
    }
}

fn protocol(message: ProtocolMessage) -> Message {
    Message { protocol_message: MessageField::some(message), ..Default::default() }
}

/// A poll; the secret is what votes are sealed with.
pub(crate) fn poll(question: &str, asked: Asked, choices: u32) -> Message {
    let option = |name| PollOption { option_name: Some(name), ..Default::default() };
    let poll = PollCreationMessage {
        name: Some(question.to_owned()),
        options: asked.options.into_iter().map(option).collect(),
        selectable_options_count: Some(choices),
        ..Default::default()
    };
    let context = MessageContextInfo { message_secret: Some(asked.secret), ..Default::default() };
    let mut message = Message { message_context_info: MessageField::some(context), ..Default::default() };
    // WhatsApp's own clients take the third version where one answer may be chosen.
    if choices == 1 {
        message.poll_creation_message_v3 = MessageField::some(poll);
    } else {
        message.poll_creation_message = MessageField::some(poll);
    }
    message
}

/// A file that WhatsApp has.
pub(crate) fn media(
    kind: MediaKind,
    mime: &str,
    file_name: Option<String>,
    caption: Option<String>,
    brought: UploadResponse,
) -> Message {
    macro_rules! part {
        ($type:ident { $($field:ident: $value:expr),* }) => {
            MessageField::some($type {
                mimetype: Some(mime.to_owned()),
                url: Some(brought.url),
                direct_path: Some(brought.direct_path),
                media_key: Some(brought.media_key.to_vec()),
                file_sha256: Some(brought.file_sha256.to_vec()),
                file_enc_sha256: Some(brought.file_enc_sha256.to_vec()),
                file_length: Some(brought.file_length),
                media_key_timestamp: Some(brought.media_key_timestamp),
                $($field: $value,)*
                ..Default::default()
            })
        };
    }
    let mut message = Message::default();
    match kind {
        MediaKind::Image => message.image_message = part!(ImageMessage { caption: caption }),
        MediaKind::Video => message.video_message = part!(VideoMessage { caption: caption }),
        MediaKind::Audio => message.audio_message = part!(AudioMessage { ptt: Some(false) }),
        MediaKind::Voice => message.audio_message = part!(AudioMessage { ptt: Some(true) }),
        MediaKind::Sticker => message.sticker_message = part!(StickerMessage {}),
        MediaKind::Document => {
            message.document_message =
                part!(DocumentMessage { caption: caption, title: file_name.clone(), file_name: file_name });
        }
    }
    message
}
