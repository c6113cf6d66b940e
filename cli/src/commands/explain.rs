//! `wa explain`

use clap::Args;
use manifest_schema::rules;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::status::Status;

/// Tell the story behind a finding's code
#[derive(Debug, Args)]
#[command(after_help = "Example: wa explain WA0107")]
pub(crate) struct Explain {
    /// The code, as findings show it; none lists them all
    code: Option<String>,
}

impl Explain {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let Some(code) = self.code else {
            for rule in rules::all() {
                context.printer.data(format_args!("{}  {:<28} {}", rule.code, rule.name, rule.summary))?;
            }
            return Ok(Status::Done);
        };
        let Some(rule) = rules::find(&code) else {
            return Err(Failure::no(format_args!("there is no finding with the code `{code}`"))
                .hint("`wa explain` lists all codes"));
        };
        context.printer.data(format_args!(
            "{}: {} ({})\n\n{}",
            rule.code,
            rule.summary,
            rule.name,
            rule.explanation.trim()
        ))?;
        Ok(Status::Done)
    }
}
