//! A worker that behaves as badly as its plugin's id says; `desk` is well behaved.

use runtime_protocol::{
    Call, FrameReader, Handlers, Log, LogLevel, MAX_START_FRAME, Part, Ready, Reply, SandboxReport, Start,
    ToHost, ToWorker, VERSION, encode,
};
use serde_json::value::RawValue;
use std::{
    fs::File,
    io::{Read as _, Write as _},
    os::fd::{FromRawFd as _, OwnedFd},
    process::ExitCode,
};

/// The name that this binary must be started under to become a fake worker.
pub(crate) const NAME: &str = "fake-worker";

pub(crate) fn run() -> ExitCode {
    let socket = socket();
    let mut frames = FrameReader::new(socket.try_clone().unwrap());
    let mut worker = Fake { socket };
    while let Ok(Some(frame)) = frames.next_frame::<ToWorker>(MAX_START_FRAME) {
        match frame {
            ToWorker::Start(start) => worker.start(&start),
            ToWorker::Call(call) => worker.call(&call),
            ToWorker::Answer(_) | ToWorker::Launch(_) => {}
            ToWorker::Stop => break,
        }
    }
    ExitCode::SUCCESS
}

#[expect(unsafe_code, reason = "the socket is inherited as descriptor 0")]
fn socket() -> File {
    // SAFETY: the host gives the socket as descriptor 0, and nothing else in this process uses it.
    File::from(unsafe { OwnedFd::from_raw_fd(0) })
}

struct Fake {
    socket: File,
}

impl Fake {
    fn start(&mut self, start: &Start) {
        match start.plugin.id.as_str() {
            "silent" => {}
            "dies-early" => {
                eprintln!("last words of dies-early");
                std::process::exit(7);
            }
            "garbage" => self.bytes(b"\x05\x00\x00\x00hello"),
            "oversized" => self.bytes(&[0xff; 8]),
            "half" => {
                self.ready(start);
                self.bytes(&[100, 0, 0, 0, b'{']);
            }
            "twice" => {
                self.ready(start);
                self.ready(start);
            }
            "uninvited" => {
                self.ready(start);
                self.send(&ToHost::Result(Reply { id: 999, outcome: Ok(RawValue::NULL.to_owned()) }));
            }
            "flooder" => {
                self.ready(start);
                let (level, fields) = (LogLevel::Info, RawValue::NULL.to_owned());
                let mut line = Vec::new();
                encode(&ToHost::Log(Log { level, message: "noise".into(), fields }), &mut line).unwrap();
                let noise = line.repeat(1000);
                while self.socket.write_all(&noise).is_ok() {}
            }
            "chatty" => {
                self.ready(start);
                let noise = [b'x'; 1 << 16];
                while std::io::stderr().write_all(&noise).is_ok() {}
            }
            _ => self.ready(start),
        }
    }

    /// Answers an agent's turn; as `deaf`, reads on and answers nothing; as `crash`, ends.
    fn call(&mut self, call: &Call) {
        let text = call.payload.get();
        if text.contains("crash") {
            eprintln!("about to crash");
            std::process::abort();
        }
        if text.contains("deaf") {
            let mut nothing = [0; 64];
            while self.socket.read(&mut nothing).is_ok_and(|count| count > 0) {}
            return;
        }
        let answer = RawValue::from_string(r#"{"text":"here"}"#.to_owned()).unwrap();
        self.send(&ToHost::Result(Reply { id: call.id, outcome: Ok(answer) }));
    }

    /// Says that it has whatever the plugins of the tests declare.
    fn ready(&mut self, _start: &Start) {
        let none = || Part::missing("this is a test");
        let sandbox = SandboxReport {
            parent_death_signal: none(),
            not_dumpable: none(),
            descriptors: none(),
            environment: none(),
            own_user: none(),
            no_new_privileges: none(),
            landlock: none(),
            resource_limits: none(),
            system_calls: none(),
        };
        let tools = std::iter::once("poke".to_owned()).collect();
        let handlers = Handlers { agent: true, tools, ..Handlers::default() };
        self.send(&ToHost::Ready(Box::new(Ready { v: VERSION, sandbox: Some(sandbox), handlers })));
    }

    fn send(&mut self, frame: &ToHost) {
        let mut bytes = Vec::new();
        encode(frame, &mut bytes).unwrap();
        self.bytes(&bytes);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let _ = self.socket.write_all(bytes);
    }
}
