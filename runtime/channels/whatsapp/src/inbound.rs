//! Messages from WhatsApp.

use crate::store::Store;
use async_trait::async_trait;
use std::sync::Arc;
use whatsapp_rs::anyhow::{Result, anyhow};
use whatsapp_rs::proto_helpers::MessageExt as _;
use whatsapp_rs::types::events::InboundMessage;
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
    /// Something else, which is not read yet.
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
    async fn on_messages(&self, _: Arc<Client>, batch: &[InboundMessage]) -> Result<()> {
        let mut messages: Vec<Inbound> = batch.iter().filter_map(read).collect();
        if messages.is_empty() {
            return Ok(());
        }
        for message in &mut messages {
            message.is_quiet = self.store.chat_settings(&message.chat)?.is_quiet(message.timestamp * 1000);
        }
        self.inbox.take(messages).await.map_err(|reason| anyhow!(reason))
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

/// `None` for what devices tell each other.
fn read(message: &InboundMessage) -> Option<Inbound> {
    if message.message.protocol_message.is_set() {
        return None;
    }
    let source = &message.info.source;
    let from = phone_number(&source.sender, source.sender_alt.as_ref());
    let other = source.recipient.as_ref().filter(|_| source.is_from_me);
    let chat = match other {
        Some(other) => other.to_non_ad().to_string(),
        None if source.is_group => source.chat.to_string(),
        None => from.clone(),
    };
    Some(Inbound {
        id: message.info.id.clone(),
        from,
        from_name: message.info.push_name.clone(),
        chat,
        is_group: source.is_group,
        from_me: source.is_from_me,
        timestamp: message.info.timestamp.timestamp(),
        is_quiet: false,
        content: content(message),
    })
}

/// The address by phone number, where WhatsApp says it beside a hidden one.
fn phone_number(jid: &Jid, other: Option<&Jid>) -> String {
    let known = other.filter(|other| jid.server == Server::Lid && other.server == Server::Pn);
    known.unwrap_or(jid).to_non_ad().to_string()
}

fn content(message: &InboundMessage) -> Content {
    let base = message.message.get_base_message();
    let Some(text) = base.text_content() else { return Content::Other };
    let context = base.extended_text_message.as_option().and_then(|text| text.context_info.as_option());
    let reply_to = context.and_then(|context| context.stanza_id.clone());
    Content::Text { text: text.to_owned(), reply_to }
}
