//! `GET /metrics`, read by Prometheus' own parser.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::http::Answer;
use crate::support::whatsapp::Simulator;
use crate::support::{Place, Running, repository};

/// The Python that has what the tests take from PyPI, beside a program of it that is on the path.
fn python() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let tool = std::env::split_paths(&path).map(|folder| folder.join("check-jsonschema"));
    let tool = tool.into_iter().find(|tool| tool.is_file());
    tool.expect("this test needs what tests/python/requirements.txt names, on the path")
        .with_file_name("python")
}

fn parsed(text: &str) -> Value {
    let mut parser = Command::new(python());
    parser.arg(repository("tests/python/metrics")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut parser = parser.spawn().unwrap();
    parser.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = parser.wait_with_output().unwrap();
    assert!(output.status.success(), "{text}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn metrics(host: &Running, token: &str) -> Answer {
    host.http("GET", "/metrics", &[("authorization", &format!("Bearer {token}"))], b"")
}

/// The value of the only sample with these labels.
#[track_caller]
fn value(families: &Value, family: &str, labels: &Value) -> Value {
    let samples =
        families[family]["samples"].as_array().unwrap_or_else(|| panic!("no {family} in {families:#}"));
    let found: Vec<_> = samples.iter().filter(|sample| sample[1] == *labels).collect();
    assert_eq!(found.len(), 1, "{family} {labels} in {families:#}");
    found[0][2].clone()
}

#[test]
fn what_is_counted_can_be_scraped() {
    let place = Place::with_echo(&[(
        "counter",
        "tools: [{ name: count, description: Counts, input: { type: object } }]",
        "tools: { count: ({ n }) => { if (n === 3) throw new Error('no'); return n; } }",
    )]);
    let host = Running::start(&place);
    for n in 1..=3 {
        drop(host.tool("count", &json!({ "n": n })));
    }
    let answer = metrics(&host, host.token());
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type").as_deref(), Some("text/plain; version=0.0.4; charset=utf-8"));
    let families = parsed(&answer.body);
    assert_eq!(value(&families, "wa_info", &json!({ "version": "0.1.0" })), 1.0);
    assert_eq!(families["wa_plugin_calls"]["kind"], "counter");
    let counter = json!({ "plugin": "counter" });
    assert_eq!(value(&families, "wa_plugin_calls", &counter), 3.0);
    assert_eq!(value(&families, "wa_plugin_failures", &counter), 1.0);
    assert_eq!(value(&families, "wa_plugin_starts", &counter), 1.0);
    let running = json!({ "plugin": "counter", "version": "1.0.0", "state": "running" });
    assert_eq!(value(&families, "wa_plugin_state", &running), 1.0);
    assert_eq!(value(&families, "wa_messages_waiting", &json!({ "queue": "inbound" })), 0.0);
    host.stop();
}

#[test]
fn whoever_may_read_the_status_may_scrape_and_nobody_else() {
    let place = Place::with_echo(&[]);
    let host = Running::start(&place);
    assert_eq!(host.http("GET", "/metrics", &[], b"").status, 401);
    assert_eq!(metrics(&host, "wrong").status, 401);
    let paired = |flags: &[&str]| {
        let pair = ["bridge", "pair", "--name", flags[1]].into_iter().chain(flags.iter().copied());
        let code = place.wa(pair).succeeds().stdout().trim().to_owned();
        let redeemed = host.rpc("bridge.redeem", &json!({ "code": code, "request_id": flags[1] })).unwrap();
        redeemed["token"].as_str().unwrap().to_owned()
    };
    assert_eq!(metrics(&host, &paired(&["--scope", "read"])).status, 200);
    let refused = metrics(&host, &paired(&["--channel", "console"]));
    assert_eq!(refused.status, 403, "{}", refused.body);
    host.stop();
}

#[test]
fn an_account_of_whatsapp_is_among_them() {
    let place = Place::with_echo(&[]);
    place.edit("wa.yaml", "channel: console", "channel: whatsapp");
    place.configure("channels: { whatsapp: {} }");
    let mut simulator = Simulator::start(&place, &[".wa/agents/ana/whatsapp/default"]);
    let mut host = Running::start_with(&place, &["--simulator", &simulator.address]);
    host.event(|event| event["state"] == "connected");
    simulator.write("hello");
    assert_eq!(simulator.heard()["text"], "echo: hello");
    let families = parsed(&metrics(&host, host.token()).body);
    let account =
        |more: (&str, &str)| json!({ "channel": "whatsapp", "instance": "default", more.0: more.1 });
    assert_eq!(value(&families, "wa_channel_state", &account(("state", "connected"))), 1.0);
    assert_eq!(value(&families, "wa_channel_inbound", &account(("outcome", "taken"))), 1.0);
    host.stop();
}
