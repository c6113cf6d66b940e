//! The published JSON Schemas of the files that people write, compiled once.

mod explain;
mod formats;

use crate::document::Document;
use crate::finding::Finding;
use crate::rules;
use jsonschema::{PatternOptions, Validator};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::OnceLock;

/// The schema of `wa.plugin.yaml`.
pub static PLUGIN: Published = Published::new("plugin", include_str!("../schemas/wa.plugin.schema.json"));
/// The schema of `wa.yaml`.
pub static PROJECT: Published = Published::new("project", include_str!("../schemas/wa.project.schema.json"));
/// The schema of `wa.lock`, which `registry-index` reads and writes.
pub static LOCK: Published = Published::new("lock", include_str!("../schemas/wa.lock.schema.json"));
/// The schema of `wa-registry.yaml`.
pub static REGISTRY: Published =
    Published::new("registry", include_str!("../schemas/wa.registry.schema.json"));
/// The schema of a plugin's scenarios, `tests/*.yaml`.
pub static SCENARIO: Published =
    Published::new("scenario", include_str!("../schemas/wa.scenario.schema.json"));
/// All published schemas.
pub static ALL: [&Published; 5] = [&PLUGIN, &PROJECT, &LOCK, &REGISTRY, &SCENARIO];

/// At most so many findings are reported for one file; more would not help.
const MAX_FINDINGS: usize = 50;

/// A published JSON Schema, draft 2020-12.
#[derive(Debug)]
pub struct Published {
    /// The name that `wa schema` knows it by.
    pub name: &'static str,
    /// The schema as it is published.
    pub text: &'static str,
    compiled: OnceLock<Result<Compiled, String>>,
}

#[derive(Debug)]
struct Compiled {
    schema: Value,
    validator: Validator,
}

impl Published {
    const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text, compiled: OnceLock::new() }
    }

    /// Checks a value and explains everything that does not fit. Empty if all fits.
    pub(crate) fn check(&self, document: Document<'_>, value: &Value) -> Vec<Finding> {
        let compiled = match self.compiled.get_or_init(|| compile(self.text)) {
            Ok(compiled) => compiled,
            Err(message) => return vec![document.finding(&rules::DOES_NOT_FIT, "", message.clone())],
        };
        if compiled.validator.is_valid(value) {
            return Vec::new();
        }
        let errors = compiled.validator.iter_errors(value);
        let mut findings: Vec<Finding> = errors
            .flat_map(|error| explain::explain(document, &compiled.schema, &error))
            .take(MAX_FINDINGS)
            .collect();
        findings.sort_by_key(|finding| finding.place.as_ref().map(|place| place.span.start));
        findings.dedup();
        findings
    }

    /// Turns a value that passed [`Published::check`] into its type. A test keeps schema and types equal, so a
    /// failure is a defect, but one that must not go unseen.
    pub(crate) fn typed<T: DeserializeOwned>(
        &self,
        document: Document<'_>,
        value: Value,
    ) -> Result<T, Finding> {
        serde_json::from_value(value)
            .map_err(|error| document.finding(&rules::DOES_NOT_FIT, "", error.to_string()))
    }
}

fn compile(text: &str) -> Result<Compiled, String> {
    let schema: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let options = jsonschema::draft202012::options()
        .with_pattern_options(PatternOptions::regex())
        .should_validate_formats(true)
        .offline();
    let validator = formats::register(options).build(&schema).map_err(|error| error.to_string())?;
    Ok(Compiled { schema, validator })
}
