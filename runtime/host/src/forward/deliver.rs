//! One stream on its way: in order, one record at a time, until it is taken.

use super::Declared;
use crate::{
    journal::{FollowedStream, Journal, JournalError, WaitingRecord},
    notice::{Notice, Notices},
    timing::Timing,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// Records taken from the journal at a time.
const BATCH: usize = 16;
/// Says that the receiver has the number with another body.
const CONFLICT: u16 = 409;

/// Where records go.
pub(super) trait Receiver: Send + Sync {
    /// Hands over one line; the HTTP status of the answer, or why there was none.
    fn post(&self, line: String) -> impl Future<Output = Result<u16, String>> + Send;

    /// Waits before the next try.
    fn wait(&self, pause: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(pause)
    }

    /// Takes note that the receiver contradicts the stream of this id.
    fn contradicted(&self, stream: &str, reason: &str);
}

/// A stream and its receiver.
pub(super) struct Stream<R> {
    pub(super) journal: Arc<Journal>,
    pub(super) notices: Notices,
    pub(super) timing: Timing,
    pub(super) declared: Declared,
    pub(super) followed: FollowedStream,
    pub(super) receiver: R,
    /// Held while a record is on its way, until what became of it is written down.
    pub(super) in_hand: Arc<Mutex<()>>,
}

/// Nothing more is sent.
struct Stopped;

impl From<JournalError> for Stopped {
    fn from(_: JournalError) -> Self {
        // The journal is closed, or failed, which its other users tell.
        Self
    }
}

impl<R: Receiver> Stream<R> {
    /// Sends what waits and what comes, until a conflict or the end of the host.
    pub(super) async fn run(self) {
        let _ = self.send_all().await;
    }

    async fn send_all(&self) -> Result<(), Stopped> {
        let mut news = self.journal.copied();
        let mut after = self.followed.delivered;
        loop {
            news.borrow_and_update();
            let batch = self.journal.waiting_records(self.followed.n, after, BATCH).await?;
            if batch.is_empty() {
                news.changed().await.map_err(|_| Stopped)?;
            }
            for record in batch {
                self.deliver(&record).await?;
                after = record.seq;
            }
        }
    }

    /// Tries until the receiver has the record.
    async fn deliver(&self, record: &WaitingRecord) -> Result<(), Stopped> {
        let mut pause = self.timing.forward_retry;
        let mut told = false;
        let line = match self.declared.seal(&record.text) {
            Ok(line) => line,
            Err(error) => return self.stop(error).await,
        };
        loop {
            let in_hand = self.in_hand.lock().await;
            let reason = match self.receiver.post(line.clone()).await {
                Ok(200..=299) => {
                    self.journal.forwarded(self.followed.n, record.seq).await?;
                    return Ok(());
                }
                Ok(CONFLICT) => {
                    let reason = format!(
                        "the receiver has another record {} of {}: this journal is not the one that it follows (restored from a copy?), or somebody else has signed in its name; when that is settled on its side, `wa plugins reload` tries again",
                        record.seq, self.followed.id
                    );
                    self.receiver.contradicted(&self.followed.id, &reason);
                    return self.stop(reason).await;
                }
                Ok(status) => format!("record {}: the receiver answered with status {status}", record.seq),
                Err(reason) => format!("record {}: {reason}", record.seq),
            };
            self.journal.not_forwarded(self.followed.n, reason.clone(), false).await?;
            drop(in_hand);
            if !std::mem::replace(&mut told, true) {
                let (plugin, to) = (self.declared.plugin.clone(), self.declared.origin.to_string());
                self.notices.send(Notice::ForwardDelayed { plugin, to, reason });
            }
            self.receiver.wait(pause).await;
            pause = (pause * 2).min(self.timing.forward_retry_max);
        }
    }

    async fn stop(&self, reason: String) -> Result<(), Stopped> {
        self.journal.not_forwarded(self.followed.n, reason.clone(), true).await?;
        let (plugin, to) = (self.declared.plugin.clone(), self.declared.origin.to_string());
        self.notices.send(Notice::ForwardStopped { plugin, to, reason });
        Err(Stopped)
    }
}

#[cfg(test)]
mod tests;
