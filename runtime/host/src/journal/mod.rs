//! The durable record of messages in flight: what came in, what goes out, and how far each has got.
//!
//! SQLite in WAL mode with `synchronous=FULL`. One thread writes, many operations to a commit; a caller hears back only after
//! the commit. Whatever is not finished is there again after `kill -9`.

mod ingest;
mod people;
mod read;
mod record;
mod schedules;
mod schema;
mod streams;
mod write;

pub(crate) use ingest::{Ingest, Ingested, OutOfSequence};
pub(crate) use read::ChatKey;
pub use read::journal_counts;
pub use record::QueueCounts;
pub(crate) use record::{Accepted, Enqueued, EventRow, EventState, NewEvent, NewOutbound, OutboundRow};
pub(crate) use streams::{FollowedStream, WaitingRecord, WantedStream};
pub use streams::{StreamStatus, forward_streams};

use rusqlite::Connection;
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};
use tokio::sync::{mpsc as tokio_mpsc, oneshot, watch};
use write::Op;

/// Why the journal could not do its work.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JournalError {
    /// The database refused or failed.
    #[error("the journal's database failed")]
    Database(#[from] Arc<rusqlite::Error>),
    /// The directory could not be made.
    #[error("the journal's directory could not be created")]
    Directory(#[source] Arc<std::io::Error>),
    /// The file was written by a newer `wa`.
    #[error("the journal has schema version {found}, newer than this version of wa knows ({known})")]
    Newer {
        /// What the file says.
        found: u32,
        /// What this version writes.
        known: u32,
    },
    /// The host is stopping.
    #[error("the journal is closed")]
    Closed,
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

/// The handle that everyone shares. Dropping the last one ends the writer after it has committed what it was given.
pub(crate) struct Journal {
    ops: mpsc::Sender<Op>,
    reader: Arc<Mutex<Connection>>,
    copied: watch::Receiver<()>,
}

impl Journal {
    /// Opens or creates the journal. Accepted events come out of the receiver in the order of their `seq`, after their commit.
    pub(crate) fn open(
        path: &Path,
    ) -> Result<(Arc<Self>, tokio_mpsc::UnboundedReceiver<EventRow>), JournalError> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory).map_err(|error| JournalError::Directory(Arc::new(error)))?;
        }
        let writer = schema::open(path)?;
        let reader = schema::open(path)?;
        let (ops, queue) = mpsc::channel();
        let (accepted, stream) = tokio_mpsc::unbounded_channel();
        let (copies, copied) = watch::channel(());
        thread::Builder::new()
            .name("wa-journal".into())
            .spawn(move || write::run(writer, &queue, &accepted, &copies))
            .map_err(|error| JournalError::Directory(Arc::new(error)))?;
        Ok((Arc::new(Self { ops, reader: Arc::new(Mutex::new(reader)), copied }), stream))
    }

    /// Hands in an event; its place in the order is fixed by this call, the answer comes after the commit.
    pub(crate) fn accept(
        &self,
        event: NewEvent,
    ) -> impl Future<Output = Result<Accepted, JournalError>> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        let sent = self.ops.send(Op::Accept { event, reply });
        async move {
            sent.map_err(|_| JournalError::Closed)?;
            answer.await.map_err(|_| JournalError::Closed)?
        }
    }

    /// Puts a message in the outbox, unless one with its id has been there.
    pub(crate) async fn enqueue(&self, message: NewOutbound) -> Result<Enqueued, JournalError> {
        let (reply, answer) = oneshot::channel();
        self.ops.send(Op::Enqueue { message, reply }).map_err(|_| JournalError::Closed)?;
        answer.await.map_err(|_| JournalError::Closed)?
    }

    /// Records that one subscriber is through with an event, or will never be (`dead`: its last error). Not waited for: a mark
    /// lost in a crash repeats a delivery.
    pub(crate) fn mark(&self, seq: u64, subscriber: &str, dead: Option<String>) {
        let _ = self.ops.send(Op::Mark { seq, subscriber: subscriber.to_owned(), dead });
    }

    /// Records that nothing more is to be done for an event.
    pub(crate) fn finish(&self, seq: u64, state: EventState, detail: Option<String>) {
        let _ = self.ops.send(Op::Finish { seq, state, detail });
    }

    /// Changes whenever something was copied into a forward stream; ends with the journal's thread.
    pub(crate) fn copied(&self) -> watch::Receiver<()> {
        self.copied.clone()
    }

    /// Records that the channel took a message; its `message.sent` is copied, and accepted where a plugin observes it, in the same commit.
    /// Its place in the order is fixed by this call, the answer comes after the commit.
    pub(crate) fn sent(
        &self,
        id: &str,
        at: u64,
        event: NewEvent,
        observed: bool,
    ) -> impl Future<Output = Result<(), JournalError>> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        let sent = self.ops.send(Op::Sent { id: id.to_owned(), at, event, observed, reply });
        async move {
            sent.map_err(|_| JournalError::Closed)?;
            answer.await.map_err(|_| JournalError::Closed)?
        }
    }

    /// Records a failed try of an outgoing message; `dead` ends the tries.
    pub(crate) fn failed(&self, id: &str, error: &str, dead: bool) {
        let _ = self.ops.send(Op::Failed { id: id.to_owned(), error: error.to_owned(), dead });
    }

    /// Keeps a message that could not be sent at all, with the reason; on disk when this returns.
    pub(crate) async fn refused(&self, message: NewOutbound, reason: String) -> Result<(), JournalError> {
        self.change(move |db| write::refuse(db, &message, &reason)).await
    }

    /// Forgets what was finished before `before` (milliseconds since the epoch).
    pub(crate) fn forget(&self, before: u64) {
        let _ = self.ops.send(Op::Forget { before });
    }

    /// Resolves once everything handed in before is on disk.
    pub(crate) async fn flush(&self) {
        let (reply, answer) = oneshot::channel();
        if self.ops.send(Op::Flush { reply }).is_ok() {
            let _ = answer.await;
        }
    }

    /// Keeps what a channel calls a message that it took.
    pub(crate) async fn known_as(&self, id: &str, external_id: &str) -> Result<(), JournalError> {
        let names = [external_id, id].map(str::to_owned);
        self.change(move |db| db.execute("UPDATE outbox SET external_id = ?1 WHERE id = ?2", names).map(drop))
            .await
    }

    /// Makes a change that has no operation of its own; on disk when this returns.
    async fn change(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
    ) -> Result<(), JournalError> {
        let (reply, answer) = oneshot::channel();
        self.ops.send(Op::Change { change: Box::new(change), reply }).map_err(|_| JournalError::Closed)?;
        answer.await.map_err(|_| JournalError::Closed)?
    }

    /// Runs a query on the reading connection, off the async threads.
    async fn query<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, JournalError> {
        let reader = Arc::clone(&self.reader);
        tokio::task::spawn_blocking(move || query(&reader.lock().unwrap_or_else(PoisonError::into_inner)))
            .await
            .map_err(|_| JournalError::Closed)?
            .map_err(JournalError::from)
    }
}
