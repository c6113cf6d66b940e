//! Changes to a `wa.yaml` as text, so that comments, order and style of what is not changed stay.
//!
//! Every change is checked: the new text is read again and must hold just the intended values. What cannot be changed
//! safely is refused, with the words to write by hand.

mod block;
mod flow;

use crate::finding::Finding;
use crate::names::PluginId;
use crate::source::{Source, Syntax};
use crate::tree::{self, Entry, Kind, Node};
use serde_json::{Map, Value};
use thiserror::Error;

/// Why a project file could not be changed. Nothing was.
#[derive(Debug, Error)]
pub enum EditError {
    /// The file is not readable YAML.
    #[error("the project file cannot be read: {}", .0.message)]
    Unreadable(Box<Finding>),
    /// The place is written in a way that cannot be changed without rewriting what is around it.
    #[error("`{place}` cannot be changed without touching what is around it; set it to `{wanted}` by hand")]
    Unsafe {
        /// The path of keys, with dots.
        place: String,
        /// The value, as JSON; `nothing` for a removal.
        wanted: String,
    },
}

/// Sets `plugins.entries.<id>.source`.
///
/// # Errors
/// See [`EditError`].
pub fn set_source(text: &str, id: &PluginId, source: &str) -> Result<String, EditError> {
    set(text, &["plugins", "entries", id.as_ref(), "source"], &source.into())
}

/// Sets `plugins.entries.<id>.enabled`.
///
/// # Errors
/// See [`EditError`].
pub fn set_enabled(text: &str, id: &PluginId, enabled: bool) -> Result<String, EditError> {
    set(text, &["plugins", "entries", id.as_ref(), "enabled"], &enabled.into())
}

/// Removes `plugins.entries.<id>`. A file without the entry stays as it is.
///
/// # Errors
/// See [`EditError`].
pub fn remove_entry(text: &str, id: &PluginId) -> Result<String, EditError> {
    remove(text, &["plugins", "entries", id.as_ref()])
}

/// Sets the value at a path of keys, and makes the mappings that lead to it.
///
/// # Errors
/// See [`EditError`].
pub fn set(text: &str, path: &[&str], value: &Value) -> Result<String, EditError> {
    let root = parse(text)?;
    let mut wanted = root.to_json();
    put(&mut wanted, path, value);
    if wanted == root.to_json() {
        return Ok(text.to_owned());
    }
    checked(insert_or_replace(text, &root, path, value), &wanted, path, &value.to_string())
}

/// Removes the key at a path. A file without it stays as it is.
///
/// # Errors
/// See [`EditError`].
pub fn remove(text: &str, path: &[&str]) -> Result<String, EditError> {
    let root = parse(text)?;
    let (Some((last, parents)), (true, ..)) = (path.split_last(), follow(&root, path)) else {
        return Ok(text.to_owned());
    };
    let mut wanted = root.to_json();
    if let Some(parent) = wanted.pointer_mut(&pointer(parents)).and_then(Value::as_object_mut) {
        parent.remove(*last);
    }
    let (_, parent, parent_entry) = follow(&root, parents);
    let edited = if is_flow(text, parent) {
        flow::remove(text, parent, last)
    } else {
        parent_entry.and_then(|entry| block::remove(text, entry, last))
    };
    checked(edited, &wanted, path, "nothing")
}

fn insert_or_replace(text: &str, root: &Node, path: &[&str], value: &Value) -> Option<String> {
    let known = (0..=path.len()).rev().find(|&length| follow(root, &path[..length]).0)?;
    let (_, node, entry) = follow(root, &path[..known]);
    let Some((key, rest)) = path[known..].split_first() else {
        let is_scalar = matches!(node.kind, Kind::Scalar(_)) && !text.get(node.span.clone())?.contains('\n');
        return (is_scalar || is_flow(text, node))
            .then(|| splice(text, node.span.clone(), &flow::written(value)));
    };
    let value = rest
        .iter()
        .rev()
        .fold(value.clone(), |inner, key| Value::Object(Map::from_iter([((*key).to_owned(), inner)])));
    match &node.kind {
        Kind::Mapping(_) if is_flow(text, node) => flow::insert(text, node, key, &value),
        Kind::Mapping(entries) => block::insert(text, entries, key, &value),
        Kind::Scalar(Value::Null) => block::begin(text, entry?, key, &value),
        _ => None,
    }
}

/// Whether the path leads to a node; that node or the last one on the way, and the entry that holds it.
fn follow<'a>(root: &'a Node, path: &[&str]) -> (bool, &'a Node, Option<&'a Entry>) {
    let mut here = (true, root, None);
    for key in path {
        match here.1.entry(key) {
            Some(entry) => here = (true, &entry.value, Some(entry)),
            None => return (false, here.1, here.2),
        }
    }
    here
}

fn put(value: &mut Value, path: &[&str], new: &Value) {
    let Some((key, rest)) = path.split_first() else {
        *value = new.clone();
        return;
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    put(&mut value[*key], rest, new);
}

fn pointer(path: &[&str]) -> String {
    path.iter().fold(String::new(), |pointer, key| tree::join(&pointer, key))
}

fn is_flow(text: &str, node: &Node) -> bool {
    text[node.span.start..].starts_with('{')
}

fn splice(text: &str, span: std::ops::Range<usize>, new: &str) -> String {
    format!("{}{new}{}", &text[..span.start], &text[span.end..])
}

fn parse(text: &str) -> Result<Node, EditError> {
    let source = Source::new(crate::layout::PROJECT_FILE, text, Syntax::Yaml);
    tree::parse(&source).map_err(|finding| EditError::Unreadable(Box::new(finding)))
}

fn checked(edited: Option<String>, wanted: &Value, path: &[&str], words: &str) -> Result<String, EditError> {
    let right = edited.filter(|text| parse(text).is_ok_and(|root| root.to_json() == *wanted));
    right.ok_or_else(|| EditError::Unsafe { place: path.join("."), wanted: words.to_owned() })
}

#[cfg(test)]
mod tests;
