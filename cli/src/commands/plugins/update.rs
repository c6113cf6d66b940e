//! `wa plugins update`

use std::collections::BTreeSet;

use clap::Args;
use clap_complete::ArgValueCandidates;
use manifest_schema::names::PluginId;
use registry_index::install::{InstallPlan, Spec};

use super::approval::Approvals;
use super::outdated::{self, FromRegistry};
use super::planned;
use crate::arguments::DataFormat;
use crate::completion;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::fetching::{Fetcher, RegistryFlags};
use crate::project::{self, OpenProject};
use crate::status::Status;
use crate::terminal::plain;

/// Update packages of registries within their ranges, after showing what changes
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wa plugins update --dry-run\n  wa plugins update order-desk --yes\n\n\
                  A package that asks for more than before is asked about by itself; without a yes its old version stays and \
                  runs. To leave the range, install the package again: wa plugins install order-desk@^2")]
pub(crate) struct Update {
    /// The plugins; all if none is named
    #[arg(add = ArgValueCandidates::new(completion::plugin_ids))]
    ids: Vec<PluginId>,

    #[command(flatten)]
    approvals: Approvals,

    #[command(flatten)]
    registry: RegistryFlags,

    /// Show what would change and change nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    format: DataFormat,
}

impl Update {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let mut project = project::open(context)?;
        let fetcher = Fetcher::new(context, project.layout.root(), &self.registry)?;
        let packages = self.packages(&project)?;
        let mut stuck = Stuck::default();
        let newer = newer(context, &fetcher, &mut project, packages, &mut stuck)?;
        let mut plans = Vec::new();
        for fetched in fetcher.fetch(project.trust.indexes(), &newer) {
            let plan = fetched.and_then(|fetched| planned::plan(context, &project, fetched));
            plans.extend(stuck.unless_failed(context, plan));
        }
        if self.dry_run {
            planned::show_only(context, &plans, self.format.json)?;
            return stuck.end();
        }
        let (more, same): (Vec<InstallPlan>, Vec<InstallPlan>) =
            plans.into_iter().partition(|plan| !plan.new_permissions.is_empty());
        let mut groups: Vec<Vec<InstallPlan>> = more.into_iter().map(|plan| vec![plan]).collect();
        if !same.is_empty() {
            groups.insert(0, same);
        }
        let approved = self.approved(context, groups, &mut stuck);
        self.apply(context, &mut project, approved)?;
        stuck.end()
    }

    fn packages(&self, project: &OpenProject) -> Outcome<Vec<FromRegistry>> {
        let mut packages = outdated::from_registries(project);
        for id in &self.ids {
            if packages.iter().all(|package| package.id != *id) {
                let why = match project.lock.plugins.get(id) {
                    Some(locked) => format!("it comes from `{}`, which is no registry", locked.spec),
                    None => "no package of it is installed".to_owned(),
                };
                return Err(Failure::no(format_args!("cannot update {id}: {why}"))
                    .hint("`wa plugins install` installs another archive in its place"));
            }
        }
        let named: BTreeSet<_> = self.ids.iter().collect();
        packages.retain(|package| named.is_empty() || named.contains(&package.id));
        Ok(packages)
    }

    /// The plans that somebody said yes to: those that ask for nothing new together, the others one by one.
    fn approved(
        &self,
        context: &Context,
        groups: Vec<Vec<InstallPlan>>,
        stuck: &mut Stuck,
    ) -> Vec<(Vec<InstallPlan>, registry_index::install::Approval)> {
        let mut approved = Vec::new();
        for plans in groups {
            planned::show(context, &plans);
            let approval = self.approvals.of(context, &plans, &question(&plans));
            if let Err(failure) = &approval
                && let [plan] = plans.as_slice()
                && let registry_index::install::Action::Update { from } = &plan.action
            {
                context.printer.note(format_args!("{} stays at {from}: {failure}", plan.id));
            }
            approved.extend(stuck.unless_failed(context, approval).map(|approval| (plans, approval)));
        }
        approved
    }

    fn apply(
        &self,
        context: &Context,
        project: &mut OpenProject,
        approved: Vec<(Vec<InstallPlan>, registry_index::install::Approval)>,
    ) -> Outcome<()> {
        let mut all = Vec::new();
        let mut joined = registry_index::install::Approval::default();
        for (plans, approval) in approved {
            all.extend(plans);
            // What each plan needs was asked for each; how it was confirmed is all that may differ.
            joined = registry_index::install::Approval {
                confirmed: approval.confirmed.max(joined.confirmed),
                ..approval
            };
        }
        if all.is_empty() && !self.format.json {
            context.printer.note("nothing was updated");
            return Ok(());
        }
        planned::apply(context, project, all, &joined, self.format.json)
    }
}

/// The specs of what has something newer in its range.
fn newer(
    context: &Context,
    fetcher: &Fetcher,
    project: &mut OpenProject,
    packages: Vec<FromRegistry>,
    stuck: &mut Stuck,
) -> Outcome<Vec<Spec>> {
    let offers = outdated::offers(fetcher, project, &packages)?;
    let mut newer = Vec::new();
    for (package, offer) in packages.into_iter().zip(offers) {
        if let Some(choice) = stuck.unless_failed(context, offer)
            && choice.version > package.locked.version
        {
            newer.push(Spec::Registry(package.spec));
        }
    }
    Ok(newer)
}

fn question(plans: &[InstallPlan]) -> String {
    match plans {
        [plan] if plan.new_permissions.is_empty() => format!("Update {} to {}?", plan.id, plan.version),
        [plan] => format!("Update {} to {} and give it these new permissions?", plan.id, plan.version),
        _ => format!("Update these {} plugins?", plans.len()),
    }
}

/// What could not be updated. One that is refused does not keep the others from their updates.
#[derive(Default)]
struct Stuck(Vec<Failure>);

impl Stuck {
    fn unless_failed<T>(&mut self, context: &Context, outcome: Outcome<T>) -> Option<T> {
        outcome
            .map_err(|failure| {
                context.printer.warning(plain(&failure.to_string()));
                self.0.push(failure);
            })
            .ok()
    }

    /// The first failure is that of the command.
    fn end(self) -> Outcome {
        self.0.into_iter().next().map_or(Ok(Status::Done), Err)
    }
}
