//! How a call or a host call ends.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// The end of the call or host call of that id: `{"id", "ok"}` or `{"id", "error"}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Read")]
pub struct Reply {
    /// Which call.
    pub id: u64,
    /// How it ended.
    pub outcome: Outcome,
}

/// The end of a call or of a host call: a JSON value, or why there is none.
pub type Outcome = Result<Box<RawValue>, Failure>;

/// Why a call or a host call failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(deny_unknown_fields)]
#[error("{message}")]
pub struct Failure {
    /// What went wrong, for programs.
    pub code: ErrorCode,
    /// What went wrong, for people. From a worker it is the plugin's own text: untrusted.
    pub message: String,
    /// Where in the plugin's files, one frame a line; untrusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// The `code` of the error that the plugin's code threw, where it is a word; untrusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thrown: Option<String>,
}

impl Failure {
    /// A failure without a stack.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), stack: None, thrown: None }
    }
}

/// The kinds of failure. JavaScript sees the same words as the `code` of the error that it catches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The plugin's code threw, or rejected its promise.
    Threw,
    /// The call used up its budget of engine time.
    Budget,
    /// The plugin reached its memory limit.
    Memory,
    /// The plugin reached its stack limit.
    Stack,
    /// The result is not JSON, or not what the handler may return.
    InvalidResult,
    /// A result or the parameters of a host call are larger than a frame.
    TooLarge,
    /// The plugin has no handler of that name.
    NoHandler,
    /// Another call left the engine in a state that cannot be continued; this one did not end.
    Aborted,
    /// The plugin lacks the permission, or the call that asks has ended.
    Denied,
    /// The parameters of a host call are wrong.
    InvalidParams,
    /// What was asked for does not exist.
    NotFound,
    /// A quota or a rate limit is used up.
    Limit,
    /// It took too long.
    Timeout,
    /// The host could not do it.
    Unavailable,
}

impl ErrorCode {
    /// The word that stands for it in a frame.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Threw => "threw",
            Self::Budget => "budget",
            Self::Memory => "memory",
            Self::Stack => "stack",
            Self::InvalidResult => "invalid_result",
            Self::TooLarge => "too_large",
            Self::NoHandler => "no_handler",
            Self::Aborted => "aborted",
            Self::Denied => "denied",
            Self::InvalidParams => "invalid_params",
            Self::NotFound => "not_found",
            Self::Limit => "limit",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    id: u64,
    #[serde(default, deserialize_with = "present")]
    ok: Option<Box<RawValue>>,
    #[serde(default)]
    error: Option<Failure>,
}

/// Reads a member that may be `null` and must not be lost for it, unlike a plain `Option`.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(from).map(Some)
}

impl TryFrom<Read> for Reply {
    type Error = &'static str;

    fn try_from(read: Read) -> Result<Self, Self::Error> {
        match (read.ok, read.error) {
            (Some(value), None) => Ok(Self { id: read.id, outcome: Ok(value) }),
            (None, Some(failure)) => Ok(Self { id: read.id, outcome: Err(failure) }),
            _ => Err("expected one of `ok` and `error`"),
        }
    }
}

#[derive(Serialize)]
struct Written<'a> {
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ok: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Failure>,
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        Written { id: self.id, ok: self.outcome.as_deref().ok(), error: self.outcome.as_ref().err() }
            .serialize(into)
    }
}
