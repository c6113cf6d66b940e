//! Where plugins come from and whether to trust them: archives, integrity, signatures, the trust store, the lock, the
//! store, and the plan of an installation and its application.
//!
//! Every byte from outside is hostile until it was checked, and every stage is a function whose result the next one
//! takes: [`install::Spec`] → [`install::Fetched`] → [`install::candidate`] → [`install::plan`] → [`install::apply`]. At each
//! start of a host, [`load::load_set`] hashes and verifies again, and hands out the bytes that it hashed.
//!
//! Nothing here prints, prompts, or reads the environment or the clock. No plugin code runs.

pub mod archive;
pub mod cache;
pub mod change;
mod check;
pub mod contents;
pub mod digest;
mod disk;
pub mod findings;
#[cfg(test)]
mod fixture;
mod folder;
pub mod index;
pub mod install;
pub mod keys;
pub mod load;
pub mod lock;
pub mod mirror;
pub mod npm;
pub mod pack;
pub mod package;
pub mod package_path;
pub mod permitted;
mod project_lock;
pub mod refusal;
pub mod release;
pub mod rotation;
pub mod scanned;
pub mod serve;
pub mod sign;
pub mod signature;
pub mod source;
mod store;
pub mod sync;
mod tarball;
pub mod timestamp;
pub mod transaction;
pub mod trust;
pub mod verify;

pub use disk::DiskError;
pub use project_lock::{ProjectLock, Waiting};
