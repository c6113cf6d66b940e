//! `kill -9` of a host at any moment: nothing accepted is lost, nothing is answered under two ids.

use crate::{rig, trial};
use libtest_mimic::Trial;
use manifest_schema::layout::Layout;
use runtime_host::{
    Host,
    client::{Chat, ChatEvent, Client},
    running,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial("survival::kill_and_resume", kill_and_resume)]
}

/// How often the host is killed.
const KILLS: u32 = 12;
/// Messages sent before each kill.
const MESSAGES: u32 = 40;

/// Runs a host on a directory until stdin closes. This binary started with `__host DIR`.
pub(crate) fn run_host(directory: &Path) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let keeper = "export default definePlugin({ hooks: { 'message.sending': (draft) => ({ ...draft, text: draft.text + '.' }) } });";
        let gate = rig::plugin("dot", "hooks: [{ on: message.sending, timeout: 20s }]", keeper);
        let (options, _notices) = rig::options_on(directory, rig::PROJECT, vec![rig::echo_agent(), gate], rig::quick());
        let host = Host::start(options).await.unwrap();
        println!("ready");
        let closed = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        let _ = closed.await;
        host.stop().await;
    });
    ExitCode::SUCCESS
}

fn start(directory: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg("__host")
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    child
}

#[derive(Default)]
struct Ledger {
    accepted: BTreeSet<String>,
    /// Ids of the answers to each message.
    answers: BTreeMap<String, BTreeSet<String>>,
}

impl Ledger {
    /// Takes events until the host is gone or `enough`.
    fn listen(&mut self, chat: &mut Chat, enough: impl Fn(&Self) -> bool) {
        while !enough(self) {
            match chat.receive() {
                Ok(Some(ChatEvent::Accepted { id, .. })) => drop(self.accepted.insert(id)),
                Ok(Some(ChatEvent::Message { id, message, .. })) => {
                    let text = message["text"].as_str().unwrap();
                    let asked = text.strip_prefix("echo: ").and_then(|text| text.strip_suffix('.')).unwrap();
                    self.answers.entry(asked.to_owned()).or_default().insert(id.clone());
                    let _ = chat.acknowledge(&id);
                }
                Ok(Some(ChatEvent::Refused { .. })) => {}
                Ok(None) | Err(_) => return,
            }
        }
    }

    fn answered_all(&self) -> bool {
        self.accepted.iter().all(|id| self.answers.contains_key(id))
    }
}

async fn kill_and_resume() {
    tokio::task::spawn_blocking(|| {
        let directory = tempfile::tempdir().unwrap();
        let layout = Layout::new(directory.path());
        let mut ledger = Ledger::default();
        for round in 0..KILLS {
            let mut child = start(directory.path());
            let mut chat = Client::new(running::find(&layout).unwrap().unwrap()).chat(&[]).unwrap();
            let mut sender = chat.sender().unwrap();
            let talking = std::thread::spawn(move || {
                for n in 0..MESSAGES {
                    let id = format!("r{round}-{n}");
                    if sender.send(&format!("chat-{}", n % 5), &id, &id).is_err() {
                        return;
                    }
                }
            });
            // A different moment each round, from before the first commit to after the last answer.
            let moment = Instant::now() + Duration::from_millis(u64::from(round) * 9);
            chat.set_timeout(Some(Duration::from_millis(1))).unwrap();
            while Instant::now() < moment {
                ledger.listen(&mut chat, |_| Instant::now() >= moment);
            }
            child.kill().unwrap();
            child.wait().unwrap();
            chat.set_timeout(None).unwrap();
            ledger.listen(&mut chat, |_| false);
            talking.join().unwrap();
        }
        let mut child = start(directory.path());
        let mut chat = Client::new(running::find(&layout).unwrap().unwrap()).chat(&[]).unwrap();
        chat.set_timeout(Some(Duration::from_secs(30))).unwrap();
        ledger.listen(&mut chat, Ledger::answered_all);
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
        let lost: Vec<_> = ledger.accepted.iter().filter(|id| !ledger.answers.contains_key(*id)).collect();
        assert!(lost.is_empty(), "accepted and never answered: {lost:?}");
        let doubled: Vec<_> = ledger.answers.iter().filter(|(_, ids)| ids.len() > 1).collect();
        assert!(doubled.is_empty(), "answered under two ids: {doubled:?}");
        assert!(ledger.accepted.len() > 50, "only {} messages were accepted", ledger.accepted.len());
    })
    .await
    .unwrap();
}
