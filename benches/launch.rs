//! Runs a command a number of times and prints what each run cost: wall micros, CPU micros, peak RSS in KiB, exit code.
//!
//! `launch TIMES COMMAND…`; output of the command is thrown away. A process of its own, because a process that is
//! started counts the pages of the one that started it as its own peak, and Python has many.

use std::os::raw::{c_int, c_long};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// `struct rusage` of Linux; times as seconds and micros.
#[repr(C)]
#[derive(Default)]
struct Usage {
    user: [c_long; 2],
    system: [c_long; 2],
    peak_kib: c_long,
    rest: [c_long; 13],
}

unsafe extern "C" {
    fn wait4(pid: c_int, status: *mut c_int, options: c_int, usage: *mut Usage) -> c_int;
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [times, program, arguments @ ..] = words.as_slice() else {
        eprintln!("usage: launch TIMES COMMAND…");
        return ExitCode::from(2);
    };
    for _ in 0..times.parse().expect("a number of times") {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        let child = command.spawn().expect("the command starts");
        let (mut status, mut usage) = (0, Usage::default());
        let pid = c_int::try_from(child.id()).expect("a process id");
        // SAFETY: both pointers are to live values of the types that wait4 fills.
        let waited = unsafe { wait4(pid, &mut status, 0, &mut usage) };
        let wall = start.elapsed().as_micros();
        assert_eq!(waited, pid, "wait4 failed");
        let micros = |time: [c_long; 2]| time[0] * 1_000_000 + time[1];
        let code = if status & 0x7f == 0 { status >> 8 & 0xff } else { 128 + (status & 0x7f) };
        println!("{wall} {} {} {code}", micros(usage.user) + micros(usage.system), usage.peak_kib);
    }
    ExitCode::SUCCESS
}
