//! JSON Schemas that come with a plugin: compiled and used under a budget, since whoever wrote them may be hostile.
//!
//! A schema that is too large, that refers to anything outside of itself, whose patterns cannot be matched in linear
//! time, or whose check could cost more than a fixed number of steps is refused before it is compiled. What is left
//! is checked against values within a bound that depends on the value's size alone.

mod cost;
mod defaults;
mod inspect;

pub use inspect::{ProblemKind, SchemaProblem};

use crate::tree;
use cost::Costs;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

/// The most steps that checking one value may take.
const MAX_STEPS: u64 = 2_000_000;
/// The most steps after which all violations are still listed; beyond, there is only one that says "does not fit".
const MAX_LISTED_STEPS: u64 = 50_000;
/// The most violations that are listed.
const MAX_VIOLATIONS: usize = 20;
/// The largest automaton of one pattern, in bytes.
const MAX_PATTERN_BYTES: usize = 1024 * 1024;

/// A plugin's schema, ready to check values.
#[derive(Debug)]
pub struct CompiledSchema {
    schema: Value,
    validator: Validator,
    costs: Costs,
}

/// One way in which a value does not fit a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON Pointer into the value; empty for the value as a whole.
    pub pointer: String,
    /// What is wrong, naming neither the value (it may be a secret) nor the schema.
    pub message: String,
}

impl CompiledSchema {
    /// Compiles a schema (draft 2020-12), or says why it is refused.
    ///
    /// # Errors
    /// The first problem; [`problems`] finds them all.
    pub fn compile(schema: &Value) -> Result<Self, SchemaProblem> {
        if let Some(problem) = inspect::problems(schema).into_iter().next() {
            return Err(problem);
        }
        let costs = Costs::of(schema)?;
        let validator = build(schema)?;
        Ok(Self { schema: schema.clone(), validator, costs })
    }

    /// Checks a value.
    ///
    /// # Errors
    /// Every violation, at most 20; one if the value is so large that listing them would cost too much.
    pub fn check(&self, value: &Value) -> Result<(), Vec<Violation>> {
        self.check_but(value, &[])
    }

    /// Checks a value in which texts stand in for others that are not known: at these JSON pointers a text fits if any text could.
    ///
    /// # Errors
    /// As [`CompiledSchema::check`].
    pub fn check_but(&self, value: &Value, unknown: &[String]) -> Result<(), Vec<Violation>> {
        let steps = self.costs.steps(value);
        if steps > MAX_STEPS {
            return Err(vec![Violation::whole("is too large or too deep to be checked against this schema")]);
        }
        if self.validator.is_valid(value) {
            return Ok(());
        }
        if steps > MAX_LISTED_STEPS {
            return Err(vec![Violation::whole("does not fit the schema, and is too large to say where")]);
        }
        let counts = |error: &ValidationError<'_>| {
            matches!(error.kind(), ValidationErrorKind::Type { .. })
                || !unknown.iter().any(|pointer| pointer == error.instance_path().as_str())
        };
        let errors = self.validator.iter_errors(value).filter(counts);
        let violations: Vec<Violation> =
            errors.take(MAX_VIOLATIONS).map(|error| Violation::of(&error)).collect();
        if violations.is_empty() { Ok(()) } else { Err(violations) }
    }

    /// The value with the defaults of the schema's properties filled in wherever a key is absent.
    pub fn with_defaults(&self, value: &Value) -> Value {
        defaults::fill(&self.schema, value)
    }
}

impl Violation {
    fn whole(message: &str) -> Self {
        Self { pointer: String::new(), message: message.to_owned() }
    }

    fn of(error: &ValidationError<'_>) -> Self {
        let message = error.masked_with("the value").to_string();
        Self { pointer: error.instance_path().as_str().to_owned(), message }
    }
}

/// Everything that is wrong with a plugin's schema: structure, references, patterns, cost, and defaults that do not
/// fit the schemas that they stand in. Empty if [`CompiledSchema::compile`] accepts it and its defaults are usable.
pub fn problems(schema: &Value) -> Vec<SchemaProblem> {
    let mut problems = inspect::problems(schema);
    if problems.is_empty() {
        problems.extend(Costs::of(schema).err());
    }
    if problems.is_empty() {
        match build(schema) {
            Ok(_) => problems.extend(defaults::unusable(schema)),
            Err(problem) => problems.push(problem),
        }
    }
    problems
}

fn options() -> jsonschema::ValidationOptions<'static, std::sync::Arc<dyn jsonschema::Retrieve>> {
    jsonschema::draft202012::options()
        .with_pattern_options(PatternOptions::regex().size_limit(MAX_PATTERN_BYTES))
        .should_validate_formats(true)
        .offline()
}

fn build(schema: &Value) -> Result<Validator, SchemaProblem> {
    options().build(schema).map_err(|error| {
        inspect::bad_pattern(schema).unwrap_or_else(|| SchemaProblem {
            kind: ProblemKind::Invalid,
            pointer: error.instance_path().as_str().to_owned(),
            message: error.to_string(),
        })
    })
}

/// Whether a pattern can be matched in linear time within the limit of size.
fn is_linear(pattern: &str) -> bool {
    options().build(&serde_json::json!({ "pattern": pattern })).is_ok()
}

/// JSON Pointer tokens below `pointer`.
fn below(pointer: &str, token: impl std::fmt::Display) -> String {
    tree::join(pointer, token)
}
