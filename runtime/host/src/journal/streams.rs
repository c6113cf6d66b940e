//! Forward streams: what is copied into which, how far each has got, and what still waits.
//!
//! A copy is made in the commit of the event itself, so that none is lost and none comes under two numbers. Delivered copies are
//! forgotten; the stream keeps its last number and hash.

use super::{Journal, JournalError, NewEvent, schema};
use crate::forward::record_of;
use forward_stream::{Link, ZERO_HASH};
use manifest_schema::layout::Layout;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tokio::sync::oneshot;

/// A stream that is to be followed from now on.
#[derive(Debug, Clone)]
pub(crate) struct WantedStream {
    /// The plugin that declares it.
    pub(crate) plugin: String,
    /// The receiver's URL; with the plugin it tells a stream from all others.
    pub(crate) target: String,
    pub(crate) events: BTreeSet<String>,
    /// The id that it gets if it is new.
    pub(crate) fresh_id: String,
}

/// A stream that is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FollowedStream {
    /// Its place in the table.
    pub(crate) n: u64,
    /// Its id, for receivers.
    pub(crate) id: String,
    /// The number of the last record that the receiver took.
    pub(crate) delivered: u64,
}

/// A record that waits, as it is hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WaitingRecord {
    pub(crate) seq: u64,
    pub(crate) text: String,
}

/// How a stream is, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamStatus {
    /// Its id.
    pub stream: String,
    /// The plugin that declares it.
    pub plugin: String,
    /// The receiver's URL.
    pub to: String,
    /// The number of its last record.
    pub seq: u64,
    /// The number of the last record that the receiver took.
    pub delivered: u64,
    /// Records that wait.
    pub waiting: u64,
    /// Whether it was stopped by a conflict; a reload or a restart of the host tries again.
    pub stopped: bool,
    /// The last error since a record was taken.
    pub last_error: Option<String>,
}

/// What the writer copies.
#[derive(Default)]
pub(super) struct Copies {
    rules: Vec<(i64, BTreeSet<String>)>,
    /// Whether something was copied since somebody looked.
    pub(super) made: bool,
}

impl Copies {
    /// Whether an event of this name is copied anywhere.
    pub(super) fn want(&self, name: &str) -> bool {
        self.rules.iter().any(|(_, events)| events.contains(name))
    }

    /// Adds a new event to every stream that wants it.
    pub(super) fn make(&mut self, db: &Connection, event: &NewEvent) -> rusqlite::Result<()> {
        for (n, _) in self.rules.iter().filter(|(_, events)| events.contains(event.name)) {
            append(db, *n, event)?;
            self.made = true;
        }
        Ok(())
    }

    /// Copies into these streams from now on, and into no other.
    pub(super) fn follow(
        &mut self,
        db: &Connection,
        wanted: Vec<WantedStream>,
    ) -> rusqlite::Result<Vec<FollowedStream>> {
        let mut followed = Vec::new();
        let mut rules = Vec::new();
        for WantedStream { plugin, target, events, fresh_id } in wanted {
            db.execute(
                "INSERT INTO forward_stream (stream, plugin, target, hash) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (plugin, target) DO UPDATE SET stopped = 0",
                params![fresh_id, plugin, target, ZERO_HASH],
            )?;
            let one = db.query_row(
                "SELECT n, stream, delivered FROM forward_stream WHERE plugin = ?1 AND target = ?2",
                params![plugin, target],
                |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?)),
            )?;
            let (n, id, delivered): (i64, String, i64) = one;
            rules.push((n, events));
            followed.push(FollowedStream { n: n.cast_unsigned(), id, delivered: delivered.cast_unsigned() });
        }
        self.rules = rules;
        Ok(followed)
    }
}

/// The next record of a stream.
fn append(db: &Connection, n: i64, event: &NewEvent) -> rusqlite::Result<()> {
    let place = db
        .prepare_cached("SELECT stream, seq, hash FROM forward_stream WHERE n = ?1")?
        .query_row([n], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?, row.get(2)?)))?;
    let (stream, last, prev_hash): (String, i64, String) = place;
    let seq = last + 1;
    let failed = |error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
    let Link { text, hash } =
        record_of(event, stream, seq.cast_unsigned(), prev_hash).link().map_err(failed)?;
    db.prepare_cached("INSERT INTO forward_record (stream, seq, record) VALUES (?1, ?2, ?3)")?
        .execute(params![n, seq, text])?;
    db.prepare_cached("UPDATE forward_stream SET seq = ?2, hash = ?3 WHERE n = ?1")?
        .execute(params![n, seq, hash])?;
    Ok(())
}

impl Journal {
    /// Copies into these streams from now on, and into no other. What is handed in after this call is copied.
    pub(crate) async fn follow(
        &self,
        wanted: Vec<WantedStream>,
    ) -> Result<Vec<FollowedStream>, JournalError> {
        let (reply, answer) = oneshot::channel();
        self.ops.send(super::write::Op::Follow { wanted, reply }).map_err(|_| JournalError::Closed)?;
        answer.await.map_err(|_| JournalError::Closed)?
    }

    /// Records of a stream after `after`, oldest first, at most `limit`.
    pub(crate) async fn waiting_records(
        &self,
        n: u64,
        after: u64,
        limit: usize,
    ) -> Result<Vec<WaitingRecord>, JournalError> {
        self.query(move |db| {
            db.prepare_cached(
                "SELECT seq, record FROM forward_record WHERE stream = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
            )?
            .query_map(params![n.cast_signed(), after.cast_signed(), limit.cast_signed()], |row| {
                Ok(WaitingRecord { seq: row.get::<_, i64>(0)?.cast_unsigned(), text: row.get(1)? })
            })?
            .collect()
        })
        .await
    }

    /// Records that the receiver has everything up to `seq`. A mark that is lost in a crash repeats a delivery.
    pub(crate) async fn forwarded(&self, n: u64, seq: u64) -> Result<(), JournalError> {
        let (n, seq) = (n.cast_signed(), seq.cast_signed());
        self.change(move |db| {
            db.prepare_cached(
                "UPDATE forward_stream SET delivered = max(delivered, ?2), last_error = NULL WHERE n = ?1",
            )?
            .execute([n, seq])?;
            db.prepare_cached("DELETE FROM forward_record WHERE stream = ?1 AND seq <= ?2")?
                .execute([n, seq])?;
            Ok(())
        })
        .await
    }

    /// Records why the receiver did not take a record; `stopped`: nothing more is tried.
    pub(crate) async fn not_forwarded(
        &self,
        n: u64,
        error: String,
        stopped: bool,
    ) -> Result<(), JournalError> {
        let n = n.cast_signed();
        self.change(move |db| {
            db.prepare_cached("UPDATE forward_stream SET last_error = ?2, stopped = ?3 WHERE n = ?1")?
                .execute(params![n, error, stopped])?;
            Ok(())
        })
        .await
    }

    /// How all streams are that there ever were.
    pub(crate) async fn streams(&self) -> Result<Vec<StreamStatus>, JournalError> {
        self.query(streams).await
    }
}

/// How all forward streams of a project are, read without a host or beside a running one. Nothing of it is changed.
///
/// # Errors
/// [`JournalError::Database`] if the file cannot be read or is no journal, [`JournalError::Newer`].
pub fn forward_streams(layout: &Layout) -> Result<Vec<StreamStatus>, JournalError> {
    let path = layout.journal();
    if !path.exists() {
        return Ok(Vec::new());
    }
    let Some(db) = schema::open_to_read(&path)? else { return Ok(Vec::new()) };
    // A journal of an earlier version has no streams.
    let there: Option<i64> = db
        .query_row("SELECT 1 FROM sqlite_schema WHERE name = 'forward_stream'", [], |row| row.get(0))
        .optional()?;
    Ok(if there.is_some() { streams(&db)? } else { Vec::new() })
}

fn streams(db: &Connection) -> rusqlite::Result<Vec<StreamStatus>> {
    db.prepare(
        "SELECT stream, plugin, target, seq, delivered, stopped, last_error,
                (SELECT count(*) FROM forward_record WHERE forward_record.stream = forward_stream.n)
         FROM forward_stream ORDER BY plugin, target",
    )?
    .query_map([], status)?
    .collect()
}

fn status(row: &Row<'_>) -> rusqlite::Result<StreamStatus> {
    let number = |column: usize| row.get::<_, i64>(column).map(i64::cast_unsigned);
    Ok(StreamStatus {
        stream: row.get(0)?,
        plugin: row.get(1)?,
        to: row.get(2)?,
        seq: number(3)?,
        delivered: number(4)?,
        stopped: row.get(5)?,
        last_error: row.get(6)?,
        waiting: number(7)?,
    })
}
