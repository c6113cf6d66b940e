//! The `wa` binary.
fn main() {}
