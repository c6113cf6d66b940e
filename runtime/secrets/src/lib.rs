//! Secrets: resolved, kept, used on behalf of plugins, and kept out of texts.
//!
//! References are resolved eagerly into an immutable [`Snapshot`] (from the environment and `.env`, from files, from programs);
//! [`PluginSecrets`] is what one plugin has of it, to be put into headers and to sign with. A [`Redactor`] made from the values
//! blacks them out wherever text leaves the host. Values are kept in `secrecy` boxes, which are wiped and print as nothing.
//!
//! The library prints nothing and reads no environment and no wall clock: [`Surroundings`] come from outside.

mod dotenv;
mod headers;
mod no_dump;
mod plugin;
mod private_file;
mod program;
mod provider;
mod redactor;
mod sign;
mod snapshot;
mod weakness;

pub use dotenv::{DotenvError, DotenvProblem};
pub use headers::{FilledHeader, HeaderError};
pub use no_dump::forbid_dumps;
pub use plugin::{PluginSecret, PluginSecrets, UnresolvedSecret};
pub use private_file::{FileError, Looseness};
pub use program::ProgramError;
pub use provider::{ResolveError, Surroundings};
pub use redactor::{MIN_REDACTED, REDACTED, Redactor, Stream};
pub use secrecy::{ExposeSecret, SecretString};
pub use sign::SignError;
pub use snapshot::{Programs, Snapshot};
pub use weakness::Weakness;
