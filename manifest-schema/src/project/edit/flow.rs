//! Mappings in braces.

use super::splice;
use crate::tree::Node;
use serde_json::Value;

/// Adds an entry before the closing brace.
pub(super) fn insert(text: &str, mapping: &Node, key: &str, value: &Value) -> Option<String> {
    let entry = format!("{}: {}", scalar(key), written(value));
    let inside = text.get(mapping.span.clone())?.strip_prefix('{')?.strip_suffix('}')?;
    let kept = inside.trim_end().trim_end_matches(',').trim_end();
    let new = if kept.trim().is_empty() { format!("{{ {entry} }}") } else { format!("{{{kept}, {entry} }}") };
    Some(splice(text, mapping.span.clone(), &new))
}

/// Removes an entry with the comma that it leaves over.
pub(super) fn remove(text: &str, mapping: &Node, key: &str) -> Option<String> {
    let at = mapping.entries().iter().position(|entry| entry.key == key)?;
    let (entries, entry) = (mapping.entries(), &mapping.entries()[at]);
    let span = match (at.checked_sub(1).map(|before| &entries[before]), entries.get(at + 1)) {
        (_, Some(next)) => entry.key_span.start..next.key_span.start,
        (Some(before), None) => before.value.span.end..entry.value.span.end,
        (None, None) => mapping.span.start + 1..mapping.span.end - 1,
    };
    Some(splice(text, span, ""))
}

/// A value on one line.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let entries: Vec<String> =
                map.iter().map(|(key, value)| format!("{}: {}", scalar(key), written(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        Value::String(text) => scalar(text),
        plain => plain.to_string(),
    }
}

/// A string, without quotes where it needs none in any position.
pub(super) fn scalar(text: &str) -> String {
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '.' | '/'))
        && text.chars().all(|letter| {
            letter.is_ascii_alphanumeric() || matches!(letter, '.' | '/' | '-' | '_' | '@' | '^')
        })
        && !matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "null" | ".nan" | ".inf");
    if plain { text.to_owned() } else { Value::from(text).to_string() }
}
