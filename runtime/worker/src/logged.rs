//! What one call may log.

use runtime_protocol::LogLevel;

/// Bytes of a log line's message, and of its fields.
pub(crate) const MAX_LOG_TEXT: usize = 8 << 10;

/// Bytes that one call may log; what follows is dropped, and the log says so once.
pub(crate) const MAX_LOG_OF_CALL: usize = 64 << 10;

/// How much one call has logged.
#[derive(Clone, Copy, Default)]
pub(crate) struct Logged(usize);

/// What becomes of a log line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// It is written.
    Written,
    /// It is the first that is too much, which is said instead.
    Last,
    /// It is dropped.
    Dropped,
}

impl Logged {
    /// Counts a line of so many bytes.
    pub(crate) fn count(&mut self, bytes: usize) -> Counted {
        if self.0 > MAX_LOG_OF_CALL {
            return Counted::Dropped;
        }
        self.0 += bytes;
        if self.0 > MAX_LOG_OF_CALL { Counted::Last } else { Counted::Written }
    }
}

/// The level of that name; a plugin that invents one gets `info`.
pub(crate) fn level(word: &str) -> LogLevel {
    match word {
        "debug" => LogLevel::Debug,
        "warn" => LogLevel::Warn,
        "error" => LogLevel::Error,
        _ => LogLevel::Info,
    }
}

/// Cuts to `limit` bytes at a character's border, visibly.
pub(crate) fn clip_to(mut text: String, limit: usize) -> String {
    if text.len() > limit {
        let border = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(border);
        text.push('…');
    }
    text
}
