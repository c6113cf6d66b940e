//! What every provider of a kind must be able to do: requests, and what must come of them.

use crate::manifest::CapabilityKind;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

const CASES: &str = include_str!("../../schemas/capabilities/cases.json");

/// One case of a contract's test.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What must be true.
    pub name: String,
    /// Made one after the other. `$session` stands for the `session` of the response before, `$origin` for an origin that the plugin
    /// may reach.
    pub requests: Vec<Value>,
    /// So many of each at a time.
    #[serde(default = "one")]
    pub at_once: usize,
    /// Whether chunks are wanted, and what they must be.
    #[serde(default)]
    pub stream: Option<Chunks>,
    /// The codes of which the error must have one; no error is wanted if empty.
    #[serde(default)]
    pub errors: Vec<String>,
    /// The codes of errors that are as good as an answer: not every provider does everything.
    #[serde(default)]
    pub allow: Vec<String>,
}

/// What the chunks of an answer must be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Chunks {
    /// At least so many must come.
    pub least: usize,
    /// This member of the chunks, put together, is that of the response.
    pub joins: Option<String>,
    /// This member of the chunks is absent from the response.
    pub replaces: Option<String>,
}

impl Default for Chunks {
    fn default() -> Self {
        Self { least: 1, joins: None, replaces: None }
    }
}

const fn one() -> usize {
    1
}

/// The cases of a kind, in order.
pub fn cases(kind: CapabilityKind) -> Vec<Case> {
    // The text is part of the program; a test reads it.
    let mut all: BTreeMap<CapabilityKind, Vec<Case>> = serde_json::from_str(CASES).unwrap_or_default();
    all.remove(&kind).unwrap_or_default()
}
