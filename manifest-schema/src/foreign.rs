//! Packages in the formats of other hosts, read without running anything: native OpenClaw plugins, and bundles of Codex,
//! Cursor, Claude and Agent Plugins.
//!
//! What is content (skills, commands, agents, declarations of MCP servers) becomes part of the catalog. What is code is
//! never read as a program; each such part is listed with what it would need. The result is a [`crate::manifest::Manifest`] without a
//! runtime, which everything downstream handles like that of any content-only plugin, and the [`Foreign`] facts beside it.
//!
//! A package with a manifest of `wa` is a plugin of `wa`, whatever else is in it.

mod bundle;
mod convert;
mod detect;
mod documents;
mod front_matter;
mod id;
mod mcp;
mod native;
mod npm;
mod reader;

pub use detect::detect;
pub use mcp::{McpServer, Transport};

use crate::check::Checked;
use crate::files::PackageFiles;
use crate::finding::Report;
use reader::Reader;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// Files and folders of bundles whose names begin with a dot.
pub const HIDDEN_NAMES: [&str; 7] =
    [".codex-plugin", ".cursor-plugin", ".claude-plugin", ".cursor", ".mcp.json", ".lsp.json", ".app.json"];

/// The formats, in the order in which a package is tried for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A native OpenClaw plugin: `openclaw.plugin.json`, or `openclaw.extensions` in `package.json`.
    OpenClaw,
    /// `.codex-plugin/plugin.json`.
    Codex,
    /// `.cursor-plugin/plugin.json`.
    Cursor,
    /// `.claude-plugin/plugin.json`, or Claude's folders without a manifest.
    Claude,
    /// `plugin.json` of Agent Plugins 1.0.0.
    AgentPlugins,
}

impl Format {
    /// The name that people see.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenClaw => "OpenClaw plugin",
            Self::Codex => "Codex bundle",
            Self::Cursor => "Cursor bundle",
            Self::Claude => "Claude bundle",
            Self::AgentPlugins => "Agent Plugins bundle",
        }
    }

    /// Whose format it is.
    pub const fn host(self) -> &'static str {
        match self {
            Self::OpenClaw => "OpenClaw",
            Self::Codex => "Codex",
            Self::Cursor => "Cursor",
            Self::Claude => "Claude",
            Self::AgentPlugins => "Agent Plugins",
        }
    }

    /// Where the manifest is in the package.
    pub const fn manifest_file(self) -> &'static str {
        match self {
            Self::OpenClaw => "openclaw.plugin.json",
            Self::Codex => ".codex-plugin/plugin.json",
            Self::Cursor => ".cursor-plugin/plugin.json",
            Self::Claude => ".claude-plugin/plugin.json",
            Self::AgentPlugins => "plugin.json",
        }
    }

    /// All formats, in the order in which a package is tried for them.
    pub const ALL: [Self; 5] = [Self::OpenClaw, Self::Codex, Self::Cursor, Self::Claude, Self::AgentPlugins];
}

/// What is known of a package in another host's format, beside its [`crate::manifest::Manifest`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Foreign {
    /// Its format.
    pub format: Format,
    /// The id or name that its own manifest gives it; absent if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What of it is usable.
    pub content: Content,
    /// What its code would own in its own host, by kind, such as `tools` or `channels`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub owns: BTreeMap<String, Vec<String>>,
    /// The plugins of its own host that it wants beside it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// What of it cannot run here, and why.
    pub not_runnable: Vec<NotRunnable>,
}

/// The parts of a package that are text, and so the same in every host.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// Skills that an agent may read.
    pub skills: Vec<Text>,
    /// Prompts that a person calls by name.
    pub commands: Vec<Text>,
    /// Descriptions of agents.
    pub agents: Vec<Text>,
    /// Declared servers of the Model Context Protocol. `wa` starts none.
    pub mcp_servers: Vec<McpServer>,
}

impl Content {
    /// "3 skills, 1 command"; empty for nothing.
    pub fn in_words(&self) -> String {
        let counts = [
            (self.skills.len(), "skill"),
            (self.commands.len(), "command"),
            (self.agents.len(), "agent"),
            (self.mcp_servers.len(), "MCP declaration"),
        ];
        let words = counts.into_iter().filter(|(count, _)| *count > 0);
        words
            .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// A skill, command or agent: a Markdown file with a name and a description.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The file in the package.
    pub path: String,
}

/// A part that does not run here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotRunnable {
    /// The part, such as `hooks/hooks.json`.
    pub what: String,
    /// What it would need, such as `Claude's hook runner`.
    pub needs: String,
}

impl fmt::Display for NotRunnable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: not runnable here: needs {}", self.what, self.needs)
    }
}

/// Reads a package of another host; `None` if it is in none of the known formats.
///
/// `root_label` is its place as shown in paths, `fallback_id` the id that it gets if its files give it none.
pub fn check(files: &dyn PackageFiles, root_label: &Path, fallback_id: &str) -> Option<Checked> {
    let format = detect(files)?;
    let mut reader = Reader::new(files, root_label, format);
    let package = reader.package_json();
    let draft = match format {
        Format::OpenClaw => native::read(&mut reader, package.as_ref()),
        _ => bundle::read(&mut reader),
    };
    let converted =
        draft.and_then(|draft| convert::convert(&mut reader, draft, package.as_ref(), fallback_id));
    let (manifest, foreign) = converted.unzip();
    let Reader { mut report, manifest: source, .. } = reader;
    report.sort();
    Some(Checked { manifest, source, report, foreign })
}

/// The skills in folders of a package, of whichever host, and what is wrong with them.
pub fn skills(files: &dyn PackageFiles, root_label: &Path, folders: &[String]) -> (Vec<Text>, Report) {
    let mut reader = Reader::new(files, root_label, Format::AgentPlugins);
    let skills = folders.iter().flat_map(|folder| reader.skills(folder.trim_matches('/'))).collect();
    (skills, reader.report)
}

/// The id that a package without one gets: the name of its folder or archive, without version and ending.
pub fn fallback_id(path: &Path) -> String {
    id::of_file_name(path)
}
