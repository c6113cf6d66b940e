//! From specs to plans, and from plans to what they do: the way that every command goes that installs something.

use std::collections::BTreeSet;

use registry_index::install::{self, ApplyOptions, Approval, Fetched, InstallError, InstallPlan, Spec};
use serde_json::json;

use super::plan_text;
use crate::audit::{self, Log};
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::fetching::{self, RegistryFlags};
use crate::findings;
use crate::project::{self, OpenProject};
use crate::terminal::Progress;

/// Fetches what the specs name, all at once, and works out what installing each means.
pub(super) fn plans(
    context: &Context,
    project: &mut OpenProject,
    flags: &RegistryFlags,
    specs: &[Spec],
) -> Outcome<Vec<InstallPlan>> {
    let root = project.layout.root().to_owned();
    let fetched = fetching::fetch(context, &root, &mut project.trust, flags, specs)?;
    let plans: Vec<InstallPlan> =
        fetched.into_iter().map(|fetched| plan(context, project, fetched)).collect::<Outcome<_>>()?;
    let mut seen = BTreeSet::new();
    match plans.iter().find(|plan| !seen.insert(&plan.id)) {
        Some(twice) => {
            Err(Failure::no(format_args!("two of these are `{}`; a project has one of each", twice.id)))
        }
        None => Ok(plans),
    }
}

/// Works out what installing one thing means.
pub(super) fn plan(context: &Context, project: &OpenProject, fetched: Fetched) -> Outcome<InstallPlan> {
    let name = fetched.spec().written(project.layout.root());
    let progress = Progress::start(context.printer, format!("checking {name}"));
    let plan =
        install::candidate(fetched).and_then(|candidate| install::plan(candidate, &project.plan_context()));
    drop(progress);
    plan.map_err(|error| {
        if let InstallError::Findings(report) = &error {
            findings::show(context.printer, report);
        }
        failure(&format!("install {name}"), &error)
    })
}

/// The plans as what a person is asked about.
pub(super) fn show(context: &Context, plans: &[InstallPlan]) {
    for plan in plans {
        context.printer.note(plan_text::install(plan).trim_end());
    }
}

/// The plans as data.
pub(super) fn show_only(context: &Context, plans: &[InstallPlan], json: bool) -> Outcome<()> {
    if json {
        return context.printer.json(&json!({ "schemaVersion": 1, "dryRun": true, "plans": plans }));
    }
    for plan in plans {
        context.printer.data_text(plan_text::install(plan))?;
    }
    context.printer.note("Nothing was changed.");
    Ok(())
}

/// Does what the plans say, and says what was done.
pub(super) fn apply(
    context: &Context,
    project: &mut OpenProject,
    plans: Vec<InstallPlan>,
    approval: &Approval,
    json: bool,
) -> Outcome<()> {
    let names: Vec<String> = plans.iter().map(|plan| plan.id.to_string()).collect();
    let progress = Progress::start(context.printer, format!("installing {}", names.join(", ")));
    let events = plans.iter().flat_map(audit::installation).collect();
    let lessons = plans.iter().filter_map(audit::lesson).collect();
    let applied = audit::around(context, Log::Project, events, || {
        audit::around(context, Log::Operator, lessons, || {
            let options = ApplyOptions {
                layout: &project.layout,
                trust: &mut project.trust,
                approval,
                now: (context.clock)(),
                waiting: &mut project::waiting(context.printer),
            };
            install::apply(plans, options).map_err(|error| failure("install", &error))
        })
    })?;
    drop(progress);
    if json {
        context.printer.json(&json!({ "schemaVersion": 1, "plugins": applied }))?;
    }
    for done in &applied {
        context.printer.done("Installed", format_args!("{} {}", done.id, done.version));
    }
    Ok(())
}

pub(super) fn failure(what: &str, error: &InstallError) -> Failure {
    let failure = if error.is_refusal() {
        Failure::no(format_args!("cannot {what}"))
    } else {
        Failure::could_not_run(format_args!("cannot {what}"))
    };
    failure.because(error)
}
