//! The secrets of messages, with which votes, reactions and edits that refer to them are decrypted.

use super::Store;
use super::table::{Kind, Result, Writer, key};
use async_trait::async_trait;
use whatsapp_rs::traits::{
    MsgSecretEntry, MsgSecretStore, merge_msg_secret_expiry, merge_msg_secret_message_ts,
};

/// A row's number is its deadline; its value the time of the message, then the secret.
const TIME: usize = 8;

fn value(message_ts: i64, secret: &[u8]) -> Vec<u8> {
    [&message_ts.to_be_bytes(), secret].concat()
}

fn parts(value: &[u8]) -> (i64, &[u8]) {
    let (time, secret) = value.split_at(TIME.min(value.len()));
    (time.try_into().map_or(0, i64::from_be_bytes), secret)
}

fn put(writer: &Writer<'_>, entry: &MsgSecretEntry) -> Result<()> {
    let key = key(&[&entry.chat, &entry.sender, &entry.msg_id]);
    let (mut expires, mut time) = (entry.expires_at, entry.message_ts);
    if let Some(old) = writer.get(Kind::MessageSecret, &key)? {
        expires = merge_msg_secret_expiry(old.number, expires);
        time = merge_msg_secret_message_ts(parts(&old.value).0, time);
    }
    writer.put(Kind::MessageSecret, &key, &value(time, &entry.secret), expires)
}

#[async_trait]
impl MsgSecretStore for Store {
    async fn put_msg_secrets(&self, entries: Vec<MsgSecretEntry>) -> Result<usize> {
        self.table.change(|writer| entries.iter().try_for_each(|entry| put(writer, entry)))?;
        Ok(entries.len())
    }

    async fn get_msg_secret(&self, chat: &str, sender: &str, msg_id: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.get_msg_secret_with_ts(chat, sender, msg_id).await?.map(|(secret, _)| secret))
    }

    async fn get_msg_secret_with_ts(
        &self,
        chat: &str,
        sender: &str,
        msg_id: &str,
    ) -> Result<Option<(Vec<u8>, i64)>> {
        let kept = self.table.value(Kind::MessageSecret, &key(&[chat, sender, msg_id]))?;
        Ok(kept.map(|value| {
            let (time, secret) = parts(&value);
            (secret.to_vec(), time)
        }))
    }

    async fn delete_expired_msg_secrets(&self, cutoff_timestamp: i64) -> Result<u32> {
        self.table.remove_older(Kind::MessageSecret, cutoff_timestamp.saturating_add(1))
    }
}
