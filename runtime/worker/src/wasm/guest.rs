//! What an instance of a component has on the host's side: its memory limit, its log budget, whose call it runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use runtime_protocol::{Call, Log, LogLevel};
use serde_json::value::RawValue;
use wasmtime::ResourceLimiter;

use super::answers::Answers;
use crate::logged::{Counted, Logged, MAX_LOG_OF_CALL, MAX_LOG_TEXT, clip_to};
use crate::meter::processor_time;

/// Elements of all tables of an instance, eight bytes each.
const MAX_TABLE: usize = 100_000;

/// What all instances of a component share.
pub(super) struct Shared {
    pub(super) answers: Answers,
    pub(super) config: Box<str>,
    /// Bytes that all linear memories may have together.
    limit: usize,
    used: AtomicUsize,
    was_refused: AtomicBool,
    /// When the turn that runs has used up its budget, in nanoseconds of processor time.
    deadline: AtomicU64,
}

impl Shared {
    pub(super) fn new(config: &RawValue, limit: u64) -> Self {
        Self {
            answers: Answers::default(),
            config: config.get().into(),
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            used: AtomicUsize::new(0),
            was_refused: AtomicBool::new(false),
            deadline: AtomicU64::new(u64::MAX),
        }
    }

    /// Begins a turn that may use `budget`.
    pub(super) fn begin_turn(&self, budget: Duration) {
        self.was_refused.store(false, Ordering::Relaxed);
        let deadline = processor_time().saturating_add(budget).as_nanos();
        self.deadline.store(u64::try_from(deadline).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Whether the turn has used up its budget.
    pub(super) fn is_over(&self) -> bool {
        processor_time().as_nanos() >= u128::from(self.deadline.load(Ordering::Relaxed))
    }

    /// Whether memory was refused in this turn.
    pub(super) fn memory_was_refused(&self) -> bool {
        self.was_refused.load(Ordering::Relaxed)
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }
}

/// The host's side of one instance.
pub(super) struct Guest {
    pub(super) shared: Arc<Shared>,
    /// The call that runs in it.
    pub(super) call: u64,
    /// The time that it is told, in milliseconds since the epoch; `None` where it has the machine's.
    pub(super) now: Option<u64>,
    /// Whether what it may log is for each turn, as a service needs it.
    per_turn: bool,
    logged: Logged,
    held: usize,
}

impl Guest {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, call: 0, now: None, per_turn: false, logged: Logged::default(), held: 0 }
    }

    /// Makes the instance run a call.
    pub(super) fn enter(&mut self, call: &Call) {
        self.call = call.id;
        self.now = call.now;
        self.per_turn = call.per_turn;
        self.logged = Logged::default();
    }

    /// The next turn of the same call begins.
    pub(super) fn resume(&mut self) {
        if self.per_turn {
            self.logged = Logged::default();
        }
    }

    /// Writes a log line, within what one call may log.
    pub(super) fn log(&mut self, level: LogLevel, message: String, fields: String) {
        let message = clip_to(message, MAX_LOG_TEXT);
        let fields = match fields.len() {
            0..=MAX_LOG_TEXT => RawValue::from_string(fields).unwrap_or_else(|_| RawValue::NULL.to_owned()),
            _ => RawValue::NULL.to_owned(),
        };
        match self.logged.count(message.len() + fields.get().len()) {
            Counted::Written => self.shared.answers.log(Log { level, message, fields }),
            Counted::Last => {
                let message =
                    format!("log over {} KiB in one call; the rest of it is dropped", MAX_LOG_OF_CALL >> 10);
                let fields = RawValue::NULL.to_owned();
                self.shared.answers.log(Log { level: LogLevel::Warn, message, fields });
            }
            Counted::Dropped => {}
        }
    }
}

impl ResourceLimiter for Guest {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let used = self.shared.used.load(Ordering::Relaxed);
        let is_allowed = used.saturating_add(more) <= self.shared.limit;
        if is_allowed {
            self.held += more;
            self.shared.used.store(used + more, Ordering::Relaxed);
        } else {
            self.shared.was_refused.store(true, Ordering::Relaxed);
        }
        Ok(is_allowed)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= MAX_TABLE)
    }

    fn instances(&self) -> usize {
        64
    }

    fn tables(&self) -> usize {
        16
    }

    fn memories(&self) -> usize {
        8
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.shared.used.fetch_sub(self.held, Ordering::Relaxed);
    }
}
