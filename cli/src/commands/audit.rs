//! `wa audit …`

mod checkpoint;
mod export;
mod recover;
mod select;
mod show;
mod verify;

use clap::{Args, Subcommand};

use crate::audit::Log;
use crate::context::Context;
use crate::failure::Outcome;
pub(crate) use verify::{Evidence, sentence};

/// Look at the log of who did what, and prove that nobody changed it
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wa audit verify\n  wa audit show --action 'plugin.*' -n 20\n  \
                  wa audit export --format ocsf --since 2026-11-01 > events.jsonl")]
pub(crate) enum Audit {
    Verify(verify::Verify),
    Show(show::Show),
    Export(export::Export),
    Checkpoint(checkpoint::MakeCheckpoint),
    Recover(recover::Recover),
}

/// Which log a command is about.
#[derive(Debug, Args)]
pub(crate) struct WhichLog {
    /// Your own log, of keys and trust, instead of the project's
    #[arg(long)]
    operator: bool,
}

impl WhichLog {
    fn log(&self) -> Log {
        if self.operator { Log::Operator } else { Log::Project }
    }
}

impl Audit {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        match self {
            Self::Verify(command) => command.run(context),
            Self::Show(command) => command.run(context),
            Self::Export(command) => command.run(context),
            Self::Checkpoint(command) => command.run(context),
            Self::Recover(command) => command.run(context),
        }
    }
}
