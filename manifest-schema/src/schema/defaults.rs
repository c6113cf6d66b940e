//! Defaults of a schema's properties.

use super::inspect::{ProblemKind, SchemaProblem};
use super::{below, options};
use serde_json::{Map, Value};

/// References followed in a row before giving up; more cannot be meant.
const MAX_REFERENCES: usize = 16;

/// Fills in defaults for absent keys, at every level that `properties` and `items` describe.
pub(super) fn fill(root: &Value, value: &Value) -> Value {
    fill_from(root, root, value)
}

fn fill_from(root: &Value, schema: &Value, value: &Value) -> Value {
    let schemas = same_value(root, schema);
    match value {
        Value::Object(map) => {
            let mut filled: Map<String, Value> = map.clone();
            for (key, property) in schemas.iter().flat_map(|s| s["properties"].as_object()).flatten() {
                let known = filled.get(key).or_else(|| default_of(root, property));
                if let Some(known) = known {
                    let known = fill_from(root, property, known);
                    filled.insert(key.clone(), known);
                }
            }
            Value::Object(filled)
        }
        Value::Array(items) => match schemas.iter().find_map(|schema| schema.get("items")) {
            Some(each) => Value::Array(items.iter().map(|item| fill_from(root, each, item)).collect()),
            None => value.clone(),
        },
        _ => value.clone(),
    }
}

fn default_of<'s>(root: &'s Value, schema: &'s Value) -> Option<&'s Value> {
    same_value(root, schema).into_iter().find_map(|schema| schema.get("default"))
}

/// A schema and those that its references and `allOf` add to it.
fn same_value<'s>(root: &'s Value, schema: &'s Value) -> Vec<&'s Value> {
    let mut schemas = vec![schema];
    let mut next = 0;
    while let Some(schema) = schemas.get(next).copied().filter(|_| next < MAX_REFERENCES) {
        let target = schema["$ref"].as_str().and_then(|r| root.pointer(r.strip_prefix('#')?));
        schemas.extend(target);
        schemas.extend(schema["allOf"].as_array().into_iter().flatten());
        next += 1;
    }
    schemas
}

/// Defaults that do not fit the schemas that they stand in.
pub(super) fn unusable(schema: &Value) -> Vec<SchemaProblem> {
    let mut pointers = Vec::new();
    with_default(schema, "", &mut pointers);
    if pointers.is_empty() {
        return Vec::new();
    }
    let Ok(validators) = options().build_map(schema) else { return Vec::new() };
    let misfit = |pointer: &String| {
        let default = schema.pointer(&below(pointer, "default"))?;
        let validator = validators.get(&format!("#{pointer}"))?;
        let error = validator.validate(default).err()?;
        let message = format!("the default does not fit: {}", error.masked_with("it"));
        Some(SchemaProblem { kind: ProblemKind::Default, pointer: below(pointer, "default"), message })
    };
    pointers.iter().filter_map(misfit).collect()
}

fn with_default(schema: &Value, pointer: &str, found: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            if map.contains_key("default") {
                found.push(pointer.to_owned());
            }
            for (key, value) in map
                .iter()
                .filter(|(key, _)| !matches!(key.as_str(), "default" | "const" | "enum" | "examples"))
            {
                with_default(value, &below(pointer, key), found);
            }
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| with_default(item, &below(pointer, index), found));
        }
        _ => {}
    }
}
