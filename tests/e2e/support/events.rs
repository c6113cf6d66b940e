//! What a process prints on stdout, as JSON, one event a line.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use serde_json::Value;

use super::LIMIT;

/// The events of one process.
pub(crate) struct Events {
    lines: Receiver<String>,
    /// Events that have come and that nobody has waited for.
    seen: Vec<Value>,
}

impl Events {
    pub(crate) fn of(stdout: impl Read + Send + 'static) -> Self {
        Self { lines: read_lines(stdout), seen: Vec::new() }
    }

    /// Takes the next event that fits.
    #[track_caller]
    pub(crate) fn next(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        let found = self.find(fits);
        found.unwrap_or_else(|| panic!("the event did not come; these did:\n{:#?}", self.seen))
    }

    /// Takes the next event of this name.
    #[track_caller]
    pub(crate) fn named(&mut self, name: &str) -> Value {
        self.next(|event| event["event"] == name)
    }

    /// `None` where the process ended, or nothing fitting came in time.
    pub(crate) fn find(&mut self, fits: impl Fn(&Value) -> bool) -> Option<Value> {
        if let Some(at) = self.seen.iter().position(&fits) {
            return Some(self.seen.remove(at));
        }
        let deadline = Instant::now() + LIMIT;
        loop {
            let line = self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()?;
            let event = parse(&line);
            if fits(&event) {
                return Some(event);
            }
            self.seen.push(event);
        }
    }

    /// The events that came so far and that nobody has taken.
    pub(crate) fn come(&mut self) -> &[Value] {
        self.seen.extend(self.lines.try_iter().map(|line| parse(&line)));
        &self.seen
    }

    /// Waits until the process closes its stdout; it must not hang the test.
    #[track_caller]
    pub(crate) fn end(&mut self) {
        let deadline = Instant::now() + LIMIT;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(parse(&line)),
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("the process did not end; its events:\n{:#?}", self.seen)
                }
            }
        }
    }
}

pub(crate) fn read_lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        BufReader::new(stream).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    lines
}

fn parse(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("a line on stdout is no JSON ({error}): {line}"))
}
