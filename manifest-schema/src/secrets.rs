//! Secrets as they are written down: references in place of values, the providers that resolve them, and where in a plugin's
//! configuration they may stand. Nothing here resolves one.
//!
//! The grammar of references and the names and limits of providers are OpenClaw's.

mod placed;
mod providers;
mod reference;

pub use placed::{ConfigSecrets, Given, MisplacedReference, PlacedSecret, find, names, path_matches};
pub use providers::{EnvProvider, ExecProvider, FileMode, FileProvider, Provider, Secrets, SourceDefaults};
pub use reference::{RefError, SecretRef, SecretSource};
