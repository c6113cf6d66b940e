//! Signal's keys and sessions.

use super::table::{Kind, Result, Writer};
use super::{Store, bytes32};
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;
use whatsapp_rs::traits::SignalStore;

/// A pre-key's row says whether the server has it.
const UPLOADED: i64 = 1;

fn number(id: u32) -> [u8; 4] {
    id.to_be_bytes()
}

fn id(key: &[u8]) -> u32 {
    key.try_into().map_or(0, u32::from_be_bytes)
}

impl Store {
    fn put_all(&self, kind: Kind, rows: &[(Arc<str>, Bytes)]) -> Result<()> {
        let put = |writer: &Writer<'_>, (key, value): &(Arc<str>, Bytes)| {
            writer.put(kind, key.as_bytes(), value, 0)
        };
        self.table.change(|writer| rows.iter().try_for_each(|row| put(writer, row)))
    }
}

#[async_trait]
impl SignalStore for Store {
    async fn put_identity(&self, address: &str, key: [u8; 32]) -> Result<()> {
        self.table.put(Kind::Identity, address.as_bytes(), &key, 0)
    }

    async fn put_identities_batch(&self, identities: &[(Arc<str>, [u8; 32])]) -> Result<()> {
        let put = |writer: &Writer<'_>, (address, key): &(Arc<str>, [u8; 32])| {
            writer.put(Kind::Identity, address.as_bytes(), key, 0)
        };
        self.table.change(|writer| identities.iter().try_for_each(|row| put(writer, row)))
    }

    async fn load_identity(&self, address: &str) -> Result<Option<[u8; 32]>> {
        self.table.value(Kind::Identity, address.as_bytes())?.map(|key| bytes32(&key)).transpose()
    }

    async fn delete_identity(&self, address: &str) -> Result<()> {
        self.table.remove(Kind::Identity, address.as_bytes())
    }

    async fn get_session(&self, address: &str) -> Result<Option<Bytes>> {
        Ok(self.table.value(Kind::Session, address.as_bytes())?.map(Bytes::from))
    }

    async fn put_session(&self, address: &str, session: &[u8]) -> Result<()> {
        self.table.put(Kind::Session, address.as_bytes(), session, 0)
    }

    async fn put_sessions_batch(&self, sessions: &[(Arc<str>, Bytes)]) -> Result<()> {
        self.put_all(Kind::Session, sessions)
    }

    async fn delete_session(&self, address: &str) -> Result<()> {
        self.table.remove(Kind::Session, address.as_bytes())
    }

    async fn has_signal_state_for_user(&self, user: &str) -> Result<bool> {
        for end in ["@", ":"] {
            let prefix = format!("{user}{end}");
            for kind in [Kind::Session, Kind::Identity] {
                if !self.table.starting_with(kind, prefix.as_bytes())?.is_empty() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    async fn store_prekey(&self, id: u32, record: &[u8], uploaded: bool) -> Result<()> {
        self.table.put(Kind::PreKey, &number(id), record, i64::from(uploaded))
    }

    async fn store_prekeys_batch(&self, keys: &[(u32, Bytes)], uploaded: bool) -> Result<()> {
        let put = |writer: &Writer<'_>, (id, record): &(u32, Bytes)| {
            writer.put(Kind::PreKey, &number(*id), record, i64::from(uploaded))
        };
        self.table.change(|writer| keys.iter().try_for_each(|key| put(writer, key)))
    }

    async fn load_prekey(&self, id: u32) -> Result<Option<Bytes>> {
        Ok(self.table.value(Kind::PreKey, &number(id))?.map(Bytes::from))
    }

    async fn mark_prekeys_uploaded(&self, ids: &[u32]) -> Result<()> {
        // One that was used in the meantime stays gone.
        let mark = |writer: &Writer<'_>, id: u32| match writer.get(Kind::PreKey, &number(id))? {
            Some(entry) => writer.put(Kind::PreKey, &number(id), &entry.value, UPLOADED),
            None => Ok(()),
        };
        self.table.change(|writer| ids.iter().try_for_each(|id| mark(writer, *id)))
    }

    async fn remove_prekey(&self, id: u32) -> Result<()> {
        self.table.remove(Kind::PreKey, &number(id))
    }

    async fn get_max_prekey_id(&self) -> Result<u32> {
        let all = self.table.starting_with(Kind::PreKey, &[])?;
        Ok(all.last().map_or(0, |entry| id(&entry.key)))
    }

    async fn store_signed_prekey(&self, id: u32, record: &[u8]) -> Result<()> {
        self.table.put(Kind::SignedPreKey, &number(id), record, 0)
    }

    async fn load_signed_prekey(&self, id: u32) -> Result<Option<Vec<u8>>> {
        self.table.value(Kind::SignedPreKey, &number(id))
    }

    async fn load_all_signed_prekeys(&self) -> Result<Vec<(u32, Vec<u8>)>> {
        let all = self.table.starting_with(Kind::SignedPreKey, &[])?;
        Ok(all.into_iter().map(|entry| (id(&entry.key), entry.value)).collect())
    }

    async fn remove_signed_prekey(&self, id: u32) -> Result<()> {
        self.table.remove(Kind::SignedPreKey, &number(id))
    }

    async fn put_sender_key(&self, address: &str, record: &[u8]) -> Result<()> {
        self.table.put(Kind::SenderKey, address.as_bytes(), record, 0)
    }

    async fn put_sender_keys_batch(&self, sender_keys: &[(Arc<str>, Bytes)]) -> Result<()> {
        self.put_all(Kind::SenderKey, sender_keys)
    }

    async fn get_sender_key(&self, address: &str) -> Result<Option<Vec<u8>>> {
        self.table.value(Kind::SenderKey, address.as_bytes())
    }

    async fn delete_sender_key(&self, address: &str) -> Result<()> {
        self.table.remove(Kind::SenderKey, address.as_bytes())
    }
}
