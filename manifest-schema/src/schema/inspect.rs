//! What can be told of a schema by reading it.

use super::{below, is_linear};
use serde_json::Value;

/// The largest number of values in a schema.
const MAX_VALUES: usize = 5_000;
/// The largest depth of a schema.
const MAX_DEPTH: usize = 48;
/// The most references in a schema.
const MAX_REFERENCES: usize = 300;
/// The most patterns in a schema.
const MAX_PATTERNS: usize = 50;
/// The longest pattern, in bytes.
const MAX_PATTERN_LENGTH: usize = 500;

/// The types of JSON Schema.
const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

/// Why a schema is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SchemaProblem {
    /// What sort of problem.
    pub kind: ProblemKind,
    /// JSON Pointer into the schema.
    pub pointer: String,
    /// What is wrong, in one line.
    pub message: String,
}

/// Sorts of [`SchemaProblem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// Not a JSON Schema, or one that uses what plugins may not use.
    Invalid,
    /// Refers to something outside of itself.
    RemoteReference,
    /// A pattern that is no regular expression, or not one with linear time.
    Pattern,
    /// Too large, or checking a value could take too many steps.
    Cost,
    /// A default that does not fit.
    Default,
}

pub(super) fn problems(schema: &Value) -> Vec<SchemaProblem> {
    let mut walk = Walk { root: schema, values: 0, references: 0, patterns: 0, problems: Vec::new() };
    walk.value(schema, "", 0, Place::Schema);
    walk.problems
}

/// What stands at a place in a schema: only schemas have keywords.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Schema,
    /// A mapping from names to schemas.
    Named,
    /// A list of schemas.
    List,
    /// Plain data, such as an enum's.
    Data,
}

impl Place {
    fn of_keyword(keyword: &str, value: &Value) -> Self {
        match keyword {
            "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" => Self::Named,
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => Self::List,
            "items" if value.is_array() => Self::List,
            "items"
            | "additionalProperties"
            | "unevaluatedProperties"
            | "unevaluatedItems"
            | "contains"
            | "propertyNames"
            | "not"
            | "if"
            | "then"
            | "else"
            | "contentSchema" => Self::Schema,
            _ => Self::Data,
        }
    }
}

struct Walk<'s> {
    root: &'s Value,
    values: usize,
    references: usize,
    patterns: usize,
    problems: Vec<SchemaProblem>,
}

impl Walk<'_> {
    fn value(&mut self, value: &Value, pointer: &str, depth: usize, place: Place) {
        self.values += 1;
        if self.values == MAX_VALUES + 1 {
            self.report(ProblemKind::Cost, "", format!("the schema has more than {MAX_VALUES} values"));
        }
        if depth > MAX_DEPTH && !self.has(ProblemKind::Cost) {
            self.report(
                ProblemKind::Cost,
                pointer,
                format!("the schema nests more than {MAX_DEPTH} levels deep"),
            );
        }
        if depth > MAX_DEPTH || self.values > MAX_VALUES {
            return;
        }
        match value {
            Value::Object(map) => {
                for (key, child) in map {
                    let pointer = below(pointer, key);
                    if place == Place::Schema {
                        self.keyword(key, child, &pointer);
                    }
                    let inner = match place {
                        Place::Schema => Place::of_keyword(key, child),
                        Place::Named | Place::List => Place::Schema,
                        Place::Data => Place::Data,
                    };
                    self.value(child, &pointer, depth + 1, inner);
                }
            }
            Value::Array(items) => {
                let inner = if place == Place::List { Place::Schema } else { Place::Data };
                for (index, item) in items.iter().enumerate() {
                    self.value(item, &below(pointer, index), depth + 1, inner);
                }
            }
            _ => {}
        }
    }

    fn keyword(&mut self, key: &str, value: &Value, pointer: &str) {
        match (key, value) {
            ("$ref", Value::String(reference)) => self.reference(reference, pointer),
            ("$dynamicRef" | "$recursiveRef" | "$dynamicAnchor" | "$anchor" | "$vocabulary", _) => {
                let message = format!("`{key}` cannot be used in a plugin's schema; refer by `#/$defs/...`");
                self.report(ProblemKind::Invalid, pointer, message);
            }
            ("$id", _) if pointer != "/$id" => {
                let message = "`$id` can only stand at the top of a plugin's schema".to_owned();
                self.report(ProblemKind::Invalid, pointer, message);
            }
            ("$schema", Value::String(uri))
                if !uri.starts_with("https://json-schema.org/draft/2020-12/schema") =>
            {
                let message = "a plugin's schema is of draft 2020-12; leave `$schema` out".to_owned();
                self.report(ProblemKind::Invalid, pointer, message);
            }
            ("type", Value::String(kind)) if !TYPES.contains(&kind.as_str()) => {
                let message = format!("`{kind}` is no type; the types are {}", TYPES.join(", "));
                self.report(ProblemKind::Invalid, pointer, message);
            }
            ("pattern", Value::String(pattern)) => self.pattern(pattern, pointer),
            ("patternProperties", Value::Object(map)) => {
                for pattern in map.keys() {
                    self.pattern(pattern, &below(pointer, pattern));
                }
            }
            _ => {}
        }
    }

    fn reference(&mut self, reference: &str, pointer: &str) {
        let Some(target) = reference.strip_prefix('#') else {
            let message = format!("`{reference}` is outside of this schema; nothing is ever fetched");
            return self.report(ProblemKind::RemoteReference, pointer, message);
        };
        self.references += 1;
        if self.references == MAX_REFERENCES + 1 {
            let message = format!("the schema has more than {MAX_REFERENCES} references");
            self.report(ProblemKind::Cost, pointer, message);
        }
        if self.root.pointer(target).is_none() {
            self.report(
                ProblemKind::Invalid,
                pointer,
                format!("`{reference}` leads to nothing in this schema"),
            );
        }
    }

    fn pattern(&mut self, pattern: &str, pointer: &str) {
        self.patterns += 1;
        if self.patterns == MAX_PATTERNS + 1 {
            self.report(
                ProblemKind::Cost,
                pointer,
                format!("the schema has more than {MAX_PATTERNS} patterns"),
            );
        }
        if self.patterns > MAX_PATTERNS {
            return;
        }
        if pattern.len() > MAX_PATTERN_LENGTH {
            let message = format!("the pattern is longer than {MAX_PATTERN_LENGTH} bytes");
            self.report(ProblemKind::Pattern, pointer, message);
        }
    }

    fn has(&self, kind: ProblemKind) -> bool {
        self.problems.iter().any(|problem| problem.kind == kind)
    }

    fn report(&mut self, kind: ProblemKind, pointer: &str, message: String) {
        self.problems.push(SchemaProblem { kind, pointer: pointer.to_owned(), message });
    }
}

/// The first pattern that makes a schema impossible to compile, if one does.
pub(super) fn bad_pattern(schema: &Value) -> Option<SchemaProblem> {
    let mut found = None;
    each_pattern(schema, "", &mut |pattern, pointer| {
        if found.is_none() && !is_linear(pattern) {
            let message = format!("`{pattern}` is no regular expression that takes linear time");
            found = Some(SchemaProblem { kind: ProblemKind::Pattern, pointer: pointer.to_owned(), message });
        }
    });
    found
}

fn each_pattern(schema: &Value, pointer: &str, visit: &mut dyn FnMut(&str, &str)) {
    match schema {
        Value::Object(map) => {
            for (key, value) in map {
                let pointer = below(pointer, key);
                match (key.as_str(), value) {
                    ("pattern", Value::String(pattern)) => visit(pattern, &pointer),
                    ("patternProperties", Value::Object(map)) => {
                        map.keys().for_each(|pattern| visit(pattern, &below(&pointer, pattern)));
                    }
                    _ => {}
                }
                each_pattern(value, &pointer, visit);
            }
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| each_pattern(item, &below(pointer, index), visit));
        }
        _ => {}
    }
}
