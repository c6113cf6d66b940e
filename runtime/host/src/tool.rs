//! A declared tool: its schemas, compiled at the first call, and its rate limit.

use manifest_schema::{manifest, schema::CompiledSchema};
use serde_json::Value;
use std::sync::{Mutex, OnceLock, PoisonError};
use tokio::time::Instant;

/// Why a tool gave no output.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToolError {
    #[error("there is no tool `{0}`")]
    Unknown(String),
    #[error("agent `{agent}` may not call `{tool}`; `agents.{agent}.tools.allow` in wa.yaml would allow it")]
    NotAllowed { agent: String, tool: String },
    #[error("tool `{tool}` may be called {limit}; try later")]
    RateLimited { tool: String, limit: String },
    #[error("the input does not fit the schema of tool `{tool}`: {violations}")]
    Input { tool: String, violations: String },
    #[error("the output of tool `{tool}` does not fit its schema: {violations}")]
    Output { tool: String, violations: String },
    #[error("the schema of tool `{tool}` cannot be used: {problem}")]
    Schema { tool: String, problem: String },
    #[error("tool calls are nested more than {0} deep")]
    TooDeep(u8),
    #[error("tool `{tool}` could not send")]
    Send { tool: String, source: crate::core::SendError },
    #[error(transparent)]
    NotRecorded(#[from] crate::AuditError),
    #[error("tool `{tool}` failed")]
    Call { tool: String, source: crate::worker::CallError },
}

/// A tool of a plugin.
pub(crate) struct Tool {
    pub(crate) declared: manifest::Tool,
    input: OnceLock<Result<CompiledSchema, String>>,
    output: OnceLock<Result<CompiledSchema, String>>,
    bucket: Mutex<Option<(f64, Instant)>>,
}

impl Tool {
    pub(crate) fn new(declared: manifest::Tool) -> Self {
        Self { declared, input: OnceLock::new(), output: OnceLock::new(), bucket: Mutex::new(None) }
    }

    /// Checks an input against the declared schema.
    pub(crate) fn check_input(&self, input: &Value) -> Result<(), ToolError> {
        let violations = self.check(&self.input, &self.declared.input, input)?;
        violations.map_err(|violations| ToolError::Input { tool: self.name(), violations })
    }

    /// Checks an output against the declared schema, where there is one.
    pub(crate) fn check_output(&self, output: &Value) -> Result<(), ToolError> {
        let Some(schema) = &self.declared.output else { return Ok(()) };
        let violations = self.check(&self.output, schema, output)?;
        violations.map_err(|violations| ToolError::Output { tool: self.name(), violations })
    }

    /// Takes one call from the rate limit: a bucket that holds as many calls as the limit names, refilled evenly.
    pub(crate) fn take(&self, now: Instant) -> Result<(), ToolError> {
        let Some(limit) = self.declared.rate_limit else { return Ok(()) };
        let full = f64::from(limit.count());
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let (tokens, since) = bucket.unwrap_or((full, now));
        let refill = now.duration_since(since).as_secs_f64() / limit.period().as_secs_f64() * full;
        let tokens = (tokens + refill).min(full);
        let taken = tokens >= 1.0;
        *bucket = Some((if taken { tokens - 1.0 } else { tokens }, now));
        if taken {
            Ok(())
        } else {
            Err(ToolError::RateLimited { tool: self.name(), limit: limit.to_string() })
        }
    }

    fn name(&self) -> String {
        self.declared.name.to_string()
    }

    fn check(
        &self,
        cell: &OnceLock<Result<CompiledSchema, String>>,
        schema: &Value,
        value: &Value,
    ) -> Result<Result<(), String>, ToolError> {
        let compiled =
            cell.get_or_init(|| CompiledSchema::compile(schema).map_err(|problem| problem.to_string()));
        let compiled = compiled
            .as_ref()
            .map_err(|problem| ToolError::Schema { tool: self.name(), problem: problem.clone() })?;
        Ok(compiled.check(value).map_err(|violations| {
            let lines: Vec<String> =
                violations.iter().map(|found| format!("{} {}", found.pointer, found.message)).collect();
            lines.join("; ").trim().to_owned()
        }))
    }
}
