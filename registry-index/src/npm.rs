//! The npm registry protocol, seen from a client.

mod name;
mod wanted;

pub use name::{NameError, PackageName};
pub use wanted::{Wanted, WantedError};
