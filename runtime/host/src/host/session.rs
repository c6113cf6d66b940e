//! The console channel from inside the host's process.

use crate::{
    channel::{Console, console::Attached, wire::ToClient},
    identity,
};
use serde_json::{Map, Value};
use std::sync::Arc;
use tokio::sync::mpsc;

/// An attached console, as `wa run` has in a terminal. Dropping it detaches it.
pub struct ConsoleSession {
    client: Attached,
    lines: mpsc::Receiver<ToClient>,
}

/// A message for the console.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsoleLine {
    /// Its id; the same for every repeat.
    pub id: String,
    /// The chat.
    pub chat: String,
    /// All of it: `kind`, `text`, `reply_to`, `emoji`, `origin`.
    pub message: Map<String, Value>,
}

/// Why a message typed at the console was not taken.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotTaken(String);

impl ConsoleSession {
    pub(super) fn new(console: &Arc<Console>, chats: Vec<String>) -> Self {
        let (client, _, lines) = console.attach(chats);
        Self { client, lines }
    }

    /// Says something in a chat; returns the event's id once it is durable. `id` is the message's own: a repeat changes nothing;
    /// `None` makes a new one.
    ///
    /// # Errors
    /// When the message is malformed, or could not be made durable.
    pub async fn say(&self, chat: &str, id: Option<String>, text: &str) -> Result<String, NotTaken> {
        let not_taken = |error: &dyn std::error::Error| NotTaken(crate::error_chain::chain(error));
        let id = match id {
            Some(id) => id,
            None => identity::random_id("msg").map_err(|error| not_taken(&error))?,
        };
        let commit = self.client.say(chat.to_owned(), id, None, text.to_owned()).await;
        let accepted = commit.map_err(|error| not_taken(&error))?.await;
        Ok(accepted.map_err(|error| not_taken(&error))?.event_id)
    }

    /// The next message for the chats of this session; `None` once the channel is closed.
    pub async fn next(&mut self) -> Option<ConsoleLine> {
        loop {
            match self.lines.recv().await? {
                ToClient::Message { id, chat, message } => return Some(ConsoleLine { id, chat, message }),
                ToClient::Accepted { .. } | ToClient::Refused { .. } | ToClient::Error { .. } => {}
            }
        }
    }

    /// Says that a message was shown; until then it counts as not sent.
    pub fn acknowledge(&self, id: &str) {
        self.client.acknowledge(id);
    }
}
