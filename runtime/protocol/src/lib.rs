//! What the host and a plugin's worker say to each other.
//!
//! One socket pair per worker carries frames both ways. A frame is a 4-byte little-endian length and then one
//! JSON object whose first member, `t`, names its kind: [`ToWorker`] and [`ToHost`] list them all. Payloads
//! stay [`RawValue`](serde_json::value::RawValue), so neither side parses what it only passes on. A command
//! may choose lines instead of lengths ([`Framing`]).
//!
//! The host treats whatever a worker sends as hostile: a frame that is too large, malformed or unknown is an
//! error ([`FrameError`]), never a guess.

mod frame;
mod framing;
mod handlers;
mod launch;
mod message;
mod method;
mod reply;
mod sandbox;
mod tagged;
mod to_host;
mod to_worker;

pub use frame::{Frame, FrameError, FrameReader, FrameWriter, HEADER_LEN, decode, encode, payload_len};
pub use framing::Framing;
pub use handlers::Handlers;
pub use launch::{Hello, Launch, Launched};
pub use message::{Body, FileToSend, Message};
pub use method::{
    Account, AskCapability, Chat, Contact, Emit, Fetch, FetchAnswer, FileEntry, FileName, FileRead,
    FileWrite, HostMethod, MediaRead, OneChat, OneContact, ReadMedia, Receive, Received, ReceivedKind,
    SecretSign, Sent, Signature, Sleep, StorageDelete, StorageGet, StorageList, StorageListAnswer,
    StorageSet, ToolCall,
};
pub use reply::{ErrorCode, Failure, Outcome, Reply};
pub use sandbox::{Enforcement, Part, PartState, SandboxReport};
pub use to_host::{HostCall, Log, LogLevel, Ready, StartFailed, ToHost};
pub use to_worker::{Call, CallKind, Limits, Module, PluginRef, Program, Start, ToWorker};

/// The version of this protocol, carried by [`Start`] and [`Ready`]. Host and worker are the same binary, so
/// it only differs when a binary was replaced under a running host.
pub const VERSION: u32 = 1;

/// The longest frame in bytes, without its header.
pub const MAX_FRAME: usize = 1 << 20;

/// The largest component that is compiled, in bytes.
///
/// A compiler worker reads four bytes of length, little-endian, and a component; it answers one byte, 0 for compiled code
/// and 1 for why there is none, and then that, up to the end of the stream.
pub const MAX_COMPONENT: usize = 64 << 20;

/// The longest [`Start`] frame in bytes, without its header: it carries the whole program.
pub const MAX_START_FRAME: usize = 16 << 20;
