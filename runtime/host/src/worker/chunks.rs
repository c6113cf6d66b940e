//! Chunks of an answer on their way from a worker to whoever asked. The reader of frames never waits for them: they queue up to a
//! bound, and each is answered once it was taken, which holds back a plugin that waits for its `wa.emit`.

use runtime_protocol::{ErrorCode, Failure, Outcome};
use serde_json::value::RawValue;
use std::sync::{Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// Chunks that may wait to be taken.
const QUEUE: usize = 64;
/// Chunks of one call.
const MAX_CHUNKS: u32 = 20_000;
/// Bytes of all chunks of one call.
const MAX_BYTES: usize = 64 << 20;

/// A chunk, as JSON, and the way to say that it was taken.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) value: Box<RawValue>,
    pub(crate) taken: oneshot::Sender<Result<(), Failure>>,
}

/// Where the chunks of one call go.
#[derive(Debug)]
pub(crate) struct ChunkSink(Mutex<Option<Open>>);

#[derive(Debug)]
struct Open {
    queue: mpsc::Sender<Chunk>,
    chunks: u32,
    bytes: usize,
}

impl ChunkSink {
    /// A sink, and its other end.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Chunk>) {
        let (queue, chunks) = mpsc::channel(QUEUE);
        (Self(Mutex::new(Some(Open { queue, chunks: 0, bytes: 0 }))), chunks)
    }

    /// Takes no more chunks; those that wait can still be taken.
    pub(crate) fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Queues a chunk, in the order of the calls; resolves once it was taken.
    pub(super) fn offer(&self, value: Box<RawValue>) -> impl Future<Output = Outcome> + Send + 'static {
        let offered = self.queue(value);
        async move {
            let taken = offered?.await;
            taken.unwrap_or_else(|_| Err(ended())).map(|()| RawValue::NULL.to_owned())
        }
    }

    fn queue(&self, value: Box<RawValue>) -> Result<oneshot::Receiver<Result<(), Failure>>, Failure> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = open.as_mut().ok_or_else(ended)?;
        let bytes = open.bytes + value.get().len();
        if open.chunks == MAX_CHUNKS || bytes > MAX_BYTES {
            let limit = format!("one call sends at most {MAX_CHUNKS} chunks with {MAX_BYTES} bytes together");
            return Err(Failure::new(ErrorCode::Limit, limit));
        }
        let (taken, answer) = oneshot::channel();
        open.queue.try_send(Chunk { value, taken }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                Failure::new(ErrorCode::Limit, format!("{QUEUE} chunks wait to be taken; await `wa.emit`"))
            }
            mpsc::error::TrySendError::Closed(_) => ended(),
        })?;
        (open.chunks, open.bytes) = (open.chunks + 1, bytes);
        Ok(answer)
    }
}

fn ended() -> Failure {
    Failure::new(ErrorCode::Denied, "nobody listens to this call any more")
}

/// What a chunk meets in a call that sends none.
pub(super) fn refused() -> Failure {
    let why = "chunks are sent only inside the call of a capability whose kind streams, or of a route with `stream`";
    Failure::new(ErrorCode::Denied, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(length: usize) -> Box<RawValue> {
        RawValue::from_string(format!("\"{}\"", "x".repeat(length))).unwrap()
    }

    #[tokio::test]
    async fn chunks_are_bounded_in_number_and_size() {
        let (sink, mut chunks) = ChunkSink::new();
        for _ in 0..QUEUE {
            assert!(sink.queue(text(1)).is_ok());
        }
        assert_eq!(sink.queue(text(1)).unwrap_err().code, ErrorCode::Limit);
        while chunks.try_recv().is_ok() {}
        for _ in QUEUE..MAX_CHUNKS as usize {
            assert!(sink.queue(text(1)).is_ok());
            chunks.try_recv().unwrap();
        }
        assert!(sink.queue(text(1)).unwrap_err().message.contains("at most 20000 chunks"));
        let (sink, mut chunks) = ChunkSink::new();
        for _ in 0..63 {
            assert!(sink.queue(text(1 << 20)).is_ok());
            chunks.try_recv().unwrap();
        }
        assert_eq!(sink.queue(text(1 << 20)).unwrap_err().code, ErrorCode::Limit);
    }

    #[tokio::test]
    async fn a_chunk_is_answered_once_it_was_taken() {
        let (sink, mut chunks) = ChunkSink::new();
        let first = tokio::spawn(sink.offer(text(1)));
        chunks.recv().await.unwrap().taken.send(Ok(())).unwrap();
        assert!(first.await.unwrap().is_ok());
        let second = tokio::spawn(sink.offer(text(1)));
        sink.close();
        assert!(chunks.recv().await.is_some(), "what was queued before the end can be taken");
        assert!(chunks.recv().await.is_none());
        assert_eq!(second.await.unwrap().unwrap_err().code, ErrorCode::Denied);
        assert_eq!(sink.offer(text(1)).await.unwrap_err().code, ErrorCode::Denied);
    }
}
