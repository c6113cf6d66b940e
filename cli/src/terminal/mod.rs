//! All that touches the person's terminal: output, prompts, progress. Nothing else in the workspace does.

mod plain;
mod printer;
mod progress;
mod prompt;

pub(crate) use plain::plain;
pub(crate) use printer::{ColorChoice, Printer, Verbosity};
pub(crate) use progress::Progress;
pub(crate) use prompt::{Confirmation, NoPrompts, Prompter, for_this_process};
