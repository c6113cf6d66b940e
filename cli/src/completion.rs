//! What completes on the command line beyond flags: the plugins, agents and templates at hand.
//!
//! The shell calls `wa` for it while somebody types, so a project that cannot be read completes to nothing.

use std::collections::BTreeSet;

use clap_complete::CompletionCandidate;
use manifest_schema::layout::{Layout, PROJECT_FILE};
use manifest_schema::project::{self, Project};
use manifest_schema::source::Source;
use registry_index::lock::Lockfile;

/// The ids of the plugins that the project's files name.
pub(crate) fn plugin_ids() -> Vec<CompletionCandidate> {
    let Some((layout, project)) = project_at_hand() else { return Vec::new() };
    let locked = Lockfile::read(&layout.lock_file()).unwrap_or_default();
    let named = project.plugins.entries.into_keys().chain(locked.plugins.into_keys());
    named
        .map(|id| id.to_string())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(CompletionCandidate::new)
        .collect()
}

/// The names of the templates.
pub(crate) fn template_names() -> Vec<CompletionCandidate> {
    templates::TEMPLATES
        .iter()
        .map(|one| CompletionCandidate::new(one.name).help(Some(one.summary.into())))
        .collect()
}

fn project_at_hand() -> Option<(Layout, Project)> {
    let start = std::env::current_dir().ok()?;
    let root = start.ancestors().find(|folder| folder.join(PROJECT_FILE).is_file())?;
    let layout = Layout::new(root);
    let source = Source::read(&layout.project_file()).ok()?;
    Some((layout, project::read(&source).0?))
}
