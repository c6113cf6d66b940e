//! HTTP as a test needs it: one request per connection, and a server that answers as it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use super::LIMIT;

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The head as it came.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
            .next()
    }
}

/// Sends one request. A `host` among the headers replaces the true one.
#[track_caller]
pub(crate) fn request(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let own_host = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
    let mut head =
        format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    if !own_host {
        head.push_str(&format!("host: {address}\r\n"));
    }
    headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    // A server that refuses a large body may close before it has read all of it.
    let _ = stream.write_all(body);
    let mut reader = BufReader::new(stream);
    let head = read_head(&mut reader).expect("no answer");
    let mut body = Vec::new();
    let _ = reader.read_to_end(&mut body);
    let status =
        head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{head}"));
    Answer { status, head, body: String::from_utf8_lossy(&body).into_owned() }
}

/// A server on a free port of the loopback address. Its thread ends with the test's process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// The heads of the requests that came.
    pub(crate) requests: Receiver<String>,
}

impl Server {
    /// `answer` writes the whole response to a request with this head.
    pub(crate) fn start(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(head) = read_head(&mut BufReader::new(stream.try_clone().unwrap())) else {
                    continue;
                };
                let _ = sender.send(head.clone());
                answer(&head, &mut stream);
            }
        });
        Self { address, requests }
    }

    /// A server that answers everything with this.
    pub(crate) fn saying(response: String) -> Self {
        Self::start(move |_, stream| drop(stream.write_all(response.as_bytes())))
    }

    /// `http://127.0.0.1:40123`.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// A whole response with a text body.
pub(crate) fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

/// A redirect to `target`.
pub(crate) fn redirect(target: &str) -> String {
    format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: {target}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
}

fn read_head(reader: &mut impl BufRead) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    Some(head)
}
