//! JSON Schema as a TypeScript type. What TypeScript cannot say becomes wider, never narrower.

use super::handles::HANDLE;
use serde_json::{Map, Value};

/// Whether a property with a default is always there: it is in a configuration, which the host has filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defaults {
    Present,
    Absent,
}

/// Deeper than this a type is `unknown`; a schema that refers to itself ends here too.
const MAX_DEPTH: usize = 8;

/// The TypeScript type of what the schema accepts, on one line.
pub(super) fn type_of(schema: &Value, defaults: Defaults) -> String {
    Types { root: schema, defaults }.of(schema, 0)
}

/// A property's name, quoted where TypeScript needs it.
pub(super) fn property_name(name: &str) -> String {
    let mut letters = name.chars();
    let plain = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if plain { name.to_owned() } else { Value::from(name).to_string() }
}

struct Types<'a> {
    root: &'a Value,
    defaults: Defaults,
}

impl Types<'_> {
    fn of(&self, schema: &Value, depth: usize) -> String {
        let Some(schema) = schema.as_object().filter(|_| depth <= MAX_DEPTH) else {
            return if schema == &Value::Bool(false) { "never".into() } else { "unknown".into() };
        };
        if schema.contains_key(HANDLE) {
            return "SecretHandle".into();
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let target = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            return target.map_or("unknown".into(), |target| self.of(target, depth + 1));
        }
        if let Some(value) = schema.get("const") {
            return literal(value);
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return union(values.iter().map(literal));
        }
        if schema.contains_key("properties") {
            return self.object(schema, depth);
        }
        for (word, joint) in [("anyOf", " | "), ("oneOf", " | "), ("allOf", " & ")] {
            if let Some(parts) = schema.get(word).and_then(Value::as_array) {
                let parts: Vec<String> = parts.iter().map(|part| self.of(part, depth + 1)).collect();
                return format!("({})", parts.join(joint));
            }
        }
        match schema.get("type") {
            Some(Value::String(name)) => self.named(name, schema, depth),
            Some(Value::Array(names)) => {
                union(names.iter().filter_map(Value::as_str).map(|name| self.named(name, schema, depth)))
            }
            _ => "unknown".into(),
        }
    }

    fn named(&self, name: &str, schema: &Map<String, Value>, depth: usize) -> String {
        match name {
            "string" | "boolean" | "null" => name.into(),
            "number" | "integer" => "number".into(),
            "array" => format!(
                "{}[]",
                schema.get("items").map_or("unknown".into(), |items| wrap(self.of(items, depth + 1)))
            ),
            "object" => self.object(schema, depth),
            _ => "unknown".into(),
        }
    }

    fn object(&self, schema: &Map<String, Value>, depth: usize) -> String {
        let required = |name: &str| {
            let names = schema.get("required").and_then(Value::as_array);
            names.is_some_and(|names| names.iter().any(|one| one.as_str() == Some(name)))
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut fields: Vec<String> = properties
            .into_iter()
            .flatten()
            .map(|(name, property)| {
                let filled = self.defaults == Defaults::Present && property.get("default").is_some();
                let mark = if required(name) || filled { "" } else { "?" };
                format!("{}{mark}: {}", property_name(name), self.of(property, depth + 1))
            })
            .collect();
        match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => {}
            Some(other @ Value::Object(_)) if fields.is_empty() => {
                fields.push(format!("[key: string]: {}", self.of(other, depth + 1)));
            }
            _ => fields.push("[key: string]: unknown".into()),
        }
        if fields.is_empty() {
            "Record<string, never>".into()
        } else {
            format!("{{ {} }}", fields.join("; "))
        }
    }
}

fn union(parts: impl Iterator<Item = String>) -> String {
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { "never".into() } else { format!("({})", parts.join(" | ")) }
}

/// The element type of an array: `A | B` needs parentheses, which unions already have.
fn wrap(element: String) -> String {
    if element.contains(" & ") && !element.starts_with('(') { format!("({element})") } else { element }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => "unknown".into(),
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Defaults, type_of};
    use serde_json::json;

    #[test]
    fn schemas_become_types() {
        for (schema, expected) in [
            (json!({"type": "string"}), "string"),
            (json!({"type": ["integer", "null"]}), "(number | null)"),
            (json!({"enum": ["a", 1]}), "(\"a\" | 1)"),
            (
                json!({"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "boolean"}]}}),
                "(string | boolean)[]",
            ),
            (
                json!({"type": "object", "additionalProperties": false, "required": ["a"], "properties": {"a": {"type": "string"}, "b-c": {"type": "number"}}}),
                "{ a: string; \"b-c\"?: number }",
            ),
            (
                json!({"type": "object", "additionalProperties": {"type": "string"}}),
                "{ [key: string]: string }",
            ),
            (json!({"type": "object", "additionalProperties": false}), "Record<string, never>"),
            (json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "boolean"}}}), "boolean"),
            (json!({"$ref": "https://example.com/x"}), "unknown"),
            (json!(true), "unknown"),
        ] {
            assert_eq!(type_of(&schema, Defaults::Absent), expected, "{schema}");
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let list =
            json!({"type": "object", "additionalProperties": false, "properties": {"next": {"$ref": "#"}}});
        assert!(type_of(&list, Defaults::Absent).contains("unknown"));
    }

    #[test]
    fn a_default_makes_a_config_field_certain() {
        let config = json!({"type": "object", "additionalProperties": false, "properties": {"a": {"type": "string", "default": "x"}}});
        assert_eq!(type_of(&config, Defaults::Present), "{ a: string }");
        assert_eq!(type_of(&config, Defaults::Absent), "{ a?: string }");
    }
}
