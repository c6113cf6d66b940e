//! Older forms of a manifest, rewritten in place to the current one: comments, order and style stay.
//!
//! Version 1 of the format is the only one so far. What is older in it are names that other systems gave to events. A
//! later version gets a function of its own here, from the version before.

use crate::events;
use crate::finding::Finding;
use crate::source::Source;
use crate::tree::{self, Node};
use serde_json::Value;
use std::ops::Range;
use thiserror::Error;

/// The version of the manifest's format that this version of `wa` reads and writes.
pub const CURRENT: u64 = 1;

/// A manifest in its current form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The whole text; the old one if there is nothing to do.
    pub text: String,
    /// What was changed, in the order of the file.
    pub changes: Vec<Change>,
}

/// One value that was rewritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its line, from 1.
    pub line: usize,
    /// JSON Pointer of the value.
    pub pointer: String,
    /// What stood there.
    pub from: String,
    /// What stands there now.
    pub to: String,
}

/// Why a manifest could not be migrated. Nothing was changed.
#[derive(Debug, Error)]
pub enum MigrateError {
    /// The text is not YAML or JSON.
    #[error("the manifest cannot be read: {}", .0.message)]
    Unreadable(Box<Finding>),
    /// The file does not say of which version it is.
    #[error("the manifest does not say its version; the first line of a manifest is `schema: {CURRENT}`")]
    NoVersion,
    /// The file was written for a later version of `wa`.
    #[error("the manifest has version {0} of the format, and this version of wa knows up to {CURRENT}")]
    Newer(u64),
    /// Both the old and the current name are there.
    #[error("line {line}: `{from}` is an old name of `{to}`, which is there too; remove one of them by hand")]
    Twice {
        /// The line of the old name, from 1.
        line: usize,
        /// The old name.
        from: String,
        /// The current name.
        to: String,
    },
    /// The place is written in a way that cannot be changed without touching what is around it.
    #[error("line {line}: `{from}` cannot be replaced safely; write `{to}` by hand")]
    Unsafe {
        /// The line, from 1.
        line: usize,
        /// What stands there.
        from: String,
        /// What should.
        to: String,
    },
}

/// Rewrites a manifest to [`CURRENT`]. A manifest that is current comes back as it is.
///
/// # Errors
/// See [`MigrateError`].
pub fn migrate(source: &Source) -> Result<Migration, MigrateError> {
    let root = tree::parse(source).map_err(|finding| MigrateError::Unreadable(Box::new(finding)))?;
    match root.get("schema").map(Node::to_json).as_ref().and_then(Value::as_u64) {
        Some(CURRENT) => {}
        Some(newer) if newer > CURRENT => return Err(MigrateError::Newer(newer)),
        _ => return Err(MigrateError::NoVersion),
    }
    let mut rewrites = legacy_names(source, &root)?;
    rewrites.sort_by_key(|rewrite| rewrite.span.start);
    // A value behind an alias is at one place, and named from several.
    rewrites.dedup_by(|second, first| second.span == first.span);
    apply(source, &root, rewrites)
}

struct Rewrite {
    span: Range<usize>,
    change: Change,
}

/// The names of other systems in `events` and `hooks`.
fn legacy_names(source: &Source, root: &Node) -> Result<Vec<Rewrite>, MigrateError> {
    let mut rewrites = Vec::new();
    for (list, member) in [("events", None), ("hooks", Some("on"))] {
        let items = root.get(list).map(Node::items).unwrap_or_default();
        let name = |item: &'_ Node| match member {
            None => item.as_str().map(str::to_owned),
            Some(member) => item.get(member)?.as_str().map(str::to_owned),
        };
        let names: Vec<String> = items.iter().filter_map(name).collect();
        for (index, item) in items.iter().enumerate() {
            let Some(node) = member.map_or(Some(item), |member| item.get(member)) else { continue };
            let Some((from, to)) = node.as_str().and_then(|old| Some((old, events::modern_name(old)?)))
            else {
                continue;
            };
            let line = source.text[..node.span.start].matches('\n').count() + 1;
            // A gate may stand twice at one place; an event is listed once.
            if member.is_none() && names.iter().any(|name| name == to) {
                return Err(MigrateError::Twice { line, from: from.to_owned(), to: to.to_owned() });
            }
            let pointer =
                member.map_or(format!("/{list}/{index}"), |member| format!("/{list}/{index}/{member}"));
            let change = Change { line, pointer, from: from.to_owned(), to: to.to_owned() };
            rewrites.push(Rewrite { span: node.span.clone(), change });
        }
    }
    Ok(rewrites)
}

/// The new text, which must hold just the intended values.
fn apply(source: &Source, root: &Node, rewrites: Vec<Rewrite>) -> Result<Migration, MigrateError> {
    let mut text = source.text.to_string();
    let mut wanted = root.to_json();
    for Rewrite { span, change } in rewrites.iter().rev() {
        let unsafe_here =
            || MigrateError::Unsafe { line: change.line, from: change.from.clone(), to: change.to.clone() };
        let written =
            text.get(span.clone()).and_then(|old| in_style_of(old, change)).ok_or_else(unsafe_here)?;
        text.replace_range(span.clone(), &written);
        if let Some(value) = wanted.pointer_mut(&change.pointer) {
            *value = change.to.clone().into();
        }
        let read = tree::parse(&Source { text: text.as_str().into(), ..source.clone() });
        if read.map(|root| root.to_json()).as_ref() != Ok(&wanted) {
            return Err(unsafe_here());
        }
    }
    Ok(Migration { text, changes: rewrites.into_iter().map(|rewrite| rewrite.change).collect() })
}

/// The new name in the quotes of the old one; not if the old one is written in another way, as behind an alias.
fn in_style_of(old: &str, change: &Change) -> Option<String> {
    ["", "\"", "'"]
        .into_iter()
        .find(|quote| old == format!("{quote}{}{quote}", change.from))
        .map(|quote| format!("{quote}{}{quote}", change.to))
}

#[cfg(test)]
mod tests {
    use super::{MigrateError, migrate};
    use crate::source::{Source, Syntax};

    fn yaml(text: &str) -> Source {
        Source::new("wa.plugin.yaml", text, Syntax::Yaml)
    }

    #[test]
    fn names_change_and_nothing_else_does() {
        let cases = [
            (
                "schema: 1\nevents: [message_received, message.sent] # both\n",
                "schema: 1\nevents: [message.received, message.sent] # both\n",
            ),
            (
                "# mine\nschema: 1\nevents:\n  - \"message_sent\"   # quoted\nhooks:\n- on: 'before_agent_start'\n  mode: modify\n\n- {mode: block,on: agent:message:before}\n",
                "# mine\nschema: 1\nevents:\n  - \"message.sent\"   # quoted\nhooks:\n- on: 'agent.starting'\n  mode: modify\n\n- {mode: block,on: message.receiving}\n",
            ),
            ("schema: 1\r\nevents:\r\n- message_sent\r\n", "schema: 1\r\nevents:\r\n- message.sent\r\n"),
            (
                "schema: 1\ndescription: message_sent\nx-events: [message_sent]\n",
                "schema: 1\ndescription: message_sent\nx-events: [message_sent]\n",
            ),
        ];
        for (before, after) in cases {
            let migrated = migrate(&yaml(before)).unwrap();
            assert_eq!(migrated.text, after);
            assert_eq!(migrated.changes.is_empty(), before == after);
            let again = migrate(&yaml(after)).unwrap();
            assert_eq!((again.text.as_str(), again.changes.len()), (after, 0), "twice");
        }
    }

    #[test]
    fn json_is_migrated_too() {
        let json =
            Source::new("wa.plugin.json", "{\"schema\": 1,\n \"events\": [\"message_sent\"]}", Syntax::Json);
        let migrated = migrate(&json).unwrap();
        assert_eq!(migrated.text, "{\"schema\": 1,\n \"events\": [\"message.sent\"]}");
        assert_eq!((migrated.changes[0].line, migrated.changes[0].pointer.as_str()), (2, "/events/0"));
    }

    #[test]
    fn what_cannot_be_migrated_is_refused() {
        let error = |text: &str| migrate(&yaml(text)).unwrap_err();
        assert!(matches!(error("schema: 2\n"), MigrateError::Newer(2)));
        for text in ["id: desk\n", "schema: one\n", "schema: 0\n", "[]\n"] {
            assert!(matches!(error(text), MigrateError::NoVersion), "{text}");
        }
        assert!(matches!(error("schema: [\n"), MigrateError::Unreadable(_)));
        let twice = "schema: 1\nevents: [message.sent,\n  message_sent]\n";
        assert!(matches!(error(twice), MigrateError::Twice { line: 3, .. }));
        let alias = "schema: 1\nx-name: &name message_sent\nevents: [*name]\n";
        assert!(matches!(error(alias), MigrateError::Unsafe { line: 3, .. }));
        let escaped = "schema: 1\nevents: [\"message\\x5fsent\"]\n";
        assert!(matches!(error(escaped), MigrateError::Unsafe { line: 2, .. }));
    }
}
