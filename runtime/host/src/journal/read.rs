//! What the journal can be asked.

use super::{EventRow, Journal, JournalError, OutboundRow, QueueCounts, schema};
use manifest_schema::layout::Layout;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The channel, instance and chat that messages are queued for.
pub(crate) type ChatKey = (String, String, String);

impl Journal {
    /// Events accepted and not finished, oldest first, with the subscribers that are through.
    pub(crate) async fn pending(&self) -> Result<Vec<EventRow>, JournalError> {
        self.query(|db| {
            let mut marks = delivered(db)?;
            let mut select = db.prepare(
                "SELECT seq, event_id, name, channel, instance, chat, payload FROM event WHERE state = 0 ORDER BY seq",
            )?;
            let mut events = select.query_map([], event)?.collect::<rusqlite::Result<Vec<_>>>()?;
            for event in &mut events {
                event.delivered = marks.remove(&event.seq).unwrap_or_default();
            }
            Ok(events)
        })
        .await
    }

    /// The queued messages of one chat after `n`, oldest first, at most `limit`.
    pub(crate) async fn queued(
        &self,
        chat: ChatKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<OutboundRow>, JournalError> {
        self.query(move |db| {
            db.prepare_cached(
                "SELECT n, id, draft, attempts FROM outbox
                 WHERE state = 0 AND channel = ?1 AND instance = ?2 AND chat = ?3 AND n > ?4 ORDER BY n LIMIT ?5",
            )?
            .query_map(params![chat.0, chat.1, chat.2, after.cast_signed(), limit.cast_signed()], outbound)?
            .collect()
        })
        .await
    }

    /// The chats of a channel instance that something is queued for.
    pub(crate) async fn waiting_chats(
        &self,
        channel: &str,
        instance: &str,
    ) -> Result<Vec<String>, JournalError> {
        let key = (channel.to_owned(), instance.to_owned());
        self.query(move |db| {
            db.prepare_cached(
                "SELECT DISTINCT chat FROM outbox WHERE state = 0 AND channel = ?1 AND instance = ?2",
            )?
            .query_map(params![key.0, key.1], |row| row.get(0))?
            .collect()
        })
        .await
    }

    /// The ids of all queued messages.
    pub(crate) async fn queued_ids(&self) -> Result<Vec<String>, JournalError> {
        self.query(|db| {
            db.prepare("SELECT id FROM outbox WHERE state = 0")?.query_map([], |row| row.get(0))?.collect()
        })
        .await
    }

    /// The id and the chat of the message that a channel knows by this id of its own.
    pub(crate) async fn known_outside_as(
        &self,
        channel: &str,
        instance: &str,
        external_id: &str,
    ) -> Result<Option<(String, String)>, JournalError> {
        let key = [channel, instance, external_id].map(str::to_owned);
        self.query(move |db| {
            db.prepare_cached(
                "SELECT id, chat FROM outbox WHERE channel = ?1 AND instance = ?2 AND external_id = ?3",
            )?
            .query_row(key, |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
        })
        .await
    }

    /// What a channel calls a message of the outbox; `None` where it has not said so.
    pub(crate) async fn known_outside(&self, id: &str) -> Result<Option<String>, JournalError> {
        let id = id.to_owned();
        self.query(move |db| {
            let mut found = db.prepare_cached("SELECT external_id FROM outbox WHERE id = ?1")?;
            found.query_row([id], |row| row.get::<_, Option<String>>(0)).optional().map(Option::flatten)
        })
        .await
    }

    /// How much waits and how much was given up.
    pub(crate) async fn counts(&self) -> Result<QueueCounts, JournalError> {
        self.query(counts).await
    }
}

/// How much waits and how much was given up, read without a host or beside a running one; `None` where no host has ever run.
/// Nothing of it is changed.
///
/// # Errors
/// [`JournalError::Database`] if the file cannot be read or is no journal, [`JournalError::Newer`].
pub fn journal_counts(layout: &Layout) -> Result<Option<QueueCounts>, JournalError> {
    let path = layout.journal();
    if !path.exists() {
        return Ok(None);
    }
    let db = schema::open_to_read(&path)?;
    Ok(db.map(|db| counts(&db)).transpose()?)
}

fn counts(db: &Connection) -> rusqlite::Result<QueueCounts> {
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::cast_unsigned);
    Ok(QueueCounts {
        inbound_pending: count("SELECT count(*) FROM event WHERE state = 0")?,
        inbound_dead: count("SELECT count(*) FROM event WHERE state = 3")?,
        outbox_queued: count("SELECT count(*) FROM outbox WHERE state = 0")?,
        outbox_dead: count("SELECT count(*) FROM outbox WHERE state = 3")?,
    })
}

fn delivered(db: &Connection) -> rusqlite::Result<HashMap<u64, Vec<String>>> {
    let mut marks: HashMap<u64, Vec<String>> = HashMap::new();
    let mut select = db.prepare("SELECT seq, subscriber FROM delivery")?;
    let rows = select.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    for row in rows {
        let (seq, subscriber) = row?;
        marks.entry(seq.cast_unsigned()).or_default().push(subscriber);
    }
    Ok(marks)
}

fn event(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        seq: row.get::<_, i64>(0)?.cast_unsigned(),
        event_id: row.get(1)?,
        name: row.get(2)?,
        channel: row.get(3)?,
        instance: row.get(4)?,
        chat: row.get(5)?,
        payload: object(row, 6)?,
        delivered: Vec::new(),
    })
}

fn outbound(row: &Row<'_>) -> rusqlite::Result<OutboundRow> {
    Ok(OutboundRow {
        n: row.get::<_, i64>(0)?.cast_unsigned(),
        id: row.get(1)?,
        draft: object(row, 2)?,
        attempts: row.get(3)?,
    })
}

fn object(row: &Row<'_>, column: usize) -> rusqlite::Result<Map<String, Value>> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}
