//! Compiling a component: its bytes come over the socket, the compiled code goes back.
//!
//! [`MAX_COMPONENT`] says how. The compiler reads foreign bytes, so it is locked down like everything else that does.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};

use runtime_protocol::{Enforcement, FrameError, MAX_COMPONENT};

use crate::link::socket;
use crate::sandbox::{self, Limits};
use crate::worker::WorkerError;

/// What compiled code must agree on with the engine that runs it, as a word: another binary or another processor has
/// another.
///
/// # Errors
/// Where the engine does not run on this machine.
pub fn engine_fingerprint() -> Result<String, String> {
    let engine = super::engine().map_err(|error| format!("{error:#}"))?;
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

/// Compiles one component and ends.
pub(crate) fn compile(enforcement: Enforcement) -> Result<(), WorkerError> {
    let engine = super::engine();
    let sandbox = sandbox::lock_down(&Limits::COMPILER);
    let socket = socket();
    let bytes = receive(&*socket).map_err(FrameError::Io)?;
    let result = match sandbox.refusal(enforcement, &[]) {
        Some(why) => Err(why),
        None => engine
            .and_then(|engine| engine.precompile_component(&bytes))
            .map_err(|error| format!("{error:#}")),
    };
    let (status, body) = match &result {
        Ok(code) => (0, code.as_slice()),
        Err(why) => (1, why.as_bytes()),
    };
    let mut out = &*socket;
    out.write_all(&[status]).and_then(|()| out.write_all(body)).map_err(FrameError::Io)?;
    result.map(drop).map_err(WorkerError::NotLoaded)
}

fn receive(mut stream: impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_COMPONENT {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}
