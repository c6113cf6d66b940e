//! The `configSchema` as code sees the configuration: with handles in place of secrets.

use crate::manifest::{Manifest, SecretInput};
use serde_json::{Value, json};

/// The key of the schema that stands for a handle; no schema of an author has it alone.
pub(super) const HANDLE: &str = "x-wa-secret-handle";

/// The schema with a mark wherever a secret is that code cannot read.
pub(super) fn put(manifest: &Manifest) -> Value {
    let mut schema = manifest.config_schema.clone();
    let root = schema.clone();
    let inputs = manifest.config_contracts.secret_inputs.iter().flat_map(|inputs| &inputs.paths);
    let is_handle = |input: &&SecretInput| !input.uses.is_value();
    for input in inputs.filter(is_handle) {
        let keys: Vec<&str> = input.path.split('.').collect();
        mark(&mut schema, &root, &keys);
    }
    schema
}

fn mark(schema: &mut Value, root: &Value, keys: &[&str]) {
    let Some((key, rest)) = keys.split_first() else {
        *schema = json!({ HANDLE: true });
        return;
    };
    // One reference is looked through; a schema that goes on referring is left as it is.
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
    if let Some(target) = target.and_then(|pointer| root.pointer(pointer)) {
        *schema = target.clone();
    }
    if *key == "*" {
        for word in ["additionalProperties", "items"] {
            if let Some(inner) = schema.get_mut(word).filter(|inner| inner.is_object()) {
                mark(inner, root, rest);
            }
        }
    }
    for (name, inner) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        if *key == "*" || name == key {
            mark(inner, root, rest);
        }
    }
}
