//! What becomes of a message that comes in: passed over by a rule, and counted, or into the journal.

use super::{CHANNEL, name, state::InboundCounters};
use crate::{
    clock::millis,
    core::{AcceptError, Core, Inbound},
};
use async_trait::async_trait;
use channel_whatsapp::{Content, Inbound as Message, Inbox};
use manifest_schema::project::{Acl, Behavior};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError, Weak},
};

/// Messages whose authors are remembered, for replies and reactions to them in groups.
const AUTHORS: usize = 4096;

/// Seconds that a message may be ahead of the clock.
const DAY: u64 = 86_400;

/// The way in of one account.
pub(super) struct Intake {
    core: Weak<Core>,
    instance: String,
    acl: Acl,
    behavior: Behavior,
    counters: Mutex<InboundCounters>,
    authors: Mutex<Authors>,
}

#[derive(Default)]
struct Authors {
    by_id: HashMap<String, Author>,
    order: VecDeque<String>,
}

#[derive(Clone)]
struct Author {
    address: String,
    in_group: bool,
}

impl Intake {
    pub(super) fn new(core: Weak<Core>, instance: String, acl: Acl, behavior: Behavior) -> Self {
        let (counters, authors) = (Mutex::default(), Mutex::default());
        Self { core, instance, acl, behavior, counters, authors }
    }

    pub(super) fn counters(&self) -> InboundCounters {
        *self.count()
    }

    fn count(&self) -> MutexGuard<'_, InboundCounters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who wrote a message, where it is known.
    pub(super) fn author(&self, id: &str) -> Option<String> {
        self.known(id).map(|author| author.address)
    }

    /// The same, where it was in a group: WhatsApp wants it named there only.
    pub(super) fn group_author(&self, id: &str) -> Option<String> {
        self.known(id).filter(|author| author.in_group).map(|author| author.address)
    }

    fn known(&self, id: &str) -> Option<Author> {
        self.authors.lock().unwrap_or_else(PoisonError::into_inner).by_id.get(id).cloned()
    }

    fn remember(&self, message: &Message) {
        let mut authors = self.authors.lock().unwrap_or_else(PoisonError::into_inner);
        let author = Author { address: message.from.clone(), in_group: message.is_group };
        if authors.by_id.insert(message.id.clone(), author).is_none() {
            authors.order.push_back(message.id.clone());
        }
        if authors.order.len() > AUTHORS
            && let Some(oldest) = authors.order.pop_front()
        {
            authors.by_id.remove(&oldest);
        }
    }

    /// The text to take, and what it answers; `None` for what a rule passes over, which is counted.
    fn passes(&self, message: &Message, now: u64) -> Option<(String, Option<String>)> {
        let mut counters = self.count();
        let written = u64::try_from(message.timestamp).unwrap_or_default();
        let age = (now / 1000).saturating_sub(written);
        let limit = u64::from(self.behavior.skip_backlog_age_secs);
        let list = &self.acl.allow_list;
        let counter = if message.is_quiet && self.behavior.ignore_chat_meta {
            &mut counters.quiet_chats
        } else if message.from_me && self.behavior.ignore_from_me {
            &mut counters.from_me
        } else if message.is_group && self.behavior.ignore_groups {
            &mut counters.in_groups
        } else if !list.is_empty() && !list.contains(&message.from) && !list.contains(&message.chat) {
            &mut counters.not_on_list
        } else if limit > 0 && age > limit {
            &mut counters.too_old
        } else if written > now / 1000 + DAY {
            &mut counters.from_the_future
        } else if let Content::Text { text, reply_to } = &message.content {
            return Some((text.clone(), reply_to.clone()));
        } else {
            &mut counters.unsupported
        };
        *counter += 1;
        None
    }
}

#[async_trait]
impl Inbox for Intake {
    async fn take(&self, messages: Vec<Message>) -> Result<(), String> {
        let core = self.core.upgrade().ok_or("the host is stopping")?;
        let mut commits = Vec::new();
        for message in messages {
            self.remember(&message);
            let passed = self.passes(&message, millis(core.environment.clock.now()));
            let Some((text, reply_to)) = passed else { continue };
            let inbound = Inbound {
                channel: CHANNEL.to_owned(),
                instance: self.instance.clone(),
                // WhatsApp's ids are unique to a chat and a writer only.
                key: format!("{} {} {}", message.chat, message.from, message.id),
                external_id: message.id,
                timestamp: u64::try_from(message.timestamp).ok().map(|seconds| seconds * 1000),
                chat: message.chat,
                from: message.from,
                from_name: name::harmless(&message.from_name),
                reply_to,
                text,
                is_group: message.is_group,
            };
            match core.accept(inbound).await {
                Ok(commit) => commits.push(commit),
                // It would be malformed the next time too.
                Err(AcceptError::Malformed { .. }) => self.count().malformed += 1,
                Err(error) => return Err(error.to_string()),
            }
        }
        for commit in commits {
            if commit.await.map_err(|error| error.to_string())?.new {
                self.count().taken += 1;
            }
        }
        Ok(())
    }
}
