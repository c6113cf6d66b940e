//! What becomes of a message that comes in: passed over by a rule, and counted, or into the journal.

use super::{CHANNEL, name, state::InboundCounters};
use crate::{
    clock::millis,
    core::{AcceptError, Arrival, ArrivedFile, Core, What},
};
use async_trait::async_trait;
use channel_whatsapp::{Author, Content, Inbound as Message, Inbox, Media};
use manifest_schema::project::{Acl, Behavior};
use serde_json::json;
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

    /// Who wrote a message that came in, where it is remembered.
    pub(super) fn author(&self, id: &str) -> Option<Author> {
        self.authors.lock().unwrap_or_else(PoisonError::into_inner).by_id.get(id).cloned()
    }

    fn remember(&self, message: &Message) {
        let mut authors = self.authors.lock().unwrap_or_else(PoisonError::into_inner);
        let author = if message.from_me {
            Author::Own
        } else if message.is_group {
            Author::Member(message.from.clone())
        } else {
            Author::Other
        };
        if authors.by_id.insert(message.id.clone(), author).is_none() {
            authors.order.push_back(message.id.clone());
        }
        if authors.order.len() > AUTHORS
            && let Some(oldest) = authors.order.pop_front()
        {
            authors.by_id.remove(&oldest);
        }
    }

    /// Whether what becomes of a group may be told: its messages come in, or those of whoever changed it.
    pub(super) fn lets_in(&self, group: &str, by: Option<&str>) -> bool {
        let list = &self.acl.allow_list;
        let is_listed = |address: &str| list.iter().any(|listed| listed == address);
        !self.behavior.ignore_groups && (list.is_empty() || is_listed(group) || by.is_some_and(is_listed))
    }

    /// What to take; `None` for what a rule passes over, which is counted.
    fn passes(&self, message: &Message, now: u64) -> Option<What> {
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
        } else if let Some(what) = what(&message.content) {
            return Some(what);
        } else {
            &mut counters.unsupported
        };
        *counter += 1;
        None
    }
}

/// What somebody did, in the host's terms; `None` for what has no place there.
fn what(content: &Content) -> Option<What> {
    Some(match content.clone() {
        Content::Text { text, reply_to } => What::Text { text, reply_to },
        Content::Media { media, caption } => {
            let Media { kind, mime, file_name, bytes, .. } = &media;
            let mut description = json!({ "kind": kind, "mime": mime, "bytes": bytes });
            if let Some(name) = file_name.as_deref().and_then(name::harmless) {
                description["file_name"] = json!(name);
            }
            What::File { file: ArrivedFile { description, place: json!(media) }, caption }
        }
        Content::Reaction { target, emoji } => What::Reaction { target, emoji },
        Content::Edit { target, text } => What::Edit { target, text },
        Content::Revoke { target } => What::Revoke { target },
        Content::Vote { poll, options } => What::Vote { target: poll, options },
        Content::Other => return None,
    })
}

#[async_trait]
impl Inbox for Intake {
    async fn take(&self, messages: Vec<Message>) -> Result<(), String> {
        let core = self.core.upgrade().ok_or("the host is stopping")?;
        let mut commits = Vec::new();
        for message in messages {
            self.remember(&message);
            let passed = self.passes(&message, millis(core.environment.clock.now()));
            let Some(what) = passed else { continue };
            let arrival = Arrival {
                channel: CHANNEL.to_owned(),
                instance: self.instance.clone(),
                // WhatsApp's ids are unique to a chat and a writer only.
                key: format!("{} {} {}", message.chat, message.from, message.id),
                external_id: message.id,
                timestamp: u64::try_from(message.timestamp).ok().map(|seconds| seconds * 1000),
                chat: message.chat,
                from: message.from,
                from_name: name::harmless(&message.from_name),
                is_group: message.is_group,
                what,
            };
            match core.accept(arrival).await {
                Ok(commit) => commits.push(commit),
                // It would be malformed the next time too.
                Err(AcceptError::Malformed(_)) => self.count().malformed += 1,
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn message(change: impl FnOnce(&mut Message)) -> Message {
        let mut message = Message {
            id: "1".into(),
            from: "57@s.whatsapp.net".into(),
            from_name: String::new(),
            chat: "57@s.whatsapp.net".into(),
            is_group: false,
            from_me: false,
            timestamp: NOW.cast_signed(),
            is_quiet: false,
            content: Content::Text { text: "hi".into(), reply_to: None },
        };
        change(&mut message);
        message
    }

    /// Whether it is taken with these settings, and the counter that says why not.
    fn passes(behavior: Behavior, allow_list: &[&str], message: &Message) -> (bool, InboundCounters) {
        let allow_list = allow_list.iter().map(|entry| (*entry).to_owned()).collect();
        let acl = Acl { allow_list, ..Acl::default() };
        let intake = Intake::new(Weak::new(), "default".into(), acl, behavior);
        (intake.passes(message, NOW * 1000).is_some(), intake.counters())
    }

    #[test]
    fn each_rule_passes_over_what_it_says_and_can_be_turned_off() {
        let none = InboundCounters::default();
        let seconds_ago = |age: i64| message(|message| message.timestamp -= age);
        let quiet = message(|message| message.is_quiet = true);
        let own = message(|message| message.from_me = true);
        let in_group = message(|message| message.is_group = true);
        let on = || Behavior { ignore_groups: true, ..Behavior::default() };
        let off = || Behavior {
            ignore_chat_meta: false,
            ignore_from_me: false,
            ignore_groups: false,
            skip_backlog_age_secs: 0,
        };
        for (message, counters) in [
            (quiet, InboundCounters { quiet_chats: 1, ..none }),
            (own, InboundCounters { from_me: 1, ..none }),
            (in_group, InboundCounters { in_groups: 1, ..none }),
            (seconds_ago(61), InboundCounters { too_old: 1, ..none }),
        ] {
            assert_eq!(passes(on(), &[], &message), (false, counters));
            assert_eq!(passes(off(), &[], &message), (true, none));
        }
        assert!(passes(on(), &[], &seconds_ago(60)).0);
        let tomorrow = InboundCounters { from_the_future: 1, ..none };
        assert_eq!(passes(off(), &[], &seconds_ago(-86_401)), (false, tomorrow));
        assert!(passes(off(), &[], &seconds_ago(-86_400)).0);
        let strange = InboundCounters { unsupported: 1, ..none };
        assert_eq!(
            passes(off(), &[], &message(|message| message.content = Content::Other)),
            (false, strange)
        );
        let stranger = InboundCounters { not_on_list: 1, ..none };
        let group = message(|message| message.chat = "1@g.us".into());
        assert_eq!(passes(off(), &["58@s.whatsapp.net"], &group), (false, stranger));
        assert!(passes(off(), &["1@g.us"], &group).0 && passes(off(), &["57@s.whatsapp.net"], &group).0);
    }
}
