//! A host that a test has started with `wa run --json`: its events, its addresses, its end.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::console::Console;
use super::http::{self, Answer};
use super::{LIMIT, Place};

/// A running host. Killed when it is dropped.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    /// Events that have come and that nobody has waited for.
    seen: Vec<Value>,
    /// Lines of stderr, and those that were taken.
    words: Receiver<String>,
    said: String,
    /// The `ready` event.
    ready: Value,
    token: String,
}

impl Running {
    /// Starts a host on the place's project, and waits until it is ready.
    #[track_caller]
    pub(crate) fn start(place: &Place) -> Self {
        Self::try_start(place).unwrap_or_else(|stderr| panic!("the host did not become ready:\n{stderr}"))
    }

    /// Starts a host; what it said on stderr where it has ended before it was ready.
    pub(crate) fn try_start(place: &Place) -> Result<Self, String> {
        let mut command = place.command(["run", "--json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (lines, words) =
            (read_lines(child.stdout.take().unwrap()), read_lines(child.stderr.take().unwrap()));
        let mut host = Self {
            child,
            lines,
            seen: Vec::new(),
            words,
            said: String::new(),
            ready: Value::Null,
            token: String::new(),
        };
        match host.find(|event| event["event"] == "ready") {
            Some(ready) => host.ready = ready,
            None => return Err(host.end().1),
        }
        let record: Value = serde_json::from_str(&place.read(".wa/run/host.json")).unwrap();
        host.token = record["token"].as_str().unwrap().to_owned();
        Ok(host)
    }

    /// The process id of the host.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The gateway's address, as `127.0.0.1:40123`.
    pub(crate) fn gateway(&self) -> &str {
        self.ready["gateway"].as_str().unwrap().strip_prefix("http://").unwrap()
    }

    /// How many plugins take part.
    pub(crate) fn plugins(&self) -> u64 {
        self.ready["plugins"].as_u64().unwrap()
    }

    /// The console channel's address.
    pub(crate) fn console_address(&self) -> &str {
        self.ready["console"].as_str().unwrap()
    }

    /// The token of the gateway and the console channel.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// A client of the console channel for all chats.
    #[track_caller]
    pub(crate) fn console(&self) -> Console {
        Console::attach(self.console_address(), &self.token, &[]).unwrap()
    }

    /// Takes the first event not taken yet that fits, waiting for it where it has not come.
    #[track_caller]
    pub(crate) fn event(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        let found = self.find(fits);
        found.unwrap_or_else(|| panic!("the event did not come; these did:\n{:#?}", self.seen))
    }

    /// Takes the next event of that name about `plugin`.
    #[track_caller]
    pub(crate) fn event_of(&mut self, name: &str, plugin: &str) -> Value {
        let found = self.find(|event| event["event"] == name && event["plugin"] == plugin);
        found.unwrap_or_else(|| panic!("no {name} of {plugin}; these came:\n{:#?}", self.seen))
    }

    /// The events that came so far and that nobody has taken.
    pub(crate) fn events(&mut self) -> &[Value] {
        let come: Vec<Value> = self.lines.try_iter().map(|line| parse(&line)).collect();
        self.seen.extend(come);
        &self.seen
    }

    /// `None` where the host ended, or nothing fitting came in time.
    fn find(&mut self, fits: impl Fn(&Value) -> bool) -> Option<Value> {
        if let Some(at) = self.seen.iter().position(&fits) {
            return Some(self.seen.remove(at));
        }
        let deadline = Instant::now() + LIMIT;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    let event = parse(&line);
                    if fits(&event) {
                        return Some(event);
                    }
                    self.seen.push(event);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// A request to the gateway, without the token.
    pub(crate) fn http(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        http::request(self.gateway(), method, path, headers, body)
    }

    /// Calls a method of the API.
    pub(crate) fn rpc(&self, method: &str, params: &Value) -> Result<Value, Value> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let bearer = format!("Bearer {}", self.token);
        let answer = self.http("POST", "/api", &[("authorization", &bearer)], body.as_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
        let mut answer: Value = serde_json::from_str(&answer.body).unwrap();
        match answer.get_mut("error") {
            Some(error) => Err(error.take()),
            None => Ok(answer["result"].take()),
        }
    }

    /// Calls a tool; the error's words where it failed.
    pub(crate) fn tool(&self, name: &str, input: &Value) -> Result<Value, String> {
        let called = self.rpc("tools.call", &json!({ "name": name, "input": input }));
        called.map_err(|error| error["message"].as_str().unwrap().to_owned())
    }

    /// Sends a signal to the host.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// SIGTERM; the host must end with 0. Returns what it said on stderr.
    #[track_caller]
    pub(crate) fn stop(mut self) -> String {
        self.signal(Signal::TERM);
        let (status, stderr) = self.end();
        assert_eq!(status.code(), Some(0), "{stderr}");
        stderr
    }

    /// SIGKILL; returns when the process is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the host to end by itself.
    #[track_caller]
    pub(crate) fn end(&mut self) -> (ExitStatus, String) {
        // stdout ends with the process; a host that does not end must not hang the test.
        let deadline = Instant::now() + LIMIT;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(parse(&line)),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("the host did not end; its events:\n{:#?}", self.seen)
                }
            }
        }
        let status = self.child.wait().unwrap();
        // stderr has ended too.
        let rest: Vec<String> = self.words.iter().collect();
        (status, format!("{}{}", self.said, rest.join("\n")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        BufReader::new(stream).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    lines
}

fn parse(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("a line on stdout is no JSON ({error}): {line}"))
}
