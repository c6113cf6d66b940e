//! `wa plugins search`

use clap::Args;
use registry_index::npm::{FetchError, Hit};
use serde_json::json;

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::Outcome;
use crate::fetching::{self, RegistryFlags};
use crate::status::Status;
use crate::terminal::{Progress, plain};

/// Look for plugins in a registry
#[derive(Debug, Args)]
#[command(
    after_help = "Packages that say of themselves that they are plugins of wa (keyword wa-plugin) are shown; --all shows the others too."
)]
pub(crate) struct Search {
    /// Words to look for
    #[arg(required = true)]
    words: Vec<String>,

    /// Show packages that are not plugins of wa too
    #[arg(long)]
    all: bool,

    /// How many packages to ask the registry for
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u8).range(1..=250))]
    limit: u8,

    #[command(flatten)]
    registry: RegistryFlags,

    #[command(flatten)]
    format: DataFormat,
}

impl Search {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let root = context.project_root().ok();
        let client = fetching::client(context, root.as_deref(), &self.registry)?;
        let progress = Progress::start(context.printer, "searching");
        let hits = client.search(&self.words.join(" "), self.limit).map_err(|error| {
            let failure = fetching::failure("search", &error);
            match error {
                FetchError::Status { status: 404 | 405 | 501, .. } => {
                    failure.hint("this registry cannot search; `wa plugins install NAME` works without")
                }
                _ => failure,
            }
        })?;
        drop(progress);
        let (plugins, others): (Vec<Hit>, Vec<Hit>) = hits.into_iter().partition(|hit| hit.is_plugin);
        let left_out = if self.all { 0 } else { others.len() };
        let shown = if self.all { [plugins, others].concat() } else { plugins };
        if self.format.json {
            context.printer.json(&json!({ "schemaVersion": 1, "packages": shown, "leftOut": left_out }))?;
            return Ok(Status::Done);
        }
        for hit in &shown {
            let mark = if hit.is_plugin { "" } else { "  (not a plugin of wa)" };
            context
                .printer
                .data(plain(&format!("{} {}  {}{mark}", hit.name, hit.version, hit.description)))?;
        }
        if shown.is_empty() {
            context.printer.note("no plugin was found");
        }
        if left_out > 0 {
            context.printer.note(format_args!(
                "{left_out} packages that are not plugins of wa are left out; --all shows them"
            ));
        }
        Ok(Status::Done)
    }
}
