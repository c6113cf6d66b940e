//! A plugin's own key-value storage: one SQLite file, opened at the first use, with a quota in bytes.

use runtime_protocol::{StorageList, StorageListAnswer};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Bytes of a key.
const MAX_KEY: usize = 512;
/// Keys in one answer, whatever is asked for.
const MAX_LIST: u32 = 1000;

/// Why a storage call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StorageError {
    #[error("a key has 1 to {MAX_KEY} bytes")]
    Key,
    #[error(
        "the plugin's storage is full: {needed} bytes would exceed its quota of {quota}; a larger `permissions.storage` in its manifest would ask for more"
    )]
    Quota { needed: u64, quota: u64 },
    #[error("the plugin's storage failed")]
    Database(#[from] rusqlite::Error),
    #[error("the plugin's storage could not be created")]
    Directory(#[source] io::Error),
    #[error("the host is stopping")]
    Closed,
}

/// The storage of one plugin. Cheap until used.
#[derive(Debug, Clone)]
pub(crate) struct Storage {
    directory: PathBuf,
    db: Arc<Mutex<Option<Connection>>>,
}

impl Storage {
    /// The storage in `directory`, which is created at the first use.
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory, db: Arc::default() }
    }

    /// The value of `key` as JSON text.
    pub(crate) async fn get(&self, key: String) -> Result<Option<String>, StorageError> {
        check_key(&key)?;
        self.with(move |db| {
            let mut select = db.prepare_cached("SELECT value FROM entry WHERE key = ?1")?;
            Ok(select.query_row([key], |row| row.get(0)).optional()?)
        })
        .await
    }

    /// Bytes of all keys and values together.
    pub(crate) async fn used(&self) -> Result<u64, StorageError> {
        self.with(|db| {
            let used: i64 = db.prepare_cached("SELECT used FROM total")?.query_row([], |row| row.get(0))?;
            Ok(used.max(0).cast_unsigned())
        })
        .await
    }

    /// Sets `key`, unless all keys and values together would exceed `quota` bytes.
    pub(crate) async fn set(&self, key: String, value: String, quota: u64) -> Result<(), StorageError> {
        check_key(&key)?;
        self.with(move |db| {
            let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let used: i64 = change
                .prepare_cached(
                    "SELECT used - coalesce((SELECT size FROM entry WHERE key = ?1), 0) FROM total",
                )?
                .query_row([&key], |row| row.get(0))?;
            let size = (key.len() + value.len()) as u64;
            let needed = used.max(0).cast_unsigned() + size;
            if needed > quota {
                return Err(StorageError::Quota { needed, quota });
            }
            change
                .prepare_cached(
                    "INSERT INTO entry (key, value, size) VALUES (?1, ?2, ?3)
                     ON CONFLICT (key) DO UPDATE SET value = excluded.value, size = excluded.size",
                )?
                .execute(params![key, value, size.cast_signed()])?;
            change.prepare_cached("UPDATE total SET used = ?1")?.execute([needed.cast_signed()])?;
            Ok(change.commit()?)
        })
        .await
    }

    /// Deletes `key`; whether it was there.
    pub(crate) async fn delete(&self, key: String) -> Result<bool, StorageError> {
        check_key(&key)?;
        self.with(move |db| {
            let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let size: Option<i64> = change
                .prepare_cached("DELETE FROM entry WHERE key = ?1 RETURNING size")?
                .query_row([key], |row| row.get(0))
                .optional()?;
            if let Some(size) = size {
                change.prepare_cached("UPDATE total SET used = used - ?1")?.execute([size])?;
            }
            change.commit()?;
            Ok(size.is_some())
        })
        .await
    }

    /// Keys in byte order.
    pub(crate) async fn list(&self, wanted: StorageList) -> Result<StorageListAnswer, StorageError> {
        self.with(move |db| {
            let limit = wanted.limit.unwrap_or(MAX_LIST).clamp(1, MAX_LIST);
            let prefix = wanted.prefix.unwrap_or_default();
            let after = wanted.after.unwrap_or_default();
            let mut keys = db
                .prepare_cached(
                    "SELECT key FROM entry WHERE key > ?1 AND key >= ?2 AND substr(key, 1, length(?2)) = ?2
                     ORDER BY key LIMIT ?3",
                )?
                .query_map(params![after, prefix, limit + 1], |row| row.get(0))?
                .collect::<rusqlite::Result<Vec<String>>>()?;
            let more = keys.len() > limit as usize;
            keys.truncate(limit as usize);
            Ok(StorageListAnswer { keys, more })
        })
        .await
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let (db, directory) = (Arc::clone(&self.db), self.directory.clone());
        let run = move || {
            let mut db = db.lock().unwrap_or_else(PoisonError::into_inner);
            if db.is_none() {
                *db = Some(open(&directory)?);
            }
            db.as_mut().map_or(Err(StorageError::Closed), work)
        };
        tokio::task::spawn_blocking(run).await.map_err(|_| StorageError::Closed)?
    }
}

/// `synchronous=NORMAL`: what a plugin stores survives a kill of the host; a power cut may take the last moments.
fn open(directory: &Path) -> Result<Connection, StorageError> {
    fs::create_dir_all(directory).map_err(StorageError::Directory)?;
    let db = Connection::open(directory.join("storage.db"))?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.execute_batch(
        "BEGIN IMMEDIATE;
         CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value TEXT NOT NULL, size INTEGER NOT NULL) STRICT, WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS total (used INTEGER NOT NULL) STRICT;
         INSERT INTO total SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM total);
         COMMIT;",
    )?;
    Ok(db)
}

fn check_key(key: &str) -> Result<(), StorageError> {
    if (1..=MAX_KEY).contains(&key.len()) { Ok(()) } else { Err(StorageError::Key) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn values_quota_and_listing() {
        let directory = tempfile::tempdir().unwrap();
        let storage = Storage::new(directory.path().join("x"));
        assert!(!directory.path().join("x").exists(), "opened before its first use");
        assert_eq!(storage.get("a".into()).await.unwrap(), None);
        storage.set("a".into(), "\"12345678\"".into(), 20).await.unwrap();
        // 11 bytes are used; replacing counts the new value only.
        storage.set("a".into(), "\"123456789012345678\"".into(), 21).await.unwrap();
        let full = storage.set("b".into(), "1".into(), 21).await.unwrap_err();
        assert!(matches!(full, StorageError::Quota { needed: 23, quota: 21 }), "{full}");
        assert_eq!(storage.get("b".into()).await.unwrap(), None);
        assert!(storage.delete("a".into()).await.unwrap());
        assert!(!storage.delete("a".into()).await.unwrap());
        for key in ["x/1", "x/2", "x/3", "y"] {
            storage.set(key.into(), "1".into(), 21).await.unwrap();
        }
        let list = |after: Option<&str>| StorageList {
            prefix: Some("x/".into()),
            after: after.map(str::to_owned),
            limit: Some(2),
        };
        let first = storage.list(list(None)).await.unwrap();
        assert_eq!((first.keys, first.more), (vec!["x/1".into(), "x/2".into()], true));
        let rest = storage.list(list(Some("x/2"))).await.unwrap();
        assert_eq!((rest.keys, rest.more), (vec!["x/3".into()], false));
    }
}
