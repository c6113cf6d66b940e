//! Messages from WhatsApp.

use crate::media::{self, Media};
use crate::polls;
use crate::store::Store;
use async_trait::async_trait;
use std::sync::Arc;
use whatsapp_rs::anyhow::{Result, anyhow};
use whatsapp_rs::proto_helpers::MessageExt as _;
use whatsapp_rs::types::events::InboundMessage;
use whatsapp_rs::waproto::whatsapp::Message;
use whatsapp_rs::waproto::whatsapp::message::ProtocolMessage;
use whatsapp_rs::waproto::whatsapp::message::protocol_message::Type;
use whatsapp_rs::{Client, InboundDurabilityHook, Jid, Server};

/// A message that somebody sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// Its id, as WhatsApp has it.
    pub id: String,
    /// Who wrote it, such as `573001112233@s.whatsapp.net`.
    pub from: String,
    /// What the writer goes by; whatever they say, unchecked.
    pub from_name: String,
    /// In which chat; the group, or the writer.
    pub chat: String,
    /// The chat is a group.
    pub is_group: bool,
    /// This account wrote it, on another device.
    pub from_me: bool,
    /// When it was written, in seconds since 1970.
    pub timestamp: i64,
    /// The owner has muted or archived the chat.
    pub is_quiet: bool,
    /// What it says.
    pub content: Content,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text.
    Text {
        /// The text.
        text: String,
        /// The message that it answers.
        reply_to: Option<String>,
    },
    /// A file, and what is said about it.
    Media {
        /// The file.
        media: Media,
        /// The text beside it.
        caption: Option<String>,
    },
    /// A reaction to a message.
    Reaction {
        /// The message's id.
        target: String,
        /// The emoji; none takes an earlier one back.
        emoji: String,
    },
    /// Another text for an earlier message of the same writer.
    Edit {
        /// The message's id.
        target: String,
        /// The text.
        text: String,
    },
    /// An earlier message is deleted for everyone.
    Revoke {
        /// The message's id.
        target: String,
    },
    /// A vote in a poll that this account has asked.
    Vote {
        /// The poll's id.
        poll: String,
        /// The options that are chosen now.
        options: Vec<String>,
    },
    /// Something else, which is not read.
    Other,
}

/// Takes messages for good.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Takes messages, in order. `Ok` once all are durable: WhatsApp forgets them then. Otherwise it sends them again;
    /// they may also come again after `Ok`.
    async fn take(&self, messages: Vec<Inbound>) -> std::result::Result<(), String>;
}

/// An inbox as the library wants it.
pub(crate) struct Hook {
    pub(crate) inbox: Arc<dyn Inbox>,
    pub(crate) store: Arc<Store>,
}

#[async_trait]
impl InboundDurabilityHook for Hook {
    async fn on_messages(&self, client: Arc<Client>, batch: &[InboundMessage]) -> Result<()> {
        let mut messages = Vec::new();
        for message in batch {
            let Some(content) = self.content(&client, message).await? else { continue };
            let mut message = read(message, content);
            message.is_quiet = self.store.chat_settings(&message.chat)?.is_quiet(message.timestamp * 1000);
            messages.push(message);
        }
        if messages.is_empty() {
            return Ok(());
        }
        self.inbox.take(messages).await.map_err(|reason| anyhow!(reason))
    }
}

impl Hook {
    /// `None` for what devices tell each other.
    async fn content(&self, client: &Client, message: &InboundMessage) -> Result<Option<Content>> {
        let base = message.message.get_base_message();
        if let Some(protocol) = base.protocol_message.as_option() {
            return Ok(changed(protocol));
        }
        if let Some(update) = base.poll_update_message.as_option() {
            let vote = polls::vote(client, &self.store, &message.info.source.sender, update).await?;
            return Ok(Some(vote.map_or(Content::Other, |(poll, options)| Content::Vote { poll, options })));
        }
        Ok(Some(said(base)))
    }
}

/// Whoever pairs reads no messages; they stay with WhatsApp.
pub(crate) struct Nobody;

#[async_trait]
impl Inbox for Nobody {
    async fn take(&self, _: Vec<Inbound>) -> std::result::Result<(), String> {
        Err("nobody is there yet".to_owned())
    }
}

fn read(message: &InboundMessage, content: Content) -> Inbound {
    let source = &message.info.source;
    let from = phone_number(&source.sender, source.sender_alt.as_ref());
    let other = source.recipient.as_ref().filter(|_| source.is_from_me);
    let chat = match other {
        Some(other) => other.to_non_ad().to_string(),
        None if source.is_group => source.chat.to_string(),
        None => from.clone(),
    };
    Inbound {
        id: message.info.id.clone(),
        from,
        from_name: message.info.push_name.clone(),
        chat,
        is_group: source.is_group,
        from_me: source.is_from_me,
        timestamp: message.info.timestamp.timestamp(),
        is_quiet: false,
        content,
    }
}

/// The address by phone number, where WhatsApp says it beside a hidden one.
pub(crate) fn phone_number(jid: &Jid, other: Option<&Jid>) -> String {
    let known = other.filter(|other| jid.server == Server::Lid && other.server == Server::Pn);
    known.unwrap_or(jid).to_non_ad().to_string()
}

/// What a message says of an earlier one.
fn changed(protocol: &ProtocolMessage) -> Option<Content> {
    let target = protocol.key.as_option()?.id.clone()?;
    match protocol.r#type {
        Some(Type::REVOKE) => Some(Content::Revoke { target }),
        Some(Type::MESSAGE_EDIT) => {
            let text = protocol.edited_message.as_option()?.get_base_message().text_content()?.to_owned();
            Some(Content::Edit { target, text })
        }
        _ => None,
    }
}

fn said(base: &Message) -> Content {
    if let Some(reaction) = base.reaction_message.as_option() {
        let target = reaction.key.as_option().and_then(|key| key.id.clone());
        let emoji = reaction.text.clone().unwrap_or_default();
        return target.map_or(Content::Other, |target| Content::Reaction { target, emoji });
    }
    if let Some((media, caption)) = media::read(base) {
        return Content::Media { media, caption };
    }
    let Some(text) = base.text_content() else { return Content::Other };
    let context = base.extended_text_message.as_option().and_then(|text| text.context_info.as_option());
    let reply_to = context.and_then(|context| context.stanza_id.clone());
    Content::Text { text: text.to_owned(), reply_to }
}
