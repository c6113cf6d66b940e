//! `wa plugins enable`, `disable` and `uninstall`

use clap::Args;
use clap_complete::ArgValueCandidates;
use manifest_schema::names::PluginId;
use registry_index::change::{self, ChangeError, ChangePlan};
use registry_index::install::{Approval, Confirmed};
use serde_json::json;

use super::plan_text;
use crate::arguments::DataFormat;
use crate::completion;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::project::{self, OpenProject};
use crate::status::Status;
use crate::terminal::Confirmation;

/// Let an installed plugin run
#[derive(Debug, Args)]
pub(crate) struct Enable {
    /// The plugin's id
    #[arg(add = ArgValueCandidates::new(completion::plugin_ids))]
    id: PluginId,
}

/// Keep an installed plugin from running
#[derive(Debug, Args)]
pub(crate) struct Disable {
    /// The plugin's id
    #[arg(add = ArgValueCandidates::new(completion::plugin_ids))]
    pub(crate) id: PluginId,
}

/// Remove a plugin, after showing what goes with it
#[derive(Debug, Args)]
#[command(after_help = "Without a terminal and without --yes: exit 3, nothing changed.")]
pub(crate) struct Uninstall {
    /// The plugin's id
    #[arg(add = ArgValueCandidates::new(completion::plugin_ids))]
    id: PluginId,

    /// Keep what the plugin has stored
    #[arg(long)]
    keep_data: bool,

    /// Answer the question with yes
    #[arg(short, long)]
    yes: bool,

    /// Show what would go and change nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    format: DataFormat,
}

impl Enable {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        set_enabled(context, &self.id, true)
    }
}

impl Disable {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        set_enabled(context, &self.id, false)
    }
}

fn set_enabled(context: &Context, id: &PluginId, enabled: bool) -> Outcome {
    let mut project = project::open(context)?;
    let (what, done) = if enabled { ("enable", "Enabled") } else { ("disable", "Disabled") };
    let plan = change::set_enabled(&project.plan_context(), id, enabled)
        .map_err(|error| failure(what, id, &error))?;
    for warning in &plan.warnings {
        context.printer.warning(warning);
    }
    apply(context, &mut project, plan, Confirmed::No).map_err(|error| failure(what, id, &error))?;
    context.printer.done(done, id);
    Ok(Status::Done)
}

impl Uninstall {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let mut project = project::open(context)?;
        let plan = change::uninstall(&project.plan_context(), &self.id, self.keep_data)
            .map_err(|error| failure("uninstall", &self.id, &error))?;
        if self.dry_run {
            if self.format.json {
                context.printer.json(&json!({ "schemaVersion": 1, "dryRun": true, "plan": plan }))?;
            } else {
                context.printer.data_text(plan_text::change("Uninstall", &plan))?;
                context.printer.note("Nothing was changed.");
            }
            return Ok(Status::Done);
        }
        context.printer.note(plan_text::change("Uninstall", &plan).trim_end());
        let confirmed = self.confirm(context)?;
        apply(context, &mut project, plan, confirmed)
            .map_err(|error| failure("uninstall", &self.id, &error))?;
        if self.format.json {
            context.printer.json(&json!({ "schemaVersion": 1, "id": self.id, "uninstalled": true }))?;
        }
        context.printer.done("Uninstalled", &self.id);
        Ok(Status::Done)
    }

    fn confirm(&self, context: &Context) -> Outcome<Confirmed> {
        if self.yes {
            return Ok(Confirmed::ByFlag);
        }
        match context.prompter.confirm(&format!("Uninstall {}?", self.id))? {
            Confirmation::Yes => Ok(Confirmed::InPerson),
            Confirmation::No => Err(Failure::unconfirmed("not confirmed; nothing was changed")),
            Confirmation::Nobody => Err(Failure::unconfirmed(
                "this needs a confirmation, and there is no terminal to ask on; nothing was changed",
            )
            .hint("run it again with --yes")),
        }
    }
}

fn apply(
    context: &Context,
    project: &mut OpenProject,
    plan: ChangePlan,
    confirmed: Confirmed,
) -> Result<(), ChangeError> {
    let approval = Approval { confirmed, ..Approval::default() };
    plan.apply(&project.layout, &mut project.trust, &approval, &mut project::waiting(context.printer))
}

fn failure(what: &str, id: &PluginId, error: &ChangeError) -> Failure {
    let message = format!("cannot {what} {id}");
    match error {
        ChangeError::Transaction(_) => Failure::could_not_run(message).because(error),
        ChangeError::NotInstalled(_) => {
            Failure::no(message).because(error).hint("`wa plugins list` shows what is installed")
        }
        _ => Failure::no(message).because(error),
    }
}
