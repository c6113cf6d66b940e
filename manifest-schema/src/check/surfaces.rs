//! What a plugin offers fits how it runs, and runs in this version of `wa`.

use crate::document::Document;
use crate::finding::Finding;
use crate::rules;
use crate::tree::{Kind, Node};
use crate::version::{Version, VersionRange};

/// Keys of the manifest whose parts are handled by code.
const HANDLED: [&str; 9] =
    ["events", "hooks", "tools", "routes", "services", "schedules", "commands", "rpc", "capabilities"];
/// Channels that no plugin can provide.
const OWN_CHANNELS: [&str; 2] = ["console", "whatsapp"];
pub(super) fn check(document: Document<'_>) -> Vec<Finding> {
    let mut findings = channels(document);
    findings.extend(engine(document));
    findings.extend(runtime(document));
    findings.extend(single_values(document));
    findings.extend(plain_http(document));
    findings
}

/// A channel and its capability belong together, and only it has actions.
fn channels(document: Document<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let items = |pointer: &str| document.root.at(pointer).map(Node::items).unwrap_or_default();
    let ids = |node: &Node| node.get("id").and_then(Node::as_str).map(str::to_owned);
    let offered: Vec<String> = items("/capabilities/channel").iter().filter_map(ids).collect();
    let named: Vec<&str> = items("/channels").iter().filter_map(Node::as_str).collect();
    for (index, name) in named.iter().enumerate() {
        let pointer = format!("/channels/{index}");
        if OWN_CHANNELS.contains(name) {
            let message = format!("`{name}` is a channel of wa itself");
            findings.push(document.finding(&rules::NOT_ALLOWED, &pointer, message));
        } else if !offered.iter().any(|id| id == name) {
            let message = format!("the channel `{name}` has no capability that sends its messages");
            let finding = document.finding(&rules::MISSING_KEY, &pointer, message);
            findings.push(finding.help(format!("add `capabilities: {{ channel: [{{ id: {name} }}] }}`")));
        }
    }
    for (index, id) in offered.iter().enumerate().filter(|(_, id)| !named.contains(&id.as_str())) {
        let message = format!("the capability `channel/{id}` is of no channel");
        let finding =
            document.finding(&rules::MISSING_KEY, &format!("/capabilities/channel/{index}/id"), message);
        findings.push(finding.help(format!("add `channels: [{id}]`")));
    }
    for kind in document.root.get("capabilities").map(Node::entries).unwrap_or_default() {
        let others = kind.value.items().iter().enumerate().filter(|_| kind.key != "channel");
        findings.extend(others.filter(|(_, one)| one.get("actions").is_some()).map(|(index, _)| {
            let pointer = format!("/capabilities/{}/{index}/actions", kind.key);
            document.finding_at_key(&rules::UNKNOWN_KEY, &pointer, "only a `channel` has `actions`")
        }));
    }
    findings
}

/// Whether a list or mapping has anything in it.
fn is_declared(document: Document<'_>, key: &str) -> bool {
    document.root.get(key).is_some_and(|node| !node.items().is_empty() || !node.entries().is_empty())
}

/// Whether a value says that there is nothing. What has the wrong type says something.
fn is_empty(node: &Node) -> bool {
    match &node.kind {
        Kind::Sequence(items) => items.is_empty(),
        Kind::Mapping(entries) => entries.is_empty(),
        Kind::Scalar(value) => value.is_null() || value == false,
    }
}

fn engine(document: Document<'_>) -> Option<Finding> {
    let range: VersionRange = document.root.at("/engines/wa")?.as_str()?.parse().ok()?;
    let this: Version = env!("CARGO_PKG_VERSION").parse().ok()?;
    if range.contains(&this) {
        return None;
    }
    let message = format!("the plugin is made for wa {range}, and this is wa {this}");
    Some(document.finding(&rules::ENGINE_MISMATCH, "/engines/wa", message))
}

fn runtime(document: Document<'_>) -> Vec<Finding> {
    let has_agent = document.root.get("agent").and_then(Node::as_bool) == Some(true);
    let handled: Vec<&str> = HANDLED.into_iter().filter(|key| is_declared(document, key)).collect();
    if document.root.get("runtime").is_some() {
        let starts = ["agent", "channels"].into_iter().chain(HANDLED);
        let started =
            starts.into_iter().any(|key| document.root.get(key).is_some_and(|node| !is_empty(node)));
        if started {
            return Vec::new();
        }
        let message = "there is code, but the manifest declares nothing that would start it";
        let finding = document.finding_at_key(&rules::IDLE_CODE, "/runtime", message);
        return vec![
            finding.help("declare what the code handles: `events`, `hooks`, `tools`, `routes` or `agent`"),
        ];
    }
    let handled = handled.into_iter().chain(has_agent.then_some("agent"));
    handled
        .map(|key| {
            let message = format!("`{key}` needs code, but there is no `runtime`");
            let finding = document.finding_at_key(&rules::NO_RUNTIME, &format!("/{key}"), message);
            finding.help("add `runtime: { kind: js, entry: src/index.ts }`")
        })
        .collect()
}

/// Single values that this version of `wa` does not run.
fn single_values(document: Document<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut not_run = |pointer: &str, what: &str| {
        findings.push(document.finding(
            &rules::NOT_RUN,
            pointer,
            format!("this version of wa does not run {what}"),
        ));
    };
    if document.root.at("/permissions/llm").and_then(Node::as_bool) == Some(true) {
        not_run("/permissions/llm", "a language model for plugins");
    }
    findings
}

fn plain_http(document: Document<'_>) -> Vec<Finding> {
    let items =
        |pointer: &str| document.root.at(pointer).map(Node::items).unwrap_or_default().iter().enumerate();
    let network = items("/permissions/network")
        .map(|(index, node)| (format!("/permissions/network/{index}"), Some(node)));
    let forward = items("/forward").map(|(index, node)| (format!("/forward/{index}/to"), node.get("to")));
    let written = network.chain(forward).filter_map(|(pointer, node)| Some((pointer, node?.as_str()?)));
    let plain = written.filter(|(_, text)| text.starts_with("http://") && !is_local(text));
    plain
        .map(|(pointer, text)| {
            let message = format!("`{text}` is reached without encryption");
            document.finding(&rules::PLAIN_HTTP, &pointer, message).help("write `https://`")
        })
        .collect()
}

fn is_local(origin: &str) -> bool {
    ["http://localhost", "http://127.", "http://[::1]"].iter().any(|local| origin.starts_with(local))
}
