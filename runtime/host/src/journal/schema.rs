//! The tables, and how the file is opened.

use super::JournalError;
use rusqlite::{Connection, OpenFlags};
use std::{os::unix::ffi::OsStrExt as _, path::Path, time::Duration};

/// The version of the file: how many of [`STEPS`] it has seen.
const VERSION: u32 = 4;

/// How long a reader waits for a writer.
const BUSY: Duration = Duration::from_secs(5);

/// What leads from one version to the next.
const STEPS: [&str; VERSION as usize] = [FIRST, SECOND, THIRD, FOURTH];

/// States of `event`: see `EventState`, 0 while pending. States of `outbox`: 0 queued, 1 sent, 3 dead.
const FIRST: &str = "
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

/// What version 2 adds: the channel's own ids, for the receipts that name them.
const SECOND: &str = "
BEGIN IMMEDIATE;
ALTER TABLE outbox ADD COLUMN external_id TEXT;
CREATE INDEX outbox_external ON outbox (channel, instance, external_id) WHERE external_id IS NOT NULL;
PRAGMA user_version = 2;
COMMIT;
";

/// What version 3 adds: who wrote and where, which outlives the messages, and how far schedules have got.
const THIRD: &str = "
BEGIN IMMEDIATE;
CREATE INDEX event_chat ON event (channel, instance, chat, seq) WHERE name = 'message.received';
CREATE INDEX outbox_chat ON outbox (channel, instance, chat, at);
CREATE TABLE contact (
    channel TEXT NOT NULL,
    instance TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT,
    PRIMARY KEY (channel, instance, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE chat (
    channel TEXT NOT NULL,
    instance TEXT NOT NULL,
    id TEXT NOT NULL,
    is_group INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (channel, instance, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE schedule (
    plugin TEXT NOT NULL,
    id TEXT NOT NULL,
    done INTEGER NOT NULL,
    PRIMARY KEY (plugin, id)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 3;
COMMIT;
";

/// What version 4 adds: forward streams with the records that wait, and what bridges have handed in.
const FOURTH: &str = "
BEGIN IMMEDIATE;
CREATE TABLE forward_stream (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL UNIQUE,
    plugin TEXT NOT NULL,
    target TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    hash TEXT NOT NULL,
    delivered INTEGER NOT NULL DEFAULT 0,
    stopped INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    UNIQUE (plugin, target)
) STRICT;
CREATE TABLE forward_record (
    stream INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE ingest (
    bridge TEXT NOT NULL,
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    digest TEXT NOT NULL,
    event_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (bridge, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX ingest_id ON ingest (bridge, id);
PRAGMA user_version = 4;
COMMIT;
";

/// Opens the file with the durability that the host promises.
pub(super) fn open(path: &Path) -> Result<Connection, JournalError> {
    let db = Connection::open(path)?;
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.set_prepared_statement_cache_capacity(32);
    let found = version(&db)?;
    if found > VERSION {
        return Err(JournalError::Newer { found, known: VERSION });
    }
    for step in &STEPS[found as usize..] {
        db.execute_batch(step)?;
    }
    Ok(db)
}

/// Opens a file that exists, to read what is in it; `None` if there is nothing in it yet. A host may have it open.
pub(super) fn open_to_read(path: &Path) -> Result<Option<Connection>, JournalError> {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = if Path::new(&wal).exists() {
        Connection::open_with_flags(path, flags)?
    } else {
        // Nobody has it open; told so, SQLite makes no files of its own beside it.
        Connection::open_with_flags(immutable(path), flags | OpenFlags::SQLITE_OPEN_URI)?
    };
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "trusted_schema", false)?;
    match version(&db)? {
        0 => Ok(None),
        1..=VERSION => Ok(Some(db)),
        found => Err(JournalError::Newer { found, known: VERSION }),
    }
}

/// The path as SQLite's URI, with all that a URI could take for its own escaped.
fn immutable(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri + "?immutable=1"
}

fn version(db: &Connection) -> rusqlite::Result<u32> {
    db.query_row("PRAGMA user_version", [], |row| row.get(0))
}
