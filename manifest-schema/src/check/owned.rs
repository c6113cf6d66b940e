//! A manifest declares each thing once.

use crate::document::Document;
use crate::finding::Finding;
use crate::rules;
use crate::tree::Node;
use std::collections::HashMap;

pub(super) fn check(document: Document<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (list, key, what) in [
        ("tools", "name", "tool"),
        ("commands", "name", "command"),
        ("rpc", "method", "RPC method"),
        ("services", "id", "service"),
        ("schedules", "id", "schedule"),
        ("pages", "path", "page"),
        ("hooks", "on", "hook"),
    ] {
        let items = items(document.root.get(list));
        let named = items.enumerate().filter_map(|(index, item)| {
            let name = item.get(key)?.as_str()?;
            Some((
                crate::events::modern_name(name).unwrap_or(name).to_owned(),
                format!("/{list}/{index}/{key}"),
            ))
        });
        findings.extend(repeated(document, what, named));
    }
    findings.extend(repeated(document, "route", routes(document)));
    for kind in document.root.get("capabilities").map(Node::entries).unwrap_or_default() {
        let ids = items(Some(&kind.value)).enumerate().filter_map(|(index, item)| {
            Some((item.get("id")?.as_str()?.to_owned(), format!("/capabilities/{}/{index}/id", kind.key)))
        });
        findings.extend(repeated(document, "capability", ids));
    }
    findings
}

fn items(list: Option<&Node>) -> impl Iterator<Item = &Node> {
    list.map(Node::items).unwrap_or_default().iter()
}

/// Each method of each route, with the pointer of the route's path.
fn routes(document: Document<'_>) -> impl Iterator<Item = (String, String)> + '_ {
    items(document.root.get("routes")).enumerate().flat_map(|(index, route)| {
        let path = route.get("path").and_then(Node::as_str).unwrap_or_default();
        let methods: Vec<&str> = match route.get("methods") {
            Some(methods) => methods.items().iter().filter_map(Node::as_str).collect(),
            None => vec!["GET"],
        };
        methods.into_iter().map(move |method| (format!("{method} {path}"), format!("/routes/{index}/path")))
    })
}

fn repeated(
    document: Document<'_>,
    what: &str,
    named: impl Iterator<Item = (String, String)>,
) -> Vec<Finding> {
    let mut seen: HashMap<String, String> = HashMap::new();
    let mut findings = Vec::new();
    for (name, pointer) in named {
        if let Some(first) = seen.get(&name) {
            let line = document.source.text[..document.span(first).start].matches('\n').count() + 1;
            let message = format!("the {what} `{name}` is declared already, in line {line}");
            findings.push(document.finding(&rules::OWNED_TWICE, &pointer, message));
        } else {
            seen.insert(name, pointer);
        }
    }
    findings
}
