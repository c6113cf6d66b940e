//! What a manifest says about its configuration, beside the schema.

use crate::names::Origin;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a form shows one key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UiHint {
    /// Name of the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// A sentence under the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Whether the value is hidden.
    pub sensitive: bool,
    /// Place in the form, lower first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u16>,
}

/// What the host must know about the configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigContracts {
    /// Which keys hold secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_inputs: Option<SecretInputs>,
    /// Which keys weaken safety.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dangerous_flags: Vec<DangerousFlag>,
}

impl ConfigContracts {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The keys that hold secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecretInputs {
    /// The keys.
    pub paths: Vec<SecretInput>,
}

/// A key that holds a secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecretInput {
    /// Dotted path in the configuration.
    pub path: String,
    /// Where the host puts the secret.
    #[serde(rename = "use", default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<SecretUse>,
}

/// A header that the host fills with a secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecretUse {
    /// The header's name.
    pub header: String,
    /// The header's value; `{secret}` stands for the secret.
    pub value: String,
    /// Only in requests to this origin.
    pub origin: Origin,
}

/// A key that weakens safety.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DangerousFlag {
    /// Dotted path in the configuration.
    pub path: String,
    /// The dangerous value.
    pub equals: Value,
}
