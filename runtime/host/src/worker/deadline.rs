//! The wall-clock deadline of a call, which stands still while a person is asked.

use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, time::Instant};

/// When a worker is killed for a call.
#[derive(Debug, Clone)]
pub(crate) struct Deadline(Arc<watch::Sender<State>>);

#[derive(Debug, Clone, Copy)]
struct State {
    at: Instant,
    /// Since when it stands still, and for how many.
    held: Option<(Instant, u32)>,
}

/// While it lives, the deadline stands still.
pub(crate) struct Hold(Deadline);

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        Self(Arc::new(watch::Sender::new(State { at: Instant::now() + limit, held: None })))
    }

    /// What is left of the time.
    pub(crate) fn left(&self) -> Duration {
        let state = *self.0.borrow();
        let now = state.held.map_or_else(Instant::now, |(since, _)| since);
        state.at.saturating_duration_since(now)
    }

    /// Stops the clock.
    pub(crate) fn hold(&self) -> Hold {
        self.0.send_modify(|state| {
            let (since, count) = state.held.unwrap_or_else(|| (Instant::now(), 0));
            state.held = Some((since, count + 1));
        });
        Hold(self.clone())
    }

    /// Resolves when the time is over.
    pub(crate) async fn over(&self) {
        let mut changes = self.0.subscribe();
        loop {
            let state = *changes.borrow_and_update();
            match state.held {
                Some(_) => drop(changes.changed().await),
                None if state.at <= Instant::now() => return,
                None => tokio::select! {
                    () = tokio::time::sleep_until(state.at) => return,
                    _ = changes.changed() => {}
                },
            }
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.0.send_modify(|state| {
            let Some((since, count)) = state.held else { return };
            if count > 1 {
                state.held = Some((since, count - 1));
            } else {
                state.at += since.elapsed();
                state.held = None;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    /// Whether it is over at once, without waiting for anything.
    async fn is_over(deadline: &Deadline) -> bool {
        tokio::select! {
            biased;
            () = deadline.over() => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn time_stands_still_while_anybody_holds() {
        let deadline = Deadline::after(Duration::ZERO);
        assert!(is_over(&deadline).await && deadline.left() == Duration::ZERO);
        let first = deadline.hold();
        let second = deadline.hold();
        assert!(!is_over(&deadline).await);
        drop(first);
        assert!(!is_over(&deadline).await);
        let waiting = tokio::spawn({
            let deadline = deadline.clone();
            async move { deadline.over().await }
        });
        drop(second);
        waiting.await.unwrap();
        let later = Deadline::after(HOUR);
        let held = later.hold();
        let left = later.left();
        assert!(left <= HOUR && left == later.left());
        drop(held);
        assert!(later.left() <= left && !is_over(&later).await);
    }
}
