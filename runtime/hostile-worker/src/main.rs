//! A test-only worker that attacks its own sandbox: code that has taken over the engine can do no more than
//! this.
//!
//! `worker` is the real worker, for tests of the engine, and `launcher` the real launcher of commands. `locked` applies the real lock-down and then
//! performs raw system calls on request; `open` performs them without it, to show that they would work. The
//! other modes are the other sides of single tests.

mod attacks;
mod crashes;

use std::io::{self, Read, Write};
use std::process::ExitCode;

use runtime_protocol::{FrameReader, SandboxReport};
use runtime_worker::Role;
use runtime_worker::sandbox::{self, Limits};
use serde::{Deserialize, Serialize};

use attacks::{ATTACKS, Target};

const CAP: usize = 64 << 10;

/// What the test asks for.
#[derive(Deserialize)]
struct Request {
    attack: String,
    target: Target,
}

/// What came of it.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// It worked.
    Done,
    /// It was refused with this error number.
    Refused(i32),
    /// There is no such attack; the test's table is wrong.
    Unknown,
}

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("worker") => runtime_worker::run(Role::JavaScript),
        Some("launcher") => runtime_worker::run(Role::Process),
        Some("locked") => exit(serve(Some(sandbox::lock_down(&Limits::JAVASCRIPT)))),
        Some("open") => exit(serve(None)),
        Some("locked-32-bit") => locked(crashes::call_of_the_32_bit_table),
        Some("locked-abort") => locked(|| std::process::abort()),
        Some("locked-panic") => locked(crashes::panic_and_abort),
        Some("locked-double-free") => locked(crashes::free_twice),
        Some("locked-segfault") => locked(crashes::write_nowhere),
        Some("locked-overflow") => locked(crashes::overflow),
        Some("loop") => locked(crashes::announce_and_loop),
        Some("host-of-a-worker") => exit(crashes::host_a_worker()),
        Some("victim") => exit(io::stdin().read_to_end(&mut Vec::new()).map(drop)),
        Some("names") => {
            exit(ATTACKS.iter().copied().flatten().try_for_each(|(name, _)| writeln!(io::stdout(), "{name}")))
        }
        _ => ExitCode::from(64),
    }
}

/// Crashes under the lock-down; none of these returns.
fn locked(crash: impl FnOnce()) -> ExitCode {
    let report = sandbox::lock_down(&Limits::JAVASCRIPT);
    crash();
    exit(answer(&report))
}

fn exit(served: io::Result<()>) -> ExitCode {
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(io::stderr(), "{error}"));
            ExitCode::FAILURE
        }
    }
}

/// Says what holds it, then performs one attack after another until the test closes the socket.
fn serve(sandbox: Option<SandboxReport>) -> io::Result<()> {
    let mut requests = FrameReader::new(attacks::Socket);
    answer(&sandbox)?;
    while let Some(body) = requests.next_body(CAP).map_err(io::Error::other)? {
        let request: Request = serde_json::from_slice(body)?;
        let attack = ATTACKS.iter().copied().flatten().find(|(name, _)| *name == request.attack);
        answer(&match attack.map(|(_, run)| run(&request.target)) {
            Some(Ok(())) => Answer::Done,
            Some(Err(error)) => Answer::Refused(error.raw_os_error().unwrap_or(0)),
            None => Answer::Unknown,
        })?;
    }
    Ok(())
}

fn answer<T: Serialize>(value: &T) -> io::Result<()> {
    let body = serde_json::to_vec(value)?;
    let length = u32::try_from(body.len()).map_err(io::Error::other)?;
    attacks::Socket.write_all(&[&length.to_le_bytes()[..], &body].concat())
}
