//! Messages to WhatsApp.

use whatsapp_rs::buffa::MessageField;
use whatsapp_rs::proto_helpers::{MessageBuilderExt as _, build_reaction_message};
use whatsapp_rs::waproto::whatsapp::{ContextInfo, Message, MessageKey};

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
        /// Who wrote that message, where it is known.
        author: Option<String>,
    },
    /// A reaction to a message that the account got; no emoji takes it back.
    Reaction {
        /// The emoji.
        emoji: String,
        /// The message's id.
        target: String,
        /// Who wrote that message, in a group.
        author: Option<String>,
        /// When, in milliseconds since 1970.
        at: i64,
    },
}

/// As the protocol has it.
pub(crate) fn message(chat: &str, outbound: &Outbound) -> Message {
    match outbound {
        Outbound::Text { text } => Message::text(text),
        Outbound::Reply { text, to, author } => {
            let context = ContextInfo {
                stanza_id: Some(to.clone()),
                participant: Some(author.clone().unwrap_or_else(|| chat.to_owned())),
                quoted_message: MessageField::some(Message::text("")),
                ..Default::default()
            };
            Message::text_with_context(text, context)
        }
        Outbound::Reaction { emoji, target, author, at } => {
            let key = MessageKey {
                remote_jid: Some(chat.to_owned()),
                from_me: Some(false),
                id: Some(target.clone()),
                participant: author.clone(),
            };
            build_reaction_message(key, emoji, *at)
        }
    }
}
