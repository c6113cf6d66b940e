//! The way out: every message that anyone sends passes here, through the allow-list and the gates, into the outbox.

use super::{Core, arrival::object, gates::GateOutcome, outbox_files::OutboxFile};
use crate::{
    fetch::FetchError,
    journal::{Enqueued, JournalError, NewOutbound},
    worker::CallContext,
};
use audit_log::{Action, Actor, Detail, Event};
use manifest_schema::names::{AgentName, PluginId};
use runtime_protocol::{Body, FileToSend};
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, sync::Arc};

/// Bytes of a message's text.
const MAX_TEXT: usize = 64 << 10;
/// Options of a poll.
const POLL_OPTIONS: std::ops::RangeInclusive<usize> = 2..=12;

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

/// Who sends.
#[derive(Debug, Clone)]
pub(crate) enum Sender {
    Agent(AgentName),
    Plugin(PluginId),
    Cli,
    Rpc,
    /// The host itself, which asks a person.
    Host,
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
    #[error("{channel} takes no message of the kind `{kind}`")]
    Kind { channel: String, kind: &'static str },
    #[error("the file cannot be sent: {0}")]
    File(String),
    #[error("the file could not be fetched")]
    Fetch(#[from] FetchError),
    #[error(
        "agent `{agent}` may not write to `{to}` on {channel}; `agents.{agent}.outbound_allowlist.{channel}` in wa.yaml does not name it"
    )]
    NotAllowed { agent: AgentName, channel: String, to: String },
    #[error(
        "agent `{agent}` may not write from this account; `allow_agents` of {channel} `{instance}` does not name it"
    )]
    NotFrom { agent: AgentName, channel: String, instance: String },
    #[error("the message holds a secret of a plugin's configuration")]
    HoldsSecret,
    #[error("the gate of plugin `{by}` blocked the message: {reason}")]
    Blocked { by: PluginId, reason: String },
    #[error("the gate of plugin `{by}` failed, so the message was not sent: {reason}")]
    GateFailed { by: PluginId, reason: String },
    #[error("the host is stopping")]
    Stopping,
    #[error("the message was not sent: {0}")]
    NotRecorded(#[from] crate::AuditError),
    #[error("the message could not be made durable: {0}")]
    Journal(#[from] JournalError),
}

impl Core {
    /// Sends a message: durable in the outbox when this returns, unless a rule or a gate forbids it. A repeat of an id changes
    /// nothing. Returns the id.
    pub(crate) async fn send(self: &Arc<Self>, mut outgoing: Outgoing) -> Result<String, SendError> {
        outgoing.to = self.check(&outgoing).inspect_err(|error| self.note_refused(&outgoing, error))?;
        let recorded = record_of(&outgoing, audit_log::Outcome::Done);
        let Outgoing { id, channel, instance, to, .. } = outgoing.clone();
        let mut context = CallContext::new(id.clone());
        context.account = Some((channel.clone(), instance.clone()));
        let file = match &outgoing.body {
            Body::Media(file) | Body::VoiceNote(file) => Some(self.take_file(file, &outgoing.sender).await?),
            _ => None,
        };
        let draft = draft(outgoing, file.as_ref());
        self.without_secrets(&draft)?;
        let draft = match self.run_gates("message.sending", draft, context).await {
            GateOutcome::Pass(draft) => draft,
            stopped => return Err(self.not_sent(stopped)),
        };
        self.without_secrets(&draft)?;
        if let Some(file) = file {
            self.keep_file(&id, file)?;
        }
        self.environment.audit.record(recorded).await?;
        let key = (channel.clone(), instance.clone(), to.clone());
        let external_id = self.channel(&channel, &instance).map(|account| account.message_id(&id));
        let message =
            NewOutbound { id: id.clone(), external_id, channel, instance, chat: to, draft, at: self.now() };
        match self.journal.enqueue(message).await? {
            Enqueued::New => self.kick(key),
            Enqueued::Repeat => self.drop_repeated_file(&id).await?,
        }
        Ok(id)
    }

    /// A message with a secret in it is not sent, whoever sends it: a chat cannot be called back.
    fn without_secrets(&self, draft: &Map<String, Value>) -> Result<(), SendError> {
        let redactor = self.notices().redaction().redactor();
        let holds =
            !redactor.is_empty() && serde_json::to_string(draft).is_ok_and(|text| redactor.finds(text));
        if holds { Err(SendError::HoldsSecret) } else { Ok(()) }
    }

    /// Records that an agent may not write there.
    fn note_refused(&self, outgoing: &Outgoing, error: &SendError) {
        let code = match error {
            SendError::NotAllowed { .. } => "recipient",
            SendError::NotFrom { .. } => "account",
            _ => return,
        };
        let event = record_of(outgoing, audit_log::Outcome::Refused);
        self.environment.audit.note(event.with(Detail::Code, code));
    }

    /// Why the gates did not let a message pass.
    fn not_sent(&self, outcome: GateOutcome) -> SendError {
        match outcome {
            GateOutcome::Pass(_) | GateOutcome::Stopping => SendError::Stopping,
            GateOutcome::Blocked { by, reason } => {
                self.blocked("message.sending", by.clone(), &reason);
                SendError::Blocked { by, reason }
            }
            GateOutcome::Failed { by, reason } => {
                self.blocked("message.sending", by.clone(), &reason);
                SendError::GateFailed { by, reason }
            }
        }
    }

    /// The rules that need no plugin; the address as the channel writes it.
    fn check(&self, outgoing: &Outgoing) -> Result<String, SendError> {
        let Outgoing { channel, instance, to, body, agent, .. } = outgoing;
        if !(1..=512).contains(&to.len()) {
            return Err(SendError::Malformed { part: "recipient", rule: "1 to 512 bytes".into() });
        }
        well_formed(body)?;
        let Some(account) = self.channel(channel, instance) else {
            return Err(SendError::NoChannel { channel: channel.clone(), instance: instance.clone() });
        };
        let kind = body.kind();
        if !account.takes(kind) {
            return Err(SendError::Kind { channel: channel.clone(), kind });
        }
        if let Some(agent) = agent.as_ref().filter(|agent| !account.allows(agent)) {
            let (channel, instance) = (channel.clone(), instance.clone());
            return Err(SendError::NotFrom { agent: agent.clone(), channel, instance });
        }
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

/// What is recorded of a message: what it says and to whom stays out.
fn record_of(outgoing: &Outgoing, outcome: audit_log::Outcome) -> Event {
    let (actor, origin) = match &outgoing.sender {
        Sender::Agent(name) => (Actor::Agent(name.to_string()), "agent"),
        Sender::Plugin(id) => (Actor::Plugin(id.to_string()), "plugin"),
        Sender::Cli => (Actor::Rpc, "cli"),
        Sender::Rpc => (Actor::Rpc, "rpc"),
        Sender::Host => (Actor::Host, "host"),
    };
    let event = Event::new(actor, Action::MessageSend, outcome)
        .about(&outgoing.id)
        .with(Detail::Channel, outgoing.channel.as_str())
        .with(Detail::Instance, outgoing.instance.as_str())
        .with(Detail::Kind, outgoing.body.kind())
        .with(Detail::Origin, origin);
    match &outgoing.sender {
        Sender::Plugin(id) => event.plugin(id),
        _ => event,
    }
}

/// Whether a message says what its kind must say.
fn well_formed(body: &Body) -> Result<(), SendError> {
    let malformed = |part, rule: String| Err(SendError::Malformed { part, rule });
    let fits = |part, text: &str, least: usize| match text.len() {
        length if length < least => malformed(part, "at least one character".into()),
        length if length > MAX_TEXT => malformed(part, format!("at most {MAX_TEXT} bytes")),
        _ => Ok(()),
    };
    match body {
        Body::Text { text } => fits("text", text, 1),
        Body::Reply { reply_to: id, text } | Body::Edit { message_id: id, text } => {
            fits("message id", id, 1)?;
            fits("text", text, 1)
        }
        Body::Reaction { message_id: id, emoji } => {
            fits("message id", id, 1)?;
            fits("emoji", emoji, 0)
        }
        Body::Revoke { message_id: id } => fits("message id", id, 1),
        Body::Media(FileToSend { caption, .. }) => fits("caption", caption.as_deref().unwrap_or_default(), 0),
        Body::VoiceNote(FileToSend { caption: Some(_), .. }) => {
            malformed("caption", "no place in a voice note".into())
        }
        Body::VoiceNote(_) => Ok(()),
        Body::Poll { question, options, choices } => {
            fits("question", question, 1)?;
            options.iter().try_for_each(|option| fits("option", option, 1))?;
            let different: BTreeSet<&String> = options.iter().collect();
            if !POLL_OPTIONS.contains(&options.len()) || different.len() < options.len() {
                return malformed("options", "2 to 12 members, each another".into());
            }
            let most = u32::try_from(options.len()).unwrap_or(u32::MAX);
            if !(1..=most).contains(choices) {
                return malformed("choices", format!("a number from 1 to {most}"));
            }
            Ok(())
        }
    }
}

/// The message as gates and observers see it.
fn draft(outgoing: Outgoing, file: Option<&OutboxFile>) -> Map<String, Value> {
    let Outgoing { id, channel, instance, to, body, sender, .. } = outgoing;
    let (sort, name) = match sender {
        Sender::Agent(name) => ("agent", name.to_string()),
        Sender::Plugin(id) => ("plugin", id.to_string()),
        Sender::Cli => ("cli", "cli".to_owned()),
        Sender::Rpc => ("rpc", "rpc".to_owned()),
        Sender::Host => ("host", "host".to_owned()),
    };
    let mut draft = object(json!({
        "id": id, "channel": channel, "instance": instance, "to": to, "kind": body.kind(),
        "origin": { "kind": sort, "name": name },
    }));
    draft.extend(object(match body {
        Body::Text { text } => json!({ "text": text }),
        Body::Reply { reply_to, text } => json!({ "text": text, "reply_to": reply_to }),
        Body::Reaction { message_id, emoji } => json!({ "emoji": emoji, "reply_to": message_id }),
        Body::Edit { message_id, text } => json!({ "text": text, "reply_to": message_id }),
        Body::Revoke { message_id } => json!({ "reply_to": message_id }),
        Body::Poll { question, options, choices } => {
            json!({ "text": question, "options": options, "choices": choices })
        }
        Body::Media(FileToSend { caption: Some(caption), .. }) => json!({ "caption": caption }),
        Body::Media(_) | Body::VoiceNote(_) => json!({}),
    }));
    if let Some(file) = file {
        draft.insert("media".to_owned(), file.description());
    }
    draft
}
