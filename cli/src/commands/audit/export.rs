//! `wa audit export`

use audit_log::{Record, export};
use clap::{Args, ValueEnum};

use super::WhichLog;
use super::select::Select;
use crate::context::Context;
use crate::failure::{Outcome, While};
use crate::project;
use crate::status::Status;

/// Print records in a form that other systems take in, one a line
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wa audit export --format jsonl > records.jsonl       as they are, with their hashes\n  \
                        wa audit export --format ocsf --since 2026-11-01     OCSF 1.3.0, class 6003 (API Activity)\n  \
                        wa audit export --format cef --action 'plugin.*'     ArcSight CEF:0"
)]
pub(crate) struct Export {
    /// The form
    #[arg(long, value_name = "FORMAT")]
    format: Form,

    #[command(flatten)]
    select: Select,

    #[command(flatten)]
    log: WhichLog,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// The records themselves
    Jsonl,
    /// Open Cybersecurity Schema Framework
    Ocsf,
    /// Common Event Format
    Cef,
}

impl Export {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let place = self.log.log().place(context)?;
        self.select.each(context, &place, |record| context.printer.data(line(record, self.format)?))?;
        Ok(Status::Done)
    }
}

fn line(record: &Record, form: Form) -> Outcome<String> {
    match form {
        Form::Jsonl => record.line().cannot("write a record"),
        Form::Ocsf => Ok(export::ocsf(record, project::VERSION).to_string()),
        Form::Cef => Ok(export::cef(record, project::VERSION)),
    }
}
