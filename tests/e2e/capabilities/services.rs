//! The services that the example plugins work with, small and on one address.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use serde_json::{Value, json};

const PAGE: &str = "<html><head><title>Weather &amp; wind</title><style>p { color: red }</style></head>\
    <body><h1>Today</h1><p>Sun,  and a <a href=\"https://example.com/wind\">light wind</a>.</p><script>evil()</script></body></html>";

/// A server on a free port of the loopback address. Its threads end with the test's process.
pub(super) struct Services {
    address: SocketAddr,
    /// Messages that a channel has delivered.
    pub(super) delivered: Receiver<Value>,
}

impl Services {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, delivered) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, sender) = (stream.unwrap(), sender.clone());
                thread::spawn(move || serve(stream, &sender));
            }
        });
        Self { address, delivered }
    }

    /// `http://127.0.0.1:40123`.
    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn serve(mut stream: TcpStream, delivered: &Sender<Value>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let path = head.split(' ').nth(1)?;
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (status, kind, text) = answer(path, &asked, delivered);
    let response = format!(
        "HTTP/1.1 {status} Reply\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
    stream.write_all(response.as_bytes()).ok()
}

fn answer(path: &str, asked: &Value, delivered: &Sender<Value>) -> (u16, &'static str, String) {
    let json = |status: u16, value: Value| (status, "application/json", value.to_string());
    match path.split('?').next().unwrap_or_default() {
        "/" => (200, "text/html; charset=utf-8", PAGE.to_owned()),
        "/busy" => (429, "text/plain", "later".to_owned()),
        "/v1/chat/completions" if asked["model"] == "wa-contract-no-such-model" => {
            json(404, json!({ "error": { "message": "no such model" } }))
        }
        "/v1/chat/completions" => json(200, completion(asked)),
        "/run" if asked["session"] == "wa-contract-no-such-session" => json(404, json!({})),
        "/run" => json(
            200,
            json!({ "text": format!("ran: {}\ndone", asked["prompt"].as_str().unwrap()), "session": "s1", "exit_code": 0 }),
        ),
        "/search" => {
            let hit = |n: u32| json!({ "title": format!("Hit {n}"), "url": format!("https://example.com/{n}"), "content": "words" });
            json(
                200,
                json!({ "results": [hit(1), hit(2), { "title": "odd", "url": "javascript:alert(1)" }] }),
            )
        }
        "/gateways.json" => {
            let lab = json!({ "id": "lab", "name": "The lab", "url": "https://lab.example.com", "services": ["agents"] });
            json(200, json!({ "gateways": [lab, { "id": "home", "url": "https://home.example.com" }] }))
        }
        "/deliver" => {
            let _ = delivered.send(asked.clone());
            json(200, json!({ "id": format!("service-{}", asked["id"].as_str().unwrap_or_default()) }))
        }
        _ => json(404, json!({})),
    }
}

/// What a model would say: a call of the first tool where one is offered and has not answered yet, else the last words heard.
fn completion(asked: &Value) -> Value {
    let last = asked["messages"].as_array().unwrap().last().unwrap();
    let message = match asked["tools"][0]["function"]["name"].as_str() {
        Some(name) if last["role"] != "tool" => json!({
            "role": "assistant", "content": null,
            "tool_calls": [{ "id": "call_7", "type": "function", "function": { "name": name, "arguments": "{}" } }],
        }),
        _ => {
            json!({ "role": "assistant", "content": format!("heard: {}", last["content"].as_str().unwrap()) })
        }
    };
    json!({
        "model": "test-model", "choices": [{ "message": message, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 3, "completion_tokens": 5 },
    })
}
