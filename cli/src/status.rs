//! The exit codes of every command. They are an interface: scripts branch on them.

use std::process::ExitCode;

/// What a command's run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// 0: done, and the answer is yes.
    Done,
    /// 1: the answer is no: findings, or a rule refused the act.
    No,
    /// 2: it could not be tried: usage, I/O, network.
    CouldNotRun,
    /// 3: it needs a confirmation that nobody gave.
    Unconfirmed,
    /// 4: the other side, such as a phone, did not agree, or not in time.
    NotAgreed,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Done => 0,
            Status::No => 1,
            Status::CouldNotRun => 2,
            Status::Unconfirmed => 3,
            Status::NotAgreed => 4,
        })
    }
}

/// The text of `wa help exit-codes`.
pub(crate) const HELP: &str = "\
Exit codes of every wa command:

  0  done
  1  the answer is no: there are findings, or a rule refused what was asked
  2  it could not run: wrong usage, a file, the network
  3  it needs a confirmation that nobody gave; nothing was changed
  4  pairing: nobody agreed in time, or the other side refused
";
