//! The contracts of capabilities: what a provider of a kind is asked, and what it may answer. One published JSON Schema per kind,
//! with the parts `request`, `response`, `error` and, where the kind streams, `chunk` among its `$defs`.

mod cases;

pub use cases::{Case, Chunks, cases};

use crate::manifest::CapabilityKind;
use crate::schema::{CompiledSchema, Violation};
use serde_json::{Value, json};
use std::sync::OnceLock;

/// The contract of one kind.
#[derive(Debug)]
pub struct Contract {
    /// The kind.
    pub kind: CapabilityKind,
    /// The schema as it is published.
    pub text: &'static str,
    compiled: OnceLock<Result<Compiled, String>>,
}

/// What travels in a call of a capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What the provider is asked.
    Request,
    /// What it answers.
    Response,
    /// A piece of an answer that is still being made.
    Chunk,
    /// How it says that there is no answer.
    Error,
}

impl Part {
    /// The name among the contract's `$defs`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Chunk => "chunk",
            Self::Error => "error",
        }
    }
}

#[derive(Debug)]
struct Compiled {
    schema: Value,
    request: CompiledSchema,
    response: CompiledSchema,
    chunk: Option<CompiledSchema>,
    error: CompiledSchema,
    codes: Vec<String>,
}

static ALL: [Contract; 13] = [
    Contract::new(
        CapabilityKind::TextInference,
        include_str!("../schemas/capabilities/textInference.v1.json"),
    ),
    Contract::new(CapabilityKind::CliBackend, include_str!("../schemas/capabilities/cliBackend.v1.json")),
    Contract::new(CapabilityKind::Speech, include_str!("../schemas/capabilities/speech.v1.json")),
    Contract::new(
        CapabilityKind::RealtimeTranscription,
        include_str!("../schemas/capabilities/realtimeTranscription.v1.json"),
    ),
    Contract::new(
        CapabilityKind::RealtimeVoice,
        include_str!("../schemas/capabilities/realtimeVoice.v1.json"),
    ),
    Contract::new(
        CapabilityKind::MediaUnderstanding,
        include_str!("../schemas/capabilities/mediaUnderstanding.v1.json"),
    ),
    Contract::new(
        CapabilityKind::ImageGeneration,
        include_str!("../schemas/capabilities/imageGeneration.v1.json"),
    ),
    Contract::new(
        CapabilityKind::MusicGeneration,
        include_str!("../schemas/capabilities/musicGeneration.v1.json"),
    ),
    Contract::new(
        CapabilityKind::VideoGeneration,
        include_str!("../schemas/capabilities/videoGeneration.v1.json"),
    ),
    Contract::new(CapabilityKind::WebFetch, include_str!("../schemas/capabilities/webFetch.v1.json")),
    Contract::new(CapabilityKind::WebSearch, include_str!("../schemas/capabilities/webSearch.v1.json")),
    Contract::new(CapabilityKind::Channel, include_str!("../schemas/capabilities/channel.v1.json")),
    Contract::new(
        CapabilityKind::GatewayDiscovery,
        include_str!("../schemas/capabilities/gatewayDiscovery.v1.json"),
    ),
];

impl Contract {
    const fn new(kind: CapabilityKind, text: &'static str) -> Self {
        Self { kind, text, compiled: OnceLock::new() }
    }

    /// The contract of a kind.
    pub fn of(kind: CapabilityKind) -> &'static Self {
        // The order of the kinds is that of their declaration; a test compares them.
        &ALL[kind as usize]
    }

    /// All contracts, in the order of [`CapabilityKind::ALL`].
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// Whether a call may send chunks before its response.
    pub fn streams(&self) -> bool {
        self.compiled().is_ok_and(|compiled| compiled.chunk.is_some())
    }

    /// The codes that a handler's error may have.
    pub fn codes(&self) -> &[String] {
        self.compiled().map_or(&[], |compiled| &compiled.codes)
    }

    /// The schema of a part, complete in itself; `None` for the chunks of a kind that does not stream.
    pub fn schema(&self, part: Part) -> Option<Value> {
        self.compiled().ok().and_then(|compiled| part_of(&compiled.schema, part))
    }

    /// Checks a part.
    ///
    /// # Errors
    /// What does not fit. A chunk of a kind that does not stream never fits.
    pub fn check(&self, part: Part, value: &Value) -> Result<(), Vec<Violation>> {
        let whole = |message: String| vec![Violation { pointer: String::new(), message }];
        let compiled = self.compiled().map_err(|problem| whole(problem.to_owned()))?;
        let schema = match part {
            Part::Request => &compiled.request,
            Part::Response => &compiled.response,
            Part::Chunk => compiled
                .chunk
                .as_ref()
                .ok_or_else(|| whole(format!("`{}` is not sent in chunks", self.kind)))?,
            Part::Error => &compiled.error,
        };
        schema.check(value)
    }

    fn compiled(&self) -> Result<&Compiled, &str> {
        self.compiled.get_or_init(|| compile(self.text)).as_ref().map_err(String::as_str)
    }
}

/// A part as a schema of its own: it refers to the others beside it.
fn part_of(schema: &Value, part: Part) -> Option<Value> {
    let parts = schema.get("$defs")?;
    parts.get(part.name())?;
    Some(json!({ "$ref": format!("#/$defs/{}", part.name()), "$defs": parts }))
}

fn compile(text: &str) -> Result<Compiled, String> {
    let schema: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let part = |part: Part| {
        let schema = part_of(&schema, part);
        schema
            .map(|schema| CompiledSchema::compile(&schema).map_err(|problem| problem.to_string()))
            .transpose()
    };
    let need = |wanted: Part| part(wanted)?.ok_or_else(|| format!("the contract has no {}", wanted.name()));
    let codes = schema.pointer("/$defs/error/properties/code/enum").and_then(Value::as_array);
    let codes = codes.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    Ok(Compiled {
        request: need(Part::Request)?,
        response: need(Part::Response)?,
        chunk: part(Part::Chunk)?,
        error: need(Part::Error)?,
        codes,
        schema,
    })
}

#[cfg(test)]
mod tests;
