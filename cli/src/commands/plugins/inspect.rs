//! `wa plugins inspect`

use clap::Args;
use clap_complete::ArgValueCandidates;
use manifest_schema::catalog::{Catalog, Enablement, Shape};
use manifest_schema::foreign::{self, Foreign};
use manifest_schema::manifest::{Manifest, Route};
use manifest_schema::names::PluginId;
use registry_index::load::{Installed, Origin};
use runtime_host::health::{self, Health};
use runtime_protocol::{PartState, SandboxReport};
use serde_json::json;

use super::{list, plan_text};
use crate::arguments::DataFormat;
use crate::completion;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::findings;
use crate::project::{self, OpenProject};
use crate::status::Status;
use crate::terminal::{Printer, plain};

/// Show what a plugin is, what it may do, and how it has fared
#[derive(Debug, Args)]
#[command(after_help = "Exits 1 when the plugin must not run.")]
pub(crate) struct Inspect {
    /// The plugin's id
    #[arg(add = ArgValueCandidates::new(completion::plugin_ids))]
    id: PluginId,

    #[command(flatten)]
    format: DataFormat,
}

impl Inspect {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let project = project::open(context)?;
        let set = project.installed();
        let Some(plugin) = set.plugins.iter().find(|plugin| plugin.id == self.id) else {
            return Err(Failure::no(format_args!("there is no plugin {} in this project", self.id))
                .hint("`wa plugins list` shows what there is"));
        };
        let catalog = project.catalog(&set);
        let health = health::read(&project.layout, &self.id).cannot("read the plugin's health")?;
        if self.format.json {
            print_json(context.printer, &project, &catalog, plugin, health.as_ref())?;
        } else {
            print_text(context.printer, &project, &catalog, plugin, health.as_ref())?;
        }
        Ok(if plugin.plugin.is_ok() { Status::Done } else { Status::No })
    }
}

fn print_json(
    out: Printer,
    project: &OpenProject,
    catalog: &Catalog,
    plugin: &Installed,
    health: Option<&Health>,
) -> Outcome<()> {
    let loaded = plugin.plugin.as_ref().ok();
    out.json(&json!({
        "schemaVersion": 1,
        "plugin": list::entry(project, catalog, plugin),
        "shadows": shadowed(project, plugin),
        "manifest": loaded.map(|loaded| &loaded.manifest),
        "foreign": loaded.and_then(|loaded| loaded.foreign.as_ref()),
        "grant": loaded.map(|loaded| loaded.grant.in_words()),
        "health": health,
    }))
}

fn print_text(
    out: Printer,
    project: &OpenProject,
    catalog: &Catalog,
    plugin: &Installed,
    health: Option<&Health>,
) -> Outcome<()> {
    let row = |name: &str, value: &str| out.data(plain(&format!("{name:<12} {value}")));
    row("id", plugin.id.as_ref())?;
    if let Some(version) = plugin.version() {
        row("version", &version.to_string())?;
    }
    row("state", &list::shown_state(plugin))?;
    match list::enablement(project, plugin) {
        Enablement::Enabled => row("enabled", "yes")?,
        off => row("enabled", &format!("no, {}", off.reason()))?,
    }
    match &plugin.origin {
        Origin::Directory(path) => row("from", &path.display().to_string())?,
        Origin::Package { locked, .. } => row("from", &locked.spec)?,
    }
    match &plugin.plugin {
        Err(refusal) => {
            row("refused", &refusal.to_string())?;
            if let registry_index::refusal::Refusal::Broken(report) = refusal {
                findings::show(out, report);
            }
        }
        Ok(loaded) => {
            if let Some((publisher, key)) = &loaded.signer {
                row("signed by", &format!("{publisher} {key}"))?;
            }
            surfaces(&row, &loaded.manifest)?;
            match list::held(catalog, plugin) {
                held if held.is_empty() => {}
                held => row("holds", &held.join(", "))?,
            }
            loaded.foreign.as_ref().map_or(Ok(()), |facts| foreign(&row, facts))?;
            let lines = loaded.grant.in_words();
            if lines.is_empty() {
                row("may", "nothing but answer when it is called")?;
            }
            for (number, line) in lines.iter().enumerate() {
                row(if number == 0 { "may" } else { "" }, &plan_text::permission(line))?;
            }
        }
    }
    health.map_or(Ok(()), |health| fared(&row, health))
}

/// What the manifest declares that this version runs.
fn surfaces(row: &dyn Fn(&str, &str) -> Outcome<()>, manifest: &Manifest) -> Outcome<()> {
    row("name", manifest.display_name())?;
    if let Some(description) = &manifest.description {
        row("does", description)?;
    }
    let list = |items: Vec<String>| items.join(", ");
    row("shape", Shape::of(manifest).name())?;
    let surfaces = [
        ("tools", list(manifest.tools.iter().map(|tool| tool.name.to_string()).collect())),
        ("events", list(manifest.events.iter().map(ToString::to_string).collect())),
        (
            "gates",
            list(
                manifest
                    .hooks
                    .iter()
                    .map(|hook| format!("{} (priority {})", hook.on, hook.priority))
                    .collect(),
            ),
        ),
        ("routes", list(manifest.routes.iter().flat_map(Route::handler_keys).collect())),
        ("capabilities", list(manifest.capability_keys().collect())),
        ("channels", list(manifest.channels.iter().map(ToString::to_string).collect())),
        ("agent", if manifest.agent { "yes".to_owned() } else { String::new() }),
    ];
    for (name, value) in surfaces.iter().filter(|(_, value)| !value.is_empty()) {
        row(name, value)?;
    }
    Ok(())
}

/// What a package in another host's format holds, and what of it cannot run here.
fn foreign(row: &dyn Fn(&str, &str) -> Outcome<()>, facts: &Foreign) -> Outcome<()> {
    row("format", facts.format.name())?;
    let content = &facts.content;
    let names =
        |texts: &[foreign::Text]| texts.iter().map(|text| text.name.clone()).collect::<Vec<_>>().join(", ");
    let servers: Vec<_> = content.mcp_servers.iter().map(|server| server.name.clone()).collect();
    let rows = [
        ("skills", names(&content.skills)),
        ("commands", names(&content.commands)),
        ("agents", names(&content.agents)),
        ("MCP", servers.join(", ")),
    ];
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        row(name, value)?;
    }
    for (kind, names) in &facts.owns {
        row("would own", &format!("{kind}: {}", names.join(", ")))?;
    }
    facts.not_runnable.iter().try_for_each(|part| row("note", &part.to_string()))
}

fn fared(row: &dyn Fn(&str, &str) -> Outcome<()>, health: &Health) -> Outcome<()> {
    let state = serde_json::to_value(health.state)
        .ok()
        .and_then(|state| state.as_str().map(str::to_owned))
        .unwrap_or_default();
    row("last state", &format!("{state}: {}", health.reason))?;
    for (number, line) in health.sandbox.iter().flat_map(held_by).enumerate() {
        row(if number == 0 { "held by" } else { "" }, &line)?;
    }
    let counters = &health.counters;
    row(
        "counted",
        &format!(
            "{} starts, {} calls, {} failures, {} crashes, {} refused host calls",
            counters.starts, counters.calls, counters.failures, counters.crashes, counters.refused_host_calls
        ),
    )?;
    if let Some(failure) = &health.last_failure {
        row("last failure", &format!("{}: {}", failure.call, failure.reason))?;
    }
    for (number, line) in health.last_words.lines().rev().take(5).collect::<Vec<_>>().iter().rev().enumerate()
    {
        row(if number == 0 { "last words" } else { "" }, line)?;
    }
    Ok(())
}

/// What holds a worker: the parts that hold as they should by name, and all about the others.
fn held_by(sandbox: &SandboxReport) -> Vec<String> {
    let (whole, other): (Vec<_>, Vec<_>) =
        sandbox.parts().into_iter().partition(|(_, part)| part.state == PartState::Enforced);
    let whole: Vec<_> = whole.into_iter().map(|(name, _)| name).collect();
    let other = other.into_iter().map(|(name, part)| match part.state {
        PartState::Missing => format!("without {name}: {}", part.detail),
        _ => format!("{name} in part: {}", part.detail),
    });
    std::iter::once(whole.join(", ")).chain(other).collect()
}

/// Whether this is a local folder that takes the place of an installed package.
fn shadowed(project: &OpenProject, plugin: &Installed) -> bool {
    matches!(plugin.origin, Origin::Directory(_)) && project.lock.plugins.contains_key(&plugin.id)
}
