//! `wa plugins enable`, `disable` and `uninstall`

use std::collections::BTreeSet;

use audit_log::Action;
use clap::Args;
use clap_complete::ArgValueCandidates;
use manifest_schema::names::PluginId;
use registry_index::change::{self, ChangeError, ChangePlan};
use registry_index::install::{Approval, Confirmed};
use serde_json::json;

use super::plan_text;
use crate::arguments::DataFormat;
use crate::audit::{self, Log};
use crate::completion;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
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

/// Remove plugins, after showing what goes with them
#[derive(Debug, Args)]
#[command(after_help = "Without a terminal and without --yes: exit 3, nothing changed.")]
pub(crate) struct Uninstall {
    /// The plugins' ids
    #[arg(required = true, add = ArgValueCandidates::new(completion::plugin_ids))]
    ids: Vec<PluginId>,

    /// Keep what the plugins have stored
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
    let action = if enabled { Action::PluginEnable } else { Action::PluginDisable };
    audit::around(context, Log::Project, vec![audit::change(action, id)], || {
        apply(context, &mut project, plan, Confirmed::No).map_err(|error| failure(what, id, &error))
    })?;
    context.printer.done(done, id);
    Ok(Status::Done)
}

impl Uninstall {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let mut project = project::open(context)?;
        let ids: BTreeSet<&PluginId> = self.ids.iter().collect();
        let mut plans = Vec::new();
        for id in &ids {
            let plan = change::uninstall(&project.plan_context(), id, self.keep_data);
            plans.push(plan.map_err(|error| failure("uninstall", id, &error))?);
        }
        let shown: String = plans.iter().map(|plan| plan_text::change("Uninstall", plan)).collect();
        if self.dry_run {
            if self.format.json {
                context.printer.json(&json!({ "schemaVersion": 1, "dryRun": true, "plans": plans }))?;
            } else {
                context.printer.data_text(shown)?;
                context.printer.note("Nothing was changed.");
            }
            return Ok(Status::Done);
        }
        context.printer.note(shown.trim_end());
        let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let names = names.join(", ");
        let by_flag = if self.yes { Confirmed::ByFlag } else { Confirmed::No };
        let confirmed = confirm(context, &format!("Uninstall {names}?"), by_flag)?;
        let approval = Approval { confirmed, ..Approval::default() };
        let layout = project.layout.clone();
        let events = ids.iter().map(|id| audit::change(Action::PluginUninstall, id)).collect();
        audit::around(context, Log::Project, events, || {
            let waiting = &mut project::waiting(context.printer);
            change::apply_all(plans, &layout, &mut project.trust, &approval, waiting)
                .cannot(format_args!("uninstall {names}"))
        })?;
        if self.format.json {
            context.printer.json(&json!({ "schemaVersion": 1, "uninstalled": ids }))?;
        }
        ids.iter().for_each(|id| context.printer.done("Uninstalled", id));
        Ok(Status::Done)
    }
}

/// Asks, unless a flag has answered.
pub(crate) fn confirm(context: &Context, question: &str, by_flag: Confirmed) -> Outcome<Confirmed> {
    if by_flag != Confirmed::No {
        return Ok(by_flag);
    }
    match context.prompter.confirm(question)? {
        Confirmation::Yes => Ok(Confirmed::InPerson),
        Confirmation::No => Err(Failure::unconfirmed("not confirmed; nothing was changed")),
        Confirmation::Nobody => Err(Failure::unconfirmed(
            "this needs a confirmation, and there is no terminal to ask on; nothing was changed",
        )
        .hint("run it again with --yes")),
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
