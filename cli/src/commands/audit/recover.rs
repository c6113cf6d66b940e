//! `wa audit recover`

use audit_log::{AuditLog, Check, Limits, LogError, Verdict};
use clap::Args;
use registry_index::install::Confirmed;

use super::WhichLog;
use super::verify::{Evidence, sentence};
use crate::audit;
use crate::commands::plugins;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::status::Status;

/// Put a log that was changed or damaged aside, and begin a new one
#[derive(Debug, Args)]
#[command(
    after_help = "Nothing is added to a log that somebody changed, and what cannot be recorded is refused. This is the way \
                        out: the old log is kept in .wa/audit/replaced, and the first record of the new one names it.\n\n\
                        Without a terminal and without --yes: exit 3, nothing changed."
)]
pub(crate) struct Recover {
    /// Answer the question with yes
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    log: WhichLog,
}

impl Recover {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let place = self.log.log().place(context)?;
        context.printer.note(condition(&place)?);
        let by_flag = if self.yes { Confirmed::ByFlag } else { Confirmed::No };
        plugins::confirm(context, "Put this log aside and begin a new one?", by_flag)?;
        let at = (context.clock)().into();
        let log = AuditLog::replace(place, Limits::default(), audit::operator(), at)
            .cannot("begin a new audit log")?;
        context.printer.done("Began", log.log_id().unwrap_or("a new log"));
        Ok(Status::Done)
    }
}

/// What is wrong with the log; one with which nothing is wrong is not put aside.
fn condition(place: &audit_log::Place) -> Outcome<String> {
    let state_is_bad = |error: &LogError| matches!(error, LogError::Malformed { .. });
    let verified = Evidence::beside(place).and_then(|Evidence { first_key, checkpoints }| {
        let check = Check { first_key: first_key.as_ref(), checkpoints: &checkpoints, ..Check::default() };
        audit_log::verify(&place.folder, &check)
    });
    match verified {
        Ok(verified) if verified.verdict == Verdict::Intact => {
            Err(Failure::no("the audit log is intact; there is nothing to recover from"))
        }
        Ok(verified) => Ok(sentence(&verified)),
        Err(error) if state_is_bad(&error) => Ok(error.to_string()),
        Err(error) => Err(error).cannot("read the audit log"),
    }
}
