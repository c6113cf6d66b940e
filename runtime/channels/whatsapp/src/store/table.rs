//! One SQLite table of keys and values: all that the client library keeps beside the device itself.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use whatsapp_rs::wacore::store::error::StoreError;

pub(super) type Result<T> = std::result::Result<T, StoreError>;

/// What a row is about. The numbers are on disk.
#[derive(Debug, Clone, Copy)]
#[repr(i64)]
pub(super) enum Kind {
    Identity = 1,
    Session = 2,
    PreKey = 3,
    SignedPreKey = 4,
    SenderKey = 5,
    SyncKey = 6,
    SyncVersion = 7,
    MutationMac = 8,
    SenderKeyDevice = 9,
    LidMapping = 10,
    PhoneMapping = 11,
    BaseKey = 12,
    DeviceList = 13,
    GroupMetadata = 14,
    TrustedContactToken = 15,
    SentMessage = 16,
    PendingInbound = 17,
    MessageSecret = 18,
    ChatSettings = 19,
    Poll = 20,
}

/// Rows of a kind, ordered by key. `number` is a time in seconds or a flag, as the kind has it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: Vec<u8>,
    pub(super) value: Vec<u8>,
    pub(super) number: i64,
}

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS entries (
        kind INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, number INTEGER NOT NULL,
        PRIMARY KEY (kind, key)
    ) WITHOUT ROWID;
    PRAGMA user_version = 1;";

/// The table. Its operations take microseconds; none waits for the disk but a checkpoint.
pub(super) struct Table {
    connection: Mutex<Connection>,
}

/// Parts of a key; none of them can hold the byte between them.
pub(super) fn key(parts: &[&str]) -> Vec<u8> {
    parts.join("\0").into_bytes()
}

/// The first key after all that begin with this; none where all do. Prefixes end with one of `\0`, `@` and `:`.
fn after(prefix: &[u8]) -> Option<Vec<u8>> {
    let (last, rest) = prefix.split_last()?;
    Some([rest, &[last.saturating_add(1)]].concat())
}

fn failed(error: rusqlite::Error) -> StoreError {
    StoreError::Database(Box::new(error))
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry { key: row.get(0)?, value: row.get(1)?, number: row.get(2)? })
}

impl Table {
    /// Opens or makes the file. A process that is killed loses nothing of what was written.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let open = || {
            let connection = Connection::open(path)?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "normal")?;
            connection.execute_batch(SCHEMA)?;
            Ok(connection)
        };
        Ok(Self { connection: Mutex::new(open().map_err(failed)?) })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Several changes, all or none.
    pub(super) fn change<T>(&self, change: impl FnOnce(&Writer<'_>) -> Result<T>) -> Result<T> {
        let mut connection = self.lock();
        let writer = Writer(connection.transaction().map_err(failed)?);
        let done = change(&writer)?;
        writer.0.commit().map_err(failed)?;
        Ok(done)
    }

    pub(super) fn get(&self, kind: Kind, key: &[u8]) -> Result<Option<Entry>> {
        read(&self.lock(), kind, key)
    }

    pub(super) fn value(&self, kind: Kind, key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(self.get(kind, key)?.map(|entry| entry.value))
    }

    /// The rows whose key begins so.
    pub(super) fn starting_with(&self, kind: Kind, prefix: &[u8]) -> Result<Vec<Entry>> {
        let connection = self.lock();
        let mut select = connection
            .prepare_cached(
                "SELECT key, value, number FROM entries
                 WHERE kind = ?1 AND key >= ?2 AND (?3 IS NULL OR key < ?3) ORDER BY key",
            )
            .map_err(failed)?;
        let rows = select.query_map(params![kind as i64, prefix, after(prefix)], entry).map_err(failed)?;
        rows.collect::<rusqlite::Result<_>>().map_err(failed)
    }

    pub(super) fn put(&self, kind: Kind, key: &[u8], value: &[u8], number: i64) -> Result<()> {
        self.change(|writer| writer.put(kind, key, value, number))
    }

    pub(super) fn remove(&self, kind: Kind, key: &[u8]) -> Result<()> {
        self.change(|writer| writer.remove(kind, key))
    }

    /// Removes the rows with a number below this one, but not 0; says how many there were.
    pub(super) fn remove_older(&self, kind: Kind, number: i64) -> Result<u32> {
        let sql = "DELETE FROM entries WHERE kind = ?1 AND number < ?2 AND number <> 0";
        let removed = self.lock().execute(sql, params![kind as i64, number]).map_err(failed)?;
        Ok(u32::try_from(removed).unwrap_or(u32::MAX))
    }
}

/// Changes of one transaction.
pub(super) struct Writer<'a>(Transaction<'a>);

impl Writer<'_> {
    pub(super) fn get(&self, kind: Kind, key: &[u8]) -> Result<Option<Entry>> {
        read(&self.0, kind, key)
    }

    pub(super) fn put(&self, kind: Kind, key: &[u8], value: &[u8], number: i64) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO entries (kind, key, value, number) VALUES (?1, ?2, ?3, ?4)";
        self.run(sql, params![kind as i64, key, value, number])
    }

    pub(super) fn remove(&self, kind: Kind, key: &[u8]) -> Result<()> {
        self.run("DELETE FROM entries WHERE kind = ?1 AND key = ?2", params![kind as i64, key])
    }

    pub(super) fn remove_starting_with(&self, kind: Kind, prefix: &[u8]) -> Result<()> {
        let sql = "DELETE FROM entries WHERE kind = ?1 AND key >= ?2 AND (?3 IS NULL OR key < ?3)";
        self.run(sql, params![kind as i64, prefix, after(prefix)])
    }

    fn run(&self, sql: &str, values: impl rusqlite::Params) -> Result<()> {
        self.0.prepare_cached(sql).and_then(|mut sql| sql.execute(values)).map(drop).map_err(failed)
    }
}

fn read(connection: &Connection, kind: Kind, key: &[u8]) -> Result<Option<Entry>> {
    connection
        .prepare_cached("SELECT key, value, number FROM entries WHERE kind = ?1 AND key = ?2")
        .and_then(|mut select| select.query_row(params![kind as i64, key], entry).optional())
        .map_err(failed)
}
