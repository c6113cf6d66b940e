//! One call of the gateway as one HTTP/1.1 request.

use super::ClientError;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{json, value::RawValue};
use std::{
    collections::HashMap,
    io::{self, BufRead as _, BufReader, Lines, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// Loopback: it answers at once or is not there.
const CONNECT: Duration = Duration::from_secs(5);
/// A tool call may take as long as its plugin's timeout; this is beyond all of them.
const ANSWER: Duration = Duration::from_secs(600);
const MAX_ANSWER: u64 = 16 << 20;
/// Bytes of a line of an answer's head, and of the words of a refusal.
const MAX_HEAD: u64 = 16 << 10;

#[derive(Deserialize)]
struct RpcError {
    code: i64,
    message: String,
}

pub(super) fn json_rpc<T: DeserializeOwned>(
    address: SocketAddr,
    token: &str,
    method: &str,
    params: &impl Serialize,
) -> Result<T, ClientError> {
    let strange = |what: String| ClientError::Protocol { address, what };
    let body = serde_json::to_vec(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }))
        .map_err(|error| strange(format!("parameters that are not JSON: {error}")))?;
    let answer = exchange(address, token, "POST", "/api", &[], &body)?;
    if answer.status != 200 {
        return Err(strange(format!("HTTP status {}", answer.status)));
    }
    let other = |error: serde_json::Error| strange(format!("something of another form: {error}"));
    // As members, since a `result` of null is a result.
    let members: HashMap<&str, &RawValue> = serde_json::from_slice(&answer.body).map_err(other)?;
    match (members.get("result"), members.get("error")) {
        (_, Some(error)) => {
            let error: RpcError = serde_json::from_str(error.get()).map_err(other)?;
            Err(ClientError::Refused { code: error.code, message: error.message })
        }
        (Some(result), None) => serde_json::from_str(result.get()).map_err(other),
        (None, None) => Err(strange("neither a result nor an error".into())),
    }
}

/// What the gateway answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, whole.
    pub body: Vec<u8>,
}

/// Sends one request with the token and waits for the whole answer. `path` begins with a slash and is sent as it is.
pub(super) fn exchange(
    address: SocketAddr,
    token: &str,
    method: &str,
    path: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<HttpAnswer, ClientError> {
    let is_given = |name: &str| headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
    let own = [("Authorization", format!("Bearer {token}")), ("Content-Type", "application/json".to_owned())];
    let own = own.iter().filter(|(name, _)| !is_given(name)).map(|(name, value)| (*name, value.as_str()));
    let given = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut lines = String::new();
    for (name, value) in own.chain(given) {
        if [name, value].iter().any(|text| text.contains(['\r', '\n'])) {
            let what = format!("a header `{}` that cannot be sent", name.trim());
            return Err(ClientError::Protocol { address, what });
        }
        lines.push_str(&format!("{name}: {value}\r\n"));
    }
    let request = || -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&address, CONNECT)?;
        stream.set_read_timeout(Some(ANSWER))?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{lines}Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.take(MAX_ANSWER).read_to_end(&mut answer)?;
        Ok(answer)
    };
    let answer = request().map_err(|source| ClientError::Connection { address, source })?;
    split(&answer).ok_or_else(|| ClientError::Protocol { address, what: "something that is not HTTP".into() })
}

/// Sends one request with the token; the lines of the answer, as they come. In HTTP/1.0, whose answers end with the connection.
pub(super) fn lines(
    address: SocketAddr,
    token: &str,
    path: &str,
    body: &[u8],
) -> Result<Lines<BufReader<TcpStream>>, ClientError> {
    let request = || -> io::Result<(String, BufReader<TcpStream>)> {
        let mut stream = TcpStream::connect_timeout(&address, CONNECT)?;
        stream.set_read_timeout(Some(ANSWER))?;
        let head = format!(
            "POST {path} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") && reader.by_ref().take(MAX_HEAD).read_line(&mut head)? > 0 {}
        Ok((head, reader))
    };
    let (head, mut reader) = request().map_err(|source| ClientError::Connection { address, source })?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status != "200" {
        let mut words = String::new();
        let _ = reader.by_ref().take(MAX_HEAD).read_to_string(&mut words);
        let what = format!("HTTP status {status}: {}", words.trim());
        return Err(ClientError::Protocol { address, what });
    }
    Ok(reader.lines())
}

/// The host answers with `Content-Length` and closes, so the body is all that follows the head.
fn split(answer: &[u8]) -> Option<HttpAnswer> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers = head.lines().skip(1).filter_map(header).collect();
    Some(HttpAnswer { status, headers, body: answer[end + 4..].to_vec() })
}
