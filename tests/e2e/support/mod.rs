//! A place of its own for every test: home, project and environment, and what a command said there.

mod console;
mod dev;
pub(crate) mod events;
pub(crate) mod http;
mod plugins;
pub(crate) mod processes;
mod random;
pub(crate) mod registry;
mod running;
mod transcript;
mod verdaccio;
pub(crate) mod whatsapp;

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

pub(crate) use console::Console;
pub(crate) use events::Events;
pub(crate) use random::Random;
pub(crate) use running::Running;
pub(crate) use transcript::Transcript;
pub(crate) use verdaccio::Verdaccio;

/// How long anything may take before the test fails. Only a hang reaches it, also on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// A path in this repository.
pub(crate) fn repository(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(inside)
}

/// A temporary home with a working folder in it. Gone when dropped.
pub(crate) struct Place {
    root: TempDir,
}

impl Place {
    /// An empty home and working folder.
    pub(crate) fn empty() -> Self {
        let root = tempfile::Builder::new().prefix("wa-e2e-").tempdir().unwrap();
        fs::create_dir(root.path().join("work")).unwrap();
        Self { root }
    }

    /// A place whose working folder is a project.
    pub(crate) fn with_project() -> Self {
        let place = Self::empty();
        place.wa(["init"]).succeeds();
        place
    }

    /// The working folder.
    pub(crate) fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// A path in the working folder.
    pub(crate) fn path(&self, inside: impl AsRef<Path>) -> PathBuf {
        self.work().join(inside)
    }

    /// The user's configuration folder of wa.
    pub(crate) fn config(&self) -> PathBuf {
        self.root.path().join("home/.config/wa")
    }

    /// The user's folder of audit keys and checkpoints.
    pub(crate) fn audit_keys(&self) -> PathBuf {
        self.root.path().join("home/.local/share/wa/audit")
    }

    /// Writes a file in the working folder, with the folders that it needs.
    pub(crate) fn write(&self, inside: &str, text: impl AsRef<[u8]>) {
        let file = self.path(inside);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Copies a folder of this repository into the working folder.
    pub(crate) fn copy(&self, from: &Path, to: &str) {
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let inside = format!("{to}/{}", path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                self.copy(&path, &inside);
            } else {
                self.write(&inside, fs::read(&path).unwrap());
            }
        }
    }

    /// The text of a file in the working folder.
    pub(crate) fn read(&self, inside: &str) -> String {
        fs::read_to_string(self.path(inside)).unwrap_or_else(|error| panic!("{inside}: {error}"))
    }

    /// Replaces `from`, which must be there, in a file of the working folder.
    pub(crate) fn edit(&self, inside: &str, from: &str, to: &str) {
        let text = self.read(inside);
        assert!(text.contains(from), "{inside} does not hold {from:?}:\n{text}");
        self.write(inside, text.replacen(from, to, 1));
    }

    /// `wa` in this place, not started yet.
    pub(crate) fn command<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, arguments: I) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wa"));
        command
            .args(arguments)
            .current_dir(self.work())
            .env_clear()
            .env("HOME", self.root.path().join("home"))
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null());
        command
    }

    /// Runs `wa` with nothing to read.
    #[must_use = "look at what the command said, or call `succeeds`"]
    pub(crate) fn wa<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, arguments: I) -> Transcript {
        self.run(self.command(arguments))
    }

    /// Runs a command of this place to its end.
    #[must_use = "look at what the command said, or call `succeeds`"]
    pub(crate) fn run(&self, mut command: Command) -> Transcript {
        let output = command.output().unwrap();
        self.transcript(&command, &output)
    }

    /// The paths in a package, as `tar` lists them.
    pub(crate) fn read_package(&self, inside: &str) -> Vec<String> {
        let listed = Command::new("tar").arg("-tzf").arg(self.path(inside)).output().unwrap();
        assert!(listed.status.success());
        String::from_utf8(listed.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    /// The operator's home folder.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// Runs `wa` with `input` on its standard input, which is a pipe and no terminal.
    #[must_use = "look at what the command said, or call `succeeds`"]
    pub(crate) fn wa_reading<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(
        &self,
        arguments: I,
        input: &str,
    ) -> Transcript {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        self.transcript(&command, &output)
    }

    fn transcript(&self, command: &Command, output: &Output) -> Transcript {
        Transcript::new(self.root.path(), command, output)
    }
}
