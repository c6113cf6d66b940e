//! Plays the host: starts a worker, sends it frames, reads its frames.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use runtime_protocol::{
    Call, CallKind, Enforcement, Failure, FrameError, FrameReader, HostCall, Limits, Log, MAX_FRAME, Module,
    Outcome, PluginRef, Program, Ready, Reply, Start, StartFailed, ToHost, ToWorker, VERSION, encode,
};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// Processor time for calls that are to succeed; far more than any needs.
pub(crate) const PLENTY: u64 = 5_000;

/// Processor time for calls that are to fail by it.
pub(crate) const LITTLE: u64 = 50;

/// A test that waits longer than this for a frame fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A child process with the other end of its socket.
pub(crate) struct Process {
    child: Child,
    pub(crate) socket: UnixStream,
}

impl Process {
    /// Starts the test binary in one of its modes, as the host starts a worker.
    pub(crate) fn spawn(mode: &str) -> Self {
        Self::spawn_with(mode, &[])
    }

    /// The same with variables in its environment, where a host leaves none.
    pub(crate) fn spawn_with(mode: &str, variables: &[(&str, &str)]) -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_read_timeout(Some(PATIENCE)).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_hostile-worker"))
            .arg(mode)
            .env_clear()
            .envs(variables.iter().copied())
            .current_dir("/")
            .stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { child, socket: ours }
    }

    pub(crate) fn id(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap()
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// Waits for its end: the exit code (`None` for a signal) and what it wrote to stderr.
    pub(crate) fn wait(&mut self) -> (Option<i32>, String) {
        let mut words = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut words).unwrap();
        (self.child.wait().unwrap().code(), words)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended on its own.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A worker with a loaded plugin.
pub(crate) struct Worker {
    pub(crate) process: Process,
    frames: FrameReader<UnixStream>,
    next: u64,
    /// Log lines that came while something else was awaited.
    pub(crate) logs: Vec<Log>,
    pub(crate) ready: Ready,
}

/// A start frame for one module.
pub(crate) fn program(code: &str) -> Start {
    modules(&[("main.js", code)])
}

/// A start frame for several modules; the first is the entry.
pub(crate) fn modules(files: &[(&str, &str)]) -> Start {
    Start {
        v: VERSION,
        plugin: PluginRef { id: "test".into(), version: "1.2.3".into() },
        program: Program::Js {
            modules: files
                .iter()
                .map(|(path, code)| Module { path: (*path).into(), code: (*code).into() })
                .collect(),
            entry: files[0].0.into(),
        },
        config: raw(r#"{"url":"https://example.org","nested":{"list":[1,2]}}"#),
        limits: Limits::default(),
        sandbox: Enforcement::Required,
        now: None,
    }
}

pub(crate) fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

pub(crate) fn value(outcome: Outcome) -> Value {
    serde_json::from_str(outcome.unwrap_or_else(|failure| panic!("the call failed: {failure:?}")).get())
        .unwrap()
}

pub(crate) fn failure(outcome: Outcome) -> Failure {
    match outcome {
        Ok(value) => panic!("the call succeeded with {value}"),
        Err(failure) => failure,
    }
}

impl Worker {
    /// A worker that has loaded a plugin with these tools, written as the inside of an object.
    pub(crate) fn with_tools(tools: &str) -> Self {
        Self::start(program(&format!(
            "import {{ definePlugin, block }} from 'wa';\nexport default definePlugin({{ tools: {{ {tools} }} }});"
        )))
    }

    pub(crate) fn start(start: Start) -> Self {
        match Self::try_start(start) {
            Ok(worker) => worker,
            Err(refusal) => panic!("not loaded: {}", refusal.0.message),
        }
    }

    /// A worker, or why it did not load and the process that is about to end.
    pub(crate) fn try_start(start: Start) -> Result<Self, Box<(StartFailed, Process)>> {
        Self::start_in(Process::spawn("worker"), start)
    }

    /// The same in a process that was spawned already.
    pub(crate) fn start_in(mut process: Process, start: Start) -> Result<Self, Box<(StartFailed, Process)>> {
        send(&mut process.socket, &ToWorker::Start(start));
        let mut frames = FrameReader::new(process.socket.try_clone().unwrap());
        let mut logs = Vec::new();
        loop {
            match frames
                .next_frame(MAX_FRAME)
                .unwrap()
                .unwrap_or_else(|| panic!("ended: {:?}", process.wait()))
            {
                ToHost::Ready(ready) => return Ok(Self { process, frames, next: 1, logs, ready: *ready }),
                ToHost::Failed(failed) => return Err(Box::new((*failed, process))),
                ToHost::Log(log) => logs.push(log),
                frame => panic!("unexpected {frame:?}"),
            }
        }
    }

    pub(crate) fn send(&mut self, frame: &ToWorker) {
        send(&mut self.process.socket, frame);
    }

    /// Starts a call and gives its id.
    pub(crate) fn begin(&mut self, kind: CallKind, name: &str, payload: &Value, budget_ms: u64) -> u64 {
        let id = self.next;
        self.next += 1;
        let payload = to_raw_value(payload).unwrap();
        self.send(&ToWorker::Call(Call {
            id,
            kind,
            name: name.into(),
            budget_ms,
            per_turn: false,
            now: None,
            payload,
        }));
        id
    }

    /// The next frame that is no log line; `None` at the end of the stream.
    pub(crate) fn next(&mut self) -> Option<ToHost> {
        loop {
            match self.frames.next_frame(MAX_FRAME) {
                Ok(Some(ToHost::Log(log))) => self.logs.push(log),
                Ok(frame) => return frame,
                // A worker that ends with frames unread.
                Err(FrameError::Io(error)) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("{error:?}"),
            }
        }
    }

    /// Whether the socket's read timeout passes without a frame.
    pub(crate) fn is_silent(&mut self) -> bool {
        matches!(self.frames.next_body(MAX_FRAME), Err(FrameError::Io(error)) if error.kind() == ErrorKind::WouldBlock)
    }

    /// The next frame, which has to be the result of `id`.
    pub(crate) fn result(&mut self, id: u64) -> Outcome {
        match self.next() {
            Some(ToHost::Result(reply)) => {
                assert_eq!(reply.id, id, "{reply:?}");
                reply.outcome
            }
            Some(frame) => panic!("unexpected {frame:?}"),
            None => panic!("the worker ended: {:?}", self.process.wait()),
        }
    }

    /// The next frame, which has to be a host call.
    pub(crate) fn host_call(&mut self) -> HostCall {
        match self.next() {
            Some(ToHost::Host(call)) => call,
            frame => panic!("unexpected {frame:?}"),
        }
    }

    pub(crate) fn answer(&mut self, id: u64, outcome: Outcome) {
        self.send(&ToWorker::Answer(Reply { id, outcome }));
    }

    /// The same to a worker that may have ended; whether the answer went out.
    pub(crate) fn try_answer(&mut self, id: u64, outcome: Outcome) -> bool {
        try_send(&mut self.process.socket, &ToWorker::Answer(Reply { id, outcome })).is_ok()
    }

    pub(crate) fn run(&mut self, kind: CallKind, name: &str, payload: &Value) -> Outcome {
        let id = self.begin(kind, name, payload, PLENTY);
        self.result(id)
    }

    pub(crate) fn tool(&mut self, name: &str, input: &Value) -> Outcome {
        self.run(CallKind::Tool, name, input)
    }

    /// Calls a tool that has to fail by its budget.
    pub(crate) fn slow_tool(&mut self, name: &str) -> Failure {
        let id = self.begin(CallKind::Tool, name, &Value::Null, LITTLE);
        failure(self.result(id))
    }
}

fn send(socket: &mut UnixStream, frame: &ToWorker) {
    try_send(socket, frame).unwrap();
}

fn try_send(socket: &mut UnixStream, frame: &ToWorker) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    encode(frame, &mut bytes).unwrap();
    socket.write_all(&bytes)
}
