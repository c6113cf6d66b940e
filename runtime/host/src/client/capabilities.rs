//! Capabilities, asked from outside.

use super::{Client, ClientError};
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
    /// Where the host does not answer, or says no; its words hold the error's code.
    pub fn call_capability(&self, request: &CapabilityRequest) -> Result<CapabilityResponse, ClientError> {
        self.call("capability.call", request)
    }
}
