//! `wa plugins sync` and `wa plugins mirror`

use std::path::PathBuf;

use audit_log::{Action, Detail};
use clap::Args;
use manifest_schema::names::PluginId;
use registry_index::change;
use registry_index::install::{Approval, Confirmed, Fetched, InstallPlan, Spec};
use registry_index::lock::Locked;
use registry_index::mirror::Mirror as Archives;
use registry_index::sync::{self, Difference};
use serde_json::json;

use super::approval::Approvals;
use super::{plan_text, planned};
use crate::arguments::DataFormat;
use crate::audit::{self, Log};
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::fetching::{Fetcher, RegistryFlags};
use crate::project::{self, OpenProject};
use crate::status::Status;

/// Install what wa.yaml and wa.lock say, on this machine
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wa plugins sync --frozen --yes                       exactly wa.lock, or fail\n  \
                  wa plugins sync --frozen --yes --offline --mirror mirror\n\n\
                  A lock pins what is installed and grants nothing: publishers that this machine does not know need --trust-key, \
                  and packages that nobody signed need --allow-unsigned, as at an installation."
)]
pub(crate) struct Sync {
    /// Fail if wa.yaml and wa.lock do not agree, and never change them
    #[arg(long)]
    frozen: bool,

    /// Take archives from this directory, which `wa plugins mirror` has filled
    #[arg(long, value_name = "DIR")]
    mirror: Option<PathBuf>,

    #[command(flatten)]
    approvals: Approvals,

    #[command(flatten)]
    registry: RegistryFlags,

    /// Show the plan and change nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    format: DataFormat,
}

impl Sync {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let is_tried = !self.dry_run;
        self.sync(context).map_err(|failure| match is_tried {
            true => audit::refused(context, Action::PluginInstall, "sync", failure),
            false => failure,
        })
    }

    fn sync(self, context: &Context) -> Outcome {
        let mut project = project::open(context)?;
        let installed = project.installed();
        let difference = sync::difference(&project.layout, &project.project, &project.lock, &installed);
        if self.frozen && (!difference.unlocked.is_empty() || !difference.stale.is_empty()) {
            return Err(disagreement(&difference));
        }
        let plans = self.plans(context, &mut project, &difference)?;
        let stale = difference.stale.iter().map(|id| change::uninstall(&project.plan_context(), id, true));
        let stale = stale.collect::<Result<Vec<_>, _>>().cannot("remove what wa.yaml no longer has")?;
        if self.dry_run {
            planned::show_only(context, &plans, self.format.json)?;
            stale.iter().for_each(|plan| context.printer.note(plan_text::change("Remove", plan).trim_end()));
            return Ok(Status::Done);
        }
        if plans.is_empty() && stale.is_empty() {
            if self.format.json {
                context.printer.json(&json!({ "schemaVersion": 1, "plugins": [] }))?;
            }
            context.printer.note("everything that wa.lock pins is installed");
            return Ok(Status::Done);
        }
        planned::show(context, &plans);
        stale.iter().for_each(|plan| context.printer.note(plan_text::change("Remove", plan).trim_end()));
        let approval = self.approval(context, &plans, stale.len())?;
        planned::apply(context, &mut project, plans, &approval, self.format.json)?;
        if !stale.is_empty() {
            let layout = project.layout.clone();
            let removed = |id| audit::change(Action::PluginUninstall, id).with(Detail::Code, "sync");
            let events = difference.stale.iter().map(removed).collect();
            audit::around(context, Log::Project, events, || {
                let waiting = &mut project::waiting(context.printer);
                change::apply_all(stale, &layout, &mut project.trust, &approval, waiting)
                    .cannot("remove what wa.yaml no longer has")
            })?;
            difference.stale.iter().for_each(|id| context.printer.done("Removed", id));
        }
        Ok(Status::Done)
    }

    fn plans(
        &self,
        context: &Context,
        project: &mut OpenProject,
        difference: &Difference,
    ) -> Outcome<Vec<InstallPlan>> {
        if difference.missing.is_empty() && difference.unlocked.is_empty() {
            return Ok(Vec::new());
        }
        let fetcher = Fetcher::new(context, project.layout.root(), &self.registry)?;
        let mirror = self.mirror.as_ref().map(Archives::open).transpose().cannot("read the mirror")?;
        let locked: Vec<Locked> =
            difference.missing.iter().filter_map(|id| project.lock.plugins.get(id)).cloned().collect();
        let specs: Vec<Spec> = difference.unlocked.iter().map(|(_, spec)| spec.clone()).collect();
        // Also what is pinned may be trusted by an index's word.
        let root = project.layout.root().to_owned();
        let pinned_specs = locked.iter().filter_map(|locked| Spec::parse(&locked.spec, &root).ok());
        if let Some(mirror) = &self.mirror {
            project.trust.believe_mirrored(mirror).refused("believe the indexes in the mirror")?;
        }
        let asked: Vec<Spec> = pinned_specs.chain(specs.iter().cloned()).collect();
        fetcher.refresh(&mut project.trust, &asked)?;
        let pinned = fetcher.fetch_locked(&locked, project.layout.root(), mirror.as_ref());
        let new = fetcher.fetch(project.trust.indexes(), &specs);
        let mut plans = Vec::new();
        for (archive, (id, locked)) in pinned.into_iter().zip(difference.missing.iter().zip(&locked)) {
            let plan = planned::plan(context, project, Fetched::Archive(Box::new(archive?)))?;
            check_pins(id, locked, &plan)?;
            plans.push(plan);
        }
        for (fetched, (id, _)) in new.into_iter().zip(&difference.unlocked) {
            let plan = planned::plan(context, project, fetched?)?;
            if plan.id != *id {
                return Err(Failure::no(format_args!(
                    "the source of `{id}` in wa.yaml holds the plugin `{}`",
                    plan.id
                )));
            }
            plans.push(plan);
        }
        Ok(plans)
    }

    fn approval(&self, context: &Context, plans: &[InstallPlan], stale: usize) -> Outcome<Approval> {
        let question = format!("Install {} and remove {stale}?", plans.len());
        if !plans.is_empty() {
            return self.approvals.of(context, plans, &question);
        }
        self.approvals
            .confirmed(context, &question)
            .map(|confirmed| Approval { confirmed, ..Approval::default() })
    }
}

/// What is pinned must be what was approved, whoever wrote the lock.
fn check_pins(id: &PluginId, locked: &Locked, plan: &InstallPlan) -> Outcome<()> {
    let differs = plan.locked().and_then(|found| locked.first_difference(found));
    match differs {
        None if plan.id == *id => Ok(()),
        None => Err(Failure::no(format_args!("wa.lock pins `{id}`, but its archive holds `{}`", plan.id))),
        Some(field) => Err(Failure::no(format_args!(
            "`{field}` of `{id}` in wa.lock is not what its archive says"
        ))
        .hint(
            "somebody changed wa.lock by hand; take it back to what wa wrote, or install the plugin again",
        )),
    }
}

fn disagreement(difference: &Difference) -> Failure {
    let ids = |ids: &mut dyn Iterator<Item = &PluginId>| {
        ids.map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    let mut failure = Failure::no("wa.yaml and wa.lock do not agree");
    if !difference.unlocked.is_empty() {
        let ids = ids(&mut difference.unlocked.iter().map(|(id, _)| id));
        failure.causes.push(format!("wa.lock does not pin what wa.yaml says of {ids}"));
    }
    if !difference.stale.is_empty() {
        failure.causes.push(format!("wa.yaml does not have {}", ids(&mut difference.stale.iter())));
    }
    failure.hint("run `wa plugins sync` without --frozen where the lock may change, and commit wa.lock")
}

/// Copy the archives that wa.lock pins into a directory, for machines without a network
#[derive(Debug, Args)]
#[command(
    after_help = "Example: wa plugins mirror mirror && wa plugins sync --frozen --offline --mirror mirror"
)]
pub(crate) struct Mirror {
    /// The directory
    directory: PathBuf,

    #[command(flatten)]
    registry: RegistryFlags,

    #[command(flatten)]
    format: DataFormat,
}

impl Mirror {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let mut project = project::open(context)?;
        let root = project.layout.root().to_owned();
        let fetcher = Fetcher::new(context, &root, &self.registry)?;
        let mut mirror = Archives::open(&self.directory).cannot("read the mirror")?;
        let entries: Vec<Locked> = project.lock.plugins.values().cloned().collect();
        let specs: Vec<Spec> =
            entries.iter().filter_map(|locked| Spec::parse(&locked.spec, &root).ok()).collect();
        fetcher.refresh(&mut project.trust, &specs)?;
        let archives = fetcher.fetch_locked(&entries, &root, Some(&mirror));
        let mut added = Vec::new();
        for (archive, (id, locked)) in archives.into_iter().zip(&project.lock.plugins) {
            let archive = archive?;
            let extension =
                if archive.path.extension().is_some_and(|end| end == "zip") { "zip" } else { "tgz" };
            let name = format!("{id}-{}-{}.{extension}", locked.version, &locked.archive.hex()[..8]);
            if mirror.add(&archive.path, &locked.archive, &name).cannot(format_args!("mirror {id}"))? {
                added.push(name);
            }
        }
        let indexes = project.trust.mirror_indexes(&self.directory).cannot("mirror the indexes")?;
        if self.format.json {
            context.printer.json(&json!({
                "schemaVersion": 1, "archives": entries.len(), "added": added, "indexes": indexes,
            }))?;
        }
        let shown = self.directory.display();
        context.printer.done(
            "Mirrored",
            format_args!("{} archives, {} of them new, in {shown}", entries.len(), added.len()),
        );
        Ok(Status::Done)
    }
}

impl Approvals {
    /// Whether somebody said yes to something that needs no more than that.
    fn confirmed(&self, context: &Context, question: &str) -> Outcome<Confirmed> {
        let confirmed = if self.yes { Confirmed::ByFlag } else { Confirmed::No };
        super::change::confirm(context, question, confirmed)
    }
}
