//! The rate at which this machine hashes in process, to hold against commands that hash every file:
//! `cargo bench -p registry-index`. One line: name, MB a second.

#![expect(clippy::print_stdout, reason = "a program for people at a terminal")]

use registry_index::digest::Sha256;
use std::hint::black_box;
use std::time::Instant;

const BYTES: usize = 32 << 20;
const ROUNDS: usize = 9;

fn main() {
    let bytes = vec![0x5a_u8; BYTES];
    let rate = || {
        let start = Instant::now();
        black_box(Sha256::of(&bytes));
        BYTES as f64 / 1e6 / start.elapsed().as_secs_f64()
    };
    let best = (0..ROUNDS).map(|_| rate()).fold(0.0, f64::max);
    println!("sha256-in-process\t{best:.0}");
}
