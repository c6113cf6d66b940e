//! `openclaw.plugin.json`, and the block `openclaw` of `package.json`.
//!
//! The fields are those that OpenClaw 2026.9 documents and reads, and those that published plugins have besides.

use super::convert::Draft;
use super::reader::{Parsed, Reader};
use super::{Content, mcp, npm};
use crate::finding::{Finding, Severity};
use crate::source::Syntax;
use crate::tree::Node;
use crate::{rules, suggest};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Texts,
    Flag,
    Object,
    List,
    Any,
}

use Shape::{Any, Flag, List, Object, Text, Texts};

/// The fields of a manifest.
const FIELDS: [(&str, Shape); 62] = [
    ("$schema", Text),
    ("id", Text),
    ("configSchema", Object),
    ("requiresPlugins", Texts),
    ("enabledByDefault", Flag),
    ("enabledByDefaultOnPlatforms", Texts),
    ("legacyPluginIds", Texts),
    ("autoEnableWhenConfiguredProviders", Texts),
    ("kind", Any),
    ("channels", Texts),
    ("providers", Texts),
    ("cliBackends", Texts),
    ("providerCatalogEntry", Text),
    ("capabilityCatalogEntry", Text),
    ("modelSupport", Object),
    ("modelCatalog", Object),
    ("modelPricing", Object),
    ("modelIdNormalization", Object),
    ("providerEndpoints", List),
    ("providerRequest", Object),
    ("secretProviderIntegrations", Object),
    ("syntheticAuthRefs", Texts),
    ("nonSecretAuthMarkers", Texts),
    ("commandAliases", List),
    ("cliCommands", List),
    ("providerUsageAuthEnvVars", Object),
    ("providerAuthAliases", Object),
    ("providerAuthChoices", List),
    ("providerAuthEnvVars", Object),
    ("channelEnvVars", Object),
    ("activation", Object),
    ("backupResources", List),
    ("setup", Object),
    ("doctorContract", Object),
    ("doctorHealthChecks", Flag),
    ("sessionRouteStateOwners", List),
    ("qaRunners", List),
    ("dashboard", Object),
    ("controlUi", Object),
    ("themes", List),
    ("mcpServers", Object),
    ("skills", Texts),
    ("name", Text),
    ("description", Text),
    ("version", Text),
    ("icon", Text),
    ("catalog", Object),
    ("categories", Texts),
    ("configGroups", List),
    ("uiHints", Object),
    ("contracts", Object),
    ("decisionModels", List),
    ("transcriptSources", Object),
    ("mediaUnderstandingProviderMetadata", Object),
    ("imageGenerationProviderMetadata", Object),
    ("videoGenerationProviderMetadata", Object),
    ("musicGenerationProviderMetadata", Object),
    ("toolMetadata", Object),
    ("configContracts", Object),
    ("channelConfigs", Object),
    ("channelAccountKeyPolicies", Object),
    ("author", Any),
];

/// What the code of a plugin would own in its host, by the field that says so.
const OWNED: [&str; 3] = ["channels", "providers", "cliBackends"];

pub(super) fn read(reader: &mut Reader<'_>, package: Option<&Parsed>) -> Option<Draft> {
    if let Some(package) = package {
        npm::openclaw_block(reader, package);
        let entries = npm::entries(package);
        if !entries.is_empty() {
            reader.cannot_run(entries.join(", "), "OpenClaw's in-process plugin API");
        }
    }
    let file = reader.format.manifest_file();
    if !reader.has(file) {
        let message =
            "OpenClaw's own code names this plugin; without `openclaw.plugin.json` only its package is known";
        reader.found(&rules::FOREIGN_IGNORED, npm::FILE, message);
        return Some(Draft::default());
    }
    let manifest = reader.parse_manifest(file, Syntax::Json5)?;
    demand(reader, &manifest)?;
    known_fields(reader, &manifest, "", &FIELDS);
    Some(draft(reader, &manifest))
}

/// What OpenClaw refuses a manifest for.
fn demand(reader: &mut Reader<'_>, manifest: &Parsed) -> Option<()> {
    let document = manifest.document();
    let mut refuse = |pointer: &str, message: &str| {
        reader.report.push(document.finding(&rules::FOREIGN_MANIFEST, pointer, message));
    };
    let has_id = manifest.text("/id").is_some();
    if !has_id {
        refuse("/id", "OpenClaw demands an `id`");
    }
    let has_schema = manifest.root.get("configSchema").is_some_and(Node::is_mapping);
    if !has_schema {
        refuse("/configSchema", "OpenClaw demands a `configSchema`, a JSON Schema of an object");
    }
    (has_id && has_schema).then_some(())
}

/// Keys that nobody reads, and values that are passed over: warnings, since the format's own host goes on.
pub(super) fn known_fields(reader: &mut Reader<'_>, parsed: &Parsed, at: &str, fields: &[(&str, Shape)]) {
    let object = if at.is_empty() { Some(&parsed.root) } else { parsed.root.at(at) };
    let document = parsed.document();
    for entry in object.map(Node::entries).unwrap_or_default() {
        let pointer = crate::tree::join(at, &entry.key);
        match fields.iter().find(|(name, _)| *name == entry.key) {
            None => {
                let message = format!("{} does not read `{}`", reader.format.host(), entry.key);
                let finding = document.finding_at_key(&rules::FOREIGN_UNKNOWN_KEY, &pointer, message);
                let names = fields.iter().map(|(name, _)| *name);
                let help = suggest::did_you_mean(&entry.key, names);
                reader.report.push(Finding { help, ..finding });
            }
            Some((_, shape)) if !shape.fits(&entry.value) => {
                let message = format!("`{}` is not {}, so it is passed over", entry.key, shape.in_words());
                reader.report.push(document.finding(&rules::FOREIGN_IGNORED, &pointer, message));
            }
            Some(_) => {}
        }
    }
}

impl Shape {
    fn fits(self, node: &Node) -> bool {
        let value = node.to_json();
        match self {
            Text => value.is_string(),
            Texts => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
            Flag => value.is_boolean(),
            Object => value.is_object(),
            List => value.is_array(),
            Any => true,
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Text => "a text",
            Texts => "a list of texts",
            Flag => "true or false",
            Object => "an object",
            List => "a list",
            Any => "anything",
        }
    }
}

fn draft(reader: &mut Reader<'_>, manifest: &Parsed) -> Draft {
    let mut content = Content::default();
    for folder in reader.named_paths(manifest, "skills") {
        content.skills.extend(reader.skills(&folder));
    }
    if let Some(servers) = manifest.root.get("mcpServers") {
        content.mcp_servers = mcp::servers(reader, manifest, servers, "/mcpServers");
    }
    let schema = manifest.root.get("configSchema").map_or(json!({}), Node::to_json);
    check_schema(reader, manifest, &schema);
    code_surfaces(reader, manifest);
    Draft {
        id: manifest.text("/id").map(str::to_owned),
        name: manifest.text("/name").map(str::to_owned),
        version: manifest.text("/version").map(str::to_owned),
        description: manifest.text("/description").map(str::to_owned),
        config_schema: Some(schema),
        content,
        owns: owns(manifest),
        requires: texts(manifest, "/requiresPlugins"),
    }
}

fn check_schema(reader: &mut Reader<'_>, manifest: &Parsed, schema: &Value) {
    if let Err(problem) = crate::schema::CompiledSchema::compile(schema) {
        let message = format!("a configuration of this plugin is not checked: {problem}");
        let finding = manifest.document().finding(&rules::UNCHECKED_CONFIG, "/configSchema", message);
        reader.report.push(finding.severity(Severity::Warning));
    }
}

/// Declared parts that only OpenClaw's code can serve.
fn code_surfaces(reader: &mut Reader<'_>, manifest: &Parsed) {
    for (key, needs) in [
        ("cliCommands", "OpenClaw's command line"),
        ("controlUi", "OpenClaw's control UI"),
        ("secretProviderIntegrations", "OpenClaw's secret providers"),
        ("dashboard", "OpenClaw's dashboard"),
    ] {
        if manifest.root.get(key).is_some() {
            reader.cannot_run(key, needs);
        }
    }
}

fn owns(manifest: &Parsed) -> BTreeMap<String, Vec<String>> {
    let mut owns = BTreeMap::new();
    for key in OWNED {
        owns.insert(key.to_owned(), texts(manifest, &format!("/{key}")));
    }
    let contracts = manifest.root.get("contracts").map(Node::entries).unwrap_or_default();
    for entry in contracts {
        let pointer = crate::tree::join("/contracts", &entry.key);
        owns.insert(entry.key.clone(), texts(manifest, &pointer));
    }
    owns.retain(|_, names| !names.is_empty());
    owns
}

fn texts(manifest: &Parsed, pointer: &str) -> Vec<String> {
    let items = manifest.root.at(pointer).map(Node::items).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}
