//! The launcher of a plugin that is a command: it is told what to become, locks itself down, and becomes it.
//!
//! What follows the lock-down is foreign code with the same socket. The host believes what the launcher says, since none has
//! run by then, and nothing after it.

#[cfg(target_os = "linux")]
mod filter;
#[cfg(target_os = "linux")]
mod lock_down;
#[cfg(target_os = "linux")]
mod own_root;
#[cfg(target_os = "linux")]
mod readable;
#[cfg(target_os = "linux")]
mod rules;

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(not(target_os = "linux"))]
use elsewhere as lock_down;

use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;

use runtime_protocol::{
    FrameReader, Launch, Launched, MAX_FRAME, StartFailed, ToHost, ToWorker, VERSION, encode,
};

use crate::link;
use crate::worker::WorkerError;

/// Reads what to become, and becomes it. Returns only where that is not possible.
pub(crate) fn run() -> Result<(), WorkerError> {
    let mut socket = link::socket();
    // The host says one thing and waits, so nothing meant for the command is read along.
    let mut frames = FrameReader::new(Arc::clone(&socket));
    let launch = match frames.next_frame(MAX_FRAME)? {
        Some(ToWorker::Launch(launch)) => launch,
        Some(_) => return Err(WorkerError::NoLaunch),
        None => return Ok(()),
    };
    if launch.v != VERSION {
        let message =
            format!("the host speaks version {} of the protocol, this launcher {VERSION}", launch.v);
        return refuse(&mut socket, message);
    }
    let sandbox = lock_down::lock_down(&launch);
    // Without Landlock a command would read whatever its user may.
    if let Some(why) = sandbox.refusal(launch.sandbox, &["landlock"]) {
        return refuse(&mut socket, why);
    }
    send(&mut socket, &ToHost::Launched(Box::new(Launched { sandbox })))?;
    let error = become_command(&launch);
    let Launch { program, package, .. } = *launch;
    let mut message = format!("`{program}` cannot be executed: {error}");
    if error.kind() == std::io::ErrorKind::PermissionDenied {
        message.push_str(&format!("; it and {package} must be where a user of its own can reach them"));
    }
    refuse(&mut socket, message)
}

/// Returns only where it failed.
fn become_command(launch: &Launch) -> std::io::Error {
    Command::new(&launch.program).args(&launch.arguments).env_clear().current_dir(&launch.package).exec()
}

fn refuse(socket: &mut Arc<File>, message: String) -> Result<(), WorkerError> {
    send(socket, &ToHost::Failed(Box::new(StartFailed { message: message.clone(), sandbox: None })))?;
    Err(WorkerError::NotLoaded(message))
}

fn send(socket: &mut Arc<File>, frame: &ToHost) -> Result<(), WorkerError> {
    let mut bytes = Vec::new();
    encode(frame, &mut bytes)?;
    Ok(socket.write_all(&bytes).map_err(runtime_protocol::FrameError::from)?)
}
