//! What becomes of groups: who is in them, and what they are called.

use crate::inbound::phone_number;
use whatsapp_rs::types::events::GroupUpdate;
use whatsapp_rs::wacore::stanza::groups::{GroupNotificationAction as Action, GroupParticipantInfo};

/// A group has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupChange {
    /// Tells it from all others of the group: the same where WhatsApp says it again.
    pub id: String,
    /// The group's address.
    pub group: String,
    /// Who changed it, where somebody did.
    pub by: Option<String>,
    /// When, in seconds since 1970.
    pub at: i64,
    /// What has changed.
    pub what: GroupNews,
}

/// What has changed in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupNews {
    /// These have come in.
    Added(Vec<String>),
    /// These are out; whoever left did it themselves.
    Removed(Vec<String>),
    /// These may do what administrators may.
    Promoted(Vec<String>),
    /// These may not any more.
    Demoted(Vec<String>),
    /// It has this name now.
    Renamed(String),
    /// It has this description now, or none.
    Described(Option<String>),
    /// It is new, or this account is new in it.
    Created,
    /// It is gone.
    Deleted,
    /// A setting: who may write, for how long messages stay, how one is invited, …
    Settings,
}

pub(crate) fn read(update: &GroupUpdate) -> GroupChange {
    let by = update.participant.as_ref().map(|by| phone_number(by, update.participant_pn.as_ref()));
    let at = update.timestamp.timestamp();
    let notification = update.notification_id.clone().unwrap_or_else(|| at.to_string());
    let what = match &update.action {
        Action::Add { participants, .. } => GroupNews::Added(numbers(participants)),
        Action::Remove { participants, .. } => GroupNews::Removed(numbers(participants)),
        Action::Promote { participants } => GroupNews::Promoted(numbers(participants)),
        Action::Demote { participants } => GroupNews::Demoted(numbers(participants)),
        Action::Subject { subject, .. } => GroupNews::Renamed(subject.clone()),
        Action::Description { description, .. } => GroupNews::Described(description.clone()),
        Action::Create { .. } => GroupNews::Created,
        Action::Delete { .. } => GroupNews::Deleted,
        _ => GroupNews::Settings,
    };
    let id = format!("{notification} {}", update.action_index);
    GroupChange { id, group: update.group_jid.to_string(), by, at, what }
}

fn numbers(people: &[GroupParticipantInfo]) -> Vec<String> {
    people.iter().map(|one| phone_number(&one.jid, one.phone_number.as_ref())).collect()
}
