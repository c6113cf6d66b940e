//! Answers of routes in pieces: what a handler emits goes out as it comes.

use super::plugins::Refused;
use crate::worker::{CallError, Chunk};
use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use futures_util::stream;
use runtime_protocol::{Emit, ErrorCode, Failure};
use serde_json::value::RawValue;
use std::io;
use tokio::{sync::mpsc, task::JoinHandle};

/// The call, and the pieces that it emits.
pub(super) struct Pieces {
    pub(super) chunks: mpsc::Receiver<Chunk>,
    pub(super) calling: JoinHandle<Result<Box<RawValue>, CallError>>,
}

/// What came of a call that may emit.
pub(super) enum Begun {
    /// It emitted nothing: its result is the answer.
    Whole(Result<Box<RawValue>, CallError>),
    /// Pieces, the first of which is there.
    Streamed(Body),
}

impl Pieces {
    /// Waits for the first piece, or for the end of the call.
    pub(super) async fn begin(mut self) -> Result<Begun, Refused> {
        let Some(first) = self.next().await else {
            let stopping = |_| (StatusCode::SERVICE_UNAVAILABLE, "the host is stopping".to_owned());
            return Ok(Begun::Whole(self.calling.await.map_err(stopping)?));
        };
        let body = stream::unfold((Some(first), Some(self)), async |(first, pieces)| {
            let mut pieces = pieces?;
            let piece = match first {
                Some(first) => Some(first),
                None => pieces.next().await,
            };
            match piece {
                Some(piece) => Some((Ok(piece), (None, Some(pieces)))),
                // A failure in the middle cuts the answer off, so that nobody takes it for whole.
                None => match pieces.calling.await {
                    Ok(Ok(_)) => None,
                    _ => Some((Err(io::Error::other("the handler failed")), (None, None))),
                },
            }
        });
        Ok(Begun::Streamed(Body::from_stream(body)))
    }

    /// The next piece; what is no text is refused to the handler.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let Chunk { value, taken } = self.chunks.recv().await?;
            let text = serde_json::from_str(value.get())
                .and_then(|Emit { chunk }| serde_json::from_str::<String>(chunk.get()));
            match text {
                Ok(text) => {
                    let _ = taken.send(Ok(()));
                    return Some(text.into());
                }
                Err(_) => {
                    let why = "a route emits text";
                    let _ = taken.send(Err(Failure::new(ErrorCode::InvalidParams, why)));
                }
            }
        }
    }
}
