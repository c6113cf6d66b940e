//! Ticks for code that runs: a timer of processor time, since a worker has no second thread and its budgets are of
//! processor time as well. An idle worker is never woken.
#![expect(unsafe_code, reason = "timers and signals have no safe interface in the standard library")]

use std::io;
use std::mem::MaybeUninit;
use std::sync::OnceLock;

use wasmtime::Engine;

/// Processor time between two looks at a budget, in microseconds.
const TICK: libc::suseconds_t = 2_000;

static ENGINE: OnceLock<Engine> = OnceLock::new();

/// Starts the ticks. Before the lock-down, which takes the calls for it away.
pub(super) fn start(engine: &Engine) -> wasmtime::Result<()> {
    // A worker has one engine.
    let _ = ENGINE.set(engine.clone());
    arm().map_err(wasmtime::Error::from)
}

fn arm() -> io::Result<()> {
    let every = libc::timeval { tv_sec: 0, tv_usec: TICK };
    let timer = libc::itimerval { it_interval: every, it_value: every };
    // SAFETY: all zeroes is a valid `sigaction`, completed below; the handler does nothing but an atomic addition, and both
    // structures live through the calls, which only read them.
    unsafe {
        let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
        action.sa_sigaction = tick as *const () as libc::sighandler_t;
        action.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
        checked(libc::sigaction(libc::SIGPROF, &raw const action, std::ptr::null_mut()))?;
        checked(libc::setitimer(libc::ITIMER_PROF, &raw const timer, std::ptr::null_mut()))
    }
}

fn checked(result: libc::c_int) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Safe in a signal handler by wasmtime's word.
extern "C" fn tick(_signal: libc::c_int) {
    if let Some(engine) = ENGINE.get() {
        engine.increment_epoch();
    }
}
