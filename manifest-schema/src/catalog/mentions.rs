//! What the project file says about plugins.

use super::Catalog;
use crate::configuration::{ConfigError, Configuration};
use crate::document::Document;
use crate::finding::Finding;
use crate::manifest::Manifest;
use crate::names::PluginId;
use crate::project::{
    AgentTools, MESSAGE_TOOL, PluginEntry, Project, SKILL_TOOL, SlotChoice, WHATSAPP_TOOLS,
};
use crate::schema::Violation;
use crate::secrets::SourceDefaults;
use crate::suggest;
use crate::{rules, tree};

pub(super) fn check(catalog: &Catalog, project: &Project, document: Document<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let defaults = &project.secrets.defaults;
    for (id, entry) in &project.plugins.entries {
        let pointer = tree::join("/plugins/entries", id);
        match catalog.get(id) {
            None if catalog.unusable.contains(id) => {}
            None => findings.push(stale(catalog, document, &pointer, id)),
            Some(record) if record.enablement.is_enabled() => {
                findings.extend(configuration(document, &pointer, &record.plugin.manifest, entry, defaults));
            }
            Some(_) => {}
        }
    }
    // A plugin without an entry has an empty configuration, which may not be enough.
    for manifest in catalog.enabled().filter(|manifest| !project.plugins.entries.contains_key(&manifest.id)) {
        findings.extend(configuration(
            document,
            "/plugins/entries",
            manifest,
            &PluginEntry::default(),
            defaults,
        ));
    }
    findings.extend(slots(catalog, project, document));
    findings.extend(order(catalog, project, document));
    let has_whatsapp = project.channels.whatsapp.iter().any(|account| account.enabled);
    for (name, agent) in &project.agents {
        let pointer = tree::join("/agents", name);
        if let Some(id) = &agent.handler {
            findings.extend(handler(catalog, document, &format!("{pointer}/handler"), id));
        }
        for (index, pattern) in agent.tools.allow.iter().enumerate() {
            findings.extend(pattern_without_tool(
                catalog,
                document,
                &format!("{pointer}/tools/allow/{index}"),
                pattern,
                has_whatsapp,
            ));
        }
    }
    findings
}

/// Slots that are given to a plugin that does not fill them.
fn slots(catalog: &Catalog, project: &Project, document: Document<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (slot, choice) in &project.plugins.slots {
        let SlotChoice::Plugin(id) = choice else { continue };
        let fills = |record: &super::Record| record.plugin.manifest.kind.contains(slot);
        if catalog.unusable.contains(id) || catalog.get(id).is_some_and(fills) {
            continue;
        }
        let message = format!("no plugin `{id}` fills the slot `{}`", slot.name());
        findings.push(document.finding(
            &rules::STALE_ENTRY,
            &format!("/plugins/slots/{}", slot.name()),
            message,
        ));
    }
    findings
}

/// Capabilities in an order of fallback that nobody offers.
fn order(catalog: &Catalog, project: &Project, document: Document<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (kind, order) in &project.capabilities {
        let offered = |id: &String| {
            let mut all = catalog.enabled().filter_map(|manifest| manifest.capabilities.get(kind)).flatten();
            all.any(|one| one.id == *id)
        };
        for (index, id) in order.iter().enumerate().filter(|(_, id)| !offered(id)) {
            if catalog.unusable.is_empty() {
                let message = format!("no enabled plugin has the capability {kind}/{id}");
                let pointer = format!("/capabilities/{kind}/{index}");
                findings.push(document.finding(&rules::STALE_ENTRY, &pointer, message));
            }
        }
    }
    findings
}

fn stale(catalog: &Catalog, document: Document<'_>, pointer: &str, id: &PluginId) -> Finding {
    let message = format!("there is no plugin `{id}`");
    let finding = document.finding_at_key(&rules::STALE_ENTRY, pointer, message);
    let known = catalog.records().map(|(id, _)| id.as_str());
    finding.help(
        suggest::did_you_mean(id.as_str(), known)
            .unwrap_or_else(|| "install it, or remove the entry".to_owned()),
    )
}

fn handler(catalog: &Catalog, document: Document<'_>, pointer: &str, id: &PluginId) -> Option<Finding> {
    let why = match catalog.get(id) {
        None if catalog.unusable.contains(id) => "cannot be used".to_owned(),
        None => "is not installed".to_owned(),
        Some(record) if !record.enablement.is_enabled() => format!("is {}", record.enablement.reason()),
        Some(record) if !record.plugin.manifest.agent => {
            "has no agent: its manifest lacks `agent: true`".to_owned()
        }
        Some(_) => return None,
    };
    Some(document.finding(&rules::UNKNOWN_HANDLER_PLUGIN, pointer, format!("the plugin `{id}` {why}")))
}

fn pattern_without_tool(
    catalog: &Catalog,
    document: Document<'_>,
    pointer: &str,
    pattern: &str,
    has_whatsapp: bool,
) -> Option<Finding> {
    let agent = AgentTools { allow: vec![pattern.to_owned()] };
    let tools = || catalog.enabled().flat_map(|manifest| &manifest.tools);
    let of_channels = || WHATSAPP_TOOLS.iter().filter(|_| has_whatsapp);
    let has_tool = tools().any(|tool| agent.allows(tool.name.as_str(), tool.optional))
        || of_channels().any(|tool| agent.allows(tool, false))
        || agent.allows(MESSAGE_TOOL, false)
        || agent.allows(SKILL_TOOL, false);
    // An unusable plugin may have the tool; nobody can tell.
    if has_tool || !catalog.unusable.is_empty() {
        return None;
    }
    let message = format!("no enabled plugin has a tool `{pattern}`");
    let finding = document.finding(&rules::PATTERN_WITHOUT_TOOL, pointer, message);
    match suggest::did_you_mean(pattern, tools().map(|tool| tool.name.as_str()).chain(of_channels().copied()))
    {
        Some(help) => Some(finding.help(help)),
        None => Some(finding),
    }
}

/// The configuration against the plugin's `configSchema`, defaults filled in, and its dangerous flags.
fn configuration(
    document: Document<'_>,
    pointer: &str,
    manifest: &Manifest,
    entry: &PluginEntry,
    defaults: &SourceDefaults,
) -> Vec<Finding> {
    let id = &manifest.id;
    let pointer = format!("{pointer}/config");
    let (config, violations) = match Configuration::check(manifest, entry.config.clone(), defaults) {
        Ok(checked) => (checked.values, Vec::new()),
        Err(ConfigError::Values { values, violations }) => (values, violations),
        Err(ConfigError::Schema(problem)) => {
            let message = format!("the configuration of `{id}` cannot be checked: {problem}");
            return vec![document.finding(&rules::BAD_CONFIG, &pointer, message)];
        }
    };
    let mut findings: Vec<Finding> =
        violations.into_iter().map(|violation| bad_config(document, &pointer, id, violation)).collect();
    for flag in &manifest.config_contracts.dangerous_flags {
        let flag_pointer = format!("/{}", flag.path.replace('.', "/"));
        if config.pointer(&flag_pointer) == Some(&flag.equals) {
            let message =
                format!("`{}` of `{id}` is {}, which its author calls dangerous", flag.path, flag.equals);
            findings.push(document.finding(
                &rules::DANGEROUS_FLAG,
                &format!("{pointer}{flag_pointer}"),
                message,
            ));
        }
    }
    findings
}

fn bad_config(document: Document<'_>, base: &str, id: &PluginId, violation: Violation) -> Finding {
    let pointer = format!("{base}{}", violation.pointer);
    let place = violation.pointer.trim_start_matches('/').replace('/', ".");
    let place = if place.is_empty() { "the configuration".to_owned() } else { format!("`{place}`") };
    let message = format!("{place} of `{id}`: {}", violation.message);
    document.finding(&rules::BAD_CONFIG, &pointer, message)
}
