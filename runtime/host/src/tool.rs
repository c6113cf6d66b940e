//! A declared tool: its schemas, compiled at the first call, and its rate limit.

use crate::lazy_schema::{LazySchema, Misfit};
use manifest_schema::{manifest, names::PluginId};
use serde_json::Value;
use std::sync::{Mutex, PoisonError};
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
    #[error("the gate of plugin `{by}` blocked the call of tool `{tool}`: {reason}")]
    Blocked { tool: String, by: PluginId, reason: String },
    #[error("the gate of plugin `{by}` failed, so tool `{tool}` was not called: {reason}")]
    GateFailed { tool: String, by: PluginId, reason: String },
    #[error("the host is stopping")]
    Stopping,
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
    input: LazySchema,
    output: Option<LazySchema>,
    bucket: Mutex<Option<(f64, Instant)>>,
}

impl Tool {
    pub(crate) fn new(declared: manifest::Tool) -> Self {
        let (input, output) = (declared.input.clone(), declared.output.clone());
        let (input, output) = (LazySchema::new(input), output.map(LazySchema::new));
        Self { declared, input, output, bucket: Mutex::new(None) }
    }

    /// Checks an input against the declared schema.
    pub(crate) fn check_input(&self, input: &Value) -> Result<(), ToolError> {
        self.input.check(input).map_err(|misfit| match misfit {
            Misfit::Value(violations) => ToolError::Input { tool: self.name(), violations },
            Misfit::Schema(problem) => ToolError::Schema { tool: self.name(), problem },
        })
    }

    /// Checks an output against the declared schema, where there is one.
    pub(crate) fn check_output(&self, output: &Value) -> Result<(), ToolError> {
        let Some(schema) = &self.output else { return Ok(()) };
        schema.check(output).map_err(|misfit| match misfit {
            Misfit::Value(violations) => ToolError::Output { tool: self.name(), violations },
            Misfit::Schema(problem) => ToolError::Schema { tool: self.name(), problem },
        })
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
}
