//! `wa plugins list`

use clap::Args;
use manifest_schema::catalog::{Catalog, Enablement};
use registry_index::load::{Installed, Origin};
use serde_json::{Value, json};

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::Outcome;
use crate::project::{self, OpenProject};
use crate::status::Status;
use crate::terminal::plain;

/// List the plugins of the project and how far each is trusted
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    format: DataFormat,
}

impl List {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let project = project::open(context)?;
        let installed = project.installed();
        let catalog = project.catalog(&installed);
        if self.format.json {
            let list: Vec<Value> =
                installed.plugins.iter().map(|plugin| entry(&project, &catalog, plugin)).collect();
            context.printer.json(&json!({ "schemaVersion": 1, "plugins": list }))?;
            return Ok(Status::Done);
        }
        for plugin in &installed.plugins {
            let version = plugin.version().map_or_else(|| "?".to_owned(), ToString::to_string);
            let off = if enablement(&project, plugin).is_enabled() { "" } else { "  (disabled)" };
            let held = held(&catalog, plugin);
            let held = if held.is_empty() { String::new() } else { format!("  holds {}", held.join(", ")) };
            let why = plugin.trust().err().map_or_else(String::new, |refusal| format!("  {refusal}"));
            let line = format!("{:<24} {version:<12} {:<14}{off}{held}{why}", plugin.id, shown_state(plugin));
            context.printer.data(plain(line.trim_end()))?;
        }
        if installed.plugins.is_empty() {
            context.printer.note("no plugins yet: `wa plugins new`, or `wa plugins install FILE`");
        }
        Ok(Status::Done)
    }
}

/// An author's own folder is DEV everywhere.
pub(super) fn shown_state(plugin: &Installed) -> String {
    match plugin.state().as_str() {
        "unsigned-dev" => "DEV (unsigned)".to_owned(),
        state => state.to_owned(),
    }
}

/// Whether a plugin takes part, and why not.
pub(super) fn enablement(project: &OpenProject, plugin: &Installed) -> Enablement {
    match &plugin.plugin {
        Ok(loaded) => Enablement::of_manifest(&project.project, &loaded.manifest),
        Err(_) => Enablement::of(&project.project, &plugin.id),
    }
}

/// The slots that a plugin holds.
pub(super) fn held(catalog: &Catalog, plugin: &Installed) -> Vec<&'static str> {
    let slots = plugin.plugin.as_ref().map(|loaded| loaded.manifest.kind.as_slice()).unwrap_or_default();
    slots.iter().filter(|slot| catalog.holder(**slot) == Some(&plugin.id)).map(|slot| slot.name()).collect()
}

pub(super) fn entry(project: &OpenProject, catalog: &Catalog, plugin: &Installed) -> Value {
    let signer = plugin.plugin.as_ref().ok().and_then(|loaded| loaded.signer.as_ref());
    let (path, spec) = match &plugin.origin {
        Origin::Directory(path) => (path, None),
        Origin::Package { path, locked } => (path, Some(&locked.spec)),
    };
    let mut entry = json!({
        "id": plugin.id,
        "version": plugin.version(),
        "state": plugin.state(),
        "refusal": plugin.trust().err().map(ToString::to_string),
        "enabled": enablement(project, plugin).is_enabled(),
        "format": plugin.plugin.as_ref().ok().and_then(|loaded| Some(loaded.foreign.as_ref()?.format)),
        "publisher": signer.map(|(publisher, _)| publisher),
        "fingerprint": signer.map(|(_, key)| key),
        "spec": spec,
        "path": path,
    });
    let held = held(catalog, plugin);
    if !held.is_empty() {
        entry["slots"] = json!(held);
    }
    entry
}
