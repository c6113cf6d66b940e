//! `wa audit checkpoint`

use std::path::PathBuf;

use audit_log::{AuditLog, Limits};
use clap::Args;

use super::WhichLog;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::status::Status;

/// State what the log is now, to be kept where nobody on this machine can change it
#[derive(Debug, Args)]
#[command(after_help = "Example: wa audit checkpoint --out /media/usb/monday.checkpoint\n\n\
                        Later, `wa audit verify --checkpoint FILE` finds out if what the log had then is gone or another.\n\
                        Without --out it is printed.")]
pub(crate) struct MakeCheckpoint {
    /// Where to write it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    log: WhichLog,
}

impl MakeCheckpoint {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let place = self.log.log().place(context)?;
        if audit_log::identity(&place.folder).cannot("read the audit log")?.is_none() {
            return Err(Failure::could_not_run("there is no audit log yet"));
        }
        let at = (context.clock)().into();
        let mut log = AuditLog::open(place, Limits::default(), at).cannot("open the audit log")?;
        let checkpoint = log.checkpoint(at).cannot("make a checkpoint")?;
        match &self.out {
            Some(path) => {
                checkpoint.write(path).cannot("write the checkpoint")?;
                let shown =
                    format!("record {} of {} in {}", checkpoint.seq, checkpoint.log_id, path.display());
                context.printer.done("Stated", shown);
            }
            None => context.printer.json(&checkpoint)?,
        }
        Ok(Status::Done)
    }
}
