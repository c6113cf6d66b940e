//! The host is killed at random moments under load: what it accepted it answers, once.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::{Console, Place, Random, Running};

/// Kills in each of the three tests, which run side by side.
const KILLS: usize = 100;
/// Chats that are written to.
const CHATS: u64 = 4;
/// Messages on their way at a time.
const WINDOW: usize = 16;

#[test]
fn nothing_accepted_is_lost_or_answered_twice_in_a_hundred_kills() {
    survive(KILLS);
}

#[test]
fn nothing_accepted_is_lost_or_answered_twice_in_another_hundred_kills() {
    survive(KILLS);
}

#[test]
fn nothing_accepted_is_lost_or_answered_twice_in_a_third_hundred_kills() {
    survive(KILLS);
}

/// Kills the host `kills` times while messages go in and out, then lets it finish and compares.
fn survive(kills: usize) {
    let mut random = Random::seeded();
    let agent = "agent: ({ message }) => ({ text: `answer ${message.id}` })";
    let notes = "events: { 'message.received': (message, wa) => wa.channel.sendText({ to: message.chat, text: `note ${message.id}` }) }";
    let observes = "events: [message.received]\npermissions: { channel: { console: [send] } }";
    let place = Place::with_plugins(&[("desk", "agent: true", agent), ("notes", observes, notes)]);
    let mut load = Load::default();
    for _ in 0..kills {
        // Some hosts are killed while they take up what the last one has left.
        if random.once_in(6) {
            kill_before_ready(&place, &mut random);
        } else {
            load.run_until_killed(&place, &mut random);
        }
    }
    let mut host = Running::start(&place);
    load.finish(&mut host.console());
    assert!(!host.events().iter().any(|event| event["event"] == "deadLetter"), "{:?}", host.events());
    host.stop();
    println!("{} messages, {} of them repeated", load.accepted.len(), load.repeated);
    assert!(load.accepted.len() > kills, "there was hardly any load: {} messages", load.accepted.len());
    load.compare();
    compare_journal(&place, load.accepted.len());
}

fn kill_before_ready(place: &Place, random: &mut Random) {
    let mut command: Command = place.command(["run", "--json"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(Duration::from_millis(random.within(0..60)));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// What the client knows.
#[derive(Default)]
struct Load {
    last: u64,
    /// Sent and not accepted: message id and chat.
    open: BTreeMap<String, String>,
    /// The event ids that each message was accepted under.
    accepted: BTreeMap<String, BTreeSet<String>>,
    chats: BTreeMap<String, String>,
    /// The ids that each text came under.
    heard: BTreeMap<String, BTreeSet<String>>,
    repeated: usize,
}

impl Load {
    /// One life of a host: writes and reads until the connection breaks.
    fn run_until_killed(&mut self, place: &Place, random: &mut Random) {
        let mut host = Running::start(place);
        let pid = Pid::from_raw(host.pid().try_into().unwrap()).unwrap();
        // The moment of the kill is what is tried here.
        let delay = Duration::from_millis(random.within(20..150));
        let killer = thread::spawn(move || {
            thread::sleep(delay);
            kill_process(pid, Signal::KILL).unwrap();
        });
        // The connection ends with the host, whatever it was doing.
        let _ = self.talk(&host, random);
        killer.join().unwrap();
        let (status, stderr) = host.end();
        assert_eq!(status.signal(), Some(Signal::KILL.as_raw()), "{stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
    }

    fn talk(&mut self, host: &Running, random: &mut Random) -> io::Result<()> {
        let mut console = Console::attach(host.console_address(), host.token(), &[])?;
        self.repeat(&mut console, random)?;
        loop {
            while self.open.len() < WINDOW {
                self.last += 1;
                let (id, chat) = (format!("m-{}", self.last), format!("chat-{}", random.within(0..CHATS)));
                self.open.insert(id.clone(), chat.clone());
                self.chats.insert(id.clone(), chat);
                self.write(&mut console, &id)?;
            }
            let Some(line) = console.read()? else { return Ok(()) };
            self.take(&mut console, &line)?;
        }
    }

    /// Sends again what was not accepted, and, as a client that has lost its memory would, some that was.
    fn repeat(&mut self, console: &mut Console, random: &mut Random) -> io::Result<()> {
        let mut again: Vec<String> = self.open.keys().cloned().collect();
        again.extend(self.accepted.keys().rev().take(100).filter(|_| random.once_in(20)).cloned());
        for id in again {
            self.repeated += 1;
            self.write(console, &id)?;
        }
        Ok(())
    }

    fn write(&self, console: &mut Console, id: &str) -> io::Result<()> {
        console.write(&json!({ "type": "message", "chat": self.chats[id], "id": id, "text": "hi" }))
    }

    fn take(&mut self, console: &mut Console, line: &Value) -> io::Result<()> {
        let field = |name: &str| line[name].as_str().unwrap_or_else(|| panic!("{line}")).to_owned();
        match line["type"].as_str() {
            Some("accepted") => {
                self.open.remove(&field("id"));
                self.accepted.entry(field("id")).or_default().insert(field("event_id"));
            }
            Some("message") => {
                self.heard.entry(field("text")).or_default().insert(field("id"));
                console.write(&json!({ "type": "ack", "id": line["id"] }))?;
            }
            _ => panic!("{line}"),
        }
        Ok(())
    }

    /// Sends what is open, and one more into each chat: with its answers, all before it are there.
    fn finish(&mut self, console: &mut Console) {
        for chat in 0..CHATS {
            let id = format!("last-{chat}");
            self.chats.insert(id.clone(), format!("chat-{chat}"));
            self.open.insert(id, format!("chat-{chat}"));
        }
        for id in self
            .open
            .keys()
            .filter(|id| id.starts_with("m-"))
            .chain(self.open.keys().filter(|id| id.starts_with("last-")))
        {
            self.write(console, id).unwrap();
        }
        let both = |id: &String| [format!("answer {id}"), format!("note {id}")];
        while !self.open.is_empty()
            || self.accepted.keys().flat_map(both).any(|text| !self.heard.contains_key(&text))
        {
            let line =
                console.read().unwrap_or_else(|error| panic!("no more comes ({error}); {}", self.missing()));
            self.take(console, &line.expect("the host closed the connection")).unwrap();
        }
    }

    fn missing(&self) -> String {
        let both = |id: &String| [format!("answer {id}"), format!("note {id}")];
        let missing: Vec<String> =
            self.accepted.keys().flat_map(both).filter(|text| !self.heard.contains_key(text)).collect();
        format!("not accepted: {:?}; not answered: {missing:?}", self.open)
    }

    fn compare(&self) {
        for (id, events) in &self.accepted {
            assert_eq!(events.len(), 1, "{id} was accepted as {events:?}");
        }
        for (text, ids) in &self.heard {
            assert_eq!(ids.len(), 1, "`{text}` came under {ids:?}");
            let message = text.split(' ').next_back().unwrap();
            assert!(self.accepted.contains_key(message), "`{text}` answers what nobody sent");
        }
    }
}

/// The journal holds each message once, and each answer once.
fn compare_journal(place: &Place, messages: usize) {
    let messages = i64::try_from(messages).unwrap();
    let journal = rusqlite::Connection::open(place.path(".wa/journal.db")).unwrap();
    let count = |query: &str| journal.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM event"), messages);
    assert_eq!(count("SELECT count(DISTINCT json_extract(payload, '$.id')) FROM event"), messages);
    assert_eq!(count("SELECT count(*) FROM outbox"), 2 * messages);
    assert_eq!(count("SELECT count(DISTINCT json_extract(draft, '$.text')) FROM outbox"), 2 * messages);
    assert_eq!(journal.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0)).unwrap(), "ok");
}
