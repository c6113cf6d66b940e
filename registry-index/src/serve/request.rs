//! Reading a request's head.

use super::PATIENCE;
use std::io::{self, Read};
use std::time::Instant;

/// The longest head that is read.
const MAX_HEAD: usize = 16 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
    Other,
}

/// What of a request matters here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: Method,
    /// The parts of the path, decoded; `None` if no file can be meant.
    pub(super) path: Option<Vec<String>>,
    pub(super) if_none_match: Option<String>,
    pub(super) range: Option<String>,
    pub(super) if_range: Option<String>,
}

impl Request {
    /// Reads the head; the status to answer with if it is none.
    pub(super) fn read(stream: &mut impl Read) -> io::Result<Result<Self, &'static str>> {
        let mut head = Vec::new();
        let mut buffer = [0; 4096];
        let deadline = Instant::now() + PATIENCE;
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            if head.len() > MAX_HEAD {
                return Ok(Err("431 Request Header Fields Too Large"));
            }
            if Instant::now() > deadline {
                return Ok(Err("408 Request Timeout"));
            }
            match stream.read(&mut buffer)? {
                0 => return Ok(Err("400 Bad Request")),
                length => head.extend_from_slice(&buffer[..length]),
            }
        }
        let parsed = str::from_utf8(&head).ok().and_then(Self::parse);
        Ok(parsed.ok_or("400 Bad Request"))
    }

    fn parse(head: &str) -> Option<Self> {
        let (head, _) = head.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, target, version) = (first.next()?, first.next()?, first.next()?);
        if first.next().is_some() || !version.starts_with("HTTP/1.") {
            return None;
        }
        let method = match method {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            _ => Method::Other,
        };
        let mut request =
            Self { method, path: path(target), if_none_match: None, range: None, if_range: None };
        for line in lines {
            let (name, value) = line.split_once(':')?;
            let value = value.trim().to_owned();
            match name.to_ascii_lowercase().as_str() {
                "if-none-match" => request.if_none_match = Some(value),
                "range" => request.range = Some(value),
                "if-range" => request.if_range = Some(value),
                _ => {}
            }
        }
        Some(request)
    }
}

/// The parts of a path. An encoded slash parts them too: npm asks for `/@scope%2fname`.
fn path(target: &str) -> Option<Vec<String>> {
    let path = target.split(['?', '#']).next()?.strip_prefix('/')?;
    let decoded = decode(path)?;
    let is_name = |part: &str| {
        !part.is_empty() && !part.starts_with('.') && !part.contains('\\') && !part.contains(char::is_control)
    };
    let parts: Vec<String> = decoded.split('/').map(str::to_owned).collect();
    parts.iter().all(|part| is_name(part)).then_some(parts)
}

fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let parts = |parts: &[&str]| Some(parts.iter().map(|part| (*part).to_owned()).collect());
        for (target, expected) in [
            ("/desk", parts(&["desk"])),
            ("/@acme%2fdesk", parts(&["@acme", "desk"])),
            ("/%40acme%2Fdesk?write=true", parts(&["@acme", "desk"])),
            ("/-/@acme/desk-1.0.0.tgz", parts(&["-", "@acme", "desk-1.0.0.tgz"])),
            ("/", None),
            ("desk", None),
            ("http://else/desk", None),
            ("/a//b", None),
            ("/desk/", None),
            ("/../etc/passwd", None),
            ("/%2e%2e/etc/passwd", None),
            ("/a%2f..%2f..%2fetc", None),
            ("/.wa-registry.lock", None),
            ("/a%5c..%5cb", None),
            ("/a%00", None),
            ("/a%0a", None),
            ("/a%", None),
            ("/a%2", None),
            ("/a%zz", None),
            ("/%ff", None),
        ] {
            assert_eq!(path(target), expected, "{target}");
        }
    }

    #[test]
    fn heads() {
        let read = |text: &str| Request::read(&mut text.as_bytes()).unwrap();
        let request = read("GET /x HTTP/1.1\r\nHost: a\r\nRANGE:bytes=1-\r\n\r\n").unwrap();
        assert_eq!((request.method, request.range.as_deref()), (Method::Get, Some("bytes=1-")));
        for bad in [
            "",
            "GET /x\r\n\r\n",
            "GET  /x HTTP/1.1\r\n\r\n",
            "GET /x HTTP/2\r\n\r\n",
            "GET /x HTTP/1.1\r\nx\r\n\r\n",
        ] {
            assert_eq!(read(bad), Err("400 Bad Request"), "{bad:?}");
        }
        let endless = format!("GET /x HTTP/1.1\r\na: {}", "b".repeat(MAX_HEAD * 2));
        assert_eq!(read(&endless), Err("431 Request Header Fields Too Large"));
    }
}
