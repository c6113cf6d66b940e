//! Reload under load, and one host per project.

use crate::{
    rig::{self, PROJECT, Rig, ask, echo_agent, hear, plugin, project, quick, text_of},
    trial,
};
use libtest_mimic::Trial;
use registry_index::load::{Installed, InstalledSet};
use runtime_host::{Host, ProjectSet, ReloadError, StartError, running};
use std::{collections::BTreeMap, sync::Arc};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("reload::calls_in_flight_finish_on_the_old_version", calls_in_flight_finish_on_the_old_version),
        trial("reload::an_unchanged_plugin_keeps_its_worker", an_unchanged_plugin_keeps_its_worker),
        trial("reload::an_invalid_config_keeps_the_old_one", an_invalid_config_keeps_the_old_one),
        trial("reload::an_invalid_config_at_start_leaves_the_others_running", an_invalid_config_at_start),
        trial("reload::no_message_is_lost_under_load", no_message_is_lost_under_load),
        trial("reload::what_needs_a_restart_says_so", what_needs_a_restart_says_so),
        trial("reload::the_api_reads_the_project_again", the_api_reads_the_project_again),
        trial("reload::a_second_host_is_refused_and_stale_files_are_taken_over", a_second_host_is_refused),
    ]
}

/// An agent that answers with its version.
fn versioned(version: &str) -> Installed {
    let code = format!(
        "export default definePlugin({{ agent: async ({{ message }}, wa) => {{
            if (message.text === 'wait') await wa.tools.call('gate', {{}});
            return {{ text: '{version} ' + message.text }};
        }} }});"
    );
    plugin("desk", &format!("agent: true\nversion: {version}"), &code)
}

/// A tool that answers after 300 ms of work, so that a turn is in flight for a while.
fn slow_tool() -> Installed {
    let head = "tools:\n  - { name: gate, description: Test, input: { type: object } }\n";
    let code = "export default definePlugin({ tools: { gate: () => { const end = Date.now() + 300; while (Date.now() < end); return 1; } } });";
    plugin("gate", head, code)
}

fn set(project_text: &str, plugins: Vec<Installed>) -> ProjectSet {
    ProjectSet {
        project: project(project_text),
        installed: InstalledSet { plugins },
        secrets: rig::surroundings(std::path::Path::new("/nowhere")),
    }
}

async fn calls_in_flight_finish_on_the_old_version() {
    let mut rig = Rig::new(vec![versioned("1.0.0"), slow_tool()]).await;
    let mut console = rig.console();
    console.say("me", None, "wait").await.unwrap();
    let gate = "gate".parse().unwrap();
    rig.notice(|notice| match notice {
        runtime_host::Notice::WorkerStarted { plugin, .. } => (*plugin == gate).then_some(()),
        _ => None,
    })
    .await;
    let outcome = rig.host.reload(set(PROJECT, vec![versioned("2.0.0"), slow_tool()])).await.unwrap();
    assert_eq!(outcome.changed, ["desk"]);
    console.say("other", None, "new").await.unwrap();
    let mut heard = BTreeMap::new();
    for _ in 0..2 {
        let line = hear(&mut console).await;
        heard.insert(line.chat.clone(), text_of(&line));
    }
    assert_eq!(heard["me"], "1.0.0 wait");
    assert_eq!(heard["other"], "2.0.0 new");
    rig.host.stop().await;
}

async fn an_unchanged_plugin_keeps_its_worker() {
    let rig = Rig::new(vec![echo_agent()]).await;
    let mut console = rig.console();
    ask(&mut console, "me", "hi").await;
    let outcome = rig.host.reload(set(PROJECT, vec![echo_agent()])).await.unwrap();
    assert!(outcome.changed.is_empty() && outcome.kept.is_empty());
    ask(&mut console, "me", "hi").await;
    assert_eq!(rig.host.status().await.unwrap().plugins[0].counters.starts, 1);
    rig.host.stop().await;
}

fn configured() -> Installed {
    let head = "agent: true\nconfigSchema: { type: object, additionalProperties: false, required: [word], properties: { word: { type: string }, mark: { type: string, default: '!' } } }";
    plugin(
        "desk",
        head,
        "export default definePlugin({ agent: (turn, wa) => ({ text: wa.config.word + wa.config.mark }) });",
    )
}

fn with_config(config: &str) -> String {
    format!("{PROJECT}plugins: {{ entries: {{ desk: {{ config: {config} }} }} }}\n")
}

async fn an_invalid_config_keeps_the_old_one() {
    let rig = Rig::with(&with_config("{ word: one }"), vec![configured()], quick()).await;
    let mut console = rig.console();
    assert_eq!(ask(&mut console, "me", "?").await, "one!");
    let outcome = rig.host.reload(set(&with_config("{ word: 1 }"), vec![configured()])).await.unwrap();
    assert_eq!(outcome.kept.len(), 1);
    assert!(
        outcome.kept[0].reason.starts_with("its config is invalid: /word: "),
        "{}",
        outcome.kept[0].reason
    );
    assert_eq!(ask(&mut console, "me", "?").await, "one!");
    rig.host.reload(set(&with_config("{ word: two, mark: '?' }"), vec![configured()])).await.unwrap();
    assert_eq!(ask(&mut console, "me", "?").await, "two?");
    rig.host.stop().await;
}

async fn an_invalid_config_at_start() {
    let head = "tools:\n  - { name: poke, description: Test, input: { type: object } }\n";
    let other = plugin("other", head, "export default definePlugin({ tools: { poke: () => 1 } });");
    let mut rig = Rig::with(&with_config("{}"), vec![configured(), other], quick()).await;
    let reason = rig.notice(|notice| match notice {
        runtime_host::Notice::PluginRefused { reason, .. } => Some(reason.clone()),
        _ => None,
    });
    assert!(reason.await.starts_with("its config is invalid: "));
    let poked = rig.client(|client| client.call_tool("poke", &serde_json::json!({}))).await.unwrap();
    assert_eq!(poked.get(), "1");
    rig.host.stop().await;
}

async fn no_message_is_lost_under_load() {
    let rig = Rig::new(vec![versioned("1.0.0")]).await;
    let mut console = rig.console();
    let talker = rig.host.attach_console(vec!["nobody".into()]).unwrap();
    let talk = async {
        for n in 0..200 {
            talker.say(&format!("chat-{}", n % 7), Some(format!("id-{n}")), &format!("m{n}")).await.unwrap();
            if n % 20 == 10 {
                let version = format!("1.0.{n}");
                rig.host.reload(set(PROJECT, vec![versioned(&version)])).await.unwrap();
            }
        }
    };
    let listen = async {
        let mut heard = std::collections::BTreeSet::new();
        while heard.len() < 200 {
            let text = text_of(&hear(&mut console).await);
            let (_, message) = text.split_once(' ').unwrap();
            assert!(heard.insert(message.to_owned()), "{message} twice");
        }
    };
    tokio::join!(talk, listen);
    let queues = rig.host.status().await.unwrap().queues;
    assert_eq!((queues.inbound_dead, queues.outbox_dead), (0, 0));
    rig.host.stop().await;
}

async fn what_needs_a_restart_says_so() {
    let rig = Rig::new(vec![echo_agent()]).await;
    let moved = PROJECT.replace("127.0.0.1:0", "127.0.0.1:1");
    let refused = rig.host.reload(set(&moved, vec![])).await.unwrap_err();
    assert!(matches!(refused, ReloadError::NeedsRestart { setting: "server.bind" }));
    let mut console = rig.console();
    assert_eq!(ask(&mut console, "me", "hi").await, "echo: hi");
    rig.host.stop().await;
}

async fn the_api_reads_the_project_again() {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let (mut options, notices) = rig::options(&directory, PROJECT, vec![versioned("1.0.0")], quick());
    let broken = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let flag = Arc::clone(&broken);
    options.reload = Some(Arc::new(move || match flag.load(std::sync::atomic::Ordering::Relaxed) {
        true => Err("wa.yaml:3:1: not YAML".into()),
        false => Ok(set(PROJECT, vec![versioned("2.0.0")])),
    }));
    let host = Host::start(options).await.unwrap();
    let rig = Rig { directory, host, notices };
    let outcome = rig.client(|client| client.reload()).await.unwrap();
    assert_eq!(outcome.changed, ["desk"]);
    broken.store(true, std::sync::atomic::Ordering::Relaxed);
    let refused = rig.client(|client| client.reload()).await.unwrap_err().to_string();
    assert!(
        refused.contains("everything goes on as it was") && refused.contains("wa.yaml:3:1: not YAML"),
        "{refused}"
    );
    let mut console = rig.console();
    assert_eq!(ask(&mut console, "me", "hi").await, "2.0.0 hi");
    rig.host.stop().await;
}

async fn a_second_host_is_refused() {
    let rig = Rig::new(vec![]).await;
    let layout = rig.layout();
    let (options, _notices) = rig::options(&rig.directory, PROJECT, vec![], quick());
    let refused = Host::start(options).await.err().unwrap();
    assert!(
        matches!(&refused, StartError::Running(running::RunningError::Already { pid: Some(pid) }) if *pid == std::process::id())
    );
    let found = running::find(&layout).unwrap().unwrap();
    assert_eq!((found.pid, found.gateway), (std::process::id(), rig.host.gateway()));
    use std::os::unix::fs::PermissionsExt as _;
    let record = layout.run_dir().join("host.json");
    assert_eq!(std::fs::metadata(&record).unwrap().permissions().mode() & 0o777, 0o600);
    let directory = Arc::clone(&rig.directory);
    rig.host.stop().await;
    assert!(running::find(&layout).unwrap().is_none());
    assert!(!record.exists());
    // As a killed host leaves it.
    std::fs::write(&record, "{}").unwrap();
    assert!(running::find(&layout).unwrap().is_none());
    let rig = Rig::on(directory, PROJECT, vec![], quick()).await;
    assert!(running::find(&layout).unwrap().is_some());
    rig.host.stop().await;
}
