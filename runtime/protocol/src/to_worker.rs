//! Frames from the host to a worker.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::frame::Frame;
use crate::launch::Launch;
use crate::reply::Reply;
use crate::sandbox::Enforcement;
use crate::{MAX_FRAME, MAX_START_FRAME, tagged};

/// What the host says. The first frame is `Start`, once; to the launcher of a command `Launch` comes before it.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ToWorker {
    /// Lock down and become this command. Answered by `launched` or `failed`.
    Launch(Box<Launch>),
    /// Load this program. Answered by `ready` or `failed`.
    Start(Start),
    /// Run a handler. Answered by one `result` of the same id, in any order.
    Call(Call),
    /// The end of a host call.
    Answer(Reply),
    /// End now; calls in flight are dropped.
    Stop,
}

/// The program and its limits.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// [`VERSION`](crate::VERSION).
    pub v: u32,
    /// Whose code it is.
    pub plugin: PluginRef,
    /// The code.
    pub program: Program,
    /// The plugin's config, defaults filled in.
    pub config: Box<RawValue>,
    /// What the engine may use.
    pub limits: Limits,
    /// Whether to run at all where the sandbox is not whole.
    pub sandbox: Enforcement,
    /// The time that code is told while it loads, in milliseconds since the epoch; absent where it has the machine's. A test of a plugin
    /// decides it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<u64>,
}

/// The code of a plugin, or where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Program {
    /// For the JavaScript engine.
    Js {
        /// All modules that can be imported, as JavaScript.
        modules: Vec<Module>,
        /// `path` of the module that exports the plugin.
        entry: String,
    },
    /// The component whose compiled form stands on the worker's command line.
    Wasm,
    /// The command that reads this.
    Process {
        /// The directory of its own files; absent where it may have none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<String>,
    },
}

/// A plugin's id and version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginRef {
    /// The id.
    pub id: String,
    /// The version.
    pub version: String,
}

/// One file of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Its path in the package, `/`-separated, without a leading `./`.
    pub path: String,
    /// Its text.
    pub code: String,
}

/// What the engine may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of JavaScript heap.
    pub memory: u64,
    /// Bytes of JavaScript stack.
    pub stack: u64,
    /// Milliseconds of processor time for loading the program.
    pub budget_ms: u64,
}

impl Default for Limits {
    /// 32 MiB of heap, 512 KiB of stack, one second to load.
    fn default() -> Self {
        Self { memory: 32 << 20, stack: 512 << 10, budget_ms: 1_000 }
    }
}

/// A request to run one handler.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Chosen by the host, not in use by another call in flight.
    pub id: u64,
    /// Which group of handlers.
    pub kind: CallKind,
    /// Which handler: the name of an event, gate, tool, schedule, command or RPC method, a route as `METHOD /path`, a
    /// capability as `KIND/ID`, a service as `ID/start`; empty for the agent.
    pub name: String,
    /// Milliseconds of processor time; waiting for host calls is not counted.
    pub budget_ms: u64,
    /// Whether the budget is for each turn instead of for the whole call, as a service needs it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub per_turn: bool,
    /// The same from here on, where [`Start`] has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<u64>,
    /// The handler's first argument.
    pub payload: Box<RawValue>,
}

/// The groups of handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// An observed event; the result is ignored.
    Event,
    /// A gate: `null` lets pass unchanged, `{"block": "why"}` stops, anything else is the changed payload.
    Hook,
    /// A tool; the result is its output.
    Tool,
    /// A declared route; the result is `{status?, headers?, json? | text?}`.
    Http,
    /// A turn of an agent; the result is `{text}` or `null`.
    Agent,
    /// A capability, as `KIND/ID`; request and result as the contract of the kind says.
    Capability,
    /// A service's `start`, which runs as long as the service, its `stop`, or its `health`: `{ok, message?}`.
    Service,
    /// A schedule that is due: `{scheduled_at, missed}`; the result is ignored.
    Schedule,
    /// A command line: `{args}` to `{text? | json?, status?}`.
    Command,
    /// An RPC method: its parameters to its result.
    Rpc,
}

/// The tags of [`ToWorker`].
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tag {
    Launch,
    Start,
    Call,
    Answer,
    Stop,
}

/// The members of a frame that has none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

impl tagged::Tagged for ToWorker {
    type Tag = Tag;

    fn read<'de, A: MapAccess<'de>>(tag: Tag, members: A) -> Result<Self, A::Error> {
        let rest = MapAccessDeserializer::new(members);
        match tag {
            Tag::Launch => Launch::deserialize(rest).map(Box::new).map(Self::Launch),
            Tag::Start => Start::deserialize(rest).map(Self::Start),
            Tag::Call => Call::deserialize(rest).map(Self::Call),
            Tag::Answer => Reply::deserialize(rest).map(Self::Answer),
            Tag::Stop => Empty::deserialize(rest).map(|Empty {}| Self::Stop),
        }
    }
}

impl<'de> Deserialize<'de> for ToWorker {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        tagged::deserialize(from)
    }
}

impl Frame for ToWorker {
    fn cap(&self) -> usize {
        match self {
            Self::Start(_) => MAX_START_FRAME,
            _ => MAX_FRAME,
        }
    }
}
