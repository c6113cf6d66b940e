//! How much a plugin may log.

use std::time::Duration;
use tokio::time::Instant;

/// Lines that may come at once.
const BURST: f64 = 200.0;
/// Lines a second in the long run.
const RATE: f64 = 50.0;
/// Lines dropped within [`FLOOD_WINDOW`] that end the worker.
const FLOOD: u32 = 10_000;
const FLOOD_WINDOW: Duration = Duration::from_secs(10);

/// What to do with a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Keep,
    Drop,
    /// It logs so much that reading it costs the host.
    Flood,
}

/// A token bucket with a limit on what overflows.
#[derive(Debug)]
pub(super) struct LogGate {
    tokens: f64,
    refilled: Instant,
    dropped: u32,
    window: Instant,
}

impl LogGate {
    pub(super) fn new(now: Instant) -> Self {
        Self { tokens: BURST, refilled: now, dropped: 0, window: now }
    }

    pub(super) fn line(&mut self, now: Instant) -> Verdict {
        self.tokens = (self.tokens + now.duration_since(self.refilled).as_secs_f64() * RATE).min(BURST);
        self.refilled = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Verdict::Keep;
        }
        if now.duration_since(self.window) > FLOOD_WINDOW {
            (self.dropped, self.window) = (0, now);
        }
        self.dropped += 1;
        if self.dropped > FLOOD { Verdict::Flood } else { Verdict::Drop }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_a_stream_is_thinned_a_flood_ends() {
        let start = Instant::now();
        let mut gate = LogGate::new(start);
        let verdicts: Vec<_> = (0..201).map(|_| gate.line(start)).collect();
        assert_eq!(verdicts[199], Verdict::Keep);
        assert_eq!(verdicts[200], Verdict::Drop);
        assert_eq!(gate.line(start + Duration::from_millis(20)), Verdict::Keep);
        assert!((0..FLOOD).map(|_| gate.line(start)).any(|verdict| verdict == Verdict::Flood));
    }
}
