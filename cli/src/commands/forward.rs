//! `wa forward …`

mod verify;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::{Outcome, While};
use crate::project;
use crate::status::Status;
use crate::terminal::plain;

/// Forward streams: what the host sends to receivers, and the receiver's check
#[derive(Debug, Subcommand)]
pub(crate) enum Forward {
    List(List),
    Verify(verify::Verify),
}

/// List the forward streams of the project, and how far each has got
#[derive(Debug, Args)]
#[command(after_help = "Reads the journal, so that it works without a running host too.")]
pub(crate) struct List {
    #[command(flatten)]
    format: DataFormat,
}

impl Forward {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        match self {
            Self::List(command) => command.run(context),
            Self::Verify(command) => command.run(context),
        }
    }
}

impl List {
    fn run(self, context: &Context) -> Outcome {
        let layout = project::layout(context)?;
        let streams = runtime_host::forward_streams(&layout).cannot("read the journal")?;
        if self.format.json {
            context.printer.json(&json!({ "schemaVersion": 1, "streams": streams }))?;
            return Ok(Status::Done);
        }
        for stream in streams {
            let state = if stream.stopped { "stopped" } else { "on" };
            let line = format!(
                "{} {} to {}: {state}, {} of {} delivered, {} waiting",
                stream.stream, stream.plugin, stream.to, stream.delivered, stream.seq, stream.waiting
            );
            context.printer.data(plain(&line))?;
            if let Some(error) = stream.last_error {
                context.printer.data(plain(&format!("    {error}")))?;
            }
        }
        Ok(Status::Done)
    }
}
