//! The life of a worker: lock down, load, serve, end.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::FromRawFd;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;

use runtime_protocol::{
    Enforcement, FrameError, FrameReader, MAX_FRAME, MAX_START_FRAME, Ready, SandboxReport, Start,
    StartFailed, ToHost, ToWorker, VERSION,
};

use crate::engine::{self, Engine, Turn};
use crate::outbox::{Outbox, TooLarge};
use crate::sandbox::{self, Limits};

/// Runs this process as a worker; its socket to the host is descriptor 0.
///
/// To be called at the start of a process that has one thread and an empty environment. The exit code is 0
/// when the host ended it (a `stop` frame, or the end of the stream), 1 when the program was not loaded, 2
/// when the plugin's code did not end and the engine could not go on, 3 when the stream failed; the reason is
/// on stderr, which the host keeps as the plugin's last words.
pub fn run() -> ExitCode {
    let sandbox = sandbox::lock_down(&Limits::JAVASCRIPT);
    let socket = socket();
    let reader = FrameReader::new(Arc::clone(&socket));
    match load_and_serve(sandbox, reader, &Rc::new(Outbox::new(socket))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(last_words(&error)),
    }
}

/// Ends the process while plugin code is on the stack: there is no way back through it.
#[expect(clippy::exit, reason = "returning would continue the code that cannot be stopped")]
fn end_inside_plugin(outbox: &Outbox) {
    // Nothing can be done about a host that is gone.
    drop(outbox.flush());
    std::process::exit(last_words(&WorkerError::Runaway).into());
}

/// Says why the worker ends; the exit code.
fn last_words(error: &WorkerError) -> u8 {
    // Nobody is left to tell where stderr is closed too.
    drop(writeln!(io::stderr(), "{error}"));
    error.exit_code()
}

/// Reading and writing share one descriptor: a second one could not be made under the lock-down.
#[expect(unsafe_code, reason = "the one place that takes the socket from the host")]
fn socket() -> Arc<File> {
    // SAFETY: the host gave descriptor 0 to this process for its socket, and nothing else here uses it.
    Arc::new(unsafe { File::from_raw_fd(0) })
}

type Reader = FrameReader<Arc<File>>;

fn load_and_serve(
    sandbox: SandboxReport,
    mut reader: Reader,
    outbox: &Rc<Outbox>,
) -> Result<(), WorkerError> {
    let Some(first) = reader.next_frame(MAX_START_FRAME)? else { return Ok(()) };
    let ToWorker::Start(start) = first else { return Err(WorkerError::NoStart) };
    reader.shrink();
    if let Err(message) = may_start(&start, &sandbox) {
        return refuse(outbox, sandbox, message);
    }
    engine::with_engine(start, Rc::clone(outbox), end_inside_plugin, |loaded| match loaded {
        Ok(engine) => {
            let ready = Ready { v: VERSION, sandbox, handlers: engine.handlers() };
            send(outbox, &ToHost::Ready(Box::new(ready)))?;
            serve(&engine, &mut reader, outbox)
        }
        Err(error) => refuse(outbox, sandbox, error.to_string()),
    })
}

/// The last look before foreign code: the same protocol, and a sandbox that is whole enough for the host's
/// policy.
fn may_start(start: &Start, sandbox: &SandboxReport) -> Result<(), String> {
    if start.v != VERSION {
        return Err(format!(
            "the host speaks version {} of the protocol, this worker version {VERSION}",
            start.v
        ));
    }
    let missing: Vec<String> =
        sandbox.missing().into_iter().map(|(name, part)| format!("{name}: {}", part.detail)).collect();
    if start.sandbox == Enforcement::Required && !missing.is_empty() {
        return Err(format!("the sandbox is not whole: {}", missing.join("; ")));
    }
    Ok(())
}

fn refuse(outbox: &Outbox, sandbox: SandboxReport, message: String) -> Result<(), WorkerError> {
    send(outbox, &ToHost::Failed(Box::new(StartFailed { message: message.clone(), sandbox })))?;
    Err(WorkerError::NotLoaded(message))
}

fn send(outbox: &Outbox, frame: &ToHost) -> Result<(), WorkerError> {
    outbox.push(frame)?;
    Ok(outbox.flush()?)
}

/// Serves until the host ends it. What a turn wrote goes out before the worker waits for the next frame.
fn serve(engine: &Engine<'_>, reader: &mut Reader, outbox: &Outbox) -> Result<(), WorkerError> {
    loop {
        if !reader.has_frame() {
            outbox.flush()?;
        }
        let turn = match reader.next_frame(MAX_FRAME)? {
            Some(ToWorker::Call(call)) => engine.call(call),
            Some(ToWorker::Answer(reply)) => engine.answer(reply),
            Some(ToWorker::Stop) | None => return Ok(outbox.flush()?),
            Some(ToWorker::Start(_)) => return Err(WorkerError::SecondStart),
        };
        if turn == Turn::Runaway {
            engine.abort();
            outbox.flush()?;
            return Err(WorkerError::Runaway);
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum WorkerError {
    #[error("the program was not loaded: {0}")]
    NotLoaded(String),
    #[error("the plugin's code did not end")]
    Runaway,
    #[error("frame stream to the host failed: {0}")]
    Stream(#[from] FrameError),
    #[error("a frame to the host has {0}")]
    TooLarge(#[from] TooLarge),
    #[error("the host did not begin with a start frame")]
    NoStart,
    #[error("the host sent a second start frame")]
    SecondStart,
}

impl WorkerError {
    fn exit_code(&self) -> u8 {
        match self {
            Self::NotLoaded(_) => 1,
            Self::Runaway => 2,
            Self::Stream(_) | Self::TooLarge(_) | Self::NoStart | Self::SecondStart => 3,
        }
    }
}
