//! When a request is sent again, and after how long.

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::thread;
use std::time::Duration;

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a connection, for an answer to begin, and between two parts of it.
    pub idle: Duration,
    /// For one whole answer.
    pub total: Duration,
    /// Before the first repetition; the second waits twice as long. Up to as much again is added by chance.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self::of(Duration::from_secs(30))
    }
}

/// Repetitions of a request, as many as npm makes.
const REPETITIONS: u32 = 2;
/// A server that asks for more patience than this gets none.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// The attempts at one request.
pub(in crate::npm) struct Attempts {
    left: u32,
    pause: Duration,
}

impl Patience {
    /// So long for each part of an answer, and twenty times as long for all of it.
    pub fn of(idle: Duration) -> Self {
        Self { idle, total: idle * 20, pause: Duration::from_millis(500) }
    }

    pub(in crate::npm) fn attempts(&self, repeatable: bool) -> Attempts {
        Attempts { left: if repeatable { REPETITIONS } else { 0 }, pause: self.pause }
    }
}

impl Attempts {
    /// Whether to try again after this answer; waits before it says yes.
    pub(in crate::npm) fn again_after(&mut self, status: StatusCode, headers: &HeaderMap) -> bool {
        let worth_it = matches!(status.as_u16(), 408 | 420 | 429) || status.is_server_error();
        let asked = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let asked = asked.map(Duration::from_secs);
        worth_it && asked.is_none_or(|pause| pause <= MAX_PAUSE) && self.again(asked)
    }

    /// Whether to try again after this error; waits before it says yes.
    pub(in crate::npm) fn again_after_error(&mut self, error: &reqwest::Error) -> bool {
        !error.is_builder() && self.again(None)
    }

    /// Whether to try again; waits before it says yes.
    pub(in crate::npm) fn again(&mut self, asked: Option<Duration>) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        thread::sleep(asked.unwrap_or_else(|| self.pause + chance(self.pause)));
        self.pause *= 2;
        true
    }
}

/// Some time up to `most`, so that many clients do not come back at once.
fn chance(most: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish();
    most.mul_f64((random % 1024) as f64 / 1024.0)
}
