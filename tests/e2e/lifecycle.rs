//! How a host comes, changes and goes: one per project, signals, reload, plugins started when something is for them.

use std::io::Write;
use std::sync::mpsc;

use rustix::process::Signal;
use serde_json::json;

use crate::support::http::{self, Server};
use crate::support::{Place, Running, processes};

#[test]
fn a_second_host_is_refused_with_the_pid_of_the_first() {
    let place = Place::with_echo(&[]);
    let host = Running::start(&place);
    let second = place.wa(["run", "--json"]).exits(2);
    assert!(
        second.stderr().contains(&format!("a host already runs on this project (pid {})", host.pid())),
        "{second}"
    );
    assert_eq!(second.stdout(), "");
    // The first has not noticed.
    assert_eq!(host.console().ask("me", "hi"), "echo: hi");
    assert_eq!(place.wa(["status", "--json"]).succeeds().json()["host"]["pid"], host.pid());
    host.stop();
}

#[test]
fn what_a_killed_host_left_behind_is_taken_over() {
    let place = Place::with_echo(&[]);
    let host = Running::start(&place);
    let (pid, token) = (host.pid(), host.token().to_owned());
    host.kill();
    assert!(place.read(".wa/run/host.json").contains(&token));
    place.wa(["status"]).exits(1);
    let next = Running::start(&place);
    assert!(next.pid() != pid && next.token() != token);
    assert_eq!(next.console().ask("me", "hi"), "echo: hi");
    next.stop();
    assert!(!place.path(".wa/run/host.json").exists());
}

/// A project whose agent answers when the test lets it: after the server has answered its fetch.
fn with_slow_agent() -> (Place, Server, mpsc::Sender<()>) {
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let server = Server::start(move |_, stream| {
        released.lock().unwrap().recv().unwrap();
        let _ = stream.write_all(http::ok("late").as_bytes());
    });
    let origin = server.origin();
    let manifest = format!(
        "agent: true\npermissions: {{ network: ['{origin}'] }}\nruntime: {{ kind: js, entry: index.js, timeout: 30s }}
configSchema: {{ type: object, properties: {{ greeting: {{ type: string, default: hello }} }}, additionalProperties: false }}"
    );
    let agent = format!(
        "agent: async ({{ message }}, wa) => {{
            const answer = message.text === 'slow' ? await (await wa.fetch('{origin}/wait')).text() : message.text;
            return {{ text: `${{wa.config.greeting}} ${{answer}}` }};
        }}"
    );
    let place = Place::with_plugins(&[("desk", &manifest, &agent)]);
    place.configure(&format!("policy: {{ allowPrivateNetwork: ['{origin}'] }}"));
    (place, server, release)
}

fn stops_cleanly_on(signal: Signal) {
    let (place, server, release) = with_slow_agent();
    let mut host = Running::start(&place);
    let mut console = host.console();
    console.say("me", "slow");
    server.requests.recv_timeout(crate::support::LIMIT).unwrap();
    let workers = processes::children(host.pid());
    assert_eq!(workers.len(), 1);
    host.signal(signal);
    host.event(|event| event["event"] == "stopping");
    // The call in flight finishes, and its answer goes out.
    release.send(()).unwrap();
    assert_eq!(console.hear_text(), "hello late");
    let (status, stderr) = host.end();
    assert_eq!(status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("Stopped"), "{stderr}");
    processes::wait_until_gone(&workers);
    assert!(!place.path(".wa/run/host.json").exists());
    // It went out and was acknowledged, so it is not sent again.
    let mut next = Running::start(&place);
    assert_eq!(next.console().ask("me", "next"), "hello next");
    next.event(|event| event["event"] == "messageSent");
    next.stop();
}

#[test]
fn sigterm_stops_cleanly_and_finishes_calls_in_flight() {
    stops_cleanly_on(Signal::TERM);
}

#[test]
fn sigint_stops_cleanly_and_finishes_calls_in_flight() {
    stops_cleanly_on(Signal::INT);
}

#[test]
fn a_reload_takes_new_config_and_calls_in_flight_finish_on_the_old() {
    let (place, server, release) = with_slow_agent();
    let mut host = Running::start(&place);
    let mut console = host.console();
    console.say("me", "slow");
    server.requests.recv_timeout(crate::support::LIMIT).unwrap();
    place.edit(
        "wa.yaml",
        "paths: [./plugins]",
        "paths: [./plugins], entries: { desk: { config: { greeting: bye } } }",
    );
    host.signal(Signal::HUP);
    let reloaded = host.event(|event| event["event"] == "reloaded");
    assert_eq!(reloaded, json!({ "event": "reloaded", "changed": ["desk"], "kept": [] }));
    release.send(()).unwrap();
    assert_eq!(console.hear_text(), "hello late");
    assert_eq!(console.ask("me", "now"), "bye now");
    host.stop();
}

#[test]
fn a_reload_brings_and_removes_plugins() {
    let place = Place::with_echo(&[]);
    let mut host = Running::start(&place);
    place.plugin(
        "math",
        "tools: [{ name: one, description: One, input: { type: object } }]",
        "tools: { one: () => 1 }",
    );
    host.signal(Signal::HUP);
    assert_eq!(host.event(|event| event["event"] == "reloaded")["changed"], json!(["math"]));
    assert_eq!(host.tool("one", &json!({})), Ok(json!(1)));
    let workers = processes::children(host.pid());
    std::fs::remove_dir_all(place.path("plugins/math")).unwrap();
    host.signal(Signal::HUP);
    assert_eq!(host.event(|event| event["event"] == "reloaded")["changed"], json!(["math"]));
    assert!(host.tool("one", &json!({})).unwrap_err().contains("one"));
    processes::wait_until_gone(&workers);
    host.stop();
}

#[test]
fn an_invalid_new_config_keeps_the_old_one_running_and_says_why() {
    let (place, _server, _release) = with_slow_agent();
    let mut host = Running::start(&place);
    let mut console = host.console();
    assert_eq!(console.ask("me", "1"), "hello 1");
    let entry = "paths: [./plugins], entries: { desk: { config: { greeting: 7 } } }";
    place.edit("wa.yaml", "paths: [./plugins]", entry);
    host.signal(Signal::HUP);
    let reloaded = host.event(|event| event["event"] == "reloaded");
    assert_eq!(reloaded["kept"][0]["plugin"], "desk", "{reloaded}");
    let why = reloaded["kept"][0]["reason"].as_str().unwrap();
    assert!(why.contains("its config is invalid: /greeting: the value is not of type"), "{why}");
    assert_eq!(console.ask("me", "2"), "hello 2");

    place.edit("wa.yaml", entry, "paths: [./plugins], pahts: []");
    host.signal(Signal::HUP);
    let refused = host.event(|event| event["event"] == "reloadRefused");
    assert!(refused["reason"].as_str().unwrap().contains("has errors"), "{refused}");
    assert_eq!(console.ask("me", "3"), "hello 3");
    let why = host.rpc("plugins.reload", &json!({})).unwrap_err();
    assert!(why["message"].as_str().unwrap().contains("has errors"), "{why}");

    place.edit("wa.yaml", "pahts: []", "entries: { desk: { config: { greeting: good } } }");
    place.edit("wa.yaml", "127.0.0.1:0", "127.0.0.1:1");
    let why = host.rpc("plugins.reload", &json!({})).unwrap_err();
    assert!(why["message"].as_str().unwrap().contains("server.bind"), "{why}");
    assert_eq!(console.ask("me", "4"), "hello 4");
    place.edit("wa.yaml", "127.0.0.1:1", "127.0.0.1:0");
    host.signal(Signal::HUP);
    assert_eq!(host.event(|event| event["event"] == "reloaded")["kept"], json!([]));
    assert_eq!(console.ask("me", "5"), "good 5");
    let stderr = host.stop();
    assert!(stderr.contains("did you mean `paths`"), "{stderr}");
}

#[test]
fn nothing_is_started_before_something_is_for_it() {
    let observer =
        ("events: [message.sent]", "events: { 'message.sent': (sent, wa) => wa.log.info(sent.text) }");
    let tool =
        ("tools: [{ name: one, description: One, input: { type: object } }]", "tools: { one: () => 1 }");
    let place = Place::with_echo(&[("watcher", observer.0, observer.1), ("math", tool.0, tool.1)]);
    let mut host = Running::start(&place);
    assert!(processes::children(host.pid()).is_empty());
    host.tool("one", &json!({})).unwrap();
    assert_eq!(processes::children(host.pid()).len(), 1);
    assert_eq!(host.event_of("workerStarted", "math")["reason"], "tool one");
    host.tool("one", &json!({})).unwrap();
    assert_eq!(processes::children(host.pid()).len(), 1);
    host.console().ask("me", "hi");
    assert_eq!(host.event_of("workerStarted", "desk")["reason"], "agent ana");
    assert_eq!(host.event_of("log", "watcher")["message"], "echo: hi");
    assert_eq!(host.event_of("workerStarted", "watcher")["reason"], "event message.sent");
    assert_eq!(processes::children(host.pid()).len(), 3);
    assert!(!host.events().iter().any(|event| event["event"] == "workerStarted"), "one start each");
    host.stop();
}
