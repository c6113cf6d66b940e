//! Why something was not done.

use std::fmt;

/// A failure, of the host or of a handler.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Error {
    /// A word for programs. The host's are `denied`, `invalid_params`, `not_found`, `limit`, `timeout`, `too_large` and `unavailable`; a handler
    /// may use its own.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// What handlers return, and what the host answers.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A failure with a word of the plugin's own.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<&str> for Error {
    fn from(message: &str) -> Self {
        Self::new("failed", message)
    }
}

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::new("failed", message)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::new("invalid_json", error.to_string())
    }
}
