//! The published schemas of event payloads, compiled once.

use manifest_schema::{events, schema::CompiledSchema};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

type Schemas = Mutex<HashMap<String, Option<Arc<CompiledSchema>>>>;

/// Checks the payload of an event or gate. An event without a schema takes any payload.
pub(crate) fn check(event: &str, payload: &Value) -> Result<(), String> {
    let Some(schema) = schema(event) else { return Ok(()) };
    schema.check(payload).map_err(|violations| {
        let lines = violations.iter().map(|found| format!("{} {}", found.pointer, found.message));
        lines.collect::<Vec<_>>().join("; ")
    })
}

fn schema(event: &str) -> Option<Arc<CompiledSchema>> {
    static SCHEMAS: OnceLock<Schemas> = OnceLock::new();
    let mut schemas = SCHEMAS.get_or_init(Schemas::default).lock().unwrap_or_else(PoisonError::into_inner);
    let compiled = schemas.entry(event.to_owned()).or_insert_with(|| {
        let text = events::find(event)?.payload;
        let schema = serde_json::from_str(text).ok()?;
        CompiledSchema::compile(&schema).ok().map(Arc::new)
    });
    compiled.clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_delivered_payload_has_a_usable_schema() {
        for event in &events::EVENTS {
            assert!(schema(event.name).is_some(), "{}", event.name);
            assert!(check(event.name, &json!({ "unknown": 1 })).is_err(), "{}", event.name);
        }
    }
}
