//! The outbox emptied into the channels: in order within a chat, chats in parallel, straight from the journal.

use super::{Core, outbox_files};
use crate::{
    channel::DeliveryError,
    clock::rfc3339,
    identity,
    journal::{ChatKey, JournalError, NewEvent, OutboundRow},
    notice::Notice,
};
use audit_log::{Action, Actor, Detail, Event};
use serde_json::json;
use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Messages taken from the journal at a time.
const BATCH: usize = 32;

/// The chats that are being emptied; `true`: something came in between, look again.
#[derive(Default)]
pub(super) struct Pumps(Mutex<HashMap<ChatKey, bool>>);

impl Pumps {
    fn lock(&self) -> MutexGuard<'_, HashMap<ChatKey, bool>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The commit of the last `sent`; all before it are durable too, since the journal writes in order.
type Commit = Pin<Box<dyn Future<Output = Result<(), JournalError>> + Send>>;

/// What was sent or given up since the last look.
#[derive(Default)]
struct Done {
    commit: Option<Commit>,
    /// The messages among it that had files, which nobody needs any more.
    files: Vec<String>,
}

impl Core {
    /// Says that something may be queued for a chat. A host that is stopping leaves it in the outbox.
    pub(crate) fn kick(self: &Arc<Self>, chat: ChatKey) {
        let mut pumps = self.pumps.lock();
        if let Some(again) = pumps.get_mut(&chat) {
            *again = true;
            return;
        }
        // Taken here and not in the task: a stop that has waited for the caller waits for its message too.
        let Ok(busy) = Arc::clone(&self.sending).try_read_owned() else { return };
        pumps.insert(chat.clone(), false);
        drop(pumps);
        let core = Arc::clone(self);
        tokio::spawn(async move {
            core.pump(chat).await;
            drop(busy);
        });
    }

    /// Says that a channel can deliver again.
    pub(crate) async fn resume(self: &Arc<Self>, channel: &str, instance: &str) {
        let waiting = {
            let mut deferred = self.deferred.lock();
            let (ours, others) = std::mem::take(&mut *deferred)
                .into_iter()
                .partition::<Vec<_>, _>(|row| row.channel == channel && row.instance == instance);
            *deferred = others;
            ours
        };
        waiting.into_iter().for_each(|row| self.route(row, false));
        match self.journal.waiting_chats(channel, instance).await {
            Ok(chats) => {
                for chat in chats {
                    self.kick((channel.to_owned(), instance.to_owned(), chat));
                }
            }
            Err(error) => self.trouble(format!("the outbox could not be read: {error}")),
        }
    }

    async fn pump(self: &Arc<Self>, chat: ChatKey) {
        let mut done = Done::default();
        loop {
            let emptied = self.empty(&chat, &mut done).await;
            let Done { commit, files } = std::mem::take(&mut done);
            // The next look must not find what was sent already.
            let recorded = match commit {
                Some(commit) => commit.await,
                None => Ok(()),
            };
            match recorded {
                Ok(()) => files.iter().for_each(|id| self.remove_outbox_file(id)),
                Err(error) => self.trouble(format!("a sent message could not be recorded: {error}")),
            }
            if let Err(error) = emptied {
                self.trouble(format!("the outbox could not be read: {error}"));
            }
            let mut pumps = self.pumps.lock();
            if pumps.insert(chat.clone(), false) != Some(true) {
                pumps.remove(&chat);
                return;
            }
        }
    }

    /// Delivers until the chat is empty or its channel cannot.
    async fn empty(self: &Arc<Self>, chat: &ChatKey, done: &mut Done) -> Result<(), JournalError> {
        let mut after = 0;
        loop {
            let batch = self.journal.queued(chat.clone(), after, BATCH).await?;
            for message in &batch {
                match self.deliver(chat, message).await {
                    Delivered::Sent => {
                        done.commit = Some(self.record_sent(chat, message));
                        done.files.extend(outbox_files::of(message));
                    }
                    // Rare enough to wait for: the next look must not find it either.
                    Delivered::GivenUp => {
                        self.journal.flush().await;
                        done.files.extend(outbox_files::of(message));
                    }
                    Delivered::NotNow => return Ok(()),
                }
                after = message.n;
            }
            if batch.len() < BATCH {
                return Ok(());
            }
        }
    }

    async fn deliver(&self, chat: &ChatKey, message: &OutboundRow) -> Delivered {
        let Some(channel) = self.channel(&chat.0, &chat.1) else { return Delivered::NotNow };
        let timing = &self.environment.timing;
        let mut pause = timing.retry;
        let mut tries = message.attempts + 1;
        loop {
            let reason = match channel.deliver(message, &chat.2).await {
                Ok(()) => return Delivered::Sent,
                Err(DeliveryError::NotReady) => return Delivered::NotNow,
                Err(DeliveryError::Failed(reason)) => reason,
            };
            let dead = tries >= timing.attempts;
            self.journal.failed(&message.id, &reason, dead);
            if dead {
                let event = Event::failed(Actor::Host, Action::MessageGiveUp).about(&message.id);
                let event = event.with(Detail::Channel, &*chat.0).with(Detail::Instance, &*chat.1);
                self.environment.audit.note(event);
                self.dead_letter(&message.id, &format!("channel:{}/{}", chat.0, chat.1), &reason);
                return Delivered::GivenUp;
            }
            tries += 1;
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }

    /// Marks a message, and makes its `message.sent` in the same commit where a plugin observes it.
    fn record_sent(&self, chat: &ChatKey, message: &OutboundRow) -> Commit {
        let now = self.now();
        let (channel, instance, to) = chat.clone();
        self.notices().send(Notice::MessageSent {
            id: message.id.clone(),
            channel: channel.clone(),
            chat: to.clone(),
        });
        let mut payload = message.draft.clone();
        payload.insert("sent_at".into(), json!(rfc3339(now)));
        let message_id = self.channel(&channel, &instance).map(|account| account.message_id(&message.id));
        payload.insert("message_id".into(), json!(message_id));
        let observed = !self.bus.set().observers("message.sent").is_empty();
        if !observed {
            self.publish("message.sent", payload.clone());
        }
        let event = NewEvent {
            event_id: identity::event_id("message.sent", &message.id, ""),
            name: "message.sent",
            channel,
            instance,
            chat: to,
            payload,
            at: now,
        };
        Box::pin(self.journal.sent(&message.id, now, event, observed))
    }
}

enum Delivered {
    Sent,
    GivenUp,
    NotNow,
}
