//! The two ways in which a command may put its frames on the socket.

use crate::frame::{Frame, FrameError, HEADER_LEN, encode, payload_len};

/// Where a frame ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// Four bytes of length, little-endian, before it.
    #[default]
    Length,
    /// A line feed after it; none is inside, since JSON escapes it.
    Line,
}

impl Framing {
    /// The framing of a stream that begins like this. The fourth byte of a length is zero, because no frame
    /// has 16 MiB; no line of JSON holds such a byte.
    pub fn of(beginning: [u8; HEADER_LEN]) -> Self {
        if beginning[HEADER_LEN - 1] == 0 { Self::Length } else { Self::Line }
    }

    /// The bytes of a frame.
    ///
    /// # Errors
    /// [`FrameError::TooLarge`], or that the frame cannot be written.
    pub fn encode<F: Frame>(self, frame: &F) -> Result<Vec<u8>, FrameError> {
        let mut bytes = Vec::with_capacity(256);
        encode(frame, &mut bytes)?;
        if self == Self::Line {
            bytes.drain(..HEADER_LEN);
            bytes.push(b'\n');
        }
        Ok(bytes)
    }

    /// The body of the frame that `bytes` begin with, and how many bytes it takes with its framing; `None` while
    /// it is not whole. The first `searched` bytes were seen before and did not make a whole frame.
    ///
    /// # Errors
    /// [`FrameError::TooLarge`] as soon as it is known to be longer than `cap`.
    pub fn split(
        self,
        bytes: &[u8],
        searched: usize,
        cap: usize,
    ) -> Result<Option<(&[u8], usize)>, FrameError> {
        match self {
            Self::Length => {
                let Some((header, rest)) = bytes.split_first_chunk() else { return Ok(None) };
                let length = payload_len(*header, cap)?;
                Ok(rest.get(..length).map(|body| (body, HEADER_LEN + length)))
            }
            Self::Line => {
                let searched = searched.min(bytes.len());
                let end = bytes[searched..].iter().position(|byte| *byte == b'\n').map(|end| searched + end);
                match (end, bytes.len()) {
                    (Some(end), _) if end <= cap => Ok(Some((&bytes[..end], end + 1))),
                    (None, len) if len <= cap => Ok(None),
                    (_, len) => Err(FrameError::TooLarge { len: end.unwrap_or(len), cap }),
                }
            }
        }
    }
}
