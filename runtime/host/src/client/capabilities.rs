//! Capabilities, asked from outside.

use super::{Client, ClientError, http};
use crate::running::Running;
use manifest_schema::manifest::CapabilityKind;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A capability that a plugin of the running set offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapabilityInfo {
    /// The kind.
    pub kind: CapabilityKind,
    /// Its id.
    pub id: String,
    /// The plugin.
    pub plugin: String,
    /// From 1: the place in which it is asked where the caller names none; absent where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<usize>,
}

/// A question to a capability.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapabilityRequest {
    /// The kind.
    pub kind: CapabilityKind,
    /// Which one; who the project says is first where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// As the contract of the kind says.
    pub request: Value,
}

/// The answer of a capability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CapabilityResponse {
    /// The id of the capability that answered.
    pub provider: String,
    /// Its plugin.
    pub plugin: String,
    /// As the contract of the kind says.
    pub response: Value,
}

/// Why a capability gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct CapabilityFailure {
    /// A code of the contract, or `not_found`, `denied` or `invalid_response`.
    pub code: String,
    /// What went wrong, for people.
    pub message: String,
}

/// A line of the answer to `/api/capability`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CapabilityLine {
    /// A piece of the answer.
    Chunk {
        /// As the contract of the kind says.
        chunk: Value,
    },
    /// The answer, which ends the lines.
    Answer(CapabilityResponse),
    /// The error, which ends the lines.
    Error {
        /// Why there is no answer.
        error: CapabilityFailure,
    },
}

impl Client {
    /// All capabilities of the running set.
    ///
    /// # Errors
    /// Where the host does not answer.
    pub fn capabilities(&self) -> Result<Vec<CapabilityInfo>, ClientError> {
        self.call("capability.list", &json!({}))
    }

    /// Asks a capability.
    ///
    /// # Errors
    /// Where the host does not answer; the inner error is the capability's.
    pub fn call_capability(&self, request: &CapabilityRequest) -> Result<CapabilityOutcome, ClientError> {
        self.stream_capability(request, None)
    }

    /// The same; chunks of the answer go to `listener`, where there is one, as they come.
    ///
    /// # Errors
    /// The same.
    pub fn stream_capability(
        &self,
        request: &CapabilityRequest,
        mut listener: Option<&mut dyn FnMut(Value)>,
    ) -> Result<CapabilityOutcome, ClientError> {
        let Running { gateway, token, .. } = &self.running;
        let mut body = json!(request);
        body["stream"] = listener.is_some().into();
        let body = body.to_string();
        let strange = |what: &str| ClientError::Protocol { address: *gateway, what: what.to_owned() };
        let lines = http::lines(*gateway, token, "/api/capability", body.as_bytes())?;
        for line in lines {
            let line = line.map_err(|source| ClientError::Connection { address: *gateway, source })?;
            match serde_json::from_str(&line) {
                Ok(CapabilityLine::Chunk { chunk }) => {
                    if let Some(listener) = &mut listener {
                        listener(chunk);
                    }
                }
                Ok(CapabilityLine::Answer(response)) => return Ok(Ok(response)),
                Ok(CapabilityLine::Error { error }) => return Ok(Err(error)),
                Err(_) => return Err(strange(&line)),
            }
        }
        Err(strange("no answer of the capability"))
    }
}

/// How a question to a capability ends.
pub type CapabilityOutcome = Result<CapabilityResponse, CapabilityFailure>;
