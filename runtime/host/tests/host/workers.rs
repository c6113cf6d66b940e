//! Workers that fail in every way: each harms itself only, and what happened can be read afterwards.

use crate::{
    fake_worker,
    rig::{self, PROJECT, Rig, ask, echo_agent, plugin, quick},
    trial,
};
use libtest_mimic::Trial;
use registry_index::load::Installed;
use runtime_host::{
    Host, Notice, Timing,
    health::{self, State},
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("workers::every_breach_of_the_protocol_ends_in_quarantine", every_breach_ends_in_quarantine),
        trial("workers::a_crash_is_restarted_after_a_pause", a_crash_is_restarted_after_a_pause),
        trial("workers::a_deaf_worker_is_killed_at_the_deadline", a_deaf_worker_is_killed_at_the_deadline),
        trial("workers::a_busy_loop_is_ended", a_busy_loop_is_ended),
        trial("workers::a_log_flood_is_thinned", a_log_flood_is_thinned),
        trial("workers::missing_handlers_are_told_to_the_author", missing_handlers_are_told_to_the_author),
        trial("workers::code_that_does_not_load_is_quarantined_at_once", code_that_does_not_load),
        trial("workers::the_queue_is_bounded_and_counted", the_queue_is_bounded_and_counted),
        trial("workers::frames_are_traced_without_their_content", frames_are_traced_without_their_content),
        trial("workers::dropping_the_host_leaves_no_process", dropping_the_host_leaves_no_process),
    ]
}

fn poked(id: &str) -> Installed {
    let head = "tools:\n  - { name: poke, description: Test, input: { type: object } }\n";
    plugin(id, head, "export default definePlugin({ tools: { poke: () => 1 } });")
}

/// A host whose workers are fakes; `desk` behaves.
async fn fakes(other: Installed, timing: Timing) -> Rig {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let exe = directory.path().join(fake_worker::NAME);
    std::os::unix::fs::symlink(std::env::current_exe().unwrap(), &exe).unwrap();
    let (mut options, notices) = rig::options(&directory, PROJECT, vec![echo_agent(), other], timing);
    options.exe = exe;
    Rig { directory, host: Host::start(options).await.unwrap(), notices }
}

async fn poke(rig: &Rig) -> String {
    match rig.client(|client| client.call_tool("poke", &json!({ "say": "hi" }))).await {
        Ok(output) => output.get().to_owned(),
        Err(error) => error.to_string(),
    }
}

async fn quarantined(rig: &mut Rig) -> String {
    rig.notice(|notice| match notice {
        Notice::Quarantined { reason, .. } => Some(reason.clone()),
        _ => None,
    })
    .await
}

async fn every_breach_ends_in_quarantine() {
    let timing = || Timing {
        start: Duration::from_millis(500),
        frame_stall: Duration::from_millis(100),
        backoff: Duration::from_millis(1),
        backoff_max: Duration::from_millis(2),
        breaker_crashes: 3,
        ..quick()
    };
    for (id, why) in [
        ("silent", "no `ready` within 500 ms"),
        ("dies-early", "it ended by itself (exit status: 7)"),
        ("garbage", "it broke the protocol: malformed frame"),
        ("oversized", "it broke the protocol: frame of 4294967295 bytes is over the limit of 1048576"),
        ("half", "it broke the protocol: half a frame, and no more of it within 100 ms"),
        ("twice", "it broke the protocol: an unexpected frame"),
        ("uninvited", "it broke the protocol: a result of no call"),
        ("flooder", "it flooded the log"),
        ("chatty", "it wrote more than 1048576 bytes to its output"),
    ] {
        let mut rig = fakes(poked(id), timing()).await;
        let mut console = rig.console();
        // Until the breaker opens, calls fail or, where the breach comes after `ready`, may still be answered.
        let reason = loop {
            poke(&rig).await;
            let plugins = rig.host.status().await.unwrap().plugins;
            let found = plugins.into_iter().find(|plugin| plugin.id == id).unwrap();
            if found.state == "quarantined" {
                break found.reason;
            }
        };
        assert!(reason.starts_with("it failed 3 times in a row") && reason.contains(why), "{id}: {reason}");
        assert_eq!(quarantined(&mut rig).await, reason);
        assert!(poke(&rig).await.contains("the plugin is in quarantine"), "{id}");
        assert_eq!(ask(&mut console, "me", "still there?").await, "here", "{id}");
        let layout = rig.layout();
        rig.host.stop().await;
        let health = health::read(&layout, &id.parse().unwrap()).unwrap().unwrap();
        assert_eq!((health.state, health.counters.crashes), (State::Quarantined, 3), "{id}");
        if id == "dies-early" {
            assert_eq!(health.last_words, "last words of dies-early\n");
        }
    }
}

async fn a_crash_is_restarted_after_a_pause() {
    let timing = Timing { backoff: Duration::from_millis(300), ..quick() };
    let mut rig = fakes(poked("other"), timing).await;
    let words = async |rig: &Rig, say: &'static str| {
        rig.client(move |client| client.call_tool("poke", &json!({ "say": say }))).await
    };
    assert_eq!(words(&rig, "hi").await.unwrap().get(), r#"{"text":"here"}"#);
    let crash = words(&rig, "crash").await.unwrap_err().to_string();
    assert!(crash.contains("the plugin's worker ended: it ended by itself (signal: 6"), "{crash}");
    let paused = words(&rig, "hi").await.unwrap_err().to_string();
    assert!(paused.contains("the plugin is paused for"), "{paused}");
    let pause = rig.notice(|notice| match notice {
        Notice::WorkerFailed { pause, .. } => Some(*pause),
        _ => None,
    });
    tokio::time::sleep(pause.await).await;
    assert_eq!(words(&rig, "hi").await.unwrap().get(), r#"{"text":"here"}"#);
    rig.host.stop().await;
}

async fn a_deaf_worker_is_killed_at_the_deadline() {
    let rig = fakes(poked("other"), quick()).await;
    let begun = tokio::time::Instant::now();
    let failed = rig
        .client(|client| client.call_tool("poke", &json!({ "say": "deaf" })))
        .await
        .unwrap_err()
        .to_string();
    assert!(failed.contains("no answer within 2000 ms; the worker was killed"), "{failed}");
    assert!(begun.elapsed() < Duration::from_secs(10));
    rig.host.stop().await;
}

async fn a_busy_loop_is_ended() {
    let head = "runtime: { kind: js, entry: index.js, timeout: 200ms }\ntools:\n  - { name: poke, description: Test, input: { type: object } }\n";
    let hog = plugin("hog", head, "export default definePlugin({ tools: { poke: () => { for (;;) {} } } });");
    let rig = Rig::new(vec![echo_agent(), hog]).await;
    let mut console = rig.console();
    let stuck = rig.client(|client| client.call_tool("poke", &json!({})));
    let (failed, answer) = tokio::join!(stuck, ask(&mut console, "me", "hi"));
    assert_eq!(answer, "echo: hi");
    assert!(failed.unwrap_err().to_string().contains("tool `poke` failed"));
    rig.host.stop().await;
}

async fn a_log_flood_is_thinned() {
    let head = "tools:\n  - { name: poke, description: Test, input: { type: object } }\n";
    let code = "export default definePlugin({ tools: { poke: (input, wa) => { for (let i = 0; i < 1000; i++) wa.log.info('x'); return 1; } } });";
    let rig = Rig::new(vec![plugin("talker", head, code)]).await;
    assert_eq!(poke(&rig).await, "1");
    let counters = rig.host.status().await.unwrap().plugins[0].counters;
    assert!((500..=800).contains(&counters.dropped_logs), "{counters:?}");
    rig.host.stop().await;
}

async fn missing_handlers_are_told_to_the_author() {
    let head = "events: [message.sent]\nroutes: [{ path: /x, methods: [GET] }]\ntools:\n  - { name: poke, description: Test, input: { type: object } }\n";
    let code = "export default definePlugin({ tools: { poke: () => 1, undeclared: () => 2 } });";
    let mut rig = Rig::new(vec![plugin("lacking", head, code)]).await;
    let refusal = poke(&rig).await;
    let why =
        "its manifest declares handlers that its code does not have: event `message.sent`, route `GET /x`";
    assert!(refusal.contains(why), "{refusal}");
    assert!(quarantined(&mut rig).await.starts_with(why));
    rig.host.stop().await;

    let rig = Rig::new(vec![plugin(
        "more",
        "tools:\n  - { name: poke, description: Test, input: { type: object } }\n",
        code,
    )])
    .await;
    assert_eq!(poke(&rig).await, "1");
    let undeclared =
        rig.client(|client| client.call_tool("undeclared", &json!({}))).await.unwrap_err().to_string();
    assert_eq!(undeclared, "there is no tool `undeclared`");
    rig.host.stop().await;
}

async fn code_that_does_not_load() {
    let head = "tools:\n  - { name: poke, description: Test, input: { type: object } }\n";
    for (code, words) in [
        ("export default definePlugin({", "its code cannot be read"),
        (
            "throw new Error('at the top'); export default definePlugin({ tools: { poke: () => 1 } });",
            "at the top",
        ),
    ] {
        let mut rig = Rig::new(vec![plugin("broken", head, code)]).await;
        let refusal = poke(&rig).await;
        assert!(refusal.contains("the plugin is in quarantine") && refusal.contains(words), "{refusal}");
        assert!(quarantined(&mut rig).await.contains(words));
        rig.host.stop().await;
    }
}

async fn the_queue_is_bounded_and_counted() {
    let head = "tools:\n  - { name: poke, description: Test, input: { type: object } }\n";
    let code =
        "export default definePlugin({ tools: { poke: async () => { await new Promise(() => {}); } } });";
    let timing = Timing { queue: 2, in_flight: 1, ..quick() };
    let rig = Rig::with(PROJECT, vec![plugin("slow", head, code)], timing).await;
    let all = tokio::join!(poke(&rig), poke(&rig), poke(&rig));
    let answers = [all.0, all.1, all.2];
    assert_eq!(
        answers.iter().filter(|answer| answer.contains("too many calls wait")).count(),
        1,
        "{answers:?}"
    );
    assert_eq!(rig.host.status().await.unwrap().plugins[0].counters.queue_full, 1);
    rig.host.stop().await;
}

async fn frames_are_traced_without_their_content() {
    let directory = tempfile::tempdir().unwrap();
    let (mut options, _notices) = rig::options(&directory, PROJECT, vec![echo_agent()], quick());
    let lines = Arc::new(std::sync::Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let sink = Arc::new(move |line: &str| sink.lock().unwrap().push(line.to_owned()));
    options.trace = Some(runtime_host::Trace { plugin: "desk".parse().unwrap(), sink });
    let host = Host::start(options).await.unwrap();
    let mut console = host.attach_console(Vec::new()).unwrap();
    ask(&mut console, "me", "a-secret-text").await;
    host.stop().await;
    let lines = lines.lock().unwrap().join("\n");
    assert!(lines.starts_with("-> start desk 1.0.0 ("), "{lines}");
    for part in [
        "<- ready (0 events, 0 hooks, 0 tools, 0 routes, agent)",
        "-> call id=1 agent  (",
        "<- result id=1 ok (",
    ] {
        assert!(lines.contains(part), "{part} in {lines}");
    }
    assert!(!lines.contains("secret"), "{lines}");
}

async fn dropping_the_host_leaves_no_process() {
    let rig = Rig::new(vec![echo_agent()]).await;
    let mut console = rig.console();
    ask(&mut console, "me", "hi").await;
    drop(console);
    let children = || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let of = |task: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(task.unwrap().path().join("children"))
        };
        tasks.filter_map(|task| of(task).ok()).any(|children| !children.trim().is_empty())
    };
    assert!(children());
    rig.host.stop().await;
    // Other tests run workers in this process too, so only the stop itself can be asserted: it waits for the worker's end.
}
