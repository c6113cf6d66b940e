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
    /// Dotted path in the configuration; `*` stands for any key or index.
    pub path: String,
    /// What becomes of the secret for the plugin; nothing if empty, the host alone uses it.
    #[serde(rename = "use", default, skip_serializing_if = "SecretUses::is_empty")]
    pub uses: SecretUses,
}

/// What becomes of a secret for a plugin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SecretUses {
    /// The host uses it on the plugin's behalf, which cannot read it.
    Handle(Vec<SecretUse>),
    /// The plugin gets the secret itself.
    Value(TheValue),
}

/// The word `value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TheValue {
    /// `value`.
    Value,
}

impl Default for SecretUses {
    fn default() -> Self {
        Self::Handle(Vec::new())
    }
}

impl SecretUses {
    /// Whether the plugin has no use of it.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Handle(uses) if uses.is_empty())
    }

    /// Whether the plugin gets the secret itself.
    pub fn is_value(&self) -> bool {
        matches!(self, Self::Value(_))
    }

    /// The uses of a handle.
    pub fn handle(&self) -> &[SecretUse] {
        match self {
            Self::Handle(uses) => uses,
            Self::Value(_) => &[],
        }
    }

    /// Whether plugin code may have bytes signed so.
    pub fn signs(&self, algorithm: Signing) -> bool {
        self.handle().iter().any(|one| matches!(one, SecretUse::Sign { sign } if *sign == algorithm))
    }
}

/// One use of a secret that the plugin cannot read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WrittenUse", into = "WrittenUse")]
pub enum SecretUse {
    /// The host fills a header of requests with it.
    Header(HeaderUse),
    /// Plugin code may have bytes signed with it.
    Sign {
        /// How.
        sign: Signing,
    },
}

/// A header that the host fills.
#[derive(Debug, Clone, PartialEq)]
pub struct HeaderUse {
    /// The header's name.
    pub header: String,
    /// The header's value. `{secret}` stands for the secret; with `sign`, `{hex}` and `{base64}` stand for the signature.
    pub value: String,
    /// Only in requests to this origin.
    pub origin: Origin,
    /// Signs the request's body with the secret, which does not go out then.
    pub sign: Option<Signing>,
}

/// How bytes are signed with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signing {
    /// HMAC with SHA-256; the key is the secret's text.
    HmacSha256,
    /// Ed25519; the secret is a PKCS#8 key in PEM, or the 32 bytes of its seed in base64.
    Ed25519,
}

impl Signing {
    /// The word in a manifest.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha256",
            Self::Ed25519 => "ed25519",
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct WrittenUse {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sign: Option<Signing>,
}

impl TryFrom<WrittenUse> for SecretUse {
    type Error = &'static str;

    fn try_from(written: WrittenUse) -> Result<Self, Self::Error> {
        match written {
            WrittenUse { header: Some(header), value: Some(value), origin: Some(origin), sign } => {
                Ok(Self::Header(HeaderUse { header, value, origin, sign }))
            }
            WrittenUse { header: None, value: None, origin: None, sign: Some(sign) } => {
                Ok(Self::Sign { sign })
            }
            _ => Err("a use has `header`, `value` and `origin`, or `sign`, or all of them"),
        }
    }
}

impl From<SecretUse> for WrittenUse {
    fn from(one: SecretUse) -> Self {
        match one {
            SecretUse::Header(HeaderUse { header, value, origin, sign }) => {
                Self { header: Some(header), value: Some(value), origin: Some(origin), sign }
            }
            SecretUse::Sign { sign } => Self { header: None, value: None, origin: None, sign: Some(sign) },
        }
    }
}

/// A key that weakens safety.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DangerousFlag {
    /// Dotted path in the configuration.
    pub path: String,
    /// The dangerous value.
    pub equals: Value,
}
