//! Time as the host sees it, passed in so that tests decide it.

use audit_log::Moment;
use std::time::SystemTime;

/// Tells the wall-clock time. Deadlines and backoff use the runtime's monotonic timer instead.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> SystemTime;
}

impl<F: Fn() -> SystemTime + Send + Sync + 'static> Clock for F {
    fn now(&self) -> SystemTime {
        self()
    }
}

/// Milliseconds since the Unix epoch; a time before it counts as zero.
pub(crate) fn millis(time: SystemTime) -> u64 {
    Moment::from(time).millis()
}

/// The time as RFC 3339 in UTC with milliseconds, such as `2026-11-21T09:30:00.000Z`.
pub(crate) fn rfc3339(millis: u64) -> String {
    Moment::from_millis(millis).to_string()
}
