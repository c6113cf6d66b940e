//! Bundles of Codex, Cursor, Claude and Agent Plugins: a small manifest, and folders whose names mean something.

use super::convert::Draft;
use super::native::{Shape, known_fields};
use super::reader::{Parsed, Reader};
use super::{Content, Format, Text, mcp};
use crate::finding::Severity;
use crate::rules;
use crate::source::Syntax;
use crate::tree::Node;
use std::collections::BTreeMap;

/// The fields of a bundle's manifest, over all formats: each host reads some of them and passes over the rest.
const FIELDS: [(&str, Shape); 26] = [
    ("$schema", Shape::Text),
    ("name", Shape::Text),
    ("id", Shape::Text),
    ("displayName", Shape::Text),
    ("version", Shape::Text),
    ("description", Shape::Text),
    ("author", Shape::Any),
    ("homepage", Shape::Text),
    ("repository", Shape::Any),
    ("license", Shape::Text),
    ("keywords", Shape::Texts),
    ("category", Shape::Any),
    ("tags", Shape::Any),
    ("strict", Shape::Flag),
    ("skills", Shape::Any),
    ("commands", Shape::Any),
    ("agents", Shape::Any),
    ("hooks", Shape::Any),
    ("rules", Shape::Any),
    ("mcpServers", Shape::Any),
    ("mcp", Shape::Any),
    ("lspServers", Shape::Any),
    ("outputStyles", Shape::Any),
    ("apps", Shape::Any),
    ("interface", Shape::Any),
    ("extensions", Shape::Any),
];

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Draft> {
    let file = reader.format.manifest_file();
    let manifest = if reader.has(file) { Some(reader.parse_manifest(file, Syntax::Json)?) } else { None };
    if let Some(manifest) = &manifest {
        if !manifest.root.is_mapping() {
            let message = format!("{} demands an object here", reader.format.host());
            reader.report.push(manifest.document().finding(&rules::FOREIGN_MANIFEST, "", message));
            return None;
        }
        known_fields(reader, manifest, "", &FIELDS);
    }
    let content = content(reader, manifest.as_ref());
    parts_of_code(reader, manifest.as_ref());
    let text = |pointer: &str| manifest.as_ref()?.text(pointer).map(str::to_owned);
    Some(Draft {
        id: text("/name").or_else(|| text("/id")),
        name: text("/displayName").or_else(|| text("/name")),
        version: text("/version"),
        description: text("/description"),
        config_schema: None,
        content,
        owns: BTreeMap::new(),
        requires: Vec::new(),
    })
}

fn content(reader: &mut Reader<'_>, manifest: Option<&Parsed>) -> Content {
    let mut content = Content::default();
    for folder in places(reader, manifest, "skills", "skills") {
        content.skills.extend(reader.skills(&folder));
    }
    let (commands, has_agents) = match reader.format {
        Format::Claude => ("commands", true),
        Format::Cursor => (".cursor/commands", false),
        _ => ("", false),
    };
    if !commands.is_empty() {
        content.commands = texts(reader, manifest, "commands", commands);
    }
    if has_agents {
        content.agents = texts(reader, manifest, "agents", "agents");
    }
    content.mcp_servers = mcp_servers(reader, manifest);
    content
}

fn texts(reader: &mut Reader<'_>, manifest: Option<&Parsed>, key: &str, folder: &str) -> Vec<Text> {
    let places = places(reader, manifest, key, folder);
    places.iter().flat_map(|place| reader.markdown(place)).collect()
}

/// The folder by its usual name, if it is there, and those that the manifest names.
fn places(reader: &mut Reader<'_>, manifest: Option<&Parsed>, key: &str, folder: &str) -> Vec<String> {
    let mut places: Vec<String> = reader.has_folder(folder).then(|| folder.to_owned()).into_iter().collect();
    for named in manifest.map(|manifest| reader.named_paths(manifest, key)).unwrap_or_default() {
        if !places.contains(&named) {
            places.push(named);
        }
    }
    places
}

/// Declared in a file of its own, in a file that the manifest names, or in the manifest.
fn mcp_servers(reader: &mut Reader<'_>, manifest: Option<&Parsed>) -> Vec<mcp::McpServer> {
    let usual = if reader.format == Format::AgentPlugins { "mcp.json" } else { ".mcp.json" };
    let mut servers = Vec::new();
    let mut files: Vec<String> = reader.has(usual).then(|| usual.to_owned()).into_iter().collect();
    if let Some(manifest) = manifest
        && let Some(node) = manifest.root.get("mcpServers")
    {
        if node.is_mapping() {
            servers.extend(mcp::servers(reader, manifest, node, "/mcpServers"));
        } else {
            files.extend(reader.named_paths(manifest, "mcpServers").into_iter().filter(|file| file != usual));
        }
    }
    for file in files {
        let Some(parsed) = reader.parse(&file, Syntax::Json, Severity::Warning) else { continue };
        // Some write the servers at the top.
        let (node, at) = match parsed.root.get("mcpServers") {
            Some(node) => (node, "/mcpServers"),
            None => (&parsed.root, ""),
        };
        let found = mcp::servers(reader, &parsed, node, at);
        servers.extend(found);
    }
    servers
}

/// Parts that only the bundle's own host can run.
fn parts_of_code(reader: &mut Reader<'_>, manifest: Option<&Parsed>) {
    let host = reader.format.host();
    for (file, needs) in [
        ("hooks/hooks.json", "hook runner"),
        ("hooks.json", "hook runner"),
        (".lsp.json", "language servers"),
        (".app.json", "apps"),
        ("settings.json", "settings"),
    ] {
        if reader.has(file) {
            reader.cannot_run(file, format!("{host}'s {needs}"));
        }
    }
    for (folder, needs) in [
        ("hooks", "hook runner"),
        ("output-styles", "output styles"),
        ("rules", "rules"),
        (".cursor/agents", "agents"),
    ] {
        if reader.has_folder(folder) && !reader.has(&format!("{folder}/hooks.json")) {
            reader.cannot_run(folder, format!("{host}'s {needs}"));
        }
    }
    let declared =
        |key: &str| manifest.and_then(|manifest| manifest.root.get(key)).is_some_and(|node| !is_empty(node));
    for (key, needs) in [("hooks", "hook runner"), ("lspServers", "language servers"), ("apps", "apps")] {
        if declared(key) {
            reader.cannot_run(format!("`{key}` of the manifest"), format!("{host}'s {needs}"));
        }
    }
}

fn is_empty(node: &Node) -> bool {
    node.items().is_empty() && node.entries().is_empty() && node.as_str().is_none()
}
