//! The console channel from the client's side.

use super::ClientError;
use crate::channel::wire::{FromClient, ToClient};
use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// Longer lines are not from a host.
const MAX_LINE: u64 = 1 << 20;

/// What the host says to a console client.
#[derive(Debug, Clone, PartialEq)]
pub enum ChatEvent {
    /// A message that this client sent is in the journal.
    Accepted {
        /// The id that the client gave.
        id: String,
        /// The id that the host gave.
        event_id: String,
    },
    /// A message that this client sent was not taken.
    Refused {
        /// The id that the client gave.
        id: String,
        /// Why.
        reason: String,
    },
    /// A message for a chat. Acknowledge it with [`Chat::acknowledge`] once it is shown.
    Message {
        /// Its id; the same for every repeat.
        id: String,
        /// The chat.
        chat: String,
        /// All of it: `kind`, `text`, `reply_to`, `emoji`.
        message: serde_json::Map<String, serde_json::Value>,
    },
}

/// A connection to the console channel. A wrong token shows at the first [`Chat::receive`].
#[derive(Debug)]
pub struct Chat {
    address: SocketAddr,
    lines: BufReader<TcpStream>,
    stream: TcpStream,
    partial: Vec<u8>,
}

impl Chat {
    pub(super) fn connect(address: SocketAddr, token: &str, chats: &[&str]) -> Result<Self, ClientError> {
        let connect = || -> io::Result<Self> {
            let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
            stream.set_nodelay(true)?;
            Ok(Self { address, lines: BufReader::new(stream.try_clone()?), stream, partial: Vec::new() })
        };
        let mut chat = connect().map_err(|source| ClientError::Connection { address, source })?;
        let chats = chats.iter().map(|&chat| chat.to_owned()).collect();
        chat.write(&FromClient::Hello { token: token.to_owned(), chats })?;
        Ok(chat)
    }

    /// Sends a message into `chat`. The answer comes as [`ChatEvent::Accepted`] with the same `id`; a repeat of an id is accepted
    /// again and changes nothing.
    pub fn send(&mut self, chat: &str, id: &str, text: &str) -> Result<(), ClientError> {
        self.write(&FromClient::Message {
            chat: chat.to_owned(),
            id: id.to_owned(),
            text: text.to_owned(),
            from: None,
        })
    }

    /// Says that a message was shown; without it the host sends it again.
    pub fn acknowledge(&mut self, id: &str) -> Result<(), ClientError> {
        self.write(&FromClient::Ack { id: id.to_owned() })
    }

    /// Says that a message cannot be shown: the host tries it again, and then gives it up.
    pub fn refuse(&mut self, id: &str, reason: &str) -> Result<(), ClientError> {
        self.write(&FromClient::Refuse { id: id.to_owned(), reason: reason.to_owned() })
    }

    /// Waits for the next event, forever or for the time set by [`Chat::set_timeout`]; `None` once the host has closed.
    pub fn receive(&mut self) -> Result<Option<ChatEvent>, ClientError> {
        Ok(match self.read()? {
            None => None,
            Some(ToClient::Accepted { id, event_id }) => Some(ChatEvent::Accepted { id, event_id }),
            Some(ToClient::Refused { id, reason }) => Some(ChatEvent::Refused { id, reason }),
            Some(ToClient::Message { id, chat, message }) => Some(ChatEvent::Message { id, chat, message }),
            Some(ToClient::Error { message }) => {
                return Err(ClientError::Refused { code: super::code::REFUSED, message });
            }
        })
    }

    /// Limits how long [`Chat::receive`] waits; beyond it, a [`ClientError::Connection`] with a timeout inside.
    pub fn set_timeout(&self, limit: Option<Duration>) -> Result<(), ClientError> {
        self.stream.set_read_timeout(limit).map_err(|source| self.failed(source))
    }

    /// A second handle for sending from another thread.
    pub fn sender(&self) -> Result<ChatSender, ClientError> {
        let stream = self.stream.try_clone().map_err(|source| self.failed(source))?;
        Ok(ChatSender { address: self.address, stream })
    }

    fn write(&mut self, line: &FromClient) -> Result<(), ClientError> {
        write_line(&self.stream, self.address, line)
    }

    fn read(&mut self) -> Result<Option<ToClient>, ClientError> {
        // What came before a timeout stays in `partial` for the next call.
        let mut capped = (&mut self.lines).take(MAX_LINE);
        if let Err(source) = capped.read_until(b'\n', &mut self.partial) {
            return Err(self.failed(source));
        }
        let line = std::mem::take(&mut self.partial);
        if line.is_empty() {
            return Ok(None);
        }
        serde_json::from_slice(&line)
            .map(Some)
            .map_err(|error| self.strange(&format!("a strange line: {error}")))
    }

    fn failed(&self, source: io::Error) -> ClientError {
        ClientError::Connection { address: self.address, source }
    }

    fn strange(&self, what: &str) -> ClientError {
        ClientError::Protocol { address: self.address, what: what.to_owned() }
    }
}

/// The sending half of a [`Chat`].
#[derive(Debug)]
pub struct ChatSender {
    address: SocketAddr,
    stream: TcpStream,
}

impl ChatSender {
    /// As [`Chat::send`].
    pub fn send(&mut self, chat: &str, id: &str, text: &str) -> Result<(), ClientError> {
        let line = FromClient::Message {
            chat: chat.to_owned(),
            id: id.to_owned(),
            text: text.to_owned(),
            from: None,
        };
        write_line(&self.stream, self.address, &line)
    }
}

fn write_line(mut stream: &TcpStream, address: SocketAddr, line: &FromClient) -> Result<(), ClientError> {
    let mut bytes = serde_json::to_vec(line)
        .map_err(|error| ClientError::Protocol { address, what: error.to_string() })?;
    bytes.push(b'\n');
    stream.write_all(&bytes).map_err(|source| ClientError::Connection { address, source })
}
