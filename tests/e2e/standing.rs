//! What plugins do by themselves: services and schedules; and with the host: `core.*`, `onStartup`.

use serde_json::{Value, json};

use crate::support::{Place, Running};

/// Beats in the log until it is stopped.
const BEATING: &str = "services: { pulse: {
        start: async (_, wa) => { for (let n = 0; ; n++) { wa.log.info(`beat ${n}`); await wa.sleep(20) } },
        stop: (_, wa) => wa.log.info('told to stop'),
    } }";

fn service(host: &Running, plugin: &str, id: &str) -> Value {
    let status = host.rpc("status", &json!({})).unwrap();
    let plugins = status["plugins"].as_array().unwrap();
    plugins.iter().find(|one| one["id"] == plugin).unwrap()["services"][id].clone()
}

fn logged<'a>(plugin: &'a str, text: &'a str) -> impl Fn(&Value) -> bool + 'a {
    move |event| event["event"] == "log" && event["plugin"] == plugin && event["message"] == text
}

#[test]
fn a_service_runs_until_the_host_stops_it() {
    let place = Place::with_echo(&[("heart", "services: [{ id: pulse }]", BEATING)]);
    let mut host = Running::start(&place);
    // More turns than a call's time would allow, were it counted in all.
    host.event(logged("heart", "beat 0"));
    host.event(logged("heart", "beat 20"));
    assert_eq!(service(&host, "heart", "pulse"), json!({ "state": "running", "restarts": 0 }));
    assert!(place.wa(["status"]).succeeds().stdout().contains("service    heart/pulse running, 0 restarts"));
    host.signal(rustix::process::Signal::TERM);
    host.event(logged("heart", "told to stop"));
    let (status, _) = host.end();
    assert!(status.success());
}

#[test]
fn restart_policies_are_kept() {
    let failing = "services: { a: { start: () => { throw new Error('no luck') } } }";
    let ending = "services: { a: { start: () => {} } }";
    let place = Place::with_echo(&[
        ("fails", "services: [{ id: a }]", failing),
        ("fails-once", "services: [{ id: a, restart: never }]", failing),
        ("ends", "services: [{ id: a }]", ending),
        ("ends-again", "services: [{ id: a, restart: always }]", ending),
    ]);
    let mut host = Running::start(&place);
    for plugin in ["fails", "ends-again"] {
        let waits = |event: &Value| event["event"] == "serviceEnded" && event["plugin"] == plugin;
        for _ in 0..3 {
            assert_eq!(host.event(waits)["state"], "waiting", "{plugin}");
        }
        assert!(service(&host, plugin, "a")["restarts"].as_u64().unwrap() >= 2, "{plugin}");
    }
    let failed = host.event_of("serviceEnded", "fails-once");
    assert_eq!((&failed["state"], &failed["service"]), (&json!("failed"), &json!("a")));
    assert!(failed["reason"].as_str().unwrap().contains("no luck"), "{failed}");
    assert_eq!(service(&host, "ends", "a"), json!({ "state": "ended", "restarts": 0 }));
    assert_eq!(service(&host, "fails-once", "a")["restarts"], 0);
    host.stop();
}

#[test]
fn a_service_is_started_anew_when_its_worker_dies_and_when_its_version_changes() {
    let code = "services: { a: { start: async (_, wa) => {
        wa.log.info('up VERSION');
        if (await wa.storage.get('died')) { for (;;) await wa.sleep(1000); }
        await wa.storage.set('died', true);
        for (;;);
    } } }";
    let manifest = "services: [{ id: a }]\npermissions: { storage: 1MiB }";
    let place = Place::with_echo(&[("worker", manifest, &code.replace("VERSION", "one"))]);
    let mut host = Running::start(&place);
    host.event(logged("worker", "up one"));
    host.event_of("serviceEnded", "worker");
    host.event(logged("worker", "up one"));
    place.plugin("worker", manifest, &code.replace("VERSION", "two"));
    place.wa(["plugins", "reload"]).succeeds();
    host.event(logged("worker", "up two"));
    host.stop();
}

#[test]
fn what_was_missed_is_made_up_for_by_one_run_that_a_restart_does_not_repeat() {
    let handlers = "schedules: {
        hourly: (due, wa) => wa.log.info('due', due),
        skipped: (due, wa) => wa.log.info('skipped is run', due),
    }";
    let manifest = "schedules: [{ id: hourly, cron: '0 * * * *', timezone: Asia/Kolkata }, { id: skipped, cron: '0 0 1 * *', missed: skip }]";
    let place = Place::with_echo(&[("clock", manifest, handlers)]);
    Running::start(&place).stop();
    // Three days and 40 days back, which no test can wait for.
    let python = "import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
day = 24 * 3600 * 1000
db.execute(\"UPDATE schedule SET done = done - ? * iif(id = 'hourly', 3, 40)\", (day,))
assert db.total_changes == 2
db.commit()";
    let journal = place.path(".wa/journal.db");
    let changed = std::process::Command::new("python3").args(["-c", python]).arg(journal).status().unwrap();
    assert!(changed.success());
    let mut host = Running::start(&place);
    let due = host.event(logged("clock", "due"));
    let fields: Value = due["fields"].clone();
    assert!((70..=72).contains(&fields["missed"].as_u64().unwrap()), "{due}");
    // The hour of a zone that is half an hour off.
    assert!(fields["scheduled_at"].as_str().unwrap().ends_with(":30:00.000Z"), "{due}");
    host.stop();
    let mut host = Running::start(&place);
    host.console().ask("me", "hi");
    assert!(!host.events().iter().any(|event| event["plugin"] == "clock"), "{:?}", host.events());
    host.stop();
}

#[test]
fn plugins_see_the_host_come_and_go_and_only_those_who_ask_are_started() {
    let seen = "events: {
        'core.starting': (event, wa) => wa.log.info('starting'),
        'core.started': (event, wa) => wa.log.info('started'),
        'core.stopping': (event, wa) => wa.log.info('stopping'),
        'tool.called': (event, wa) => wa.log.info('called', event),
        'agent.finished': (event, wa) => wa.log.info('finished', event),
    }";
    let place = Place::with_echo(&[
        (
            "watcher",
            "events: [core.starting, core.started, core.stopping, tool.called, agent.finished]",
            seen,
        ),
        (
            "early",
            "activation: { onStartup: true }\ntools: [{ name: hi, description: Hi, input: { type: object } }]",
            "tools: { hi: () => 1 }",
        ),
        (
            "idle",
            "tools: [{ name: yo, description: Yo, input: { type: object } }]\nhooks: [{ on: tool.calling, mode: observe }]",
            "tools: { yo: () => 1 }, hooks: { 'tool.calling': () => {} }",
        ),
    ]);
    let mut host = Running::start(&place);
    host.event(logged("watcher", "starting"));
    host.event(logged("watcher", "started"));
    assert_eq!(host.event_of("workerStarted", "early")["reason"], "startup");
    let is_idle = |event: &Value| event["event"] == "workerStarted" && event["plugin"] == "idle";
    assert!(!host.events().iter().any(is_idle), "{:?}", host.events());
    assert_eq!(host.tool("hi", &json!({})), Ok(json!(1)));
    let called = host.event(logged("watcher", "called"));
    assert_eq!(called["fields"]["tool"], "hi");
    host.console().ask("me", "hello");
    assert_eq!(host.event(logged("watcher", "finished"))["fields"]["agent"], "ana");
    host.signal(rustix::process::Signal::TERM);
    host.event(logged("watcher", "stopping"));
    assert!(host.end().0.success());
}

/// Everything that happens is told to someone who listens to all of it, and nothing of it opens an account.
#[test]
fn no_pattern_and_no_private_name_can_be_subscribed() {
    let patterns = ["#", "*", "launch.#", "session.*", "launch.auth.qr", "qr", "client.*", "message.>"];
    let place = Place::with_echo(&[]);
    for (number, pattern) in patterns.iter().enumerate() {
        let handlers = format!("events: {{ '{pattern}': (event, wa) => wa.log.info('heard', event) }}");
        place.plugin(&format!("curious-{number}"), &format!("events: ['{pattern}']"), &handlers);
        place.wa(["plugins", "validate", &format!("plugins/curious-{number}")]).exits(1);
    }
    let mut host = Running::start(&place);
    for number in 0..patterns.len() {
        host.event_of("pluginRefused", &format!("curious-{number}"));
    }
    // Over HTTP a topic is a name, not a pattern: these are topics on which nothing ever happens.
    let mut listeners: Vec<std::net::TcpStream> = patterns
        .iter()
        .map(|pattern| {
            let topic = pattern.replace('#', "%23");
            let mut stream = std::net::TcpStream::connect(host.gateway()).unwrap();
            let head = format!(
                "GET /events?topic={topic} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\r\n",
                host.gateway(),
                host.token()
            );
            std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
            stream
        })
        .collect();
    host.console().ask("me", "hello");
    host.stop();
    for (pattern, stream) in patterns.iter().zip(&mut listeners) {
        let mut told = String::new();
        let _ = std::io::Read::read_to_string(stream, &mut told);
        assert!(!told.contains("hello") && !told.contains("data:"), "{pattern}: {told}");
    }
}
