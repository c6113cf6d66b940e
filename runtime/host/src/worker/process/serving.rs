//! What a worker asks of its host while it runs.

use super::{MAX_HOST_CALLS, Requests, Worker};
use crate::worker::{chunks, deadline::Deadline};
use runtime_protocol::{ErrorCode, Failure, HostCall, HostMethod, Outcome, Reply, ToWorker};
use std::sync::{Arc, atomic::Ordering};

impl Worker {
    /// Answers a host call from a task of its own, since it may take as long as its call.
    pub(super) async fn serve<R: Requests>(self: &Arc<Self>, call: HostCall, requests: &Arc<R>) {
        let id = call.id;
        let ongoing =
            self.pending().as_ref().and_then(|pending| Some(pending.get(&call.call)?.ongoing.clone()));
        let refusal = match &ongoing {
            None => Some(Failure::new(ErrorCode::Denied, "the call that asks has ended")),
            Some(_) if self.host_calls.load(Ordering::Relaxed) >= MAX_HOST_CALLS => Some(Failure::new(
                ErrorCode::Limit,
                format!("more than {MAX_HOST_CALLS} host calls at a time"),
            )),
            Some(_) => None,
        };
        let (Some(ongoing), None) = (ongoing, &refusal) else {
            if let Some(refusal) = refusal {
                self.answer(id, Err(refusal)).await;
            }
            return;
        };
        let deadline = ongoing.deadline.clone();
        match (call.method, &ongoing.context.chunks) {
            // Queued here and now, so that chunks stay in order.
            (HostMethod::Emit, Some(sink)) => self.work(id, deadline, sink.offer(call.params)),
            (HostMethod::Emit, None) => self.answer(id, Err(chunks::refused())).await,
            _ => self.work(id, deadline, requests.host_call(call, ongoing)),
        }
    }

    fn work(
        self: &Arc<Self>,
        id: u64,
        deadline: Deadline,
        work: impl Future<Output = Outcome> + Send + 'static,
    ) {
        self.host_calls.fetch_add(1, Ordering::Relaxed);
        let worker = Arc::clone(self);
        tokio::spawn(async move {
            let outcome = tokio::select! {
                outcome = work => outcome,
                () = deadline.over() => {
                    Err(Failure::new(ErrorCode::Timeout, "the call that asks has reached its deadline"))
                }
            };
            worker.host_calls.fetch_sub(1, Ordering::Relaxed);
            worker.answer(id, outcome).await;
        });
    }

    async fn answer(&self, id: u64, outcome: Outcome) {
        if self.send(&ToWorker::Answer(Reply { id, outcome })).await.is_err() {
            let failure = Failure::new(ErrorCode::TooLarge, "the answer is larger than a frame may be");
            let _ = self.send(&ToWorker::Answer(Reply { id, outcome: Err(failure) })).await;
        }
    }
}
