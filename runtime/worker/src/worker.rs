//! The life of a worker: lock down, load, serve, end.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::rc::Rc;

use runtime_protocol::FrameError;

use crate::engine;
use crate::link::Link;
use crate::outbox::{Outbox, TooLarge};
use crate::process;
use crate::sandbox::{self, Limits};
#[cfg(feature = "wasm")]
use crate::wasm;

/// What a worker process is for, as the arguments after the hidden subcommand say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// A plugin in the JavaScript engine; no argument.
    JavaScript,
    /// A plugin that is a component; `wasm` and the file with its compiled form, which the host made and checked.
    #[cfg(feature = "wasm")]
    Component(std::path::PathBuf),
    /// Compiles a component; `compile` and a word of [`Enforcement`](runtime_protocol::Enforcement).
    #[cfg(feature = "wasm")]
    Compiler(runtime_protocol::Enforcement),
    /// What becomes the command of a plugin: `process`.
    Process,
}

impl Role {
    /// Reads the arguments; `None` where they are none of the host's.
    pub fn of(arguments: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let mut arguments = arguments.into_iter();
        let word = arguments.next();
        let role = match word.as_ref().map(|word| word.to_str()) {
            None => Self::JavaScript,
            #[cfg(feature = "wasm")]
            Some(Some("wasm")) => Self::Component(arguments.next()?.into()),
            #[cfg(feature = "wasm")]
            Some(Some("compile")) => {
                Self::Compiler(runtime_protocol::Enforcement::of(arguments.next()?.to_str()?)?)
            }
            Some(Some("process")) => Self::Process,
            Some(_) => return None,
        };
        arguments.next().is_none().then_some(role)
    }
}

/// Runs this process as a worker; its socket to the host is descriptor 0.
///
/// To be called at the start of a process that has one thread and an empty environment. The exit code is 0
/// when the host ended it (a `stop` frame, or the end of the stream), 1 when the program was not loaded, 2
/// when the plugin's code did not end and the engine could not go on, 3 when the stream failed; the reason is
/// on stderr, which the host keeps as the plugin's last words.
pub fn run(role: Role) -> ExitCode {
    let result = match role {
        Role::JavaScript => javascript(),
        #[cfg(feature = "wasm")]
        Role::Component(compiled) => wasm::serve(&compiled),
        #[cfg(feature = "wasm")]
        Role::Compiler(enforcement) => wasm::compile(enforcement),
        Role::Process => process::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(last_words(&error)),
    }
}

fn javascript() -> Result<(), WorkerError> {
    let sandbox = sandbox::lock_down(&Limits::JAVASCRIPT);
    let Some((start, link)) = Link::greet(sandbox)? else { return Ok(()) };
    engine::with_engine(start, link.outbox(), end_inside_plugin, |loaded| match loaded {
        Ok(engine) => link.serve(&engine),
        Err(error) => link.refuse(error.to_string()),
    })
}

/// Ends the process while plugin code is on the stack: there is no way back through it.
#[expect(clippy::exit, reason = "returning would continue the code that cannot be stopped")]
fn end_inside_plugin(outbox: &Rc<Outbox>) {
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

/// Why a worker ended by itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkerError {
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
    #[error("the host did not begin with a launch frame")]
    NoLaunch,
    #[error("the host sent a second start frame")]
    SecondStart,
}

impl WorkerError {
    fn exit_code(&self) -> u8 {
        match self {
            Self::NotLoaded(_) => 1,
            Self::Runaway => 2,
            Self::Stream(_) | Self::TooLarge(_) | Self::NoStart | Self::NoLaunch | Self::SecondStart => 3,
        }
    }
}
