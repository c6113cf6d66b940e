//! The audit log: who did what, in files that prove that nobody changed them since.
//!
//! A log is a directory of JSON lines, each chained to the one before by its hash and sealed under a key that is used once: the key
//! of the next record is made from it, and it is gone. What was written cannot be written again, not even by who holds the log and
//! the key in it. The first key is kept elsewhere ([`Place::keys`]); with it, [`verify()`] checks every record.
//!
//! [`Event`] is what is recorded, [`AuditLog`] writes, [`verify()`] checks, [`records`] reads, [`export`] translates.
//!
//! The crate reads no environment and no clock: paths and times are passed in.

mod checkpoint;
mod error;
mod event;
pub mod export;
mod files;
mod filter;
mod hash;
mod key;
mod log;
mod moment;
mod reader;
mod record;
mod state;
mod tail;
#[cfg(test)]
mod tests;
mod verify;
mod words;

pub use checkpoint::Checkpoint;
pub use error::LogError;
pub use event::{Actor, DetailValue, Event};
pub use filter::{Filter, Pattern, PatternError};
pub use hash::Hash;
pub use key::FirstKey;
pub use log::{Appended, AuditLog, Durability, Entry, Limits, Place};
pub use moment::{Moment, MomentError};
pub use reader::{Records, records};
pub use record::{Problem, Record};
pub use verify::{Check, Scope, Unverified, Verdict, Verified, identity, verify};
pub use words::{Action, Detail, Outcome};
