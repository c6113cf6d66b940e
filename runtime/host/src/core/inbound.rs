//! The way in: a channel's message becomes an event in the journal, passes the gates, and goes to its subscribers.

use super::{Core, LaneKey, deliver::Delivery, gates::GateOutcome};
use crate::{
    clock::rfc3339,
    identity,
    journal::{Accepted, EventRow, EventState, JournalError, NewEvent},
    notice::Notice,
    worker::CallContext,
};
use serde_json::{Map, Value, json};
use std::sync::{Arc, Weak};
use tokio::sync::mpsc;

/// Bytes of a message's text.
const MAX_TEXT: usize = 64 << 10;
/// Bytes of an id or a name that a channel gives.
const MAX_ID: usize = 512;

/// A message as a channel hands it in.
#[derive(Debug, Clone)]
pub(crate) struct Inbound {
    pub(crate) channel: String,
    pub(crate) instance: String,
    pub(crate) chat: String,
    /// The channel's own id.
    pub(crate) external_id: String,
    /// What tells it from all others of the account: a repeat is the same message.
    pub(crate) key: String,
    pub(crate) from: String,
    /// What the writer goes by: one line without anything that a terminal or a model would obey.
    pub(crate) from_name: Option<String>,
    /// The channel's id of the message that it answers.
    pub(crate) reply_to: Option<String>,
    pub(crate) text: String,
    pub(crate) is_group: bool,
    /// When it was written, in milliseconds since 1970; now, where the channel does not say.
    pub(crate) timestamp: Option<u64>,
}

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AcceptError {
    #[error("the message's {part} must have {rule}")]
    Malformed { part: &'static str, rule: String },
    #[error("the host is stopping")]
    Stopping,
    #[error("the message could not be made durable: {0}")]
    Journal(#[from] JournalError),
}

impl Core {
    /// Takes a message. The first part waits for room and fixes the order; the future that it returns resolves once the message is
    /// durable.
    pub(crate) async fn accept(
        self: &Arc<Self>,
        message: Inbound,
    ) -> Result<impl Future<Output = Result<Accepted, AcceptError>> + Send + use<>, AcceptError> {
        check(&message)?;
        let room = self.intake.acquire().await.map_err(|_| AcceptError::Stopping)?;
        room.forget();
        let committed = self.journal.accept(event(message, self.now()));
        let core = Arc::clone(self);
        Ok(async move {
            let accepted = committed.await;
            // A new message keeps its room until it is finished.
            if !accepted.as_ref().is_ok_and(|accepted| accepted.new) {
                core.intake.add_permits(1);
            }
            Ok(accepted?)
        })
    }

    /// Hands an event to the lane of its chat. `has_room`: it holds a place of the intake, given back at its end.
    pub(super) fn route(self: &Arc<Self>, row: EventRow, has_room: bool) {
        let key = LaneKey {
            channel: row.channel.clone(),
            instance: row.instance.clone(),
            chat: row.chat.clone(),
            subscriber: String::new(),
        };
        let core = Arc::clone(self);
        self.lanes.push(key.clone(), async move {
            let _busy = Arc::clone(&core.work).read_owned().await;
            core.process(row, key, has_room).await;
        });
    }

    /// Gates, then subscribers.
    async fn process(self: &Arc<Self>, row: EventRow, key: LaneKey, has_room: bool) {
        let EventRow { seq, event_id, name, payload: mut event, delivered, .. } = row;
        event.insert("event_id".into(), json!(event_id));
        event.insert("seq".into(), json!(seq));
        let inbound = name == "message.received";
        let end = |state, detail| {
            self.journal.finish(seq, state, detail);
            if has_room {
                self.intake.add_permits(1);
            }
        };
        if inbound {
            self.notices().send(Notice::MessageAccepted {
                event_id: event_id.clone(),
                channel: key.channel.clone(),
                chat: key.chat.clone(),
            });
            match self.receive(&event_id, &key, event).await {
                GateOutcome::Pass(passed) => event = passed,
                GateOutcome::Blocked { by, reason } => {
                    self.blocked("message.receiving", by, &reason);
                    return end(EventState::Blocked, Some(reason));
                }
                GateOutcome::Failed { by, reason } => {
                    self.blocked("message.receiving", by.clone(), &reason);
                    self.dead_letter(&event_id, &format!("gate of {by}"), &reason);
                    return end(EventState::Dead, Some(reason));
                }
                GateOutcome::Stopping => return,
            }
        }
        self.publish(if inbound { "message.received" } else { "message.sent" }, event.clone());
        let subscribers = self.subscribers(&name, &key, &delivered);
        if subscribers.is_empty() {
            return end(EventState::Done, None);
        }
        let delivery =
            Delivery::new(Arc::clone(self), seq, event_id, name, event, subscribers.len(), has_room);
        for subscriber in subscribers {
            let key = LaneKey { subscriber: subscriber.to_string(), ..key.clone() };
            let (core, delivery) = (Arc::clone(self), Arc::clone(&delivery));
            self.lanes.push(key, async move {
                let _busy = Arc::clone(&core.work).read_owned().await;
                delivery.run(subscriber).await;
            });
        }
    }

    /// The gates on the way in. One that fails is asked again, as often as any delivery is tried.
    async fn receive(
        self: &Arc<Self>,
        event_id: &str,
        key: &LaneKey,
        event: Map<String, Value>,
    ) -> GateOutcome {
        let timing = &self.environment.timing;
        let mut pause = timing.retry;
        let mut tries = 1;
        loop {
            let mut context = CallContext::new(event_id.to_owned());
            context.account = Some((key.channel.clone(), key.instance.clone()));
            let outcome = self.run_gates("message.receiving", event.clone(), context).await;
            if !matches!(outcome, GateOutcome::Failed { .. }) || tries >= timing.attempts {
                return outcome;
            }
            tries += 1;
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }

    pub(super) fn blocked(&self, gate: &'static str, by: manifest_schema::names::PluginId, reason: &str) {
        self.notices().send(Notice::MessageBlocked { gate, by, reason: reason.to_owned() });
    }

    pub(super) fn dead_letter(&self, id: &str, subscriber: &str, reason: &str) {
        let (id, subscriber, reason) = (id.to_owned(), subscriber.to_owned(), reason.to_owned());
        self.notices().send(Notice::DeadLetter { id, subscriber, reason });
    }

    /// Gives back the place that a finished message held.
    pub(super) fn room_free(&self) {
        self.intake.add_permits(1);
    }
}

/// Routes what the journal has committed, in its order.
pub(super) async fn route_accepted(core: Weak<Core>, mut accepted: mpsc::UnboundedReceiver<EventRow>) {
    while let Some(row) = accepted.recv().await {
        let Some(core) = core.upgrade() else { return };
        let has_room = row.name == "message.received";
        core.route(row, has_room);
    }
}

fn check(message: &Inbound) -> Result<(), AcceptError> {
    let id = |part: &'static str, text: &str| match text.len() {
        1..=MAX_ID => Ok(()),
        _ => Err(AcceptError::Malformed { part, rule: format!("1 to {MAX_ID} bytes") }),
    };
    id("chat", &message.chat)?;
    id("id", &message.external_id)?;
    id("sender", &message.from)?;
    if message.text.len() > MAX_TEXT {
        return Err(AcceptError::Malformed { part: "text", rule: format!("at most {MAX_TEXT} bytes") });
    }
    Ok(())
}

fn event(message: Inbound, now: u64) -> NewEvent {
    let Inbound {
        channel,
        instance,
        chat,
        external_id,
        key,
        from,
        from_name,
        reply_to,
        text,
        is_group,
        timestamp,
    } = message;
    let event_id = identity::event_id(&channel, &instance, &key);
    let payload = json!({
        "channel": channel, "instance": instance, "chat": chat, "from": from, "id": external_id, "kind": "text",
        "text": text, "timestamp": rfc3339(timestamp.unwrap_or(now)), "received_at": rfc3339(now), "is_group": is_group,
    });
    let mut payload = match payload {
        Value::Object(payload) => payload,
        _ => Map::new(),
    };
    for (key, value) in [("from_name", from_name), ("reply_to", reply_to)] {
        if let Some(value) = value {
            payload.insert(key.to_owned(), Value::String(value));
        }
    }
    NewEvent { event_id, name: "message.received", channel, instance, chat, payload, at: now }
}
