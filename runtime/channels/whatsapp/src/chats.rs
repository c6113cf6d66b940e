//! What the owner has set about chats on the phone: muted, archived.

use crate::store::Store;
use serde::{Deserialize, Serialize};
use whatsapp_rs::traits::ProtocolStore as _;
use whatsapp_rs::types::events::Event;
use whatsapp_rs::wacore::store::error::StoreError;
use whatsapp_rs::{Jid, Server};

/// The settings of one chat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChatSettings {
    /// Until when it is muted, in milliseconds since 1970.
    muted_until: Option<i64>,
    is_archived: bool,
}

/// WhatsApp's way to say that there is no end.
const FOR_EVER: i64 = -1;

impl ChatSettings {
    /// Whether the owner wants to hear nothing of it at this time, in milliseconds since 1970.
    pub(crate) fn is_quiet(self, now: i64) -> bool {
        self.is_archived || self.muted_until.is_some_and(|end| end > now)
    }
}

enum Change {
    MutedUntil(Option<i64>),
    Archived(bool),
}

/// Keeps what an event says about a chat.
pub(crate) async fn learn(store: &Store, event: &Event) -> Result<(), StoreError> {
    let (jid, change) = match event {
        Event::MuteUpdate(update) => {
            let end = update.action.mute_end_timestamp.filter(|end| *end != FOR_EVER).unwrap_or(i64::MAX);
            let until = (update.action.muted == Some(true)).then_some(end);
            (&update.jid, Change::MutedUntil(until))
        }
        Event::ArchiveUpdate(update) => (&update.jid, Change::Archived(update.action.archived == Some(true))),
        _ => return Ok(()),
    };
    let chat = by_phone(store, jid).await?;
    let mut settings = store.chat_settings(&chat)?;
    match change {
        Change::MutedUntil(end) => settings.muted_until = end,
        Change::Archived(is_archived) => settings.is_archived = is_archived,
    }
    store.set_chat_settings(&chat, settings)
}

/// The chat by its phone number, where it is known.
async fn by_phone(store: &Store, jid: &Jid) -> Result<String, StoreError> {
    if jid.server == Server::Lid
        && let Some(known) = store.get_lid_mapping(&jid.user).await?
    {
        return Ok(format!("{}@s.whatsapp.net", known.phone_number));
    }
    Ok(jid.to_non_ad().to_string())
}
