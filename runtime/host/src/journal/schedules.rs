//! How far schedules have got, so that a restart neither repeats nor forgets a run.

use super::{Journal, JournalError};
use rusqlite::{OptionalExtension as _, params};

impl Journal {
    /// The time up to which a schedule is done, in milliseconds since the epoch; `None` where it has never been looked at.
    pub(crate) async fn schedule_done(&self, plugin: &str, id: &str) -> Result<Option<u64>, JournalError> {
        let key = [plugin.to_owned(), id.to_owned()];
        let done: Option<i64> = self
            .query(move |db| {
                db.prepare_cached("SELECT done FROM schedule WHERE plugin = ?1 AND id = ?2")?
                    .query_row(key, |row| row.get(0))
                    .optional()
            })
            .await?;
        Ok(done.map(|at| at.max(0).cast_unsigned()))
    }

    /// Notes that a schedule is done up to a time; on disk when this returns.
    pub(crate) async fn set_schedule_done(
        &self,
        plugin: &str,
        id: &str,
        done: u64,
    ) -> Result<(), JournalError> {
        let (plugin, id) = (plugin.to_owned(), id.to_owned());
        self.change(move |db| {
            db.prepare_cached("INSERT OR REPLACE INTO schedule (plugin, id, done) VALUES (?1, ?2, ?3)")?
                .execute(params![plugin, id, done.cast_signed()])?;
            Ok(())
        })
        .await
    }
}
