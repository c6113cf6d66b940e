//! Frames over the socket of a worker, which is not trusted to send them whole or at all.

use runtime_protocol::{FrameError, Framing, MAX_FRAME, ToHost, decode};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::unix::{OwnedReadHalf, OwnedWriteHalf},
    sync::mpsc,
    time::{Instant, timeout_at},
};

/// What is read at a time.
const READ: usize = 16 << 10;
/// Frames written together.
const BATCH: usize = 64;

/// Why no frame came.
#[derive(Debug, thiserror::Error)]
pub(super) enum IncomingError {
    #[error("{}", chain(.0))]
    Frame(#[from] FrameError),
    #[error("half a frame, and no more of it within {} ms", .0.as_millis())]
    Stalled(Duration),
}

/// The reason of a frame error with its cause, for people.
fn chain(error: &FrameError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// The reading end.
pub(super) struct Incoming {
    stream: OwnedReadHalf,
    buffer: Vec<u8>,
    /// Bytes of `buffer` that were frames already given out.
    taken: usize,
    /// Bytes after these that hold no whole frame.
    searched: usize,
    /// `None` until the next frame shows it.
    framing: Option<Framing>,
    stall: Duration,
}

impl Incoming {
    pub(super) fn new(stream: OwnedReadHalf, stall: Duration) -> Self {
        Self { stream, buffer: Vec::new(), taken: 0, searched: 0, framing: Some(Framing::Length), stall }
    }

    /// Lets the next frame say how it and those after it are framed.
    pub(super) fn detect_framing(&mut self) {
        self.framing = None;
    }

    /// How the last frame was framed.
    pub(super) fn framing(&self) -> Framing {
        self.framing.unwrap_or_default()
    }

    /// The next frame; `None` when the stream ends between frames. A begun frame has `stall` to become whole.
    pub(super) async fn next(&mut self) -> Result<Option<ToHost>, IncomingError> {
        let mut deadline = None;
        loop {
            if let Some(frame) = self.take()? {
                return Ok(Some(frame));
            }
            self.compact();
            let begun = !self.buffer.is_empty();
            let read = self.stream.read_buf(&mut self.buffer);
            let read = if begun {
                let deadline = *deadline.get_or_insert_with(|| Instant::now() + self.stall);
                timeout_at(deadline, read).await.map_err(|_| IncomingError::Stalled(self.stall))?
            } else {
                read.await
            };
            match read {
                Ok(0) if begun => return Err(FrameError::Truncated.into()),
                // A reset is how the socket of a killed process ends.
                Ok(0) | Err(_) => return Ok(None),
                Ok(_) => {}
            }
        }
    }

    /// A frame that is whole in the buffer.
    fn take(&mut self) -> Result<Option<ToHost>, FrameError> {
        let bytes = &self.buffer[self.taken..];
        let framing = match (self.framing, bytes.first_chunk()) {
            (Some(framing), _) => framing,
            (None, Some(beginning)) => *self.framing.insert(Framing::of(*beginning)),
            (None, None) => return Ok(None),
        };
        let Some((body, length)) = framing.split(bytes, self.searched, MAX_FRAME)? else {
            self.searched = bytes.len();
            return Ok(None);
        };
        let frame = decode(body)?;
        self.taken += length;
        self.searched = 0;
        Ok(Some(frame))
    }

    fn compact(&mut self) {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        if self.buffer.is_empty() {
            self.buffer.shrink_to(READ);
        }
        self.buffer.reserve(READ);
    }
}

/// Writes queued frames, many per system call, until the queue or the stream ends.
pub(super) async fn write(mut stream: OwnedWriteHalf, mut queue: mpsc::Receiver<Vec<u8>>) {
    let mut frames = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut frames, BATCH).await > 0 {
        let bytes = if frames.len() == 1 { frames.pop().unwrap_or_default() } else { frames.concat() };
        frames.clear();
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}
