//! Who wrote to an account and in which chats, kept when the messages are forgotten.

use super::{ChatKey, Journal, JournalError, NewEvent};
use crate::clock::rfc3339;
use runtime_protocol::{Chat, Contact};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::Value;

/// Contacts or chats in one answer.
const MAX_LIST: u32 = 5_000;

/// Learns from a message that came in or went out.
pub(super) fn note(db: &Connection, event: &NewEvent) -> rusqlite::Result<()> {
    let NewEvent { name, channel, instance, chat, payload, at, .. } = event;
    if !matches!(*name, "message.received" | "message.sent") {
        return Ok(());
    }
    let is_group = payload.get("is_group").and_then(Value::as_bool);
    db.prepare_cached(
        "INSERT INTO chat (channel, instance, id, is_group, at) VALUES (?1, ?2, ?3, coalesce(?4, 0), ?5)
         ON CONFLICT (channel, instance, id) DO UPDATE SET is_group = coalesce(?4, is_group), at = max(at, ?5)",
    )?
    .execute(params![channel, instance, chat, is_group, at.cast_signed()])?;
    let text = |key: &str| payload.get(key).and_then(Value::as_str);
    let Some(from) = text("from").filter(|_| *name == "message.received") else { return Ok(()) };
    db.prepare_cached(
        "INSERT INTO contact (channel, instance, id, name) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (channel, instance, id) DO UPDATE SET name = coalesce(?4, name)",
    )?
    .execute(params![channel, instance, from, text("from_name")])?;
    Ok(())
}

impl Journal {
    /// Who has written to an account, by id.
    pub(crate) async fn contacts(
        &self,
        channel: String,
        instance: String,
    ) -> Result<Vec<Contact>, JournalError> {
        self.query(move |db| {
            db.prepare_cached(
                "SELECT id, name FROM contact WHERE channel = ?1 AND instance = ?2 ORDER BY id LIMIT ?3",
            )?
            .query_map(params![channel, instance, MAX_LIST], contact)?
            .collect()
        })
        .await
    }

    /// One who has written to an account.
    pub(crate) async fn contact(
        &self,
        channel: String,
        instance: String,
        id: String,
    ) -> Result<Option<Contact>, JournalError> {
        self.query(move |db| {
            db.prepare_cached(
                "SELECT id, name FROM contact WHERE channel = ?1 AND instance = ?2 AND id = ?3",
            )?
            .query_row([channel, instance, id], contact)
            .optional()
        })
        .await
    }

    /// What was said in a chat before an event, oldest first: `user` or `assistant`, and the words.
    pub(crate) async fn conversation(
        &self,
        (channel, instance, chat): ChatKey,
        before: u64,
        most: u32,
    ) -> Result<Vec<(String, String)>, JournalError> {
        self.query(move |db| {
            let mut said = db
                .prepare_cached(
                    "SELECT role, text FROM (
                       SELECT 'user' AS role, payload ->> 'text' AS text, at FROM event
                        WHERE name = 'message.received' AND channel = ?1 AND instance = ?2 AND chat = ?3 AND seq < ?4
                       UNION ALL
                       SELECT 'assistant', draft ->> 'text', at FROM outbox
                        WHERE channel = ?1 AND instance = ?2 AND chat = ?3 AND state IN (0, 1)
                          AND at <= (SELECT at FROM event WHERE seq = ?4)
                     ) WHERE text <> '' ORDER BY at DESC LIMIT ?5",
                )?
                .query_map(params![channel, instance, chat, before.cast_signed(), most], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .collect::<rusqlite::Result<Vec<(String, String)>>>()?;
            said.reverse();
            Ok(said)
        })
        .await
    }

    /// The latest messages that came in on a chat: their ids, and in groups who wrote them.
    pub(crate) async fn received_in(
        &self,
        channel: String,
        instance: String,
        chat: String,
    ) -> Result<Vec<(String, Option<String>)>, JournalError> {
        self.query(move |db| {
            db.prepare_cached(
                "SELECT payload ->> 'id', iif(payload ->> 'is_group', payload ->> 'from', NULL) FROM event
                 WHERE name = 'message.received' AND channel = ?1 AND instance = ?2 AND chat = ?3
                 ORDER BY seq DESC LIMIT 50",
            )?
            .query_map([channel, instance, chat], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
        })
        .await
    }

    /// The chats of an account, the latest first.
    pub(crate) async fn chats(&self, channel: String, instance: String) -> Result<Vec<Chat>, JournalError> {
        self.query(move |db| {
            db.prepare_cached(
                "SELECT id, is_group, at FROM chat WHERE channel = ?1 AND instance = ?2 ORDER BY at DESC, id LIMIT ?3",
            )?
            .query_map(params![channel, instance, MAX_LIST], chat)?
            .collect()
        })
        .await
    }
}

fn contact(row: &Row<'_>) -> rusqlite::Result<Contact> {
    Ok(Contact { id: row.get(0)?, name: row.get(1)? })
}

fn chat(row: &Row<'_>) -> rusqlite::Result<Chat> {
    let at: i64 = row.get(2)?;
    Ok(Chat { id: row.get(0)?, is_group: row.get(1)?, last: rfc3339(at.max(0).cast_unsigned()) })
}
