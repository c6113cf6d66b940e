//! Secrets that plugins use and cannot read.

mod canary;
mod commands;
mod leave;
mod rotation;
mod search;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use crate::support::{LIMIT, Place};

/// A server that answers with what it got, in all the ways in which a server may repeat it.
pub(crate) struct Echo {
    origin: String,
    /// Heads of requests, in lower case up to each colon.
    requests: Receiver<String>,
}

impl Echo {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (tell, requests) = mpsc::channel();
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut head, mut length) = (String::new(), 0);
                for line in reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty())
                {
                    let (name, value) = line.split_once(':').unwrap_or((&line, ""));
                    if name.eq_ignore_ascii_case("content-length") {
                        length = value.trim().parse().unwrap();
                    }
                    head.push_str(&format!("{}:{value}\n", name.to_lowercase()));
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                let repeated = search::forms(head.as_bytes()).join("\n") + "\n" + &head;
                let echo =
                    head.lines().find_map(|line| line.strip_prefix("authorization:")).unwrap_or("").trim();
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nconnection: close\r\nx-echo: {echo}\r\ncontent-length: {}\r\n\r\n{repeated}",
                    repeated.len()
                );
                let _ = tell.send(head);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { origin, requests }
    }

    /// The next request's head.
    #[track_caller]
    pub(crate) fn request(&self) -> String {
        self.requests.recv_timeout(LIMIT).expect("no request came")
    }

    /// The value of a header of the next request.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> String {
        let head = self.request();
        let found = head.lines().find_map(|line| line.strip_prefix(&format!("{name}:")));
        found.unwrap_or_else(|| panic!("no {name} in {head}")).trim().to_owned()
    }
}

/// A manifest of a plugin that may reach `origin`, with these secret inputs.
pub(crate) fn manifest(origin: &str, inputs: &str, more: &str) -> String {
    format!(
        "runtime: {{ kind: js, entry: index.js, timeout: 30s }}
permissions: {{ network: ['{origin}'], storage: 1MiB{more} }}
tools: [{{ name: get, description: Gets, input: {{ type: object }} }}]
configSchema: {{ type: object, additionalProperties: false, properties: {{ apiKey: {{ type: string, minLength: 3 }}, hook: {{ type: string }}, plain: {{ type: string }} }} }}
configContracts: {{ secretInputs: {{ paths: {inputs} }} }}"
    )
}

/// The input whose secret goes into `Authorization`.
pub(crate) fn bearer(origin: &str) -> String {
    format!(
        "{{ path: apiKey, use: [{{ header: Authorization, value: 'Bearer {{secret}}', origin: '{origin}' }}] }}"
    )
}

/// A project with an echo agent and the plugin `caller`, whose tool `get` runs `code`, and this configuration.
pub(crate) fn place(origin: &str, manifest: &str, code: &str, config: &str) -> Place {
    let place = Place::with_echo(&[("caller", manifest, &format!("tools: {{ get: {code} }}"))]);
    place.edit(
        "wa.yaml",
        "plugins: { paths: [./plugins] }",
        &format!("plugins: {{ paths: [./plugins], entries: {{ caller: {{ config: {config} }} }} }}"),
    );
    place.configure(&format!("policy: {{ allowPrivateNetwork: ['{origin}'] }}"));
    place
}

/// Writes `.env`, for the owner alone.
pub(crate) fn dotenv(place: &Place, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    place.write(".env", text);
    std::fs::set_permissions(place.path(".env"), std::fs::Permissions::from_mode(0o600)).unwrap();
}
