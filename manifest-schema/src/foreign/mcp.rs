//! Declarations of servers of the Model Context Protocol. They are read, shown and pinned; `wa` starts none.

use super::reader::{Parsed, Reader};
use crate::rules;
use crate::tree::{Node, join};
use serde::Serialize;

/// A declared server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct McpServer {
    /// Its name in the package.
    pub name: String,
    /// How it would be reached.
    pub transport: Transport,
    /// Whether it uses folders that its own host fills in (`${PLUGIN_ROOT}`, `${CLAUDE_PLUGIN_ROOT}` and the like).
    pub placeholders: bool,
}

/// How a server would be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Transport {
    /// A program with pipes.
    Stdio {
        /// The program.
        command: String,
    },
    /// HTTP with streams.
    StreamableHttp {
        /// Its address.
        url: String,
    },
    /// Server-sent events, the older form.
    Sse {
        /// Its address.
        url: String,
    },
}

/// Reads an object of declarations. One that its own host would refuse is left out with a warning.
pub(super) fn servers(reader: &mut Reader<'_>, parsed: &Parsed, node: &Node, at: &str) -> Vec<McpServer> {
    let mut servers = Vec::new();
    for entry in node.entries() {
        let pointer = join(at, &entry.key);
        match transport(&entry.value) {
            Ok(transport) => {
                let text = entry.value.to_json().to_string();
                let placeholders = text.contains("PLUGIN_ROOT}") || text.contains("PLUGIN_DATA}");
                reader.cannot_run(format!("MCP server {}", entry.key), "a host that starts MCP servers");
                servers.push(McpServer { name: entry.key.clone(), transport, placeholders });
            }
            Err(why) => {
                let message = format!("the MCP server `{}` {why}", entry.key);
                reader.report.push(parsed.document().finding_at_key(
                    &rules::BAD_MCP_SERVER,
                    &pointer,
                    message,
                ));
            }
        }
    }
    servers
}

fn transport(node: &Node) -> Result<Transport, &'static str> {
    let text = |key: &str| {
        node.get(key).map(|value| value.as_str().map(str::to_owned).ok_or("has a key of the wrong type"))
    };
    let (command, url) = (text("command").transpose()?, text("url").transpose()?);
    let kind = text("type").or_else(|| text("transport")).transpose()?;
    match (kind.as_deref(), command, url) {
        (_, Some(_), Some(_)) => Err("has both a command and an address"),
        (None | Some("stdio"), Some(command), None) => Ok(Transport::Stdio { command }),
        (Some("sse"), None, Some(url)) => Ok(Transport::Sse { url }),
        (None | Some("http" | "streamable-http"), None, Some(url)) => Ok(Transport::StreamableHttp { url }),
        (_, None, None) => Err("has neither a command nor an address"),
        _ => Err("has a transport that does not fit"),
    }
}
