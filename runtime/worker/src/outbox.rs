//! Frames on their way to the host.

use std::cell::RefCell;
use std::fs::File;
use std::sync::Arc;

use runtime_protocol::{FrameError, FrameWriter, ToHost};

/// Collects frames until they are flushed. A stream that fails is remembered and told by the flush, since
/// frames are also pushed while plugin code is on the stack.
pub(crate) struct Outbox {
    writer: RefCell<FrameWriter<Arc<File>>>,
    broken: RefCell<Option<FrameError>>,
}

/// A frame that is larger than a frame may be; nothing of it was written.
#[derive(Debug, thiserror::Error)]
#[error("{len} bytes, over the {cap} allowed")]
pub(crate) struct TooLarge {
    len: usize,
    cap: usize,
}

impl Outbox {
    pub(crate) fn new(stream: Arc<File>) -> Self {
        Self { writer: RefCell::new(FrameWriter::new(stream)), broken: RefCell::default() }
    }

    /// Adds a frame.
    pub(crate) fn push(&self, frame: &ToHost) -> Result<(), TooLarge> {
        match self.writer.borrow_mut().push(frame) {
            Ok(()) => Ok(()),
            Err(FrameError::TooLarge { len, cap }) => Err(TooLarge { len, cap }),
            Err(error) => {
                self.broken.replace(Some(error));
                Ok(())
            }
        }
    }

    /// Adds a frame whose parts are capped far below a frame's limit.
    pub(crate) fn push_small(&self, frame: ToHost) {
        if let Err(too_large) = self.push(&frame) {
            debug_assert!(false, "a small frame has {too_large}");
        }
    }

    /// Writes what there is.
    pub(crate) fn flush(&self) -> Result<(), FrameError> {
        match self.broken.take() {
            Some(error) => Err(error),
            None => self.writer.borrow_mut().flush(),
        }
    }
}
