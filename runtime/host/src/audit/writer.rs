//! The thread that writes: a batch of what waits, one write, one wait for the disk.

use super::{AuditError, Reply, Request, Shared};
use crate::{
    clock::Clock,
    error_chain::chain,
    notice::{Notice, Notices},
};
use audit_log::{Action, Actor, AuditLog, Detail, Durability, Entry, Event, Limits, LogError, Moment};
use std::sync::{
    Arc,
    atomic::Ordering,
    mpsc::{Receiver, RecvTimeoutError},
};

/// Records written at once.
const BATCH: usize = 256;

/// The side of the thread.
pub(super) struct Writer {
    pub(super) log: AuditLog,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) notices: Notices,
    pub(super) shared: Arc<Shared>,
    /// Whether the last write failed, and somebody was told.
    pub(super) is_failing: bool,
}

impl Writer {
    /// Writes until every handle is gone and the queue is empty.
    pub(super) fn run(mut self, queue: &Receiver<Request>) {
        loop {
            let first = if self.log.is_unsynced() {
                match queue.recv_timeout(Limits::default().unsynced_for) {
                    Err(RecvTimeoutError::Timeout) => {
                        let synced = self.log.sync(self.now());
                        self.tell(synced.err().as_ref());
                        continue;
                    }
                    received => received.ok(),
                }
            } else {
                queue.recv().ok()
            };
            let Some(first) = first else {
                let _ = self.log.sync(self.now());
                return;
            };
            let mut flushes = Vec::new();
            let mut records = Vec::new();
            for request in std::iter::once(first).chain(queue.try_iter().take(BATCH - 1)) {
                match request {
                    Request::Record { entry, durability, reply } => records.push((entry, durability, reply)),
                    Request::Flush(done) => flushes.push(done),
                }
            }
            self.write(records);
            if !flushes.is_empty() {
                let written = self.log.checkpoint(self.now());
                self.tell(written.err().as_ref());
                for done in flushes {
                    // Whoever asked may have gone meanwhile.
                    let _ = done.send(());
                }
            }
        }
    }

    fn write(&mut self, records: Vec<(Entry, Durability, Option<Reply>)>) {
        let (mut entries, mut replies) = (Vec::new(), Vec::new());
        let mut durability = Durability::Written;
        for (entry, wanted, reply) in records {
            durability = durability.max(wanted);
            match reply {
                Some(reply) => replies.push(reply),
                None => drop(self.shared.notes.fetch_sub(1, Ordering::Relaxed)),
            }
            entries.push(entry);
        }
        let missed = self.shared.missed.swap(0, Ordering::Relaxed);
        if missed > 0 {
            let event = Event::failed(Actor::Host, Action::AuditMissed).with(Detail::Count, missed);
            entries.push(Entry { at: self.now(), event });
        }
        if entries.is_empty() {
            return;
        }
        let written = match self.log.append(&entries, durability) {
            Ok(appended) => {
                self.tell(appended.checkpoint_problem.as_ref());
                Ok(())
            }
            Err(error) => {
                self.tell(Some(&error));
                self.shared
                    .missed
                    .fetch_add(missed + (entries.len() - replies.len()) as u64, Ordering::Relaxed);
                Err(AuditError(Arc::new(error)))
            }
        };
        replies.into_iter().for_each(|reply| drop(reply.send(written.clone())));
    }

    /// Says once that something does not work, until it does again.
    fn tell(&mut self, error: Option<&LogError>) {
        if let Some(error) = error.filter(|_| !self.is_failing) {
            let message = format!(
                "the audit log cannot be written, and what must be recorded is refused until it can: {}",
                chain(error)
            );
            self.notices.send(Notice::Trouble { message });
        }
        self.is_failing = error.is_some();
    }

    fn now(&self) -> Moment {
        self.clock.now().into()
    }
}
