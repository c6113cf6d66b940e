//! Where messages come from and go to.

pub(crate) mod console;
mod listen;
mod plugin;
pub(crate) mod whatsapp;
pub(crate) mod wire;

pub(crate) use console::Console;
pub(crate) use listen::listen;
pub(crate) use plugin::PluginChannel;
pub use whatsapp::InboundCounters;
pub(crate) use whatsapp::WhatsApp;
pub(crate) use whatsapp::harmless;

use crate::journal::OutboundRow;
use manifest_schema::names::AgentName;
use serde_json::Value;
use std::{fs::File, path::PathBuf, pin::Pin, time::Duration};

/// Why a channel did not take a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeliveryError {
    /// Nobody is there to take it; the channel says so when somebody is.
    NotReady,
    /// It failed, and may succeed later.
    Failed(String),
}

pub(crate) type Delivery<'a> = Pin<Box<dyn Future<Output = Result<(), DeliveryError>> + Send + 'a>>;

/// How a channel wants the turn of an agent to go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TurnRules {
    /// How long it may take.
    pub(crate) limit: Option<Duration>,
    /// What the writer gets when it takes longer.
    pub(crate) apology: Option<String>,
    /// After how long the chat shows that an answer is being written.
    pub(crate) typing_after: Option<Duration>,
}

/// Where the files of an account are.
#[derive(Debug, Clone)]
pub(crate) struct MediaDirectory {
    /// In full.
    pub(crate) path: PathBuf,
    /// As the project says it.
    pub(crate) shown: PathBuf,
}

/// Who puts what is spoken into words, and how long that may take.
#[derive(Debug, Clone)]
pub(crate) struct Transcriber {
    /// The id of a plugin's `mediaUnderstanding`.
    pub(crate) skill: String,
    /// From the message to its words, in all.
    pub(crate) limit: Duration,
}

/// One account on a messaging transport, as the outbox sees it.
pub(crate) trait Channel: Send + Sync {
    /// Hands one message over; `Ok` only once the other side has it. A repeat carries the same id.
    fn deliver<'a>(&'a self, message: &'a OutboundRow, chat: &'a str) -> Delivery<'a>;

    /// Whether it can deliver now; it says so when that begins.
    fn is_ready(&self) -> bool {
        true
    }

    /// Whether it takes messages of this kind.
    fn takes(&self, kind: &str) -> bool;

    /// Whether this agent may write from it.
    fn allows(&self, _agent: &AgentName) -> bool {
        true
    }

    /// The id under which the channel knows a message of the outbox.
    fn message_id(&self, id: &str) -> String {
        id.to_owned()
    }

    /// Where the files that come in are; `None` where none do.
    fn media_directory(&self) -> Option<MediaDirectory> {
        None
    }

    /// Fetches a file that came in by the place that it came with.
    fn fetch<'a>(&'a self, _place: &'a Value, _into: File) -> Delivery<'a> {
        Box::pin(std::future::ready(Err(DeliveryError::Failed("the channel has no files".to_owned()))))
    }

    /// Who puts what is spoken into words.
    fn transcriber(&self) -> Option<Transcriber> {
        None
    }

    /// How agents' turns go.
    fn turn_rules(&self) -> TurnRules {
        TurnRules::default()
    }

    /// Shows in a chat that an answer is being written, or that it is not any more.
    fn show_typing<'a>(
        &'a self,
        _chat: &'a str,
        _typing: bool,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(std::future::ready(()))
    }

    /// The account's own number, where it has one.
    fn number(&self) -> Option<String> {
        None
    }

    /// Shows the other side that messages (ids, and in groups their authors) were read; in words why it cannot be.
    fn mark_seen<'a>(
        &'a self,
        _chat: &'a str,
        _messages: &'a [(String, Option<String>)],
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// A chat's address in the one way that this channel writes it; in words why it is none.
    fn address(&self, to: &str) -> Result<String, String> {
        Ok(to.to_owned())
    }
}
