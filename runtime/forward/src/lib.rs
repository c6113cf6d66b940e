//! Forward streams: numbered, chained, signed copies of what was said, as the host sends them and a receiver checks them.
//!
//! The sending side makes a [`Record`], [`Record::link`]s it to the one before, and [`seal`]s it with a signature. The receiving
//! side gives each line to a [`Verifier`]. The format is described in `docs/forward.md`. Nothing here reads a file, a clock or the
//! network.

mod hex;
mod key;
mod record;
mod verify;

pub use key::{Algorithm, CheckingKey, KeyError, LEAST_SECRET};
pub use record::{Link, Record, RecordError, Role, ZERO_HASH, seal};
pub use verify::{Refusal, RefusalKind, Verdict, Verifier, VerifierState};
