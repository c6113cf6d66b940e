//! `wa plugins plan`

use clap::Args;
use manifest_schema::catalog::Need;
use serde_json::{Value, json};

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::Outcome;
use crate::project;
use crate::status::Status;

/// Show which plugins would start for what, in which order, and why
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wa plugins plan\n  wa plugins plan --for tool:order_desk_lookup\n  wa plugins plan --for hook:message.sending --ids"
)]
pub(crate) struct Plan {
    /// event:NAME, hook:NAME, tool:NAME, agent:NAME, command:NAME, rpc:METHOD, capability:KIND/ID, channel:ID, slot:NAME, startup
    /// or "route:METHOD /path"; without it, everything
    #[arg(long = "for", value_name = "WHAT")]
    need: Option<Need>,

    /// Print the ids alone, each once, in the order in which they would be asked
    #[arg(long, requires = "need")]
    ids: bool,

    #[command(flatten)]
    format: DataFormat,
}

impl Plan {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let project = project::open(context)?;
        let catalog = project.catalog(&project.installed());
        let needs = match self.need {
            Some(need) => vec![need],
            None => catalog.needs(&project.project),
        };
        if self.ids {
            for start in needs.iter().flat_map(|need| catalog.plan(&project.project, need)) {
                context.printer.data(start.plugin)?;
            }
            return Ok(Status::Done);
        }
        let plans = needs.iter().map(|need| (need, catalog.plan(&project.project, need)));
        if self.format.json {
            let list: Vec<Value> =
                plans.map(|(need, starts)| json!({ "for": need.to_string(), "starts": starts })).collect();
            context.printer.json(&json!({ "schemaVersion": 1, "plans": list }))?;
            return Ok(Status::Done);
        }
        for (need, starts) in plans {
            if starts.is_empty() {
                context.printer.data(format_args!("{need}\n  nothing starts"))?;
                continue;
            }
            context.printer.data(need)?;
            for start in starts {
                context.printer.data(format_args!("  {:<24} {}", start.plugin, start.reason))?;
            }
        }
        Ok(Status::Done)
    }
}
