//! How many plugins a second are checked in process: `cargo bench -p manifest-schema`.
//!
//! The plugin is `tests/valid/full.txt`, which uses every part of the schema. One line a figure: name, plugins a second.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program for people at a terminal")]

use manifest_schema::check::{check_manifest_text, check_plugin};
use manifest_schema::files::MemoryFiles;
use manifest_schema::manifest;
use manifest_schema::source::{Source, Syntax};
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

const CASE: &str = include_str!("../tests/valid/full.txt");
/// Long enough to span the pauses of a shared machine; the best of several counts.
const ROUND: Duration = Duration::from_millis(300);
const ROUNDS: usize = 7;

fn main() {
    let files: MemoryFiles = CASE
        .split("=== ")
        .skip(1)
        .map(|section| section.split_once('\n').unwrap())
        .map(|(path, text)| (path.to_owned(), text.as_bytes()))
        .collect();
    let text = std::str::from_utf8(&files.0["wa.plugin.yaml"]).unwrap();
    let source = Source::new("wa.plugin.yaml", text, Syntax::Yaml);
    let first = Instant::now();
    black_box(manifest::read(&source));
    println!("first-manifest-micros\t{}", first.elapsed().as_micros());
    report("manifest-schema-and-types", || drop(black_box(manifest::read(&source))));
    report("manifest-all-checks", || drop(black_box(check_manifest_text(&source))));
    report("plugin-with-code", || drop(black_box(check_plugin(&files, Path::new("")))));
}

fn report(name: &str, mut check: impl FnMut()) {
    let mut rate = || {
        let start = Instant::now();
        let mut count = 0_u32;
        while start.elapsed() < ROUND {
            check();
            count += 1;
        }
        f64::from(count) / start.elapsed().as_secs_f64()
    };
    let best = (0..ROUNDS).map(|_| rate()).fold(0.0, f64::max);
    println!("{name}\t{best:.0}");
}
