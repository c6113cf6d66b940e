//! A plugin's configuration as the operator wrote it, checked without resolving a secret.

use crate::manifest::Manifest;
use crate::schema::{CompiledSchema, SchemaProblem, Violation};
use crate::secrets::{self, PlacedSecret, SourceDefaults};
use serde_json::{Map, Value};
use thiserror::Error;

/// A configuration that fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// The values, defaults filled in; at the paths of secrets what the operator wrote.
    pub values: Value,
    /// Its secrets.
    pub secrets: Vec<PlacedSecret>,
}

/// Why a configuration does not fit.
#[derive(Debug, Clone, Error)]
pub enum ConfigError {
    /// The plugin's own schema is unusable.
    #[error("its `configSchema` cannot be used: {0}")]
    Schema(SchemaProblem),
    /// All that does not fit.
    #[error("{}", listed(.violations))]
    Values {
        /// The values, defaults filled in.
        values: Value,
        /// What does not fit.
        violations: Vec<Violation>,
    },
}

impl Configuration {
    /// Fills in defaults and checks against `configSchema`. A secret reference fits where a text would.
    ///
    /// # Errors
    /// Everything that does not fit.
    pub fn check(
        manifest: &Manifest,
        given: Map<String, Value>,
        defaults: &SourceDefaults,
    ) -> Result<Self, ConfigError> {
        let schema = CompiledSchema::compile(&manifest.config_schema).map_err(ConfigError::Schema)?;
        let values = schema.with_defaults(&Value::Object(given));
        let found = secrets::find(&values, &manifest.config_contracts, defaults);
        let misplaced = found.misplaced.into_iter();
        let mut violations: Vec<Violation> =
            misplaced.map(|bad| Violation { pointer: bad.pointer, message: bad.message }).collect();
        let mut stand_in = values.clone();
        let mut unknown = Vec::new();
        for secret in &found.placed {
            if let (secrets::Given::Reference(_), Some(place)) =
                (&secret.given, stand_in.pointer_mut(&secret.pointer))
            {
                *place = Value::String("reference".to_owned());
                unknown.push(secret.pointer.clone());
            }
        }
        let refused = schema.check_but(&stand_in, &unknown).err().unwrap_or_default();
        let is_told = |violation: &Violation| violations.iter().any(|told| told.pointer == violation.pointer);
        let refused: Vec<Violation> = refused.into_iter().filter(|violation| !is_told(violation)).collect();
        violations.extend(refused);
        if violations.is_empty() {
            return Ok(Self { values, secrets: found.placed });
        }
        Err(ConfigError::Values { values, violations })
    }
}

fn listed(violations: &[Violation]) -> String {
    let line = |violation: &Violation| {
        let place = if violation.pointer.is_empty() { "the whole" } else { &violation.pointer };
        format!("{place}: {}", violation.message)
    };
    violations.iter().map(line).collect::<Vec<_>>().join("; ")
}
