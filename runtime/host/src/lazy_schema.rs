//! A JSON Schema of a manifest, compiled when it is first needed.

use manifest_schema::schema::CompiledSchema;
use serde_json::Value;
use std::sync::OnceLock;

/// A declared schema.
pub(crate) struct LazySchema {
    declared: Value,
    compiled: OnceLock<Result<CompiledSchema, String>>,
}

/// Why a value was not let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// The value does not fit; in words, what does not.
    Value(String),
    /// The schema itself cannot be used.
    Schema(String),
}

impl LazySchema {
    pub(crate) fn new(declared: Value) -> Self {
        Self { declared, compiled: OnceLock::new() }
    }

    /// Checks a value.
    pub(crate) fn check(&self, value: &Value) -> Result<(), Misfit> {
        let compile = || CompiledSchema::compile(&self.declared).map_err(|problem| problem.to_string());
        let compiled = self.compiled.get_or_init(compile);
        let compiled = compiled.as_ref().map_err(|problem| Misfit::Schema(problem.clone()))?;
        compiled.check(value).map_err(|violations| {
            let lines: Vec<String> =
                violations.iter().map(|found| format!("{} {}", found.pointer, found.message)).collect();
            Misfit::Value(lines.join("; ").trim().to_owned())
        })
    }
}
