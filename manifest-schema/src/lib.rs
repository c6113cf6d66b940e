//! What a plugin and a project declare: the published schemas, the Rust types that mirror them, one spanned reader
//! for YAML and JSON, and the diagnostics of all of `wa`.
//!
//! Nothing here runs a plugin's code, and nothing but [`source::Source::read`] and [`files::DirectoryFiles`] touches
//! the disk. A check returns all its findings; it does not stop at the first.

pub mod catalog;
pub mod check;
pub mod code;
pub mod component;
pub mod configuration;
pub mod contract;
pub mod events;
pub mod files;
pub mod finding;
pub mod foreign;
pub mod layout;
pub mod manifest;
pub mod migrate;
pub mod names;
pub mod permissions;
pub mod project;
pub mod registry;
pub mod render;
pub mod rules;
pub mod scenario;
pub mod schema;
pub mod schemas;
pub mod secrets;
pub mod source;
pub mod suggest;
pub mod timetable;
pub mod tree;
pub mod typings;
pub mod units;
pub mod version;

mod document;
