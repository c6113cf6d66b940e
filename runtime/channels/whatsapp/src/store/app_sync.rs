//! What WhatsApp synchronises between a person's devices: mutes, archives, names.

use super::table::{Kind, Result, Writer};
use super::{Store, json, parsed};
use async_trait::async_trait;
use whatsapp_rs::traits::{AppStateSyncKey, AppSyncStore};
use whatsapp_rs::wacore::appstate::hash::HashState;
use whatsapp_rs::wacore::appstate::processor::AppStateMutationMAC;

fn mac_key(collection: &str, index_mac: &[u8]) -> Vec<u8> {
    [collection.as_bytes(), b"\0", index_mac].concat()
}

#[async_trait]
impl AppSyncStore for Store {
    async fn get_sync_key(&self, key_id: &[u8]) -> Result<Option<AppStateSyncKey>> {
        self.table.value(Kind::SyncKey, key_id)?.map(|value| parsed(&value)).transpose()
    }

    /// The number counts keys up, so that the latest is known.
    async fn set_sync_key(&self, key_id: &[u8], key: AppStateSyncKey) -> Result<()> {
        let latest = self.table.starting_with(Kind::SyncKey, &[])?;
        let next = latest.iter().map(|entry| entry.number).max().unwrap_or(0) + 1;
        self.table.put(Kind::SyncKey, key_id, &json(&key)?, next)
    }

    async fn get_version(&self, name: &str) -> Result<HashState> {
        let kept = self.table.value(Kind::SyncVersion, name.as_bytes())?;
        kept.map_or_else(|| Ok(HashState::default()), |value| parsed(&value))
    }

    async fn set_version(&self, name: &str, state: HashState) -> Result<()> {
        self.table.put(Kind::SyncVersion, name.as_bytes(), &json(&state)?, 0)
    }

    async fn put_mutation_macs(
        &self,
        name: &str,
        _version: u64,
        mutations: &[AppStateMutationMAC],
    ) -> Result<()> {
        let put = |writer: &Writer<'_>, mac: &AppStateMutationMAC| {
            writer.put(Kind::MutationMac, &mac_key(name, &mac.index_mac), &mac.value_mac, 0)
        };
        self.table.change(|writer| mutations.iter().try_for_each(|mac| put(writer, mac)))
    }

    async fn get_mutation_mac(&self, name: &str, index_mac: &[u8]) -> Result<Option<Vec<u8>>> {
        self.table.value(Kind::MutationMac, &mac_key(name, index_mac))
    }

    async fn delete_mutation_macs(&self, name: &str, index_macs: &[Vec<u8>]) -> Result<()> {
        let remove = |writer: &Writer<'_>, mac: &[u8]| writer.remove(Kind::MutationMac, &mac_key(name, mac));
        self.table.change(|writer| index_macs.iter().try_for_each(|mac| remove(writer, mac)))
    }

    async fn clear_mutation_macs(&self, name: &str) -> Result<()> {
        self.table.change(|writer| writer.remove_starting_with(Kind::MutationMac, &mac_key(name, &[])))
    }

    async fn get_latest_sync_key_id(&self) -> Result<Option<Vec<u8>>> {
        let all = self.table.starting_with(Kind::SyncKey, &[])?;
        Ok(all.into_iter().max_by_key(|entry| entry.number).map(|entry| entry.key))
    }
}
