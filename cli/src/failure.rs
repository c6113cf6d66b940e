//! How a command fails: a status, what went wrong with its causes, and what to do next.

use std::error::Error;
use std::fmt;

use crate::status::Status;

/// The failure of a command. Commands build it where they know which words help the person who typed them.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: Status,
    pub(crate) message: String,
    pub(crate) causes: Vec<String>,
    pub(crate) hints: Vec<String>,
}

pub(crate) type Outcome<T = Status> = Result<T, Failure>;

impl Failure {
    /// It could not be tried (exit 2).
    pub(crate) fn could_not_run(message: impl fmt::Display) -> Self {
        Self::new(Status::CouldNotRun, message)
    }

    /// A rule says no (exit 1).
    pub(crate) fn no(message: impl fmt::Display) -> Self {
        Self::new(Status::No, message)
    }

    /// A confirmation is missing (exit 3).
    pub(crate) fn unconfirmed(message: impl fmt::Display) -> Self {
        Self::new(Status::Unconfirmed, message)
    }

    /// The other side did not agree (exit 4).
    pub(crate) fn not_agreed(message: impl fmt::Display) -> Self {
        Self::new(Status::NotAgreed, message)
    }

    fn new(status: Status, message: impl fmt::Display) -> Self {
        Self { status, message: message.to_string(), causes: Vec::new(), hints: Vec::new() }
    }

    /// The failure keeps `error` and all its sources as causes.
    pub(crate) fn because(mut self, error: &(dyn Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            let words = error.to_string();
            // Some errors repeat their source in their own words; saying it twice helps nobody.
            if self.causes.last().is_none_or(|last| !last.ends_with(&words)) {
                self.causes.push(words);
            }
            next = error.source();
        }
        self
    }

    /// What the person can do next.
    pub(crate) fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hints.push(hint.to_string());
        self
    }

    /// Nobody reads the output any more: the status of a command whose reader left early, as in `wa … | head`.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        self.status == Status::Done
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.causes.iter().try_for_each(|cause| write!(f, ": {cause}"))
    }
}

impl Error for Failure {}

impl From<std::io::Error> for Failure {
    /// For writes to the standard streams only; everything else says what it was doing.
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::new(Status::Done, "the reader of the output is gone");
        }
        Self::could_not_run("cannot write the output").because(&error)
    }
}

/// Turns a library's error into a failure that says what was tried.
pub(crate) trait While<T> {
    /// Exit 2, "cannot …".
    fn cannot(self, what: impl fmt::Display) -> Outcome<T>;
    /// Exit 1: the library's rule refused.
    fn refused(self, what: impl fmt::Display) -> Outcome<T>;
}

impl<T, E: Error + 'static> While<T> for Result<T, E> {
    fn cannot(self, what: impl fmt::Display) -> Outcome<T> {
        self.map_err(|error| Failure::could_not_run(format_args!("cannot {what}")).because(&error))
    }

    fn refused(self, what: impl fmt::Display) -> Outcome<T> {
        self.map_err(|error| Failure::no(format_args!("cannot {what}")).because(&error))
    }
}
