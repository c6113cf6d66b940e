//! What keeps a machine from having what `wa.yaml` and `wa.lock` say.

use crate::install::Spec;
use crate::load::{InstalledSet, Origin};
use crate::lock::Lockfile;
use crate::refusal::Refusal;
use manifest_schema::layout::Layout;
use manifest_schema::names::PluginId;
use manifest_schema::project::Project;
use std::collections::BTreeSet;

/// The differences, each sorted by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Pinned, but not whole in the store: missing or modified.
    pub missing: Vec<PluginId>,
    /// In `wa.yaml` with a source that `wa.lock` does not have, or has otherwise.
    pub unlocked: Vec<(PluginId, Spec)>,
    /// In `wa.lock`, though `wa.yaml` has no such package.
    pub stale: Vec<PluginId>,
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Compares what is declared, what is pinned, and what is there.
pub fn difference(layout: &Layout, project: &Project, lock: &Lockfile, set: &InstalledSet) -> Difference {
    let mut difference = Difference::default();
    let mut declared = BTreeSet::new();
    for (id, entry) in &project.plugins.entries {
        let Some(source) = &entry.source else { continue };
        match Spec::parse(source, layout.root()) {
            Ok(Spec::Directory(_)) | Err(_) => {}
            Ok(spec) => {
                declared.insert(id);
                if lock.plugins.get(id).is_none_or(|locked| locked.spec != *source) {
                    difference.unlocked.push((id.clone(), spec));
                }
            }
        }
    }
    difference.stale = lock.plugins.keys().filter(|id| !declared.contains(id)).cloned().collect();
    let unlocked: BTreeSet<_> = difference.unlocked.iter().map(|(id, _)| id).collect();
    let broken = set.plugins.iter().filter(|plugin| {
        let is_package = matches!(plugin.origin, Origin::Package { .. });
        is_package && matches!(plugin.plugin, Err(Refusal::Missing { .. } | Refusal::Modified { .. }))
    });
    let wanted = broken.map(|plugin| &plugin.id).filter(|id| declared.contains(id) && !unlocked.contains(id));
    difference.missing = wanted.cloned().collect();
    difference
}
