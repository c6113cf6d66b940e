//! Checks of the plugins: each by itself, its configuration, and all of them together.

use std::collections::BTreeMap;

use manifest_schema::finding::{Finding, Rule};
use manifest_schema::rules;
use registry_index::findings;
use registry_index::load::Origin;

use super::check::{Seen, Verdict, plural};
use super::scene::{Scene, folder};

/// Every plugin's files against what is pinned and signed; nothing of them runs.
pub(super) fn installed(scene: &Scene) -> Verdict {
    let set = scene.installed()?;
    let mut seen = Seen::default();
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    for plugin in &set.plugins {
        let is_development = plugin.plugin.is_ok() && matches!(plugin.origin, Origin::Directory(_));
        let state = if is_development { "DEV".to_owned() } else { plugin.state() };
        *states.entry(state).or_default() += 1;
        seen.report.merge(findings::of_plugin(plugin));
        if is_development {
            let message = format!("`{}` is DEV: it runs from its author's folder, unsigned", plugin.id);
            seen.report.push(Finding::new(&rules::IN_DEVELOPMENT, message).in_file(folder(plugin)));
        }
    }
    let states: Vec<String> = states.iter().map(|(state, count)| format!("{count} {state}")).collect();
    seen.summary = if states.is_empty() { "none".to_owned() } else { states.join(", ") };
    Ok(seen)
}

/// Every enabled plugin's configuration against its `configSchema`.
pub(super) fn configuration(scene: &Scene) -> Verdict {
    let findings = catalog_findings(scene, is_about_configuration)?;
    let summary = if findings.is_empty() { "fits" } else { "does not fit everywhere" };
    Ok(Seen::new(summary).with(findings))
}

/// Who owns what, who replaces whom, and what `wa.yaml` says about plugins that cannot be.
pub(super) fn catalog(scene: &Scene) -> Verdict {
    let findings = catalog_findings(scene, |rule| !is_about_configuration(rule))?;
    let enabled = scene.catalog()?.enabled().count();
    Ok(Seen::new(format!("{} enabled", plural(enabled, "plugin"))).with(findings))
}

fn is_about_configuration(rule: &Rule) -> bool {
    [&rules::BAD_CONFIG, &rules::DANGEROUS_FLAG].contains(&rule)
}

fn catalog_findings(scene: &Scene, wanted: fn(&Rule) -> bool) -> Result<Vec<Finding>, super::check::Blocked> {
    let (project, catalog) = (scene.project()?, scene.catalog()?);
    let findings = scene.source.as_ref().map(|source| catalog.findings(project, source)).unwrap_or_default();
    Ok(findings.into_iter().filter(|finding| wanted(finding.rule)).collect())
}
