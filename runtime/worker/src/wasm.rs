//! Plugins that are WebAssembly components of the world `wa:plugin`.
//!
//! The host compiles a component in a worker of its own, keeps the result, and starts the plugin's worker with the file's
//! name. That worker maps the compiled code before it is locked down, since afterwards nothing can be opened or made
//! executable; nothing of it runs before the start frame. Every call runs on a stack of its own, so that a handler that
//! waits for the host holds no other up, and in an instance of its own while it runs.

mod answers;
mod compile;
mod guest;
mod imports;
mod plugin;
mod ticks;

use std::mem::ManuallyDrop;
use std::path::Path;

use runtime_protocol::Program;
use wasmtime::component::Component;
use wasmtime::{Config, Engine};

use crate::link::Link;
use crate::sandbox::{self, Limits};
use crate::worker::WorkerError;

pub(crate) use compile::compile;
pub use compile::engine_fingerprint;

/// Bytes of stack that a component's code may use.
const MAX_WASM_STACK: usize = 512 << 10;

/// Bytes of stack of one call: the component's, and as much again for what the host's functions need.
const CALL_STACK: usize = 1 << 20;

/// The engine, set up the same for compiling and for running: compiled code fits no other.
fn engine() -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(MAX_WASM_STACK)
        .async_stack_size(CALL_STACK)
        // Would need descriptors, of which a worker has none.
        .memory_init_cow(false)
        .native_unwind_info(false);
    Engine::new(&config)
}

/// Serves a component whose compiled form is in a file that the host has made and checked.
pub(crate) fn serve(compiled: &Path) -> Result<(), WorkerError> {
    let loaded = load(compiled);
    let ticking = loaded.as_ref().map_or(Ok(()), |(engine, _)| ticks::start(engine));
    let sandbox = sandbox::lock_down(&Limits::COMPONENT);
    let Some((start, link)) = Link::greet(sandbox)? else { return Ok(()) };
    if start.program != Program::Wasm {
        return link.refuse("the program is not a component".to_owned());
    }
    let loaded = loaded.and_then(|loaded| Ok((loaded, ticking?)));
    let plugin = loaded.map_err(|error| format!("the engine could not be made: {error:#}")).and_then(
        |((engine, component), ())| plugin::Plugin::load(&engine, &component, start, link.outbox()),
    );
    match plugin {
        // What it maps ends with the process: there is no descriptor left to close.
        Ok(plugin) => link.serve(&*ManuallyDrop::new(plugin)),
        Err(message) => link.refuse(message),
    }
}

#[expect(
    unsafe_code,
    reason = "compiled code is trusted by who made it: the host, which checks its own seal"
)]
fn load(compiled: &Path) -> wasmtime::Result<(ManuallyDrop<Engine>, ManuallyDrop<Component>)> {
    let engine = engine()?;
    // SAFETY: the file was written by a compiler worker of the same binary, and the host checked its seal.
    let component = unsafe { Component::deserialize_file(&engine, compiled) }?;
    Ok((ManuallyDrop::new(engine), ManuallyDrop::new(component)))
}
