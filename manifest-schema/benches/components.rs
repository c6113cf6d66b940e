//! How long it takes to look at a component: `cargo bench -p manifest-schema --bench components`.
//!
//! The components are of generated code, 60 kB and 12 MB. One line a figure: name, milliseconds (the best of several).

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program for people at a terminal")]

use manifest_schema::component;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

/// Bytes of machine-independent code of one function.
const FUNCTION: usize = 5_000;
const ROUNDS: usize = 7;

fn main() {
    for (name, size) in [("60 kB", 60_000), ("12 MB", 12_000_000)] {
        let bytes = of_size(size);
        let best = (0..ROUNDS)
            .map(|_| {
                let start = Instant::now();
                black_box(component::inspect(&bytes).unwrap());
                start.elapsed()
            })
            .min()
            .unwrap();
        println!("component of {name}: {} bytes\t{:.2}", bytes.len(), best.as_secs_f64() * 1e3);
    }
}

/// A component of the world whose code has about so many bytes.
fn of_size(size: usize) -> Vec<u8> {
    let mut text = String::from(
        r#"(module
  (import "wa:plugin/storage@1.0.0" "get" (func (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "handlers") (result i32) unreachable)
  (func (export "call") (param i32 i32 i32 i32 i32 i32) (result i32) unreachable)"#,
    );
    for number in 0..size.div_ceil(FUNCTION) {
        text.push_str("\n(func (param i32) (result i32) local.get 0");
        // Two instructions of six bytes together.
        for step in 0..FUNCTION / 6 {
            write!(text, " i32.const {} i32.xor", 1_000_000 + number * 1_000 + step).unwrap();
        }
        text.push(')');
    }
    text.push(')');
    component::encode(&wat::parse_str(&text).unwrap()).unwrap()
}
