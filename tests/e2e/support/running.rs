//! A host that a test has started with `wa run --json`: its events, its addresses, its end.

use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::Receiver;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::Place;
use super::console::Console;
use super::events::{Events, read_lines};
use super::http::{self, Answer};

/// A running host. Killed when it is dropped.
pub(crate) struct Running {
    child: Child,
    events: Events,
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
        Self::try_start_in(place, &[], &[])
    }

    /// The same with more arguments.
    #[track_caller]
    pub(crate) fn start_with(place: &Place, arguments: &[&str]) -> Self {
        Self::start_in(place, arguments, &[])
    }

    /// The same with variables of the environment.
    #[track_caller]
    pub(crate) fn start_in(place: &Place, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let started = Self::try_start_in(place, arguments, variables);
        started.unwrap_or_else(|stderr| panic!("the host did not become ready:\n{stderr}"))
    }

    fn try_start_in(place: &Place, arguments: &[&str], variables: &[(&str, &str)]) -> Result<Self, String> {
        let mut command = place.command(["run", "--json"]);
        command.args(arguments).envs(variables.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (events, words) =
            (Events::of(child.stdout.take().unwrap()), read_lines(child.stderr.take().unwrap()));
        let mut host =
            Self { child, events, words, said: String::new(), ready: Value::Null, token: String::new() };
        match host.events.find(|event| event["event"] == "ready") {
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
        self.events.next(fits)
    }

    /// Takes the next event of that name about `plugin`.
    #[track_caller]
    pub(crate) fn event_of(&mut self, name: &str, plugin: &str) -> Value {
        self.events.next(|event| event["event"] == name && event["plugin"] == plugin)
    }

    /// The events that came so far and that nobody has taken.
    pub(crate) fn events(&mut self) -> &[Value] {
        self.events.come()
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
        // stdout ends with the process.
        self.events.end();
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
