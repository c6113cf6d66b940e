//! Who answers for a capability, and how that can fail.

use crate::worker::CallError;
use manifest_schema::{
    contract::{Contract, Part},
    manifest::CapabilityKind,
    names::PluginId,
    schema::Violation,
};
use runtime_protocol::ErrorCode;
use std::fmt;

/// A plugin that offers a capability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Provider {
    pub(crate) kind: CapabilityKind,
    /// The capability's id.
    pub(crate) id: String,
    pub(crate) plugin: PluginId,
}

impl Provider {
    /// As handlers are named: `KIND/ID`.
    pub(crate) fn key(&self) -> String {
        format!("{}/{}", self.kind, self.id)
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` of plugin `{}`", self.id, self.plugin)
    }
}

/// Why a capability gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CapabilityError {
    #[error("no plugin offers `{0}`; `wa plugins list` shows what is installed")]
    NoProvider(CapabilityKind),
    #[error("no plugin has the capability {kind}/{id}{}", offered(.known))]
    Unknown { kind: CapabilityKind, id: String, known: Vec<String> },
    #[error(
        "`{kind}` is offered by several: {}; `capabilities: {{ {kind}: [{}] }}` in wa.yaml would say who is asked first",
        .providers.join(", "), .ids.join(", ")
    )]
    Ambiguous { kind: CapabilityKind, providers: Vec<String>, ids: Vec<String> },
    #[error("the request does not fit the contract of `{kind}`: {violations}")]
    Request { kind: CapabilityKind, violations: String },
    #[error("the outbox alone calls `channel`, so that no message passes a gate by; send a message instead")]
    OutboxOnly,
    #[error("capabilities are called more than {0} deep")]
    TooDeep(u8),
    #[error("{0} is being called already, and may not call itself")]
    Cycle(String),
    #[error("{provider} says {code}: {message}")]
    Refused { provider: Provider, code: String, message: String },
    #[error("{provider} broke the contract: its {part} does not fit: {violations}")]
    Contract { provider: Provider, part: &'static str, violations: String },
    #[error("{provider} failed: {source}")]
    Call { provider: Provider, source: CallError },
    #[error("nobody of those who offer `{kind}` answered: {}", .tries.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    All { kind: CapabilityKind, tries: Vec<CapabilityError> },
}

impl CapabilityError {
    /// What a plugin's failed call means: the code of the contract that its handler threw, or what became of its worker.
    pub(crate) fn of_call(provider: Provider, source: CallError) -> Self {
        let CallError::Failed(failure) = &source else { return Self::Call { provider, source } };
        let known = |code: &&String| Contract::of(provider.kind).codes().contains(code);
        match failure.thrown.as_ref().filter(known) {
            Some(code) if failure.code == ErrorCode::Threw => {
                Self::Refused { code: code.clone(), message: failure.message.clone(), provider }
            }
            _ => Self::Call { provider, source },
        }
    }

    /// A part of an answer that does not fit.
    pub(crate) fn contract(provider: Provider, part: Part, violations: &[Violation]) -> Self {
        Self::Contract { provider, part: part.name(), violations: list(violations) }
    }

    /// The code that programs see: one of the contract's, or `not_found` (nobody offers it), `denied` or `invalid_response`.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::NoProvider(_) | Self::Unknown { .. } => "not_found",
            Self::Ambiguous { .. } | Self::Request { .. } => "invalid_request",
            Self::OutboxOnly | Self::TooDeep(_) | Self::Cycle(_) => "denied",
            Self::Refused { code, .. } => code,
            Self::Contract { .. } => "invalid_response",
            Self::Call { source, .. } => match source {
                CallError::Timeout(_) => "timeout",
                CallError::TooLarge => "invalid_request",
                CallError::Failed(failure) => match failure.code {
                    ErrorCode::Budget => "timeout",
                    _ => "failed",
                },
                CallError::QueueFull => "rate_limited",
                _ => "unavailable",
            },
            Self::All { tries, .. } => tries.last().map_or("failed", Self::code),
        }
    }

    /// What a plugin that asked sees as the error's code.
    pub(crate) fn host_code(&self) -> ErrorCode {
        match self.code() {
            "not_found" => ErrorCode::NotFound,
            "invalid_request" | "unsupported" => ErrorCode::InvalidParams,
            "denied" | "content_refused" => ErrorCode::Denied,
            "rate_limited" => ErrorCode::Limit,
            "timeout" => ErrorCode::Timeout,
            "invalid_response" => ErrorCode::InvalidResult,
            _ => ErrorCode::Unavailable,
        }
    }

    /// Whether another provider may do better: the request itself is not at fault.
    pub(crate) fn may_try_another(&self) -> bool {
        match self {
            Self::Refused { code, .. } => !matches!(code.as_str(), "invalid_request" | "content_refused"),
            Self::Contract { .. } => true,
            Self::Call { source, .. } => !matches!(source, CallError::TooLarge | CallError::Stopping),
            _ => false,
        }
    }
}

/// What does not fit, on one line.
pub(crate) fn list(violations: &[Violation]) -> String {
    let lines =
        violations.iter().map(|found| format!("{} {}", found.pointer, found.message).trim().to_owned());
    lines.collect::<Vec<_>>().join("; ")
}

fn offered(known: &[String]) -> String {
    if known.is_empty() { String::new() } else { format!("; there are: {}", known.join(", ")) }
}
