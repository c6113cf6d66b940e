//! What a worker costs: `cargo bench -p hostile-worker`, or `… -- target/release/wa __worker` for another
//! binary.
//!
//! Cold start to the first event handled, warm round trips, host calls, pipelined events, and memory at 1, 10
//! and 100 workers. The targets are in `docs/sandbox.md`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program for people at a terminal"
)]

use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use runtime_protocol::{
    Call, CallKind, Enforcement, FrameReader, Limits, MAX_FRAME, Module, PluginRef, Program, Reply, Start,
    ToHost, ToWorker, VERSION, encode,
};
use serde_json::value::RawValue;

const PLUGIN: &str = r#"
import { definePlugin } from "wa";
export default definePlugin({
  events: { "message.received": (message, wa) => ({ seen: message.id }) },
  tools: { lookup: async ({ key }, wa) => wa.storage.get(key) },
});
"#;

const MESSAGE: &str = r#"{"event_id":"01J8Z","seq":1,"channel":"console","instance":"main","chat":"me","from":"me","id":"m1","kind":"text","text":"where is order 1001?","timestamp":"2026-11-21T00:00:00Z","received_at":"2026-11-21T00:00:00Z","is_group":false}"#;

struct Worker {
    child: Child,
    socket: UnixStream,
    frames: FrameReader<UnixStream>,
    bytes: Vec<u8>,
}

fn main() {
    // Cargo adds flags of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let command = match words.as_slice() {
        [] => vec![env!("CARGO_BIN_EXE_hostile-worker").to_owned(), "worker".to_owned()],
        words => words.to_vec(),
    };
    cold_start(&command);
    round_trips(&command);
    pipelined(&command);
    for count in [1, 10, 100] {
        memory(&command, count);
    }
}

fn cold_start(command: &[String]) {
    let times = (0..200).map(|_| {
        let start = Instant::now();
        let mut worker = Worker::start(command);
        worker.event();
        start.elapsed()
    });
    report("cold start to first event", times.collect());
}

fn round_trips(command: &[String]) {
    let mut worker = Worker::start(command);
    let mut measure = |name: &str, run: &mut dyn FnMut(&mut Worker)| {
        for _ in 0..2_000 {
            run(&mut worker);
        }
        let times = (0..20_000).map(|_| {
            let start = Instant::now();
            run(&mut worker);
            start.elapsed()
        });
        report(name, times.collect());
    };
    measure("event, round trip", &mut |worker| worker.event());
    measure("tool with one host call", &mut |worker| {
        worker.send(&call(CallKind::Tool, "lookup", r#"{"key":"k"}"#));
        match worker.next() {
            ToHost::Host(asked) => {
                worker.send(&ToWorker::Answer(Reply { id: asked.id, outcome: Ok(raw("1")) }));
            }
            frame => panic!("unexpected {frame:?}"),
        }
        assert!(matches!(worker.next(), ToHost::Result(Reply { outcome: Ok(_), .. })));
    });
}

/// As many events in flight as fit under a small window, as a busy host would have.
fn pipelined(command: &[String]) {
    const EVENTS: usize = 200_000;
    const WINDOW: usize = 64;
    let mut worker = Worker::start(command);
    let event = call(CallKind::Event, "message.received", MESSAGE);
    let start = Instant::now();
    for sent in (0..EVENTS).step_by(WINDOW) {
        worker.bytes.clear();
        for _ in 0..WINDOW.min(EVENTS - sent) {
            encode(&event, &mut worker.bytes).unwrap();
        }
        worker.socket.write_all(&worker.bytes).unwrap();
        for _ in 0..WINDOW.min(EVENTS - sent) {
            assert!(matches!(worker.next(), ToHost::Result(Reply { outcome: Ok(_), .. })));
        }
    }
    let rate = EVENTS as f64 / start.elapsed().as_secs_f64();
    println!("{:<28} {:>9.0} events/s", format!("pipelined, {WINDOW} at a time"), rate);
}

/// Memory of idle workers that have handled one event each. Pages of the binary are the page cache's and
/// count in PSS only; what a worker wrote itself is its own.
fn memory(command: &[String], count: usize) {
    let workers: Vec<Worker> = (0..count)
        .map(|_| {
            let mut worker = Worker::start(command);
            worker.event();
            worker
        })
        .collect();
    let (mut proportional, mut own) = (0, 0);
    for worker in &workers {
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", worker.child.id())).unwrap();
        let kib = |key: &str| -> u64 {
            rollup
                .lines()
                .filter(|line| line.starts_with(key))
                .filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
                .sum()
        };
        proportional += kib("Pss:");
        own += kib("Anonymous:");
    }
    let each = |total: u64| total / u64::try_from(count).unwrap();
    println!(
        "{:<28} {:>9} KiB PSS {:>6} KiB of its own, each",
        format!("memory of {count} idle"),
        each(proportional),
        each(own)
    );
}

fn report(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
    println!("{name:<28} {:>9.1} µs p50 {:>9.1} µs p99 {:>9.1} µs min", at(0.5), at(0.99), at(0.0));
}

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

fn call(kind: CallKind, name: &str, payload: &str) -> ToWorker {
    ToWorker::Call(Call {
        id: 1,
        kind,
        name: name.into(),
        budget_ms: 1_000,
        per_turn: false,
        now: None,
        payload: raw(payload),
    })
}

impl Worker {
    fn start(command: &[String]) -> Self {
        let (socket, theirs) = UnixStream::pair().unwrap();
        let child = Command::new(&command[0])
            .args(&command[1..])
            .env_clear()
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let frames = FrameReader::new(socket.try_clone().unwrap());
        let mut worker = Self { child, socket, frames, bytes: Vec::new() };
        worker.send(&ToWorker::Start(Start {
            v: VERSION,
            plugin: PluginRef { id: "bench".into(), version: "1.0.0".into() },
            program: Program::Js {
                modules: vec![Module { path: "main.js".into(), code: PLUGIN.into() }],
                entry: "main.js".into(),
            },
            config: raw("{}"),
            limits: Limits::default(),
            sandbox: Enforcement::Required,
            now: None,
        }));
        assert!(matches!(worker.next(), ToHost::Ready(_)));
        worker
    }

    fn event(&mut self) {
        self.send(&call(CallKind::Event, "message.received", MESSAGE));
        assert!(matches!(self.next(), ToHost::Result(Reply { outcome: Ok(_), .. })));
    }

    fn send(&mut self, frame: &ToWorker) {
        self.bytes.clear();
        encode(frame, &mut self.bytes).unwrap();
        self.socket.write_all(&self.bytes).unwrap();
    }

    fn next(&mut self) -> ToHost {
        self.frames.next_frame(MAX_FRAME).unwrap().unwrap()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
