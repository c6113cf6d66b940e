//! Errors in one line.

use std::error::Error;

/// An error and its causes, joined by colons, for where only a text can be given.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
