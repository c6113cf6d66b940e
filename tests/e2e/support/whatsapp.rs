//! A WhatsApp server and phones: `wa simulator`, driven by its commands.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::Place;
use super::events::Events;

/// The account's number, and the contact's.
pub(crate) const OWN: &str = "573000000001";
pub(crate) const ANA: &str = "573000000002";

/// A running simulator. Killed when it is dropped.
pub(crate) struct Simulator {
    child: Child,
    events: Events,
    /// As `--simulator` takes it.
    pub(crate) address: String,
}

impl Simulator {
    /// Starts one, with a linked device in each of these session directories.
    #[track_caller]
    pub(crate) fn start(place: &Place, sessions: &[&str]) -> Self {
        let mut command = place.command(["simulator"]);
        for session in sessions {
            command.args(["--session", session]);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut events = Events::of(child.stdout.take().unwrap());
        let address = events.named("ready")["address"].as_str().unwrap().to_owned();
        Self { child, events, address }
    }

    /// Gives a command; what came of it.
    #[track_caller]
    pub(crate) fn command(&mut self, command: &Value) -> Value {
        writeln!(self.child.stdin.as_mut().unwrap(), "{command}").unwrap();
        let answer = self.events.next(|event| event["event"] == "done" || event["event"] == "failed");
        assert_eq!(answer["event"], "done", "{command}: {answer}");
        answer
    }

    /// The contact writes to the account; the message's id.
    #[track_caller]
    pub(crate) fn write(&mut self, text: &str) -> String {
        let done = self.command(&json!({ "do": "write", "from": ANA, "to": OWN, "text": text }));
        done["id"].as_str().unwrap().to_owned()
    }

    /// The next message that somebody gets.
    #[track_caller]
    pub(crate) fn heard(&mut self) -> Value {
        self.events.named("heard")
    }

    /// The next word on who writes where: `composing` or `paused`.
    #[track_caller]
    pub(crate) fn typing(&mut self) -> String {
        self.events.named("typing")["state"].as_str().unwrap().to_owned()
    }

    /// The same; `None` where none comes.
    pub(crate) fn next_heard(&mut self) -> Option<Value> {
        self.events.find(|event| event["event"] == "heard")
    }

    /// How many messages came so far that nobody has waited for.
    pub(crate) fn unheard(&mut self) -> usize {
        self.events.come().iter().filter(|event| event["event"] == "heard").count()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The `wa` that can pair with a simulator, built when the first test wants it: one build cannot have both.
pub(crate) fn simulated_pairing() -> PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        const NAME: &str = "wa-simulated-pairing";
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--locked", "--package", "wa", "--bin", NAME, "--features"]);
        cargo.arg("simulated-pairing").current_dir(env!("CARGO_MANIFEST_DIR"));
        // What cargo says of the package to its tests; dependencies that look at it would be built anew.
        let about = |name: &OsString| name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| about(name)) {
            cargo.env_remove(name);
        }
        cargo.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH");
        assert!(cargo.status().unwrap().success(), "{NAME} could not be built");
        PathBuf::from(env!("CARGO_BIN_EXE_wa")).with_file_name(NAME)
    };
    BINARY.get_or_init(build).clone()
}
