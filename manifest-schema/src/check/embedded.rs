//! The JSON Schemas inside of a manifest: `configSchema`, and those of tools and RPC methods.

use crate::document::Document;
use crate::finding::Finding;
use crate::rules;
use crate::schema::{self, ProblemKind, SchemaProblem};
use crate::tree::Node;

/// Types that a configuration cannot have.
const OTHER_TYPES: [&str; 6] = ["array", "boolean", "integer", "null", "number", "string"];

pub(super) fn check(document: Document<'_>) -> Vec<Finding> {
    let mut findings = one(document, "/configSchema");
    findings.extend(config_not_object(document));
    for (index, tool) in list(document, "tools") {
        let input = format!("/tools/{index}/input");
        findings.extend(one(document, &input));
        findings.extend(one(document, &format!("/tools/{index}/output")));
        findings.extend(input_not_object(document, &input, tool));
    }
    for (index, _) in list(document, "rpc") {
        findings.extend(one(document, &format!("/rpc/{index}/params")));
        findings.extend(one(document, &format!("/rpc/{index}/result")));
    }
    findings
}

fn list<'d>(document: Document<'d>, key: &str) -> impl Iterator<Item = (usize, &'d Node)> {
    document.root.get(key).map(Node::items).unwrap_or_default().iter().enumerate()
}

fn one(document: Document<'_>, pointer: &str) -> Vec<Finding> {
    let Some(node) = document.root.at(pointer) else { return Vec::new() };
    let value = node.to_json();
    if !value.is_object() && !value.is_boolean() {
        return Vec::new();
    }
    let problems = schema::problems(&value);
    problems.into_iter().map(|problem| finding(document, pointer, problem)).collect()
}

fn finding(document: Document<'_>, base: &str, problem: SchemaProblem) -> Finding {
    let (rule, help) = match problem.kind {
        ProblemKind::Invalid => (&rules::BAD_SCHEMA, None),
        ProblemKind::RemoteReference => {
            (&rules::REMOTE_REFERENCE, Some("copy what it refers to into `$defs` and write `#/$defs/...`"))
        }
        ProblemKind::Pattern => {
            (&rules::BAD_PATTERN, Some("write it without look-around, back-references and large repeats"))
        }
        ProblemKind::Cost => (&rules::COSTLY_SCHEMA, Some("use fewer alternatives inside of alternatives")),
        ProblemKind::Default => {
            (&rules::UNUSABLE_DEFAULT, Some("change the default or the schema around it"))
        }
    };
    let pointer = format!("{base}{}", problem.pointer);
    let finding = match problem.kind {
        ProblemKind::Cost => document.finding_at_key(rule, &pointer, problem.message),
        _ => document.finding(rule, &pointer, problem.message),
    };
    match help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

fn config_not_object(document: Document<'_>) -> Option<Finding> {
    let schema = document.root.get("configSchema").filter(|schema| !schema.entries().is_empty())?;
    let kind = schema.get("type")?.as_str().filter(|kind| OTHER_TYPES.contains(kind))?;
    let message = format!("a plugin's configuration is a mapping, never of type `{kind}`");
    Some(document.finding(&rules::BAD_SCHEMA, "/configSchema/type", message).help("write `type: object`"))
}

fn input_not_object(document: Document<'_>, pointer: &str, tool: &Node) -> Option<Finding> {
    let input = tool.get("input")?;
    if input.get("type").and_then(Node::as_str) == Some("object") {
        return None;
    }
    let message = "a tool's input is an object, and its schema must say so";
    Some(document.finding_at_key(&rules::INPUT_NOT_OBJECT, pointer, message).help("write `type: object`"))
}
