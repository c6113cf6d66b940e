//! The lock-down of a worker by the operating system.
//!
//! Each part is applied on its own and reports on its own, so that what a kernel lacks can be named. Whether
//! a plugin may run where a part is missing is the host's policy; the worker asks it before it reads any
//! plugin code.

#[cfg(target_os = "linux")]
mod filter;
#[cfg(target_os = "linux")]
pub(crate) mod linux;
#[cfg(target_os = "linux")]
pub(crate) mod system;

#[cfg(target_os = "linux")]
pub use linux::{lock_down, probe};

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(not(target_os = "linux"))]
pub use elsewhere::{lock_down, probe};

/// What a locked-down process may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of private writable memory (`RLIMIT_DATA`).
    pub data: u64,
    /// Bytes of address space (`RLIMIT_AS`): a bound on page tables. `None` for engines that reserve far
    /// more than they use.
    pub address_space: Option<u64>,
    /// Bytes of the main thread's stack (`RLIMIT_STACK`).
    pub stack: u64,
}

impl Limits {
    /// For the JavaScript engine, whose own memory limit is [`MAX_HEAP`] at most: room for the heap, for one
    /// large frame in and out, and for the binary itself.
    pub const JAVASCRIPT: Self = Self { data: 128 << 20, address_space: Some(1 << 30), stack: 8 << 20 };
}

#[cfg(feature = "wasm")]
impl Limits {
    /// For a component, whose own memory limit is [`MAX_HEAP`] at most: room for that, for the stacks of its calls, and for
    /// the engine.
    pub const COMPONENT: Self = Self { data: 192 << 20, address_space: None, stack: 8 << 20 };

    /// For compiling a component of tens of megabytes.
    pub const COMPILER: Self = Self { data: 2 << 30, address_space: None, stack: 8 << 20 };
}

/// Bytes of JavaScript heap that fit under [`Limits::JAVASCRIPT`].
pub const MAX_HEAP: u64 = 64 << 20;
