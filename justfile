# The commands that people type while working on wa.

# The whole story on this machine
demo:
    cargo run -- demo

# Everything that must pass before a change lands
ci:
    .ci/run

test *ARGS:
    cargo test --workspace {{ARGS}}

lint:
    cargo fmt --all
    cargo clippy --workspace --all-targets -- -D warnings

# Known vulnerabilities in dependencies (fetches the advisory database)
advisories:
    cargo deny check advisories

# Write completions/ anew from the command line's definition
completions:
    WA_TEST_WRITE=1 cargo test -p wa --test e2e completions

# Write docs/reference/ anew from the schemas, the rules and the help
reference:
    WA_TEST_WRITE=1 cargo test -p wa --test e2e reference

# Every figure in docs/benchmarks.md
bench:
    benches/run

# Ten minutes of fuzzing: just fuzz archive (needs a nightly toolchain and cargo-fuzz)
fuzz TARGET SECONDS="600":
    cargo build && tests/fuzz/seed target/debug/wa
    cd tests/fuzz && cargo +nightly fuzz run --fuzz-dir . {{TARGET}} -- -max_total_time={{SECONDS}} -rss_limit_mb=512 -timeout=10
