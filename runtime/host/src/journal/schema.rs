//! The tables, and how the file is opened.

use super::JournalError;
use rusqlite::Connection;
use std::{path::Path, time::Duration};

const VERSION: u32 = 1;

/// States of `event`: see `EventState`, 0 while pending. States of `outbox`: 0 queued, 1 sent, 3 dead.
const TABLES: &str = "
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    channel TEXT NOT NULL,
    instance TEXT NOT NULL,
    chat TEXT NOT NULL,
    payload TEXT NOT NULL,
    at INTEGER NOT NULL,
    state INTEGER NOT NULL DEFAULT 0,
    detail TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS event_pending ON event (seq) WHERE state = 0;
CREATE INDEX IF NOT EXISTS event_dead ON event (seq) WHERE state = 3;
CREATE TABLE IF NOT EXISTS delivery (
    seq INTEGER NOT NULL,
    subscriber TEXT NOT NULL,
    dead TEXT,
    PRIMARY KEY (seq, subscriber)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    instance TEXT NOT NULL,
    chat TEXT NOT NULL,
    draft TEXT NOT NULL,
    at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    state INTEGER NOT NULL DEFAULT 0,
    sent_at INTEGER,
    detail TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS outbox_queued ON outbox (channel, instance, chat, n) WHERE state = 0;
CREATE INDEX IF NOT EXISTS outbox_dead ON outbox (n) WHERE state = 3;
PRAGMA user_version = 1;
COMMIT;
";

/// Opens the file with the durability that the host promises.
pub(super) fn open(path: &Path) -> Result<Connection, JournalError> {
    let db = Connection::open(path)?;
    db.busy_timeout(Duration::from_secs(5))?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.set_prepared_statement_cache_capacity(32);
    let found: u32 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match found {
        0 => db.execute_batch(TABLES)?,
        VERSION => {}
        _ => return Err(JournalError::Newer { found, known: VERSION }),
    }
    Ok(db)
}
