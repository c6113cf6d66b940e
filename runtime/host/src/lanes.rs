//! Work in order within a key, in parallel across keys.

use std::{
    collections::{HashMap, VecDeque},
    future::Future,
    hash::Hash,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One queue per key with work; a key without work costs nothing.
pub(crate) struct Lanes<K>(Arc<Mutex<HashMap<K, VecDeque<Job>>>>);

impl<K> Clone for Lanes<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Eq + Hash + Clone + Send + 'static> Lanes<K> {
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    /// Runs `job` after every job pushed before it under the same key.
    pub(crate) fn push(&self, key: K, job: impl Future<Output = ()> + Send + 'static) {
        let mut lanes = self.lock();
        if let Some(waiting) = lanes.get_mut(&key) {
            waiting.push_back(Box::pin(job));
            return;
        }
        lanes.insert(key.clone(), VecDeque::new());
        drop(lanes);
        tokio::spawn(self.clone().drain(key, Box::pin(job)));
    }

    async fn drain(self, key: K, first: Job) {
        let mut next = Some(first);
        while let Some(job) = next {
            // In a task of its own, so that a job that panics ends itself and not its lane.
            let _ = tokio::spawn(job).await;
            let mut lanes = self.lock();
            next = lanes.get_mut(&key).and_then(VecDeque::pop_front);
            if next.is_none() {
                lanes.remove(&key);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, VecDeque<Job>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::{mpsc, oneshot};

    #[tokio::test]
    async fn a_stuck_key_holds_only_itself_and_order_is_kept() {
        let lanes = Lanes::new();
        let (done, mut seen) = mpsc::unbounded_channel();
        let (free, stuck) = oneshot::channel::<()>();
        lanes.push("a", async move {
            let _ = stuck.await;
        });
        for n in 0..3 {
            let done = done.clone();
            lanes.push("a", async move { done.send(("a", n)).unwrap() });
        }
        let other = done.clone();
        lanes.push("b", async move { other.send(("b", 0)).unwrap() });
        assert_eq!(seen.recv().await, Some(("b", 0)));
        free.send(()).unwrap();
        for n in 0..3 {
            assert_eq!(seen.recv().await, Some(("a", n)));
        }
    }

    #[tokio::test]
    async fn a_panicking_job_does_not_end_its_lane() {
        let lanes = Lanes::new();
        let (done, finished) = oneshot::channel();
        lanes.push(1, async { panic!("on purpose") });
        lanes.push(1, async move { done.send(()).unwrap() });
        finished.await.unwrap();
    }
}
