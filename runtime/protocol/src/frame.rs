//! Framing: a 4-byte little-endian length, then that many bytes of JSON.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes of the length that precedes every frame.
pub const HEADER_LEN: usize = 4;

/// What a [`FrameReader`] reads at a time; small, since every idle worker holds one.
const READ_SIZE: usize = 16 << 10;

/// A message that travels as one frame.
pub trait Frame: Serialize + DeserializeOwned {
    /// The longest body that this message may have, in bytes.
    fn cap(&self) -> usize;
}

/// Why a frame was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The frame is longer than its kind may be.
    #[error("frame of {len} bytes is over the limit of {cap}")]
    TooLarge {
        /// Bytes of the body.
        len: usize,
        /// Bytes allowed.
        cap: usize,
    },
    /// The body is not a frame of this protocol.
    #[error("malformed frame")]
    Malformed(#[source] serde_json::Error),
    /// The message cannot be written as JSON.
    #[error("frame cannot be written as JSON")]
    Unwritable(#[source] serde_json::Error),
    /// The stream ended inside a frame.
    #[error("stream ended inside a frame")]
    Truncated,
    /// The stream failed.
    #[error("frame stream failed")]
    Io(#[from] io::Error),
}

/// Appends `frame`, header included, to `out`; on an error `out` is as before.
pub fn encode<F: Frame>(frame: &F, out: &mut Vec<u8>) -> Result<(), FrameError> {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_LEN]);
    let written = serde_json::to_writer(&mut *out, frame).map_err(FrameError::Unwritable);
    let len = out.len() - start - HEADER_LEN;
    let checked = written.and_then(|()| length_header(len, frame.cap()));
    match checked {
        Ok(header) => {
            out[start..start + HEADER_LEN].copy_from_slice(&header);
            Ok(())
        }
        Err(error) => {
            out.truncate(start);
            Err(error)
        }
    }
}

/// Reads one frame's body (the bytes after the header).
pub fn decode<F: Frame>(body: &[u8]) -> Result<F, FrameError> {
    serde_json::from_slice(body).map_err(FrameError::Malformed)
}

/// Bytes of the body that follows `header`; refused above `cap`, before anything is allocated for it.
pub fn payload_len(header: [u8; HEADER_LEN], cap: usize) -> Result<usize, FrameError> {
    let len = usize::try_from(u32::from_le_bytes(header)).unwrap_or(usize::MAX);
    if len > cap { Err(FrameError::TooLarge { len, cap }) } else { Ok(len) }
}

fn length_header(len: usize, cap: usize) -> Result<[u8; HEADER_LEN], FrameError> {
    match u32::try_from(len) {
        Ok(short) if len <= cap => Ok(short.to_le_bytes()),
        _ => Err(FrameError::TooLarge { len, cap }),
    }
}

/// Reads frames from a blocking stream, many per system call when they arrive together.
#[derive(Debug)]
pub struct FrameReader<R> {
    stream: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl<R: Read> FrameReader<R> {
    /// A reader with nothing read yet.
    pub fn new(stream: R) -> Self {
        Self { stream, buffer: Vec::new(), start: 0, end: 0 }
    }

    /// The body of the next frame, at most `cap` bytes; `None` when the stream ends between frames.
    pub fn next_body(&mut self, cap: usize) -> Result<Option<&[u8]>, FrameError> {
        if !self.fill(HEADER_LEN)? {
            return Ok(None);
        }
        let len = payload_len(self.header(), cap)?;
        self.fill(HEADER_LEN + len)?;
        let body = self.start + HEADER_LEN;
        self.start = body + len;
        Ok(Some(&self.buffer[body..body + len]))
    }

    /// The next frame, at most `cap` bytes; `None` when the stream ends between frames.
    pub fn next_frame<F: Frame>(&mut self, cap: usize) -> Result<Option<F>, FrameError> {
        self.next_body(cap)?.map(decode).transpose()
    }

    /// Whether the next call returns without reading from the stream.
    pub fn has_frame(&self) -> bool {
        let buffered = self.end - self.start;
        buffered >= HEADER_LEN
            && payload_len(self.header(), usize::MAX).is_ok_and(|len| buffered - HEADER_LEN >= len)
    }

    /// Gives memory of a large frame back; call it after the start frame.
    pub fn shrink(&mut self) {
        self.compact();
        self.buffer.truncate(self.end.max(READ_SIZE));
        self.buffer.shrink_to_fit();
    }

    fn header(&self) -> [u8; HEADER_LEN] {
        let mut header = [0; HEADER_LEN];
        header.copy_from_slice(&self.buffer[self.start..self.start + HEADER_LEN]);
        header
    }

    fn compact(&mut self) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
    }

    /// Buffers at least `want` bytes; false when the stream ended before the first of them.
    fn fill(&mut self, want: usize) -> Result<bool, FrameError> {
        if self.end - self.start >= want {
            return Ok(true);
        }
        self.compact();
        if self.buffer.len() < want.max(READ_SIZE) {
            self.buffer.resize(want.max(READ_SIZE), 0);
        }
        while self.end < want {
            match self.stream.read(&mut self.buffer[self.end..]) {
                Ok(0) if self.end == 0 => return Ok(false),
                Ok(0) => return Err(FrameError::Truncated),
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }
}

/// Collects frames and writes them together to a blocking stream.
#[derive(Debug)]
pub struct FrameWriter<W> {
    stream: W,
    buffer: Vec<u8>,
}

impl<W: Write> FrameWriter<W> {
    /// Buffered bytes above which [`FrameWriter::push`] writes without being asked.
    const FLUSH_AT: usize = 64 << 10;

    /// A writer with nothing buffered.
    pub fn new(stream: W) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    /// Buffers one frame; on [`FrameError::TooLarge`] nothing is added and the writer stays usable.
    pub fn push<F: Frame>(&mut self, frame: &F) -> Result<(), FrameError> {
        encode(frame, &mut self.buffer)?;
        if self.buffer.len() >= Self::FLUSH_AT { self.flush() } else { Ok(()) }
    }

    /// Writes all that is buffered.
    pub fn flush(&mut self) -> Result<(), FrameError> {
        if !self.buffer.is_empty() {
            self.stream.write_all(&self.buffer)?;
            self.buffer.clear();
            self.buffer.shrink_to(Self::FLUSH_AT);
        }
        Ok(())
    }
}
