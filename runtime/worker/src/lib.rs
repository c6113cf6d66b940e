//! What runs inside a plugin's process: the lock-down, then the JavaScript engine with the plugin in it, or the
//! command that the plugin is.
//!
//! The host starts its own binary again with a hidden subcommand that calls [`run`]. The worker locks itself
//! down ([`sandbox`]) before the first byte of the plugin arrives; from then on it can read its socket, write
//! to it, and compute. Nothing here is trusted by the host: a plugin that took over the engine has only what
//! the sandbox leaves.

mod calls;
mod engine;
mod link;
mod logged;
mod meter;
mod outbox;
mod process;
pub mod sandbox;
#[cfg(feature = "wasm")]
mod wasm;
mod worker;

#[cfg(feature = "wasm")]
pub use wasm::engine_fingerprint;
pub use worker::{Role, run};
