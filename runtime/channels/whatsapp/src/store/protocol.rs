//! What the protocol wants remembered of people, groups and messages.

use super::table::{Entry, Kind, Result, Writer, key};
use super::{Store, json, now, parsed, text};
use async_trait::async_trait;
use whatsapp_rs::traits::{
    DeviceListRecord, LidPnMappingEntry, PendingInboundKey, PendingInboundRow, ProtocolStore, TcTokenEntry,
};

fn put_mapping(writer: &Writer<'_>, entry: &LidPnMappingEntry) -> Result<()> {
    let lid = entry.lid.as_bytes();
    if let Some(old) = writer.get(Kind::LidMapping, lid)? {
        let old: LidPnMappingEntry = parsed(&old.value)?;
        writer.remove(Kind::PhoneMapping, old.phone_number.as_bytes())?;
    }
    writer.put(Kind::PhoneMapping, entry.phone_number.as_bytes(), lid, 0)?;
    writer.put(Kind::LidMapping, lid, &json(entry)?, 0)
}

/// Tokens of a contact: read, changed, written as one.
fn change_token(
    writer: &Writer<'_>,
    jid: &str,
    change: impl FnOnce(Option<TcTokenEntry>) -> Option<TcTokenEntry>,
) -> Result<()> {
    let kept = writer.get(Kind::TrustedContactToken, jid.as_bytes())?;
    let kept = kept.map(|entry| parsed(&entry.value)).transpose()?;
    match change(kept) {
        Some(entry) => writer.put(Kind::TrustedContactToken, jid.as_bytes(), &json(&entry)?, 0),
        None => Ok(()),
    }
}

#[async_trait]
impl ProtocolStore for Store {
    async fn get_sender_key_devices(&self, group_jid: &str) -> Result<Vec<(String, bool)>> {
        let prefix = key(&[group_jid, ""]);
        let rows = self.table.starting_with(Kind::SenderKeyDevice, &prefix)?;
        Ok(rows.into_iter().map(|row| (text(&row.key[prefix.len()..]), row.number == 1)).collect())
    }

    async fn set_sender_key_status(&self, group_jid: &str, entries: &[(&str, bool)]) -> Result<()> {
        let put = |writer: &Writer<'_>, (device, has_key): &(&str, bool)| {
            writer.put(Kind::SenderKeyDevice, &key(&[group_jid, device]), &[], i64::from(*has_key))
        };
        self.table.change(|writer| entries.iter().try_for_each(|row| put(writer, row)))
    }

    async fn clear_sender_key_devices(&self, group_jid: &str) -> Result<()> {
        let prefix = key(&[group_jid, ""]);
        self.table.change(|writer| writer.remove_starting_with(Kind::SenderKeyDevice, &prefix))
    }

    async fn delete_sender_key_device_rows(&self, device_jids: &[&str]) -> Result<()> {
        let of_devices = |row: &Entry| {
            let device = row.key.rsplit(|byte| *byte == 0).next().unwrap_or_default();
            device_jids.iter().any(|jid| jid.as_bytes() == device)
        };
        let rows = self.table.starting_with(Kind::SenderKeyDevice, &[])?;
        let mut gone = rows.iter().filter(|row| of_devices(row));
        self.table.change(|writer| gone.try_for_each(|row| writer.remove(Kind::SenderKeyDevice, &row.key)))
    }

    async fn clear_all_sender_key_devices(&self) -> Result<()> {
        self.table.change(|writer| writer.remove_starting_with(Kind::SenderKeyDevice, &[]))
    }

    async fn get_lid_mapping(&self, lid: &str) -> Result<Option<LidPnMappingEntry>> {
        self.table.value(Kind::LidMapping, lid.as_bytes())?.map(|value| parsed(&value)).transpose()
    }

    async fn get_pn_mapping(&self, phone: &str) -> Result<Option<LidPnMappingEntry>> {
        match self.table.value(Kind::PhoneMapping, phone.as_bytes())? {
            Some(lid) => self.get_lid_mapping(&text(&lid)).await,
            None => Ok(None),
        }
    }

    async fn put_lid_mapping(&self, entry: &LidPnMappingEntry) -> Result<()> {
        self.table.change(|writer| put_mapping(writer, entry))
    }

    async fn put_lid_mappings(&self, entries: &[LidPnMappingEntry]) -> Result<()> {
        self.table.change(|writer| entries.iter().try_for_each(|entry| put_mapping(writer, entry)))
    }

    async fn get_all_lid_mappings(&self) -> Result<Vec<LidPnMappingEntry>> {
        self.table.starting_with(Kind::LidMapping, &[])?.iter().map(|row| parsed(&row.value)).collect()
    }

    async fn save_base_key(&self, address: &str, message_id: &str, base_key: &[u8]) -> Result<()> {
        self.table.put(Kind::BaseKey, &key(&[address, message_id]), base_key, 0)
    }

    async fn has_same_base_key(
        &self,
        address: &str,
        message_id: &str,
        current_base_key: &[u8],
    ) -> Result<bool> {
        let kept = self.table.value(Kind::BaseKey, &key(&[address, message_id]))?;
        Ok(kept.is_some_and(|kept| kept == current_base_key))
    }

    async fn delete_base_key(&self, address: &str, message_id: &str) -> Result<()> {
        self.table.remove(Kind::BaseKey, &key(&[address, message_id]))
    }

    async fn update_device_list(&self, record: DeviceListRecord) -> Result<()> {
        self.table.put(Kind::DeviceList, record.user.as_bytes(), &json(&record)?, 0)
    }

    async fn update_device_lists(&self, records: Vec<DeviceListRecord>) -> Result<()> {
        let put = |writer: &Writer<'_>, record: &DeviceListRecord| {
            writer.put(Kind::DeviceList, record.user.as_bytes(), &json(record)?, 0)
        };
        self.table.change(|writer| records.iter().try_for_each(|record| put(writer, record)))
    }

    async fn get_devices(&self, user: &str) -> Result<Option<DeviceListRecord>> {
        self.table.value(Kind::DeviceList, user.as_bytes())?.map(|value| parsed(&value)).transpose()
    }

    async fn delete_devices(&self, user: &str) -> Result<()> {
        self.table.remove(Kind::DeviceList, user.as_bytes())
    }

    async fn get_group_metadata(&self, group_jid: &str) -> Result<Option<Vec<u8>>> {
        self.table.value(Kind::GroupMetadata, group_jid.as_bytes())
    }

    async fn put_group_metadata(&self, group_jid: &str, blob: &[u8]) -> Result<()> {
        self.table.put(Kind::GroupMetadata, group_jid.as_bytes(), blob, 0)
    }

    async fn delete_group_metadata(&self, group_jid: &str) -> Result<()> {
        self.table.remove(Kind::GroupMetadata, group_jid.as_bytes())
    }

    async fn get_tc_token(&self, jid: &str) -> Result<Option<TcTokenEntry>> {
        let kept = self.table.value(Kind::TrustedContactToken, jid.as_bytes())?;
        kept.map(|value| parsed(&value)).transpose()
    }

    async fn put_tc_token(&self, jid: &str, entry: &TcTokenEntry) -> Result<()> {
        self.table.put(Kind::TrustedContactToken, jid.as_bytes(), &json(entry)?, 0)
    }

    async fn delete_tc_token(&self, jid: &str) -> Result<()> {
        self.table.remove(Kind::TrustedContactToken, jid.as_bytes())
    }

    async fn get_all_tc_token_jids(&self) -> Result<Vec<String>> {
        let rows = self.table.starting_with(Kind::TrustedContactToken, &[])?;
        Ok(rows.iter().map(|row| text(&row.key)).collect())
    }

    async fn delete_expired_tc_tokens(&self, token_cutoff: i64, sender_cutoff: i64) -> Result<u32> {
        let mut removed = 0;
        for row in self.table.starting_with(Kind::TrustedContactToken, &[])? {
            let entry: TcTokenEntry = parsed(&row.value)?;
            let has_token = !entry.token.is_empty() && entry.token_timestamp >= token_cutoff;
            if !has_token && entry.sender_timestamp.is_none_or(|sent| sent < sender_cutoff) {
                self.table.remove(Kind::TrustedContactToken, &row.key)?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    async fn touch_tc_token_sender_timestamp(&self, jid: &str, sender_timestamp: i64) -> Result<()> {
        let touched = |kept: Option<TcTokenEntry>| {
            let fresh = || TcTokenEntry {
                token: Vec::new(),
                token_timestamp: sender_timestamp,
                sender_timestamp: None,
            };
            let mut entry = kept.unwrap_or_else(fresh);
            entry.sender_timestamp = entry.sender_timestamp.max(Some(sender_timestamp));
            Some(entry)
        };
        self.table.change(|writer| change_token(writer, jid, touched))
    }

    async fn store_received_tc_token(&self, jid: &str, token: &[u8], token_timestamp: i64) -> Result<()> {
        let received = |kept: Option<TcTokenEntry>| {
            let is_newer =
                |kept: &TcTokenEntry| !kept.token.is_empty() && kept.token_timestamp > token_timestamp;
            if kept.as_ref().is_some_and(is_newer) {
                return None;
            }
            let sender_timestamp = kept.and_then(|kept| kept.sender_timestamp);
            Some(TcTokenEntry { token: token.to_vec(), token_timestamp, sender_timestamp })
        };
        self.table.change(|writer| change_token(writer, jid, received))
    }

    async fn store_sent_message(&self, chat_jid: &str, message_id: &str, payload: &[u8]) -> Result<()> {
        self.table.put(Kind::SentMessage, &key(&[chat_jid, message_id]), payload, now())
    }

    async fn take_sent_message(&self, chat_jid: &str, message_id: &str) -> Result<Option<Vec<u8>>> {
        let key = key(&[chat_jid, message_id]);
        self.table.change(|writer| {
            let taken = writer.get(Kind::SentMessage, &key)?;
            writer.remove(Kind::SentMessage, &key)?;
            Ok(taken.map(|entry| entry.value))
        })
    }

    async fn delete_expired_sent_messages(&self, cutoff_timestamp: i64) -> Result<u32> {
        self.table.remove_older(Kind::SentMessage, cutoff_timestamp)
    }

    async fn store_pending_inbound(&self, chat: &str, sender: &str, id: &str, message: &[u8]) -> Result<()> {
        self.table.put(Kind::PendingInbound, &key(&[chat, sender, id]), message, now())
    }

    async fn get_pending_inbound(&self, chat: &str, sender: &str, id: &str) -> Result<Option<Vec<u8>>> {
        self.table.value(Kind::PendingInbound, &key(&[chat, sender, id]))
    }

    async fn delete_pending_inbound(&self, chat: &str, sender: &str, id: &str) -> Result<()> {
        self.table.remove(Kind::PendingInbound, &key(&[chat, sender, id]))
    }

    async fn delete_expired_pending_inbound(&self, cutoff_timestamp: i64) -> Result<u32> {
        self.table.remove_older(Kind::PendingInbound, cutoff_timestamp)
    }

    async fn store_pending_inbound_batch(&self, rows: &[PendingInboundRow<'_>]) -> Result<()> {
        let now = now();
        let put = |writer: &Writer<'_>, row: &PendingInboundRow<'_>| {
            writer.put(Kind::PendingInbound, &key(&[row.chat, row.sender, row.id]), row.message, now)
        };
        self.table.change(|writer| rows.iter().try_for_each(|row| put(writer, row)))
    }

    async fn delete_pending_inbound_batch(&self, keys: &[PendingInboundKey<'_>]) -> Result<()> {
        let remove = |writer: &Writer<'_>, row: &PendingInboundKey<'_>| {
            writer.remove(Kind::PendingInbound, &key(&[row.chat, row.sender, row.id]))
        };
        self.table.change(|writer| keys.iter().try_for_each(|row| remove(writer, row)))
    }
}
