//! Plugins' processes: spawned, watched, called, ended.

mod call;
mod chunks;
mod compiler;
mod deadline;
mod frames;
mod log_gate;
mod opening;
mod output;
mod process;
mod spawner;
mod supervisor;

pub(crate) use call::{CallContext, CallError, Ongoing, Patience, PluginCall};
pub(crate) use chunks::{Chunk, ChunkSink};
pub(crate) use compiler::compile;
pub(crate) use deadline::Deadline;
pub(crate) use opening::Opening;
pub(crate) use process::StartError;
pub(crate) use spawner::Spawner;
pub(crate) use supervisor::{Environment, HostCalls, Supervisor};
