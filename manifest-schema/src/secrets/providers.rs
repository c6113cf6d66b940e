//! `secrets` of `wa.yaml`: who resolves references. Field by field as in `schemas/wa.project.schema.json`.

use super::SecretSource;
use crate::names::{EnvName, ProviderName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Milliseconds that a file or a program has.
const TIMEOUT_MS: u64 = 5_000;
/// Bytes of a file or of an answer.
const MAX_BYTES: u64 = 1 << 20;

/// Who resolves references.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Secrets {
    /// The providers by name. Without one named `default`, that is the environment.
    pub providers: BTreeMap<ProviderName, Provider>,
    /// The providers of references that name none.
    pub defaults: SourceDefaults,
}

impl Secrets {
    /// The provider of that name.
    pub fn provider(&self, name: &ProviderName) -> Option<Provider> {
        let implied = || (name.as_str() == "default").then(|| Provider::Env(EnvProvider::default()));
        self.providers.get(name).cloned().or_else(implied)
    }
}

/// The provider of each source for references that name none; `default` where there is none either.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceDefaults {
    /// For the environment, and for `${NAME}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<ProviderName>,
    /// For files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<ProviderName>,
    /// For programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exec: Option<ProviderName>,
}

impl SourceDefaults {
    #[expect(clippy::expect_used, reason = "a constant that a test reads")]
    pub(super) fn of(&self, source: SecretSource) -> ProviderName {
        let named = match source {
            SecretSource::Env => &self.env,
            SecretSource::File => &self.file,
            SecretSource::Exec => &self.exec,
        };
        named.clone().unwrap_or_else(|| "default".parse().expect("`default` is a provider name"))
    }
}

/// One provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "lowercase")]
pub enum Provider {
    /// Variables of the environment.
    Env(EnvProvider),
    /// A file.
    File(FileProvider),
    /// A program.
    Exec(ExecProvider),
}

impl Provider {
    /// The source of the references that it resolves.
    pub const fn source(&self) -> SecretSource {
        match self {
            Self::Env(_) => SecretSource::Env,
            Self::File(_) => SecretSource::File,
            Self::Exec(_) => SecretSource::Exec,
        }
    }
}

/// Variables of the environment of `wa run`, and of the `.env` beside `wa.yaml` where the environment has none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EnvProvider {
    /// The only variables that are read; any if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowlist: Option<Vec<EnvName>>,
}

/// A file that only its owner can read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileProvider {
    /// Absolute, below `~/`, or relative to the project.
    pub path: String,
    /// How it is read.
    #[serde(default)]
    pub mode: FileMode,
    /// Milliseconds that reading may take.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// The largest file, in bytes.
    #[serde(default = "max_bytes")]
    pub max_bytes: u64,
}

/// How a file of secrets is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FileMode {
    /// A JSON document; ids are pointers into it.
    #[default]
    Json,
    /// One secret, without a last line break; the id is `value`.
    SingleValue,
}

/// A program that is asked over stdin and answers on stdout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecProvider {
    /// Its absolute path.
    pub command: String,
    /// Its arguments.
    #[serde(default)]
    pub args: Vec<String>,
    /// Variables that it gets from the environment of `wa run`; it has no others but those of `env`.
    #[serde(default)]
    pub pass_env: Vec<String>,
    /// Variables that it gets besides.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The only directories that it may be in; any if empty.
    #[serde(default)]
    pub trusted_dirs: Vec<String>,
    /// Whether the answer must be JSON; if not, an answer to one id may be the secret itself.
    #[serde(default = "json_only")]
    pub json_only: bool,
    /// Milliseconds that it may run.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// Milliseconds that it may say nothing.
    #[serde(default = "timeout_ms")]
    pub no_output_timeout_ms: u64,
    /// The longest answer, in bytes.
    #[serde(default = "max_bytes")]
    pub max_output_bytes: u64,
}

const fn timeout_ms() -> u64 {
    TIMEOUT_MS
}

const fn max_bytes() -> u64 {
    MAX_BYTES
}

const fn json_only() -> bool {
    true
}
