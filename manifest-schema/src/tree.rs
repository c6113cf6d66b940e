//! A spanned tree for YAML 1.2, JSON and JSON5: every key and every value keeps its byte range.
//!
//! This is the only reader of files that people write. It refuses what other readers pass over in silence:
//! duplicate keys, keys that are not strings, a second document, and documents built to exhaust the reader.
//! Scalars follow YAML's core schema (`no`, `on` and `1_000` are strings); what JSON cannot say (`.nan`) is a string.

mod json5;
mod read;
mod scalar;

pub(crate) use read::json_error;

use crate::finding::Finding;
use crate::source::{Source, Syntax};
use serde_json::{Map, Value};
use std::ops::Range;

/// How deep sequences and mappings may nest.
pub const MAX_DEPTH: usize = 64;
/// How many keys and values a document may have, aliases counted as often as they are used.
pub const MAX_NODES: usize = 100_000;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Bytes of the value in the source; of an alias, the place where it is used.
    pub span: Range<usize>,
    /// The value.
    pub kind: Kind,
}

/// The value of a [`Node`].
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Null, a boolean, a number or a string.
    Scalar(Value),
    /// A sequence.
    Sequence(Vec<Node>),
    /// A mapping in the order of the file; keys are unique.
    Mapping(Vec<Entry>),
}

/// A key of a mapping with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Bytes of the key in the source, quotes included.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Node,
}

/// Reads a document.
///
/// # Errors
/// The finding says what is wrong with the text and where; there is only one, since nothing behind it can be trusted.
pub fn parse(source: &Source) -> Result<Node, Finding> {
    match source.syntax {
        Syntax::Json5 => json5::document(source),
        _ => read::document(source),
    }
}

impl Node {
    /// The value without places.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::Sequence(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Kind::Mapping(entries) => Value::Object(
                entries.iter().map(|e| (e.key.clone(), e.value.to_json())).collect::<Map<_, _>>(),
            ),
        }
    }

    /// The value that a JSON Pointer leads to.
    pub fn at(&self, pointer: &str) -> Option<&Self> {
        self.locate(pointer).map(|(node, _)| node)
    }

    /// The value that a JSON Pointer leads to, and the key that leads to it if it is a mapping's.
    pub fn locate(&self, pointer: &str) -> Option<(&Self, Option<&Entry>)> {
        let mut here = (self, None);
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            here = match &here.0.kind {
                Kind::Sequence(items) => (items.get(token.parse::<usize>().ok()?)?, None),
                Kind::Mapping(_) => here.0.entry(&token).map(|entry| (&entry.value, Some(entry)))?,
                Kind::Scalar(_) => return None,
            };
        }
        Some(here)
    }

    /// An entry of a mapping; `None` also if this is no mapping.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value of a mapping's key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Whether it is a mapping.
    pub const fn is_mapping(&self) -> bool {
        matches!(self.kind, Kind::Mapping(_))
    }

    /// The entries of a mapping; none if this is no mapping.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a sequence; none if this is no sequence.
    pub fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The value of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            Kind::Scalar(Value::Bool(value)) => Some(*value),
            _ => None,
        }
    }
}

/// Adds a token to a JSON Pointer, escaped.
pub fn join(pointer: &str, token: impl std::fmt::Display) -> String {
    format!("{pointer}/{}", token.to_string().replace('~', "~0").replace('/', "~1"))
}
