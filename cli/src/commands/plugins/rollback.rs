//! `wa plugins rollback` and `wa plugins prune`

use audit_log::Action;
use clap::Args;
use clap_complete::ArgValueCandidates;
use manifest_schema::names::PluginId;
use manifest_schema::version::Version;
use registry_index::change;
use registry_index::install;
use serde_json::json;

use super::approval::Approvals;
use super::planned;
use crate::arguments::DataFormat;
use crate::audit;
use crate::completion;
use crate::context::Context;
use crate::failure::{Outcome, While};
use crate::project;
use crate::status::Status;

/// Go back to a version that was installed before
#[derive(Debug, Args)]
#[command(
    after_help = "Versions stay in the store until `wa plugins prune`. What is gone back to is checked as at its installation: \
                  a signature of a key that is revoked by now does not count."
)]
pub(crate) struct Rollback {
    /// The plugin's id
    #[arg(add = ArgValueCandidates::new(completion::plugin_ids))]
    id: PluginId,

    /// The version; the one before, if none is named
    #[arg(long, value_name = "VERSION", value_parser = version)]
    to: Option<Version>,

    #[command(flatten)]
    approvals: Approvals,

    /// Show the plan and change nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    format: DataFormat,
}

fn version(text: &str) -> Result<Version, String> {
    text.parse().map_err(|_| format!("`{text}` is not a version such as 1.2.3"))
}

impl Rollback {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let (asked, is_tried) = (self.id.to_string(), !self.dry_run);
        self.go_back(context).map_err(|failure| match is_tried {
            true => audit::refused(context, Action::PluginRollback, &asked, failure),
            false => failure,
        })
    }

    fn go_back(self, context: &Context) -> Outcome {
        let mut project = project::open(context)?;
        let plan = install::plan_rollback(&self.id, self.to.as_ref(), &project.plan_context())
            .map_err(|error| planned::failure(&format!("go back with {}", self.id), &error))?;
        let question = format!("Go back to {} {}?", plan.id, plan.version);
        let plans = vec![plan];
        if self.dry_run {
            planned::show_only(context, &plans, self.format.json)?;
            return Ok(Status::Done);
        }
        planned::show(context, &plans);
        let approval = self.approvals.of(context, &plans, &question)?;
        planned::apply(context, &mut project, plans, &approval, self.format.json)?;
        Ok(Status::Done)
    }
}

/// Remove stored versions that wa.lock does not pin
#[derive(Debug, Args)]
#[command(after_help = "`wa plugins rollback` cannot go back to what was removed.")]
pub(crate) struct Prune {
    /// Show what would go and change nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    format: DataFormat,
}

impl Prune {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let mut project = project::open(context)?;
        let prune = change::prune(&project.plan_context()).cannot("look through the store")?;
        let removed = prune.removed.clone();
        if !self.dry_run {
            prune
                .apply(&project.layout, &mut project.trust, &mut project::waiting(context.printer))
                .cannot("prune the store")?;
        }
        if self.format.json {
            context
                .printer
                .json(&json!({ "schemaVersion": 1, "dryRun": self.dry_run, "removed": removed }))?;
            return Ok(Status::Done);
        }
        for path in &removed {
            context.printer.data(path.display())?;
        }
        match (removed.len(), self.dry_run) {
            (0, _) => context.printer.note("there is nothing that wa.lock does not pin"),
            (_, true) => context.printer.note("Nothing was changed."),
            (count, false) => context.printer.done("Removed", format_args!("{count} stored versions")),
        }
        Ok(Status::Done)
    }
}
