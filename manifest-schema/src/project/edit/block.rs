//! Mappings by indentation.

use super::flow::{scalar, written};
use super::splice;
use crate::tree::{Entry, Kind, Node};
use serde_json::Value;

const STEP: usize = 2;

/// Adds an entry behind the last one, indented like it.
pub(super) fn insert(text: &str, entries: &[Entry], key: &str, value: &Value) -> Option<String> {
    let last = entries.last()?;
    let indent = indentation(text, last.key_span.start)?;
    let at = line_end(text, end(text, last));
    Some(splice(text, at..at, &format!("\n{}", lines(indent, key, value))))
}

/// Gives a key without a value its first entry.
pub(super) fn begin(text: &str, entry: &Entry, key: &str, value: &Value) -> Option<String> {
    let indent = indentation(text, entry.key_span.start)? + STEP;
    let at = line_end(text, entry.key_span.end);
    Some(splice(text, at..at, &format!("\n{}", lines(indent, key, value))))
}

/// Removes an entry's lines; a mapping that had no other becomes `{}`.
pub(super) fn remove(text: &str, parent: &Entry, key: &str) -> Option<String> {
    let entry = parent.value.entry(key)?;
    let start = line_start(text, entry.key_span.start);
    let stop = (line_end(text, end(text, entry)) + 1).min(text.len());
    let without = splice(text, start..stop, "");
    if parent.value.entries().len() > 1 {
        return Some(without);
    }
    let colon = parent.key_span.end + text.get(parent.key_span.end..)?.find(':')? + 1;
    Some(splice(&without, colon..colon, " {}"))
}

fn lines(indent: usize, key: &str, value: &Value) -> String {
    let head = format!("{:indent$}{}:", "", scalar(key));
    match value {
        Value::Object(map) if !map.is_empty() => {
            let inner: Vec<String> =
                map.iter().map(|(key, value)| lines(indent + STEP, key, value)).collect();
            format!("{head}\n{}", inner.join("\n"))
        }
        plain => format!("{head} {}", written(plain)),
    }
}

/// The spaces before a key; none if something else stands before it on its line.
fn indentation(text: &str, key: usize) -> Option<usize> {
    let before = &text[line_start(text, key)..key];
    before.bytes().all(|byte| byte == b' ').then_some(before.len())
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline)
}

/// The end of what an entry says, without the empty lines that some spans run over.
fn end(text: &str, entry: &Entry) -> usize {
    let end = last(&entry.value).map_or(entry.key_span.end, |span_end| span_end.max(entry.key_span.end));
    text[..end].trim_end().len().max(entry.key_span.end)
}

fn last(node: &Node) -> Option<usize> {
    match &node.kind {
        Kind::Scalar(Value::Null) => None,
        _ => Some(node.span.end),
    }
}
