//! `wa completions`

use clap::Args;
use clap_complete::Shell;

use crate::arguments;
use crate::context::Context;
use crate::failure::Outcome;
use crate::status::Status;

/// Print the completion script of a shell
#[derive(Debug, Args)]
#[command(after_help = "Example: wa completions zsh > ~/.zfunc/_wa")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut arguments::command(), "wa", &mut script);
        context.printer.data_text(String::from_utf8_lossy(&script))?;
        Ok(Status::Done)
    }
}
