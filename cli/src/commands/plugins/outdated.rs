//! `wa plugins outdated`

use clap::Args;
use manifest_schema::names::PluginId;
use registry_index::install::{RegistrySpec, Spec};
use registry_index::lock::Locked;
use registry_index::npm::Choice;
use serde_json::json;

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::fetching::{Fetcher, RegistryFlags};
use crate::project::{self, OpenProject};
use crate::status::Status;
use crate::terminal::plain;

/// Show which installed packages have newer versions
#[derive(Debug, Args)]
pub(crate) struct Outdated {
    #[command(flatten)]
    registry: RegistryFlags,

    #[command(flatten)]
    format: DataFormat,
}

/// An installed package of a registry.
pub(super) struct FromRegistry {
    pub(super) id: PluginId,
    pub(super) locked: Locked,
    pub(super) spec: RegistrySpec,
}

/// The installed packages that come from registries.
pub(super) fn from_registries(project: &OpenProject) -> Vec<FromRegistry> {
    let package = |(id, locked): (&PluginId, &Locked)| match Spec::parse(&locked.spec, project.layout.root())
    {
        Ok(Spec::Registry(spec)) => Some(FromRegistry { id: id.clone(), locked: locked.clone(), spec }),
        _ => None,
    };
    project.lock.plugins.iter().filter_map(package).collect()
}

/// What the registries offer of them, in their order.
pub(super) fn offers(
    fetcher: &Fetcher,
    project: &mut OpenProject,
    packages: &[FromRegistry],
) -> Outcome<Vec<Outcome<Choice>>> {
    let asked: Vec<RegistrySpec> = packages.iter().map(|package| package.spec.clone()).collect();
    let specs: Vec<Spec> = asked.iter().cloned().map(Spec::Registry).collect();
    fetcher.refresh(&mut project.trust, &specs)?;
    Ok(fetcher.choose(project.trust.indexes(), &asked))
}

impl Outdated {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let mut project = project::open(context)?;
        let fetcher = Fetcher::new(context, project.layout.root(), &self.registry)?;
        let packages = from_registries(&project);
        let offers = offers(&fetcher, &mut project, &packages)?;
        let mut rows = Vec::new();
        let mut failed: Option<Failure> = None;
        for (package, offer) in packages.iter().zip(offers) {
            match offer {
                Ok(choice) => rows.push((package, choice)),
                Err(failure) => {
                    context.printer.warning(plain(&failure.to_string()));
                    failed.get_or_insert(failure);
                }
            }
        }
        self.show(context, &rows)?;
        failed.map_or(Ok(Status::Done), Err)
    }

    fn show(&self, context: &Context, rows: &[(&FromRegistry, Choice)]) -> Outcome<()> {
        if self.format.json {
            let row = |(package, choice): &(&FromRegistry, Choice)| {
                json!({
                    "id": package.id, "package": package.spec.name, "current": package.locked.version, "wanted": choice.version,
                    "latest": choice.latest, "deprecated": choice.deprecated, "outdated": is_outdated(package, choice),
                })
            };
            let rows: Vec<_> = rows.iter().map(row).collect();
            return context.printer.json(&json!({ "schemaVersion": 1, "plugins": rows }));
        }
        let outdated: Vec<_> = rows.iter().filter(|(package, choice)| is_outdated(package, choice)).collect();
        for (package, choice) in &outdated {
            let latest = choice.latest.as_ref().map_or("?".to_owned(), ToString::to_string);
            let deprecated =
                choice.deprecated.as_ref().map_or(String::new(), |why| format!("  discouraged: {why}"));
            context.printer.data(plain(&format!(
                "{:<24} {} -> {}  (latest {latest}){deprecated}",
                package.id, package.locked.version, choice.version
            )))?;
        }
        if outdated.is_empty() {
            context.printer.note("every package of a registry is up to date");
        }
        Ok(())
    }
}

/// Whether the range, or else the newest version, has something newer.
fn is_outdated(package: &FromRegistry, choice: &Choice) -> bool {
    let newest = choice.latest.as_ref().map_or(&choice.version, |latest| latest.max(&choice.version));
    *newest > package.locked.version
}
