//! How a plugin is, and how often what has happened to it.

use crate::health::{Counters, LastFailure, State};
use runtime_protocol::SandboxReport;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::Instant;

/// What is known without asking the slot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Condition {
    /// `None` before the first start.
    pub(crate) state: Option<State>,
    pub(crate) reason: String,
    pub(super) since: u64,
    pub(super) last_words: String,
    /// What holds the worker that runs.
    pub(super) sandbox: Option<SandboxReport>,
    pub(super) last_failure: Option<LastFailure>,
    pub(super) failure_written: Option<Instant>,
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) starts: AtomicU64,
    pub(super) calls: AtomicU64,
    pub(super) failures: AtomicU64,
    pub(super) crashes: AtomicU64,
    pub(super) queue_full: AtomicU64,
    pub(super) refused_host_calls: AtomicU64,
    pub(super) dropped_logs: AtomicU64,
}

impl Tally {
    /// One more.
    pub(super) fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn counters(&self) -> Counters {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counters {
            starts: read(&self.starts),
            calls: read(&self.calls),
            failures: read(&self.failures),
            crashes: read(&self.crashes),
            queue_full: read(&self.queue_full),
            refused_host_calls: read(&self.refused_host_calls),
            dropped_logs: read(&self.dropped_logs),
        }
    }
}
