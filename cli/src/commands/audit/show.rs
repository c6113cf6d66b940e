//! `wa audit show`

use audit_log::Record;
use clap::Args;
use serde_json::{Value, json};

use super::WhichLog;
use super::select::Select;
use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::Outcome;
use crate::status::Status;
use crate::terminal::plain;

/// Show what is recorded
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wa audit show -n 20\n  wa audit show --plugin acme.order-desk --outcome refused\n  \
                        wa audit show --action 'worker.*' --since 2026-11-21T09:00:00Z\n\n\
                        Nothing is verified here; `wa audit verify` does that."
)]
pub(crate) struct Show {
    #[command(flatten)]
    select: Select,

    /// Only the last so many
    #[arg(short = 'n', long = "last", value_name = "NUMBER")]
    last: Option<usize>,

    #[command(flatten)]
    log: WhichLog,

    #[command(flatten)]
    format: DataFormat,
}

impl Show {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let place = self.log.log().place(context)?;
        let records = self.select.last(context, &place, self.last)?;
        if self.format.json {
            context.printer.json(&json!({ "schemaVersion": 1, "records": records }))?;
            return Ok(Status::Done);
        }
        for record in &records {
            context.printer.data(plain(&line(record)))?;
        }
        if records.is_empty() {
            context.printer.note("no such record");
        }
        Ok(Status::Done)
    }
}

fn line(record: &Record) -> String {
    let Record { at, seq, outcome, action, actor, plugin, subject, details, .. } = record;
    let about = [plugin.as_deref(), subject.as_deref()].into_iter().flatten();
    let details = details.iter().map(|(name, value)| match value {
        Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    });
    let rest: Vec<String> = about.map(str::to_owned).chain(details).collect();
    format!("{at}  {seq:>6}  {outcome:<7}  {action:<17}  {actor:<16}  {}", rest.join("  "))
        .trim_end()
        .to_owned()
}
