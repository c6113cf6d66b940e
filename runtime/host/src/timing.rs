//! Every wait and limit of the host in one place, so that a test can make them short.

use std::time::Duration;

/// Deadlines, pauses and counts. The default is what `wa run` uses.
#[derive(Debug, Clone)]
pub struct Timing {
    /// From the spawn of a worker to its `ready`.
    pub start: Duration,
    /// The same for a command, whose interpreter may be slow to come up.
    pub start_command: Duration,
    /// Between two looks at how much a command has in its own files.
    pub files_check: Duration,
    /// Added to a call's own budget before the host kills the worker.
    pub grace: Duration,
    /// How long the rest of a begun frame may take.
    pub frame_stall: Duration,
    /// The pause after the first crash; doubles with each one that follows.
    pub backoff: Duration,
    /// The longest pause between two starts.
    pub backoff_max: Duration,
    /// Crashes within `breaker_window` that put a plugin in quarantine.
    pub breaker_crashes: u32,
    /// A worker that lived this long clears the crashes before it.
    pub breaker_window: Duration,
    /// Calls that may wait in front of one plugin; more are refused and counted.
    pub queue: usize,
    /// Calls that one worker is given at a time.
    pub in_flight: usize,
    /// Inbound messages accepted and not finished yet; a channel waits beyond it.
    pub intake: usize,
    /// Tries of one delivery before it becomes a dead letter.
    pub attempts: u32,
    /// The pause before the second try of a delivery; doubles with each one that follows.
    pub retry: Duration,
    /// The pause before a forwarded record is sent again; doubles with each one that follows.
    pub forward_retry: Duration,
    /// The longest of these pauses.
    pub forward_retry_max: Duration,
    /// How long a channel waits for its client to acknowledge a message.
    pub channel_ack: Duration,
    /// How long a stop or reload waits for calls in flight.
    pub drain: Duration,
    /// Between two questions to a service whether it is well.
    pub health: Duration,
    /// How often a schedule that waits looks at the wall clock.
    pub schedule_check: Duration,
    /// How long finished messages are remembered, against repeats.
    pub retention: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            start: Duration::from_secs(5),
            start_command: Duration::from_secs(20),
            files_check: Duration::from_secs(2),
            grace: Duration::from_millis(500),
            frame_stall: Duration::from_secs(5),
            backoff: Duration::from_millis(100),
            backoff_max: Duration::from_secs(30),
            breaker_crashes: 5,
            breaker_window: Duration::from_secs(60),
            queue: 256,
            in_flight: 16,
            intake: 1024,
            attempts: 3,
            retry: Duration::from_millis(200),
            forward_retry: Duration::from_millis(500),
            forward_retry_max: Duration::from_secs(60),
            channel_ack: Duration::from_secs(30),
            drain: Duration::from_secs(10),
            health: Duration::from_secs(30),
            schedule_check: Duration::from_secs(30),
            retention: Duration::from_secs(7 * 24 * 3600),
        }
    }
}
