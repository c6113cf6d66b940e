//! All that is known of the plugins at hand without running code: which are enabled and why, which shadow others, who
//! owns what, and what the project says about them that cannot be.

mod conflicts;
mod mentions;
mod plan;
mod shape;

pub use conflicts::{Claim, Conflict};
pub use plan::{Need, Start, UnknownNeed};
pub use shape::{Shape, Signal};

use crate::document::Document;
use crate::finding::Finding;
use crate::manifest::{Manifest, Slot};
use crate::names::PluginId;
use crate::project::{Project, SlotChoice};
use crate::source::Source;
use crate::{rules, tree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A plugin at hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What it declares.
    pub manifest: Manifest,
    /// Where it is, as shown to people.
    pub path: PathBuf,
    /// Whether it is a directory under development; such a one shadows an installed package of the same id.
    pub is_development: bool,
}

/// What the project makes of a plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The plugin.
    pub plugin: Candidate,
    /// Whether it takes part.
    pub enablement: Enablement,
    /// The plugins of the same id that it shadows.
    pub shadows: Vec<Candidate>,
}

/// Whether a plugin takes part, and the reason. The first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enablement {
    /// `plugins.deny` names it.
    Denied,
    /// `plugins.allow` is not empty and does not name it.
    NotAllowed,
    /// Its entry says `enabled: false`.
    Disabled,
    /// `plugins.slots` gives all the slots that it fills to others, or to nobody.
    NoSlot,
    /// Nothing speaks against it.
    Enabled,
}

impl Enablement {
    /// Decides by the project file alone.
    pub fn of(project: &Project, id: &PluginId) -> Self {
        let plugins = &project.plugins;
        if plugins.deny.contains(id) {
            Self::Denied
        } else if !plugins.allow.is_empty() && !plugins.allow.contains(id) {
            Self::NotAllowed
        } else if plugins.entries.get(id).is_some_and(|entry| !entry.enabled) {
            Self::Disabled
        } else {
            Self::Enabled
        }
    }

    /// The same for a plugin whose manifest is known: one that fills slots takes part while it holds any, or while nobody chose.
    pub fn of_manifest(project: &Project, manifest: &Manifest) -> Self {
        let lost = |slot| project.plugins.slots.get(slot).is_some_and(|choice| !choice.is(&manifest.id));
        match Self::of(project, &manifest.id) {
            Self::Enabled if !manifest.kind.is_empty() && manifest.kind.iter().all(lost) => Self::NoSlot,
            other => other,
        }
    }

    /// Whether the plugin takes part.
    pub const fn is_enabled(self) -> bool {
        matches!(self, Self::Enabled)
    }

    /// The reason in words.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Denied => "denied by `plugins.deny`",
            Self::NotAllowed => "not in `plugins.allow`",
            Self::Disabled => "disabled in its entry",
            Self::NoSlot => "not chosen by `plugins.slots`",
            Self::Enabled => "enabled",
        }
    }
}

/// The plugins of a project by id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catalog {
    records: BTreeMap<PluginId, Record>,
    unusable: BTreeSet<PluginId>,
    slots: BTreeMap<Slot, SlotChoice>,
}

impl Catalog {
    /// Orders the plugins at hand. Of several with one id, the first under development wins, else the first.
    pub fn new(project: &Project, candidates: impl IntoIterator<Item = Candidate>) -> Self {
        let mut by_id: BTreeMap<PluginId, Vec<Candidate>> = BTreeMap::new();
        for candidate in candidates {
            by_id.entry(candidate.manifest.id.clone()).or_default().push(candidate);
        }
        let record = |(id, mut candidates): (PluginId, Vec<Candidate>)| {
            candidates.sort_by_key(|candidate| !candidate.is_development);
            let plugin = candidates.remove(0);
            let enablement = Enablement::of_manifest(project, &plugin.manifest);
            (id, Record { plugin, enablement, shadows: candidates })
        };
        let records = by_id.into_iter().map(record).collect();
        Self { records, unusable: BTreeSet::new(), slots: project.plugins.slots.clone() }
    }

    /// The same, knowing of plugins that are there or should be, but cannot be used, such as those that are refused. What
    /// only follows from their absence is not found.
    #[must_use]
    pub fn with_unusable(self, unusable: impl IntoIterator<Item = PluginId>) -> Self {
        let unusable = unusable.into_iter().filter(|id| !self.records.contains_key(id)).collect();
        Self { unusable, ..self }
    }

    /// All plugins in order of their ids.
    pub fn records(&self) -> impl Iterator<Item = (&PluginId, &Record)> {
        self.records.iter()
    }

    /// One plugin.
    pub fn get(&self, id: &PluginId) -> Option<&Record> {
        self.records.get(id)
    }

    /// The manifests of the plugins that take part.
    pub fn enabled(&self) -> impl Iterator<Item = &Manifest> {
        self.records
            .values()
            .filter(|record| record.enablement.is_enabled())
            .map(|record| &record.plugin.manifest)
    }

    /// Everything that plugins and project disagree on, and plugins among each other. `source` is the project file.
    pub fn findings(&self, project: &Project, source: &Source) -> Vec<Finding> {
        let root = match tree::parse(source) {
            Ok(root) => root,
            Err(finding) => return vec![finding],
        };
        let document = Document { source, root: &root };
        let mut findings = self.shadowing();
        findings.extend(self.conflicts().iter().map(|conflict| self.conflict_finding(conflict)));
        findings.extend(self.requirements());
        findings.extend(mentions::check(self, project, document));
        findings
    }

    fn shadowing(&self) -> Vec<Finding> {
        let shadowing = self.records.iter().filter(|(_, record)| !record.shadows.is_empty());
        shadowing
            .map(|(id, record)| {
                let others: Vec<String> =
                    record.shadows.iter().map(|other| other.path.display().to_string()).collect();
                let message = format!("this `{id}` is used instead of {}", others.join(" and "));
                Finding::new(&rules::SHADOWED, message).in_file(&record.plugin.path)
            })
            .collect()
    }

    fn conflict_finding(&self, conflict: &Conflict) -> Finding {
        let Conflict { claim, first, second } = conflict;
        let message = format!("`{first}` and `{second}` both claim {claim}");
        let help = match claim {
            Claim::Slot(slot) => {
                format!(
                    "choose one: `plugins: {{ slots: {{ {}: {first} }} }}` in wa.yaml, or `{second}`",
                    slot.name()
                )
            }
            _ => format!("disable one: `wa plugins disable {second}`, or `{first}`"),
        };
        let finding = Finding::new(&rules::OWNERSHIP_CONFLICT, message).help(help);
        match self.records.get(second) {
            Some(record) => finding.in_file(&record.plugin.path),
            None => finding,
        }
    }

    fn requirements(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for manifest in self.enabled() {
            for needed in &manifest.requires_plugins {
                let state = match self.records.get(needed).map(|record| record.enablement) {
                    Some(Enablement::Enabled) => continue,
                    Some(other) => other.reason(),
                    None if self.unusable.contains(needed) => "not usable",
                    None => "not installed",
                };
                let message = format!("`{}` needs the plugin `{needed}`, which is {state}", manifest.id);
                let path = self.records.get(&manifest.id).map(|record| record.plugin.path.clone());
                let finding = Finding::new(&rules::REQUIRED_PLUGIN, message);
                findings.push(match path {
                    Some(path) => finding.in_file(path),
                    None => finding,
                });
            }
        }
        findings
    }
}

#[cfg(test)]
mod tests;
