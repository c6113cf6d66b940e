//! What happens to an account, and who is told of it.

use super::{CHANNEL, WhatsApp, name, state::Condition};
use crate::{clock::rfc3339, notice::Notice};
use channel_whatsapp::{AccountEvent, GroupChange, GroupNews, ReceiptKind};
use serde_json::{Value, json};
use std::sync::{Arc, atomic::Ordering};

impl WhatsApp {
    /// Takes note of what happened; whether it was the last thing.
    pub(super) async fn hear(self: &Arc<Self>, event: AccountEvent) -> bool {
        match event {
            AccountEvent::Connected => {
                self.lost.store(0, Ordering::Relaxed);
                self.became(Condition::Connected, String::new());
                self.tell("client.ready", json!({}));
                if let Some(core) = self.core.upgrade() {
                    core.resume(CHANNEL, &self.instance).await;
                }
            }
            AccountEvent::Disconnected { reason } => {
                self.became(Condition::Reconnecting, reason.clone());
                self.tell("client.disconnected", json!({ "reason": reason }));
                let attempt = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
                self.tell("client.reconnecting", json!({ "attempt": attempt }));
            }
            AccountEvent::Receipt { ids, kind, by, at } => {
                for id in ids {
                    self.hear_of(&id, kind, &by, at).await;
                }
            }
            AccountEvent::Group(change) => self.hear_of_group(change),
            AccountEvent::Expired { reason } => {
                let hint = format!("{reason}; pair it again with `{} --replace`", self.pairing_command());
                self.became(Condition::CredentialsExpired, hint.clone());
                self.tell("client.credentials_expired", json!({ "reason": hint }));
                self.close().await;
                return true;
            }
        }
        false
    }

    /// Tells of something that happened to the account.
    fn tell(&self, event: &'static str, own: Value) {
        let Some(core) = self.core.upgrade() else { return };
        let key = format!("{} {}", core.now(), self.lost.load(Ordering::Relaxed));
        core.tell(event, (CHANNEL, &self.instance), "", &key, own);
    }

    /// Tells how far a message got, if it is one of the outbox.
    async fn hear_of(&self, message_id: &str, kind: ReceiptKind, by: &str, at: i64) {
        let Some(core) = self.core.upgrade() else { return };
        let known = core.journal.known_outside_as(CHANNEL, &self.instance, message_id).await;
        let Ok(Some((id, chat))) = known else { return };
        let status = match kind {
            ReceiptKind::Delivered => "delivered",
            ReceiptKind::Read => "read",
            ReceiptKind::Played => "played",
        };
        let at = u64::try_from(at).unwrap_or_default().saturating_mul(1000);
        let own = json!({
            "id": id, "message_id": message_id, "to": chat, "by": by, "status": status, "timestamp": rfc3339(at),
        });
        core.tell("message.ack", (CHANNEL, &self.instance), &chat, &format!("{id} {status} {by}"), own);
    }

    /// Tells of a group, where the rules of the account let its messages in.
    fn hear_of_group(&self, change: GroupChange) {
        let GroupChange { id, group, by, at, what } = change;
        if !self.intake.lets_in(&group, by.as_deref()) {
            return;
        }
        let Some(core) = self.core.upgrade() else { return };
        let at = u64::try_from(at).unwrap_or_default().saturating_mul(1000);
        let mut own = group_news(what);
        own["chat"] = json!(group);
        own["timestamp"] = json!(rfc3339(at));
        if let Some(by) = by {
            own["from"] = json!(by);
        }
        core.tell("group.updated", (CHANNEL, &self.instance), &group, &format!("{group} {id}"), own);
    }

    pub(super) fn became(&self, condition: Condition, reason: String) {
        let Some(core) = self.core.upgrade() else { return };
        self.state.set(condition, reason.clone(), core.environment.clock.now());
        core.environment.notices.send(Notice::ChannelChanged {
            channel: CHANNEL,
            instance: self.instance.clone(),
            state: condition.word(),
            reason,
        });
    }

    pub(super) fn pairing_command(&self) -> String {
        let agent = self.agent.as_deref().unwrap_or("AGENT");
        format!("wa setup pair whatsapp --agent {agent}")
    }
}

fn group_news(what: GroupNews) -> Value {
    match what {
        GroupNews::Added(members) => json!({ "change": "added", "members": members }),
        GroupNews::Removed(members) => json!({ "change": "removed", "members": members }),
        GroupNews::Promoted(members) => json!({ "change": "promoted", "members": members }),
        GroupNews::Demoted(members) => json!({ "change": "demoted", "members": members }),
        GroupNews::Renamed(subject) => {
            json!({ "change": "renamed", "text": name::harmless(&subject).unwrap_or_default() })
        }
        GroupNews::Described(text) => json!({ "change": "described", "text": text.unwrap_or_default() }),
        GroupNews::Created => json!({ "change": "created" }),
        GroupNews::Deleted => json!({ "change": "deleted" }),
        GroupNews::Settings => json!({ "change": "settings" }),
    }
}
