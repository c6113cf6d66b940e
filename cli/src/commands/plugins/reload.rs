//! `wa plugins reload`

use clap::Args;
use serde_json::json;

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::Outcome;
use crate::project;
use crate::status::Status;
use crate::terminal::plain;

/// Make the running host read the project, its plugins and its secrets again
#[derive(Debug, Args)]
#[command(
    after_help = "Calls in flight finish on the old version. A plugin whose new configuration is wrong goes on as it was, and\n\
                  wa.yaml with an error changes nothing; both are exit 1. SIGHUP to `wa run` does the same."
)]
pub(crate) struct Reload {
    #[command(flatten)]
    format: DataFormat,
}

impl Reload {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let outcome = project::running_host(context)?
            .reload()
            .map_err(|error| project::host_failure("reload", &error))?;
        if self.format.json {
            context.printer.json(&json!({
                "schemaVersion": 1, "changed": outcome.changed, "kept": outcome.kept,
            }))?;
        } else {
            for id in &outcome.changed {
                context.printer.data(format_args!("changed    {id}"))?;
            }
            for kept in &outcome.kept {
                context.printer.data(plain(&format!("kept       {}: {}", kept.id, kept.reason)))?;
            }
            if outcome.changed.is_empty() && outcome.kept.is_empty() {
                context.printer.note("nothing has changed");
            }
        }
        Ok(if outcome.kept.is_empty() { Status::Done } else { Status::No })
    }
}
