//! How fast messages go out: token buckets for the account and for each chat.

use manifest_schema::project::RateLimit;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Chats that are remembered before those that are at rest are forgotten.
const CHATS: usize = 1024;

/// Lets messages pass at the rate of an account.
pub(super) struct Pace {
    account: Bucket,
    chat: Bucket,
    burst: u32,
    next: Mutex<Next>,
}

/// A bucket's rate, as the time that one message takes.
struct Bucket {
    each: Duration,
}

/// When each bucket would be full again.
#[derive(Default)]
struct Next {
    account: Option<Instant>,
    chats: HashMap<String, Instant>,
}

impl Bucket {
    fn new(per_second: f64) -> Self {
        Self { each: Duration::from_secs_f64(1.0 / per_second) }
    }

    /// Takes a place: when the message may go, and when the bucket is full then.
    fn take(&self, full: Option<Instant>, burst: u32, now: Instant) -> (Instant, Instant) {
        let full = full.unwrap_or(now).max(now) + self.each;
        let go = full.checked_sub(self.each * burst).unwrap_or(now);
        (go.max(now), full)
    }
}

impl Pace {
    pub(super) fn new(limit: &RateLimit) -> Self {
        Self {
            account: Bucket::new(limit.global_per_sec),
            chat: Bucket::new(limit.per_jid_per_sec),
            burst: limit.burst,
            next: Mutex::default(),
        }
    }

    /// Waits for the turn of a message to this chat.
    pub(super) async fn turn(&self, chat: &str) {
        tokio::time::sleep_until(self.reserve(chat, Instant::now())).await;
    }

    fn reserve(&self, chat: &str, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let (go, full) = self.account.take(next.account, self.burst, now);
        next.account = Some(full);
        if next.chats.len() >= CHATS {
            next.chats.retain(|_, full| *full > now);
        }
        let (chat_go, full) = self.chat.take(next.chats.get(chat).copied(), self.burst, now);
        next.chats.insert(chat.to_owned(), full);
        go.max(chat_go)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let limit = RateLimit { global_per_sec: 10.0, per_jid_per_sec: 2.0, burst: 3 };
        let (pace, start) = (Pace::new(&limit), Instant::now());
        let wait = |chat: &str| pace.reserve(chat, start).duration_since(start).as_millis();
        assert_eq!([wait("a"), wait("a"), wait("a")], [0, 0, 0]);
        assert_eq!([wait("a"), wait("a")], [500, 1000]);
        // Five have gone; another chat waits for the account only.
        assert_eq!([wait("b"), wait("b")], [300, 400]);
        let later = start + Duration::from_secs(60);
        assert_eq!(pace.reserve("a", later), later);
    }
}
