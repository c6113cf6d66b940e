//! A client of the console channel: JSON lines over a loopback socket.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::LIMIT;

/// An attached client.
pub(crate) struct Console {
    lines: BufReader<TcpStream>,
    stream: TcpStream,
    /// Messages for the chats that came while something else was waited for.
    messages: Vec<Value>,
}

impl Console {
    /// Attaches a client for these chats, or for all where none is named.
    pub(crate) fn attach(address: &str, token: &str, chats: &[&str]) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_nodelay(true)?;
        let lines = BufReader::new(stream.try_clone()?);
        let mut console = Self { lines, stream, messages: Vec::new() };
        console.write(&json!({ "type": "hello", "token": token, "chats": chats }))?;
        Ok(console)
    }

    /// Writes one line.
    pub(crate) fn write(&mut self, line: &Value) -> io::Result<()> {
        self.stream.write_all(format!("{line}\n").as_bytes())
    }

    /// The next line; `None` where the host has closed the connection.
    pub(crate) fn read(&mut self) -> io::Result<Option<Value>> {
        let mut line = String::new();
        match self.lines.read_line(&mut line)? {
            0 => Ok(None),
            _ => Ok(Some(serde_json::from_str(&line)?)),
        }
    }

    /// Says something under an id of its own; returns the event's id once the message is accepted.
    #[track_caller]
    pub(crate) fn say(&mut self, chat: &str, text: &str) -> String {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let id = format!("{chat}-{}", LAST.fetch_add(1, Ordering::Relaxed));
        self.say_as(chat, &id, text)
    }

    /// Says something under this id.
    #[track_caller]
    pub(crate) fn say_as(&mut self, chat: &str, id: &str, text: &str) -> String {
        self.write(&json!({ "type": "message", "chat": chat, "id": id, "text": text })).unwrap();
        loop {
            let line = self.line();
            match line["type"].as_str() {
                Some("accepted") if line["id"] == id => return line["event_id"].as_str().unwrap().to_owned(),
                Some("message") => self.messages.push(line),
                _ => panic!("{id} was not accepted: {line}"),
            }
        }
    }

    /// The next message for the client's chats, acknowledged.
    #[track_caller]
    pub(crate) fn hear(&mut self) -> Value {
        let message = match self.messages.is_empty() {
            false => self.messages.remove(0),
            true => loop {
                let line = self.line();
                match line["type"].as_str() {
                    Some("message") => break line,
                    Some("accepted") => {}
                    _ => panic!("no message but {line}"),
                }
            },
        };
        self.write(&json!({ "type": "ack", "id": message["id"] })).unwrap();
        message
    }

    /// The text of the next message.
    #[track_caller]
    pub(crate) fn hear_text(&mut self) -> String {
        let message = self.hear();
        message["text"].as_str().unwrap_or_else(|| panic!("no text in {message}")).to_owned()
    }

    /// Says something and returns the text of the next message.
    #[track_caller]
    pub(crate) fn ask(&mut self, chat: &str, text: &str) -> String {
        self.say(chat, text);
        self.hear_text()
    }

    #[track_caller]
    fn line(&mut self) -> Value {
        self.read().unwrap().expect("the host has closed the connection")
    }
}
