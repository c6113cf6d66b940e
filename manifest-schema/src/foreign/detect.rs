//! Which format a package is in. The first that fits, in OpenClaw's order.

use super::Format;
use crate::files::PackageFiles;
use crate::source::{Source, Syntax};
use crate::tree::{self, Node};

/// The schema that makes a `plugin.json` one of Agent Plugins.
pub(super) const AGENT_PLUGINS_SCHEMA: &str = "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json";

/// Files of a program in the root: such a package is no bundle of Claude's, whatever folders it has.
const PROGRAMS: [&str; 5] = ["index.ts", "index.mts", "index.js", "index.mjs", "index.cjs"];

/// The format of a package, if it is one of the known ones. Its manifest may still be wrong.
pub fn detect(files: &dyn PackageFiles) -> Option<Format> {
    let marked = Format::ALL.into_iter().filter(|format| *format != Format::AgentPlugins);
    for format in marked {
        let marks = files.contains(format.manifest_file());
        if marks || (format == Format::OpenClaw && has_extensions(files)) {
            return Some(format);
        }
    }
    let plugin_json = Format::AgentPlugins.manifest_file();
    let declares_itself =
        json(files, plugin_json).is_some_and(|root| text(&root, "$schema") == Some(AGENT_PLUGINS_SCHEMA));
    if declares_itself {
        return Some(Format::AgentPlugins);
    }
    if has_claude_layout(files) {
        return Some(Format::Claude);
    }
    files.contains(plugin_json).then_some(Format::AgentPlugins)
}

fn has_extensions(files: &dyn PackageFiles) -> bool {
    let package = json(files, super::npm::FILE);
    package.is_some_and(|root| {
        root.at("/openclaw/extensions").is_some_and(|extensions| !extensions.items().is_empty())
    })
}

fn has_claude_layout(files: &dyn PackageFiles) -> bool {
    let is_program = PROGRAMS.into_iter().any(|file| files.contains(file));
    let folders = ["skills", "commands", "agents"];
    let single = ["hooks/hooks.json", ".mcp.json", ".lsp.json", "settings.json"];
    !is_program
        && (folders.into_iter().any(|folder| files.contains_directory(folder))
            || single.into_iter().any(|file| files.contains(file)))
}

fn json(files: &dyn PackageFiles, path: &str) -> Option<Node> {
    if !files.contains(path) {
        return None;
    }
    let source = Source::from_bytes(path, &files.read(path).ok()?).ok()?;
    tree::parse(&Source { syntax: Syntax::Json, ..source }).ok()
}

fn text<'n>(root: &'n Node, key: &str) -> Option<&'n str> {
    root.get(key).and_then(Node::as_str)
}
