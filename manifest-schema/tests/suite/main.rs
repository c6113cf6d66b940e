//! Tests of the crate's public face. Cases are files in `valid/` and `invalid/`: a new case is a new file.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cases;
mod components;
mod fields;
mod fixtures;
mod handlers;
mod hostile;
mod published;
mod ranges;
mod renderers;
mod rule_table;
