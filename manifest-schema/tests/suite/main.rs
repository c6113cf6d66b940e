//! Tests of the crate's public face. Cases are files in `valid/` and `invalid/`: a new case is a new file.

mod cases;
mod fixtures;
