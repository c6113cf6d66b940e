//! What one command said, as one text that can be compared: the call, the status, both streams.

use std::fmt;
use std::path::Path;
use std::process::{Command, Output};

/// The whole of one run.
pub(crate) struct Transcript {
    call: String,
    status: Option<i32>,
    stdout: String,
    stderr: String,
    root: String,
}

impl Transcript {
    pub(super) fn new(root: &Path, command: &Command, output: &Output) -> Self {
        let arguments = command.get_args().map(|one| one.to_string_lossy().into_owned());
        Self {
            call: arguments.fold("wa".to_owned(), |call, argument| call + " " + &argument),
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
            root: root.to_string_lossy().into_owned(),
        }
    }

    /// The exit status; a signal is none.
    pub(crate) fn status(&self) -> Option<i32> {
        self.status
    }

    /// What went to stdout, as it was.
    pub(crate) fn stdout(&self) -> &str {
        &self.stdout
    }

    /// What went to stderr, as it was.
    pub(crate) fn stderr(&self) -> &str {
        &self.stderr
    }

    /// stdout as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error}):\n{self}"))
    }

    /// The command must have come to status 0.
    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        self.exits(0)
    }

    /// The command must have come to this status.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "\n{self}");
        self
    }

    /// What differs from run to run is named instead: the test's folder, digests, fingerprints, times.
    fn steady(&self, text: &str) -> String {
        let text = text.replace(&self.root, "[PLACE]");
        let text = replace_runs(&text, |letter| letter.is_ascii_hexdigit(), 40, "[DIGEST]");
        replace_fingerprints(&text)
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "$ {}", self.steady(&self.call))?;
        writeln!(f, "status: {}", self.status.map_or("signal".to_owned(), |status| status.to_string()))?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                writeln!(f, "--- {name}\n{}", self.steady(text).trim_end())?;
            }
        }
        Ok(())
    }
}

/// Replaces every run of at least `least` letters that `fits` by `name`.
fn replace_runs(text: &str, fits: impl Fn(char) -> bool, least: usize, name: &str) -> String {
    let (mut out, mut run) = (String::new(), String::new());
    for letter in text.chars().chain(['\0']) {
        if fits(letter) {
            run.push(letter);
            continue;
        }
        out.push_str(if run.len() >= least { name } else { &run });
        run.clear();
        out.push(letter);
    }
    out.pop();
    out
}

/// `wa:` and eight groups of four hexadecimal digits.
fn replace_fingerprints(text: &str) -> String {
    const GROUPS: usize = 8 * 4 + 7;
    let mut parts = text.split("wa:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_fingerprint = part.len() >= GROUPS
            && part.as_bytes()[..GROUPS].iter().enumerate().all(|(at, byte)| {
                if at % 5 == 4 { !byte.is_ascii_alphanumeric() } else { byte.is_ascii_hexdigit() }
            });
        if is_fingerprint {
            out.push_str("[FINGERPRINT]");
            out.push_str(&part[GROUPS..]);
        } else {
            out.push_str("wa:");
            out.push_str(part);
        }
    }
    out
}
