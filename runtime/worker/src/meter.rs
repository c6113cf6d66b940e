//! How much processor time code may still use.
//!
//! Processor time, not wall time: a busy machine must not fail an innocent call, and waiting is for the
//! host's own deadline. It cannot stop everything either: the engine asks only between its own instructions,
//! so a long loop inside one native function ends by the host's signal.
#![expect(unsafe_code, reason = "the processor clock has no safe interface in the standard library")]

use std::cell::Cell;
use std::time::Duration;

/// Time for an interrupted call to unwind.
const PATIENCE: Duration = Duration::from_millis(100);

/// Bounds one stretch of running code at a time.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    started: Cell<Duration>,
    deadline: Cell<Option<Duration>>,
    over: Cell<bool>,
}

impl Meter {
    /// Starts a stretch that may use `budget`.
    pub(crate) fn start(&self, budget: Duration) {
        let now = processor_time();
        self.started.set(now);
        self.deadline.set(Some(now.saturating_add(budget)));
        self.over.set(false);
    }

    /// Ends the stretch and says what it used.
    pub(crate) fn stop(&self) -> Duration {
        self.deadline.set(None);
        processor_time().saturating_sub(self.started.get())
    }

    /// Reads the clock; once over, the stretch stays over until the next start.
    pub(crate) fn check(&self) -> bool {
        if self.deadline.get().is_some_and(|deadline| processor_time() >= deadline) {
            self.over.set(true);
        }
        self.over.get()
    }

    /// Whether the deadline has passed so long ago that the engine's interrupt did not stop the code.
    pub(crate) fn is_long_over(&self) -> bool {
        self.deadline.get().is_some_and(|deadline| processor_time() >= deadline.saturating_add(PATIENCE))
    }

    /// Whether the last check found the budget used up.
    pub(crate) fn is_over(&self) -> bool {
        self.over.get()
    }
}

/// What this thread has used of the processor.
pub(crate) fn processor_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` lives through the call, which fills it; the clock exists on every system that has the
    // function.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
