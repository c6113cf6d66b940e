//! The npm registry protocol, seen from a client.
//!
//! Everything that a registry sends is checked before it is used, and nothing that it sends is believed of a package:
//! the package's own signature, inside the archive, has the word.

mod config;
mod download;
mod error;
mod http;
mod locked;
mod name;
mod npmrc;
mod packument;
mod pick;
mod promise;
mod publish;
mod registry;
mod search;
mod signature;
mod wanted;

pub use config::Config;
pub use error::FetchError;
pub use http::Patience;
pub use name::{NameError, PackageName};
pub use npmrc::{Expand, Npmrc};
pub use packument::{Packument, Release};
pub use pick::{Preferences, pick};
pub use publish::{Publication, PublishError};
pub use registry::{Choice, Client, ClientOptions};
pub use search::{Hit, KEYWORD};
pub use wanted::{Wanted, WantedError};

/// Called with the number of bytes that have just come, from any thread.
pub type Progress<'a> = dyn Fn(u64) + Sync + 'a;
