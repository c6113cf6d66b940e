//! `wa plugins list`

use clap::Args;
use manifest_schema::catalog::Enablement;
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
        if self.format.json {
            let list: Vec<Value> = installed.plugins.iter().map(|plugin| entry(&project, plugin)).collect();
            context.printer.json(&json!({ "schemaVersion": 1, "plugins": list }))?;
            return Ok(Status::Done);
        }
        for plugin in &installed.plugins {
            let version = plugin.version().map_or_else(|| "?".to_owned(), ToString::to_string);
            let off =
                if Enablement::of(&project.project, &plugin.id).is_enabled() { "" } else { "  (disabled)" };
            let why = plugin.trust().err().map_or_else(String::new, |refusal| format!("  {refusal}"));
            let line = format!("{:<24} {version:<12} {:<14}{off}{why}", plugin.id, shown_state(plugin));
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

pub(super) fn entry(project: &OpenProject, plugin: &Installed) -> Value {
    let signer = plugin.plugin.as_ref().ok().and_then(|loaded| loaded.signer.as_ref());
    let (path, spec) = match &plugin.origin {
        Origin::Directory(path) => (path, None),
        Origin::Package { path, locked } => (path, Some(&locked.spec)),
    };
    json!({
        "id": plugin.id,
        "version": plugin.version(),
        "state": plugin.state(),
        "refusal": plugin.trust().err().map(ToString::to_string),
        "enabled": Enablement::of(&project.project, &plugin.id).is_enabled(),
        "format": plugin.plugin.as_ref().ok().and_then(|loaded| Some(loaded.foreign.as_ref()?.format)),
        "publisher": signer.map(|(publisher, _)| publisher),
        "fingerprint": signer.map(|(_, key)| key),
        "spec": spec,
        "path": path,
    })
}
