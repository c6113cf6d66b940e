//! Frames from a worker to the host. The host believes none of it: they come from a process that runs foreign
//! code.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::frame::Frame;
use crate::handlers::Handlers;
use crate::launch::{Hello, Launched};
use crate::method::HostMethod;
use crate::reply::Reply;
use crate::sandbox::SandboxReport;
use crate::{MAX_FRAME, tagged};

/// What a worker says.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ToHost {
    /// The launcher of a command is locked down.
    Launched(Box<Launched>),
    /// A command has begun and can be told what it is.
    Hello(Hello),
    /// The program is loaded.
    Ready(Box<Ready>),
    /// The program is not loaded; the worker ends.
    Failed(Box<StartFailed>),
    /// The end of a call.
    Result(Reply),
    /// A request to the host, on behalf of a call in flight.
    Host(HostCall),
    /// A line for the log.
    Log(Log),
}

/// The program is loaded and calls can come.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ready {
    /// [`VERSION`](crate::VERSION).
    pub v: u32,
    /// What holds the worker. A command does not say it: its launcher did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<SandboxReport>,
    /// What can be called.
    pub handlers: Handlers,
}

/// The program was refused or did not load.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartFailed {
    /// Why, with the place in the plugin's files where there is one; untrusted text.
    pub message: String,
    /// What holds the worker; a part may be missing, and that may be why. A command does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<SandboxReport>,
}

/// A request to the host, answered by one `answer` of the same id.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostCall {
    /// Chosen by the worker, never used twice.
    pub id: u64,
    /// The call in flight that asks. The host refuses it when that call has ended.
    pub call: u64,
    /// What is asked for.
    pub method: HostMethod,
    /// Its parameters: see the types of [`HostMethod`].
    pub params: Box<RawValue>,
}

/// A line for the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// How important.
    pub level: LogLevel,
    /// What happened; untrusted text.
    pub message: String,
    /// An object with details, or `null`; untrusted.
    #[serde(default = "null")]
    pub fields: Box<RawValue>,
}

fn null() -> Box<RawValue> {
    RawValue::NULL.to_owned()
}

/// How important a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// For the plugin's author.
    Debug,
    /// What happens.
    Info,
    /// Something is odd.
    Warn,
    /// Something failed.
    Error,
}

impl std::fmt::Display for LogLevel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        })
    }
}

/// The tags of [`ToHost`].
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tag {
    Launched,
    Hello,
    Ready,
    Failed,
    Result,
    Host,
    Log,
}

impl tagged::Tagged for ToHost {
    type Tag = Tag;

    fn read<'de, A: MapAccess<'de>>(tag: Tag, members: A) -> Result<Self, A::Error> {
        let rest = MapAccessDeserializer::new(members);
        match tag {
            Tag::Launched => Launched::deserialize(rest).map(Box::new).map(Self::Launched),
            Tag::Hello => Hello::deserialize(rest).map(Self::Hello),
            Tag::Ready => Ready::deserialize(rest).map(Box::new).map(Self::Ready),
            Tag::Failed => StartFailed::deserialize(rest).map(Box::new).map(Self::Failed),
            Tag::Result => Reply::deserialize(rest).map(Self::Result),
            Tag::Host => HostCall::deserialize(rest).map(Self::Host),
            Tag::Log => Log::deserialize(rest).map(Self::Log),
        }
    }
}

impl<'de> Deserialize<'de> for ToHost {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        tagged::deserialize(from)
    }
}

impl Frame for ToHost {
    fn cap(&self) -> usize {
        MAX_FRAME
    }
}
