//! A canary: two secrets that a plugin uses in every way and tries to carry away in every way. Then everything is searched.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Instant;

use ring::hmac;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::search::{Needles, memory};
use super::{Echo, bearer, dotenv, manifest};
use crate::support::http::{self, Answer};
use crate::support::processes::{children, wait_until_gone};
use crate::support::{Console, LIMIT, Place};

/// With letters that each encoding writes in another way.
const KEY: &str = "cAnary/7Q+x=z4fJ2p9 \"q\"";
const HOOK: &str = "hooK-cAnary?55e1&d0";

const CODE: &str = r#"
import { definePlugin } from "wa";
const get = async (wa) => {
  const { hex, base64 } = await wa.secret(wa.config.hook).sign("body");
  const answer = await wa.fetch("ORIGIN/", { method: "POST", body: "body", headers: { "x-signature": hex } });
  const bytes = await wa.secret("hook").sign(new Uint8Array([98, 111, 100, 121]), "hmac-sha256");
  return { config: wa.config, text: answer.text(), headers: answer.headers, hex, base64, same: bytes.hex === hex };
};
export default definePlugin({
  agent: async (_, wa) => ({ text: JSON.stringify(await get(wa)).slice(0, 4000) }),
  tools: {
    tell: async (_, wa) => {
      const got = await get(wa);
      console.log(JSON.stringify(got), got);
      for (const level of ["debug", "info", "warn", "error"]) wa.log[level](`${level} ${JSON.stringify(got)}`, got);
      await wa.storage.set("got", got);
      await wa.channel.sendText({ channel: "console", to: "me", text: JSON.stringify(got).slice(0, 4000) });
      return got;
    },
    fail: async (_, wa) => { throw new Error(JSON.stringify(await get(wa))); },
  },
  routes: {
    "GET /tell": async (_, wa) => ({ json: await get(wa) }),
    "GET /fail": async (_, wa) => { throw new TypeError(JSON.stringify(await get(wa))); },
  },
});
"#;

/// A project whose agent is the plugin that tries everything.
fn stage(echo: &Echo) -> Place {
    let place = Place::with_plugins(&[]);
    let origin = &echo.origin;
    let hook = format!(
        "{{ path: hook, use: [{{ sign: hmac-sha256 }}, {{ header: X-Body-Signature, value: 'sha256={{hex}}', origin: '{origin}', sign: hmac-sha256 }}] }}"
    );
    let manifest = manifest(origin, &format!("[{}, {hook}]", bearer(origin)), ", channel: { any: [send] }");
    let manifest = manifest.replace(
        "tools: [{ name: get, description: Gets, input: { type: object } }]",
        "agent: true
tools: [{ name: tell, description: Tells, input: { type: object } }, { name: fail, description: Fails, input: { type: object } }]
routes: [{ path: /tell, auth: public }, { path: /fail, auth: public }]",
    );
    place.plugin_code("desk", &manifest, &CODE.replace("ORIGIN", origin));
    place.edit("wa.yaml", "plugins: { paths: [./plugins] }", "plugins: { paths: [./plugins], entries: { desk: { config: { apiKey: '${API_KEY}', hook: '$HOOK' } } } }");
    place.configure(&format!("policy: {{ allowPrivateNetwork: ['{origin}'] }}"));
    dotenv(&place, &format!("HOOK='{HOOK}'\n"));
    place
}

/// A host whose whole output is kept.
struct Kept {
    child: Child,
    record: Value,
    outputs: tempfile::TempDir,
}

impl Kept {
    fn start(place: &Place, arguments: &[&str]) -> Self {
        let outputs = tempfile::tempdir().unwrap();
        let into = |name: &str| Stdio::from(File::create(outputs.path().join(name)).unwrap());
        let mut command = place.command(["run", "-v", "--trace", "plugin=desk"]);
        command.args(arguments).env("API_KEY", KEY).stdout(into("stdout")).stderr(into("stderr"));
        let mut kept = Self { child: command.spawn().unwrap(), record: Value::Null, outputs };
        let deadline = Instant::now() + LIMIT;
        let file = place.path(".wa/run/host.json");
        while kept.record["pid"] != kept.child.id() {
            let said = || fs::read_to_string(kept.outputs.path().join("stderr")).unwrap();
            assert!(Instant::now() < deadline, "{}", said());
            let written = fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok());
            kept.record = written.unwrap_or_default();
            // Nobody tells when a file is there.
            thread::yield_now();
        }
        kept
    }

    fn word(&self, key: &str) -> &str {
        self.record[key].as_str().unwrap()
    }

    fn http(&self, method: &str, path: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.word("token"));
        http::request(
            self.word("gateway"),
            method,
            path,
            &[("authorization", &bearer)],
            body.to_string().as_bytes(),
        )
    }

    fn tool(&self, name: &str) -> String {
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools.call", "params": { "name": name, "input": {} } });
        self.http("POST", "/api", &call).body
    }
}

/// What `/events` says until the host ends.
fn listen(host: &Kept) -> thread::JoinHandle<Vec<u8>> {
    let mut stream = TcpStream::connect(host.word("gateway")).unwrap();
    let (token, address) = (host.word("token"), host.word("gateway"));
    write!(stream, "GET /events HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\r\n")
        .unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    thread::spawn(move || {
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard);
        heard
    })
}

/// All text of the audit log.
fn recorded(folder: &std::path::Path) -> String {
    let files =
        fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap_or_default());
    files.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

#[test]
fn the_canary_is_used_and_is_nowhere() {
    for arguments in [&["--json"][..], &[]] {
        let echo = Echo::start();
        let place = stage(&echo);
        let needles = Needles::of(&[KEY, HOOK]);
        let mut host = Kept::start(&place, arguments);
        let heard = listen(&host);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, HOOK.as_bytes()), b"body");
        let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();

        // It is used: the server gets the real one, in the header and as the key of both signatures.
        let told = host.tool("tell");
        let request = echo.request();
        assert!(request.contains(&format!("authorization: Bearer {KEY}\n")), "{request}");
        assert!(request.contains(&format!("x-signature: {hex}\n")), "{request}");
        assert!(request.contains(&format!("x-body-signature: sha256={hex}\n")), "{request}");
        assert!(
            told.contains("[redacted]") && told.contains(&hex) && told.contains(r#""same":true"#),
            "{told}"
        );
        assert!(
            told.contains(r#""config":{"apiKey":{"secret":"apiKey"},"hook":{"secret":"hook"}}"#),
            "{told}"
        );

        // It is carried everywhere.
        let mut said = vec![told, host.tool("fail")];
        said.extend(
            ["/plugins/desk/tell", "/plugins/desk/fail"]
                .map(|path| host.http("GET", path, &Value::Null).body),
        );
        let mut console = Console::attach(host.word("console"), host.word("token"), &[]).unwrap();
        said.push(console.ask("me", "hello"));
        let workers = children(host.child.id());
        assert_eq!(workers.len(), 1);
        for worker in &workers {
            let image = memory(*worker);
            assert!(image.windows(8).any(|word| word == b"x-signat"), "that is not the worker's memory");
            needles.none_in("the worker's memory", &image);
            let limits = fs::read_to_string(format!("/proc/{worker}/limits")).unwrap();
            assert!(
                limits.lines().any(|line| line.starts_with("Max core file size") && line.contains(" 0 ")),
                "{limits}"
            );
        }
        for command in [
            &["status", "--json"][..],
            &["status"],
            &["plugins", "inspect", "desk", "--json"],
            &["plugins", "inspect", "desk"],
            &["doctor", "-v"],
            &["secrets", "list"],
        ] {
            let shown = place.wa(command);
            said.push(format!("{}{}", shown.stdout(), shown.stderr()));
        }
        // A crash of the worker, and one of the host: neither leaves a core.
        let kill =
            |pid: u32, signal| kill_process(Pid::from_raw(pid.try_into().unwrap()).unwrap(), signal).unwrap();
        kill(workers[0], Signal::ABORT);
        wait_until_gone(&workers);
        said.push(host.tool("fail"));
        kill(host.child.id(), Signal::ABORT);
        host.child.wait().unwrap();
        for text in said {
            assert!(!text.is_empty());
            needles.none_in("an answer", text.as_bytes());
        }
        let heard = heard.join().unwrap();
        assert!(heard.windows(11).any(|word| word == b"tool.called"));
        needles.none_in("/events", &heard);
        assert_eq!(needles.none_below(host.outputs.path(), &place.path(".env")), 2);
        let log = fs::read_to_string(host.outputs.path().join("stderr")).unwrap();
        let log = log + &fs::read_to_string(host.outputs.path().join("stdout")).unwrap();
        assert!(log.contains("[redacted]") && log.contains("secret.sign"), "{log}");
        assert!(needles.none_below(place.work().parent().unwrap(), &place.path(".env")) > 5);
        let logged = recorded(&place.path(".wa/audit"));
        assert!(logged.contains("\"secret.use\"") && logged.contains("\"apiKey\""), "{logged}");
    }
}

/// The search would find it: a plugin that may read the secret has it in its memory.
#[test]
fn a_secret_that_may_be_read_is_found_by_the_same_search() {
    let echo = Echo::start();
    let origin = &echo.origin;
    let manifest = manifest(origin, "[{ path: apiKey, use: value }]", ", secretValues: [apiKey]");
    let code = format!(
        "async (_, wa) => {{ const sent = await wa.fetch('{origin}/', {{ headers: {{ 'x-key': wa.config.apiKey }} }}); console.log(wa.config.apiKey); return {{ length: wa.config.apiKey.length, key: wa.config.apiKey }}; }}"
    );
    let place = super::place(origin, &manifest, &code, "{ apiKey: '${API_KEY}' }");
    place.edit("wa.yaml", "policy: {", "policy: { secretValues: allow,");
    let host = crate::support::Running::start_in(&place, &[], &[("API_KEY", KEY)]);
    let got = host.tool("get", &json!({})).unwrap();
    assert_eq!(got, json!({ "length": KEY.len(), "key": "[redacted]" }));
    assert_eq!(echo.header("x-key"), KEY);
    let needles = Needles::of(&[KEY]);
    let found = children(host.pid()).into_iter().any(|worker| needles.find(&memory(worker)).is_some());
    assert!(found, "the search finds nothing");
    for form in super::search::forms(format!("before {KEY} after").as_bytes()) {
        assert!(needles.find(form.as_bytes()).is_some(), "{form}");
    }
    let stderr = host.stop();
    needles.none_in("stderr", stderr.as_bytes());
}
