//! The way out: every message that anyone sends passes here, through the allow-list and the gates, into the outbox.

use super::{Core, gates::GateOutcome};
use crate::{
    journal::{Enqueued, JournalError, NewOutbound},
    worker::CallContext,
};
use manifest_schema::names::{AgentName, PluginId};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Bytes of a message's text.
const MAX_TEXT: usize = 64 << 10;

/// A message that somebody wants to send.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    /// From its cause: see [`crate::identity::outbound_id`].
    pub(crate) id: String,
    pub(crate) channel: String,
    pub(crate) instance: String,
    /// The chat.
    pub(crate) to: String,
    pub(crate) body: Body,
    pub(crate) sender: Sender,
    /// In whose turn: its allow-list holds, whoever sends.
    pub(crate) agent: Option<AgentName>,
}

/// What is sent.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Text { text: String },
    Reply { reply_to: String, text: String },
    Reaction { reply_to: String, emoji: String },
}

/// Who sends.
#[derive(Debug, Clone)]
pub(crate) enum Sender {
    Agent(AgentName),
    Plugin(PluginId),
    Cli,
    Rpc,
}

/// Why a message was not queued.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error("there is no channel `{channel}` with the instance `{instance}`")]
    NoChannel { channel: String, instance: String },
    #[error("the message's {part} must have {rule}")]
    Malformed { part: &'static str, rule: String },
    #[error("{0}")]
    NoAddress(String),
    #[error(
        "agent `{agent}` may not write to `{to}` on {channel}; `agents.{agent}.outbound_allowlist.{channel}` in wa.yaml does not name it"
    )]
    NotAllowed { agent: AgentName, channel: String, to: String },
    #[error("the gate of plugin `{by}` blocked the message: {reason}")]
    Blocked { by: PluginId, reason: String },
    #[error("the gate of plugin `{by}` failed, so the message was not sent: {reason}")]
    GateFailed { by: PluginId, reason: String },
    #[error("the host is stopping")]
    Stopping,
    #[error("the message could not be made durable: {0}")]
    Journal(#[from] JournalError),
}

impl Core {
    /// Sends a message: durable in the outbox when this returns, unless a rule or a gate forbids it. A repeat of an id changes
    /// nothing. Returns the id.
    pub(crate) async fn send(self: &Arc<Self>, mut outgoing: Outgoing) -> Result<String, SendError> {
        outgoing.to = self.check(&outgoing)?;
        let Outgoing { id, channel, instance, to, .. } = outgoing.clone();
        let mut context = CallContext::new(id.clone());
        context.account = Some((channel.clone(), instance.clone()));
        let draft = match self.run_gates("message.sending", draft(outgoing), context).await {
            GateOutcome::Pass(draft) => draft,
            GateOutcome::Stopping => return Err(SendError::Stopping),
            GateOutcome::Blocked { by, reason } => {
                self.blocked("message.sending", by.clone(), &reason);
                return Err(SendError::Blocked { by, reason });
            }
            GateOutcome::Failed { by, reason } => {
                self.blocked("message.sending", by.clone(), &reason);
                return Err(SendError::GateFailed { by, reason });
            }
        };
        let key = (channel.clone(), instance.clone(), to.clone());
        let message = NewOutbound { id: id.clone(), channel, instance, chat: to, draft, at: self.now() };
        if self.journal.enqueue(message).await? == Enqueued::New {
            self.kick(key);
        }
        Ok(id)
    }

    /// The rules that need no plugin; the address as the channel writes it.
    fn check(&self, outgoing: &Outgoing) -> Result<String, SendError> {
        let Outgoing { channel, instance, to, body, agent, .. } = outgoing;
        let malformed = |part, rule: String| Err(SendError::Malformed { part, rule });
        if !(1..=512).contains(&to.len()) {
            return malformed("recipient", "1 to 512 bytes".into());
        }
        let content = match body {
            Body::Text { text } | Body::Reply { text, .. } if text.is_empty() => {
                return malformed("text", "at least one character".into());
            }
            Body::Text { text } | Body::Reply { text, .. } => text,
            Body::Reaction { emoji, .. } => emoji,
        };
        if content.len() > MAX_TEXT {
            return malformed("text", format!("at most {MAX_TEXT} bytes"));
        }
        let Some(account) = self.channel(channel, instance) else {
            return Err(SendError::NoChannel { channel: channel.clone(), instance: instance.clone() });
        };
        let to = account.address(to).map_err(SendError::NoAddress)?;
        let names = |entry: &String| account.address(entry).as_ref() == Ok(&to);
        let set = self.bus.set();
        let listed =
            agent.as_ref().and_then(|agent| set.agents.get(agent)?.outbound_allowlist.get(channel.as_str()));
        match (listed, agent) {
            (Some(list), Some(agent)) if !list.is_empty() && !list.iter().any(names) => {
                Err(SendError::NotAllowed { agent: agent.clone(), channel: channel.clone(), to })
            }
            _ => Ok(to),
        }
    }
}

fn draft(outgoing: Outgoing) -> Map<String, Value> {
    let Outgoing { id, channel, instance, to, body, sender, .. } = outgoing;
    let (kind, name) = match sender {
        Sender::Agent(name) => ("agent", name.to_string()),
        Sender::Plugin(id) => ("plugin", id.to_string()),
        Sender::Cli => ("cli", "cli".to_owned()),
        Sender::Rpc => ("rpc", "rpc".to_owned()),
    };
    let mut draft = Map::new();
    let mut set = |key: &str, value: Value| draft.insert(key.to_owned(), value);
    set("id", json!(id));
    set("channel", json!(channel));
    set("instance", json!(instance));
    set("to", json!(to));
    set("origin", json!({ "kind": kind, "name": name }));
    let kind = match body {
        Body::Text { text } => {
            set("text", json!(text));
            "text"
        }
        Body::Reply { reply_to, text } => {
            set("text", json!(text));
            set("reply_to", json!(reply_to));
            "reply"
        }
        Body::Reaction { reply_to, emoji } => {
            set("emoji", json!(emoji));
            set("reply_to", json!(reply_to));
            "reaction"
        }
    };
    set("kind", json!(kind));
    draft
}
