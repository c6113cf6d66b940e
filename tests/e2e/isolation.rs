//! One plugin's trouble is its own; and what the kernel says of a worker.

use rustix::process::Signal;
use serde_json::json;

use crate::support::{Place, Running, processes};

#[test]
fn a_chat_whose_handler_hangs_holds_no_other() {
    let agent = "agent: async ({ message }) => {
        if (message.text === 'hang') await new Promise(() => {});
        return { text: `echo: ${message.text}` };
    }";
    let place = Place::with_plugins(&[(
        "desk",
        "agent: true\nruntime: { kind: js, entry: index.js, timeout: 30s }",
        agent,
    )]);
    let host = Running::start(&place);
    let mut console = host.console();
    console.say("stuck", "hang");
    console.say("stuck", "behind it");
    for number in 0..20 {
        let heard = {
            console.say("free", &number.to_string());
            console.hear()
        };
        assert_eq!((&heard["chat"], &heard["text"]), (&json!("free"), &json!(format!("echo: {number}"))));
    }
    host.kill();
}

#[test]
fn a_flooding_a_crashing_and_a_slow_plugin_hold_no_healthy_one() {
    let observes = "events: [message.received]\nruntime: { kind: js, entry: index.js, timeout: 200ms }";
    let place = Place::with_echo(&[
        (
            "flood",
            observes,
            "events: { 'message.received': (_, wa) => { for (let n = 0; n < 5000; n++) wa.log.info('flood '.repeat(100)) } }",
        ),
        (
            "crash",
            observes,
            "events: { 'message.received': () => { 'a'.repeat(1 << 22).indexOf('a'.repeat(1 << 21) + 'b') } }",
        ),
        ("slow", observes, "events: { 'message.received': () => new Promise(() => {}) }"),
    ]);
    let mut host = Running::start(&place);
    let mut console = host.console();
    for number in 0..100 {
        assert_eq!(
            console.ask(&format!("chat-{}", number % 5), &number.to_string()),
            format!("echo: {number}")
        );
    }
    host.event_of("workerFailed", "crash");
    host.event_of("workerFailed", "slow");
    let status = host.rpc("status", &json!({})).unwrap();
    let desk = status["plugins"].as_array().unwrap().iter().find(|plugin| plugin["id"] == "desk").unwrap();
    assert_eq!((&desk["state"], &desk["counters"]["crashes"]), (&json!("running"), &json!(0)), "{status}");
    // What hangs is in other hands now; nobody waits for it.
    host.kill();
}

#[test]
fn a_worker_is_locked_down() {
    let tool =
        |name: &str| format!("tools: [{{ name: {name}, description: Waits, input: {{ type: object }} }}]");
    let place = Place::with_echo(&[
        ("one", &tool("first"), "tools: { first: () => 1 }"),
        ("two", &tool("second"), "tools: { second: () => 2 }"),
    ]);
    let host = Running::start(&place);
    host.tool("first", &json!({})).unwrap();
    host.tool("second", &json!({})).unwrap();
    let workers = processes::children(host.pid());
    assert_eq!(workers.len(), 2);
    for worker in &workers {
        let status = processes::status(*worker);
        for (field, value) in [
            ("NoNewPrivs", "1"),
            ("Seccomp", "2"),
            ("Threads", "1"),
            ("CapEff", "0000000000000000"),
            ("CapPrm", "0000000000000000"),
        ] {
            assert_eq!(status[field], value, "{field}: {status:?}");
        }
        assert_eq!(processes::descriptors(*worker), ["0", "1", "2"]);
        assert_eq!(std::fs::read(format!("/proc/{worker}/environ")).unwrap(), b"");
        let limits = std::fs::read_to_string(format!("/proc/{worker}/limits")).unwrap();
        let limit = |name: &str| {
            limits.lines().find(|line| line.starts_with(name)).unwrap()[name.len()..]
                .split_whitespace()
                .next()
                .unwrap()
                .to_owned()
        };
        assert_eq!((&*limit("Max file size"), &*limit("Max core file size")), ("0", "0"), "{limits}");
    }
    if rustix::process::geteuid().is_root() {
        let users: Vec<String> =
            workers.iter().map(|worker| processes::status(*worker)["Uid"].clone()).collect();
        for user in &users {
            assert!(!user.split_whitespace().any(|id| id == "0"), "{user}");
        }
        assert_ne!(users[0], users[1], "each worker has a user of its own");
        assert!(workers.iter().all(|worker| processes::status(*worker)["Groups"].is_empty()));
    }
    host.stop();
    processes::wait_until_gone(&workers);
}

#[test]
fn workers_die_with_a_killed_host() {
    let place = Place::with_echo(&[]);
    let host = Running::start(&place);
    assert_eq!(host.console().ask("me", "hi"), "echo: hi");
    let workers = processes::children(host.pid());
    assert_eq!(workers.len(), 1);
    host.kill();
    processes::wait_until_gone(&workers);
}

#[test]
fn a_worker_that_is_killed_from_outside_is_started_again() {
    let place = Place::with_echo(&[]);
    let mut host = Running::start(&place);
    let mut console = host.console();
    assert_eq!(console.ask("me", "one"), "echo: one");
    let worker = processes::children(host.pid())[0];
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(worker.try_into().unwrap()).unwrap(),
        Signal::KILL,
    )
    .unwrap();
    let failed = host.event_of("workerFailed", "desk");
    assert!(failed["reason"].as_str().unwrap().contains("signal: 9"), "{failed}");
    assert_eq!(console.ask("me", "two"), "echo: two");
    host.stop();
}
