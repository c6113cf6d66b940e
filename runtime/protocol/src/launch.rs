//! How the process of a command begins: the launcher is told what to lock itself into, says what holds it, and
//! becomes the command.

use serde::{Deserialize, Serialize};

use crate::sandbox::{Enforcement, SandboxReport};

/// What the launcher does before it becomes the command. All paths are absolute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Launch {
    /// [`VERSION`](crate::VERSION).
    pub v: u32,
    /// The program, without a link in its path.
    pub program: String,
    /// What it is called with, after its own name.
    pub arguments: Vec<String>,
    /// The package: to read and to execute, and the working directory.
    pub package: String,
    /// An empty directory on which a root of its own can be made.
    pub root: String,
    /// The plugin's own files, to read and to write; absent where it may have none.
    pub data: Option<String>,
    /// Where the program's libraries are, besides the system's.
    pub libraries: Vec<String>,
    /// The user that root gives it.
    pub user: u32,
    /// Bytes of memory (`RLIMIT_DATA`).
    pub memory: u64,
    /// Bytes of the largest file that it may write.
    pub file_size: u64,
    /// Whether to run at all where the sandbox is not whole. Without Landlock it never runs.
    pub sandbox: Enforcement,
}

/// The launcher is locked down and becomes the command now. The last frame of a process plugin that is believed: no foreign code
/// runs before it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Launched {
    /// What holds the process.
    pub sandbox: SandboxReport,
}

/// The first frame of a command. It chooses the framing: the host answers in the one that it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// [`VERSION`](crate::VERSION).
    pub v: u32,
}
