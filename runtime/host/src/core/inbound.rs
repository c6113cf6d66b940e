//! The way in: a channel's message becomes an event in the journal, passes the gates, and goes to its subscribers.

use super::{
    Core, LaneKey,
    arrival::{Arrival, FILE, Malformed, RECEIVED, object},
    deliver::Delivery,
    files::Fetched,
    gates::GateOutcome,
};
use crate::{
    clock::rfc3339,
    identity,
    journal::{Accepted, EventRow, EventState, Ingest, JournalError, NewEvent, OutOfSequence},
    notice::Notice,
    worker::CallContext,
};
use manifest_schema::events;
use serde_json::{Map, Value, json};
use std::sync::{Arc, Weak};
use tokio::sync::mpsc;

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AcceptError {
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error("there is no channel `{channel}` with the instance `{instance}`")]
    NoAccount { channel: String, instance: String },
    #[error(transparent)]
    OutOfSequence(#[from] OutOfSequence),
    #[error("the host is stopping")]
    Stopping,
    #[error("the message could not be made durable: {0}")]
    Journal(#[from] JournalError),
}

impl Core {
    /// Takes what came in. The first part waits for room and fixes the order; the future that it returns resolves once it is durable.
    pub(crate) async fn accept(
        self: &Arc<Self>,
        arrival: Arrival,
    ) -> Result<impl Future<Output = Result<Accepted, AcceptError>> + Send + use<>, AcceptError> {
        arrival.check()?;
        let (event, file) = arrival.events(self.now());
        let takes_room = event.name == RECEIVED;
        if takes_room {
            let room = self.intake.acquire().await.map_err(|_| AcceptError::Stopping)?;
            room.forget();
        }
        let committed = self.journal.accept(event);
        let file = file.map(|file| self.journal.accept(file));
        let core = Arc::clone(self);
        Ok(async move {
            let accepted = committed.await;
            // A new message keeps its room until it is finished.
            if takes_room && !accepted.as_ref().is_ok_and(|accepted| accepted.new) {
                core.intake.add_permits(1);
            }
            if let Some(file) = file {
                file.await?;
            }
            Ok(accepted?)
        })
    }

    /// Takes what a paired bridge hands in for an account: the gates and all that follows are those of any message.
    pub(crate) async fn ingest(
        self: &Arc<Self>,
        arrival: Arrival,
        ingest: Ingest,
    ) -> Result<Accepted, AcceptError> {
        arrival.check()?;
        if self.channel(&arrival.channel, &arrival.instance).is_none() {
            let Arrival { channel, instance, .. } = arrival;
            return Err(AcceptError::NoAccount { channel, instance });
        }
        let (event, _) = arrival.events(self.now());
        let room = self.intake.acquire().await.map_err(|_| AcceptError::Stopping)?;
        room.forget();
        let ingested = self.journal.ingest(ingest, event).await;
        // A new message keeps its room until it is finished.
        if !ingested.as_ref().is_ok_and(|taken| taken.as_ref().is_ok_and(|accepted| accepted.new)) {
            self.intake.add_permits(1);
        }
        Ok(ingested??)
    }

    /// Tells of something that happened to an account: to whoever listens now, and durably to plugins that observe it. `key` tells
    /// it from all others of its name.
    pub(crate) fn tell(&self, name: &'static str, account: (&str, &str), chat: &str, key: &str, own: Value) {
        let (channel, instance) = account;
        let now = self.now();
        let mut payload =
            object(json!({ "channel": channel, "instance": instance, "timestamp": rfc3339(now) }));
        payload.extend(object(own));
        let event = NewEvent {
            event_id: identity::event_id(channel, instance, &format!("{name} {key}")),
            name,
            channel: channel.to_owned(),
            instance: instance.to_owned(),
            chat: chat.to_owned(),
            payload,
            at: now,
        };
        if self.bus.set().observers(name).is_empty() {
            let mut payload = event.payload;
            payload.insert("event_id".into(), json!(event.event_id));
            self.publish(name, payload);
        } else {
            // Its place in the journal is taken; a full disk is told of by what waits for its answer.
            drop(self.journal.accept(event));
        }
    }

    /// Hands an event to the lane of its chat. `has_room`: it holds a place of the intake, given back at its end.
    pub(super) fn route(self: &Arc<Self>, row: EventRow, has_room: bool) {
        let key = LaneKey {
            channel: row.channel.clone(),
            instance: row.instance.clone(),
            chat: row.chat.clone(),
            // A file on its way holds up no message.
            subscriber: if row.name == FILE { FILE.to_owned() } else { String::new() },
        };
        let core = Arc::clone(self);
        self.lanes.push(key.clone(), async move {
            let _busy = Arc::clone(&core.work).read_owned().await;
            core.process(row, key, has_room).await;
        });
    }

    /// Gates or what else must be done first, then subscribers.
    async fn process(self: &Arc<Self>, row: EventRow, key: LaneKey, has_room: bool) {
        let Some(known) = events::find(&row.name).map(|known| known.name) else {
            return self.journal.finish(
                row.seq,
                EventState::Dead,
                Some(format!("there is no event `{}`", row.name)),
            );
        };
        let again = (known == FILE).then(|| row.clone());
        let EventRow { seq, event_id, name, payload: mut event, delivered, .. } = row;
        event.insert("event_id".into(), json!(event_id));
        event.insert("seq".into(), json!(seq));
        let end = |state, detail| {
            self.journal.finish(seq, state, detail);
            if has_room {
                self.intake.add_permits(1);
            }
        };
        if known == RECEIVED {
            self.transcribe(&key, &event_id, &mut event).await;
            self.notices().send(Notice::MessageAccepted {
                event_id: event_id.clone(),
                channel: key.channel.clone(),
                chat: key.chat.clone(),
            });
            if self.answers_approval(&event) {
                return end(EventState::Done, None);
            }
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
        if let Some(row) = again {
            match self.fetch_file(&key, &event_id, &mut event).await {
                Fetched::Here => {}
                Fetched::NotNow => return self.defer(row).await,
                Fetched::Never(reason) => {
                    self.dead_letter(&event_id, "file", &reason);
                    return end(EventState::Dead, Some(reason));
                }
            }
        }
        self.publish(known, event.clone());
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

    /// Keeps an event until its channel can deliver.
    async fn defer(self: &Arc<Self>, row: EventRow) {
        let (channel, instance) = (row.channel.clone(), row.instance.clone());
        self.deferred.lock().push(row);
        // It may have come back in between.
        if self.channel(&channel, &instance).is_some_and(|account| account.is_ready()) {
            self.resume(&channel, &instance).await;
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

    pub(crate) fn dead_letter(&self, id: &str, subscriber: &str, reason: &str) {
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
        let has_room = row.name == RECEIVED;
        core.route(row, has_room);
    }
}
