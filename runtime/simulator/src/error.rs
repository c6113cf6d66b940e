use std::fmt::Debug;
use std::io;
use thiserror::Error;

/// Why the simulator could not do something.
#[derive(Debug, Error)]
pub enum SimulatorError {
    /// It could not listen, or a connection broke.
    #[error("the connection broke")]
    Io(#[from] io::Error),
    /// There is nobody, or nothing, of this name.
    #[error("there is no {what} `{name}`")]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// By which name.
        name: String,
    },
    /// A client said what WhatsApp would not understand.
    #[error("the client broke the protocol: {0}")]
    Protocol(String),
}

pub(crate) type Result<T> = std::result::Result<T, SimulatorError>;

pub(crate) fn unknown(what: &'static str, name: &str) -> SimulatorError {
    SimulatorError::Unknown { what, name: name.to_owned() }
}

/// For errors of the protocol's parts, which say no more than that it did not work.
pub(crate) fn broken<E: Debug>(what: &'static str) -> impl FnOnce(E) -> SimulatorError {
    move |error| SimulatorError::Protocol(format!("{what}: {error:?}"))
}

pub(crate) fn missing(what: &'static str) -> SimulatorError {
    SimulatorError::Protocol(format!("{what} is missing"))
}
