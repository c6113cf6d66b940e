//! Codes cannot be guessed by asking often.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Wrong codes within [`WINDOW`]; then none is looked at.
const MAX_WRONG: usize = 10;
const WINDOW: Duration = Duration::from_secs(60);

/// When wrong codes were given.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<Vec<Instant>>);

impl Attempts {
    /// Whether another code is looked at now.
    pub(crate) fn may_try(&self, now: Instant) -> bool {
        let mut wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.retain(|at| now.duration_since(*at) < WINDOW);
        wrong.len() < MAX_WRONG
    }

    /// Counts a wrong code.
    pub(crate) fn was_wrong(&self, now: Instant) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_wrong_codes_a_minute() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        for _ in 0..MAX_WRONG {
            assert!(attempts.may_try(now));
            attempts.was_wrong(now);
        }
        assert!(!attempts.may_try(now + Duration::from_secs(59)));
        assert!(attempts.may_try(now + WINDOW));
    }
}
