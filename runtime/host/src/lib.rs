//! The host: what `wa run` drives.
//!
//! It verifies nothing and installs nothing; it is given a project and its verified plugins ([`HostOptions`]) and runs them: every
//! plugin in a worker process of its own, started when something is for it; every message through a journal, the gates, and an outbox;
//! every wish of a plugin behind one permission check. [`Host::start`] is the entrance.
//!
//! The library reads no environment and no clock, prints nothing, and tells what happens through [`notice`].

mod atomic_file;
mod audit;
pub mod bridge;
mod bus;
mod capability;
mod channel;
pub mod client;
mod clock;
mod compiled;
mod core;
mod error_chain;
mod fetch;
mod forward;
mod gateway;
pub mod health;
mod host;
mod identity;
mod journal;
mod lanes;
mod lazy_schema;
mod native;
pub mod notice;
mod options;
mod payload;
mod permission;
mod plugin;
mod plugin_files;
mod program;
mod rehearsal;
pub mod running;
mod secrets;
mod set;
mod standing;
mod storage;
mod timing;
mod tool;
mod trace;
mod worker;

pub use audit::AuditError;
pub use clock::Clock;
pub use compiled::Components;
pub use host::{
    ConsoleLine, ConsoleSession, EventStream, Host, HostEvent, NotTaken, Rehearsing, ReloadError, StartError,
};
pub use journal::{JournalError, QueueCounts, StreamStatus, forward_streams, journal_counts};
pub use native::find_program;
pub use notice::{Activation, Notice};
pub use options::{HostOptions, Loader, ProjectSet, Purpose};
pub use rehearsal::{BadAnswer, DeclaredAnswer, RecordedCall, Rehearsal};
pub use timing::Timing;
pub use trace::Trace;
