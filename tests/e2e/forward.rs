//! Forward streams: a receiver with the verifier in it, and everything that can happen between it and the host.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use forward_stream::{CheckingKey, RefusalKind, Verdict, Verifier, VerifierState};
use serde_json::{Value, json};

use crate::support::{LIMIT, Place, Random, Running};

const SECRET: &str = "a secret that both sides know";

/// What a receiver has seen.
struct Book {
    verifier: Verifier,
    /// The records that count, in order.
    taken: Vec<Value>,
    /// All bodies as they came, in order.
    lines: Vec<String>,
    repeats: usize,
    refused: Vec<RefusalKind>,
    /// Answers this, and takes nothing.
    status: Option<u16>,
    /// Takes so many records and closes the connection instead of an answer.
    break_off: usize,
    posts: usize,
}

/// A receiver as an author would write it, on a free port.
struct Receiver {
    address: SocketAddr,
    book: Arc<(Mutex<Book>, Condvar)>,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let book = Book {
            verifier: Verifier::new(CheckingKey::hmac(SECRET).unwrap(), VerifierState::default()),
            taken: Vec::new(),
            lines: Vec::new(),
            repeats: 0,
            refused: Vec::new(),
            status: None,
            break_off: 0,
            posts: 0,
        };
        let book = Arc::new((Mutex::new(book), Condvar::new()));
        let shared = Arc::clone(&book);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(stream.unwrap(), &shared));
            }
        });
        Self { address, book }
    }

    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.0.lock().unwrap()
    }

    /// Waits until the book is as wanted.
    #[track_caller]
    fn wait_until(&self, wanted: impl Fn(&Book) -> bool) -> MutexGuard<'_, Book> {
        let (book, timeout) =
            self.book.1.wait_timeout_while(self.book(), LIMIT, |book| !wanted(book)).unwrap();
        assert!(
            !timeout.timed_out(),
            "{} records, {} posts, {:?}",
            book.taken.len(),
            book.posts,
            book.refused
        );
        book
    }

    fn answer(&self, status: Option<u16>) {
        self.book().status = status;
    }
}

/// Serves the requests of one connection.
fn serve(stream: TcpStream, shared: &(Mutex<Book>, Condvar)) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream;
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().ok()?;
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let status = {
            let mut book = shared.0.lock().unwrap();
            let status = book.judge(&String::from_utf8(body).ok()?);
            shared.1.notify_all();
            status
        };
        let status = status?;
        write!(writer, "HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n").ok()?;
    }
}

impl Book {
    /// The status of the answer; `None`: none.
    fn judge(&mut self, line: &str) -> Option<u16> {
        self.posts += 1;
        if self.status.is_some() {
            return self.status;
        }
        self.lines.push(line.to_owned());
        match self.verifier.take(line) {
            Ok(Verdict::New) => self.taken.push(serde_json::from_str(line).unwrap()),
            Ok(Verdict::Repeat) => self.repeats += 1,
            Ok(Verdict::Early) => return Some(503),
            Err(refusal) => {
                self.refused.push(refusal.kind);
                return Some(409);
            }
        }
        if self.break_off > 0 {
            self.break_off -= 1;
            return None;
        }
        Some(202)
    }
}

/// A project with an echo agent, and a plugin without code whose conversations go to the receiver.
fn project(receiver: &Receiver) -> Place {
    let place = Place::with_echo(&[]);
    declare(&place, &receiver.origin(), "secret: key");
    place.edit(
        "wa.yaml",
        "paths: [./plugins]",
        &format!("paths: [./plugins], entries: {{ log: {{ config: {{ key: '{SECRET}' }} }} }}"),
    );
    place.configure(&format!("policy: {{ allowPrivateNetwork: ['{}'] }}", receiver.origin()));
    place
}

fn declare(place: &Place, origin: &str, sign: &str) {
    place.write(
        "plugins/log/wa.plugin.yaml",
        format!(
            "schema: 1\nid: log\nversion: 1.0.0\n\
             configSchema: {{ type: object, additionalProperties: false, properties: {{ key: {{ type: string }} }} }}\n\
             configContracts: {{ secretInputs: {{ paths: [{{ path: key }}] }} }}\n\
             forward: [{{ events: [message.received, message.sent], to: '{origin}/in', sign: {{ {sign} }} }}]\n"
        ),
    );
}

fn streams(place: &Place) -> Value {
    place.wa(["forward", "list", "--json"]).succeeds().json()["streams"].take()
}

/// Waits until the host has heard of every record that it was taken.
fn all_delivered(host: &Running) {
    while host.rpc("forward.list", &json!({})).unwrap()[0]["waiting"] != 0 {}
}

#[test]
fn a_conversation_arrives_numbered_chained_and_signed() {
    let receiver = Receiver::start();
    let place = project(&receiver);
    let host = Running::start(&place);
    let mut console = host.console();
    let event_id = console.say_as("me", "7", "hello");
    assert_eq!(console.hear_text(), "echo: hello");
    // The same message again is no second record.
    console.say_as("me", "7", "hello");
    let book = receiver.wait_until(|book| book.taken.len() == 2);
    let (received, sent) = (&book.taken[0], &book.taken[1]);
    assert_eq!(received["event_id"], event_id);
    assert_eq!(
        (&received["seq"], &received["event"], &received["role"], &received["message_id"], &received["from"]),
        (&json!(1), &json!("message.received"), &json!("user"), &json!("7"), &json!("me"))
    );
    assert_eq!(received["content"], json!({ "kind": "text", "text": "hello" }));
    assert_eq!(
        (&received["channel"], &received["instance"], &received["chat"]),
        (&json!("console"), &json!("default"), &json!("me"))
    );
    assert_eq!((&sent["seq"], &sent["prev_hash"]), (&json!(2), &received["hash"]));
    assert_eq!((&sent["role"], &sent["origin"]), (&json!("assistant"), &json!("agent:ana")));
    assert_eq!(sent["content"]["text"], "echo: hello");
    drop(book);
    all_delivered(&host);
    let shown = host.rpc("forward.list", &json!({})).unwrap();
    assert_eq!(shown, streams(&place));
    host.stop();
    let shown = &streams(&place)[0];
    assert_eq!((&shown["seq"], &shown["delivered"], &shown["waiting"]), (&json!(2), &json!(2), &json!(0)));
    assert_eq!((&shown["stopped"], &shown["last_error"]), (&json!(false), &Value::Null));
}

#[test]
fn a_receiver_that_is_away_holds_up_nobody_and_misses_nothing() {
    let receiver = Receiver::start();
    let place = project(&receiver);
    let mut host = Running::start(&place);
    let mut console = host.console();
    receiver.answer(Some(503));
    for n in 0..20 {
        assert_eq!(console.ask("me", &format!("{n}")), format!("echo: {n}"));
    }
    let delayed = host.event_of("forwardDelayed", "log");
    assert!(delayed["reason"].as_str().unwrap().contains("status 503"), "{delayed}");
    drop(receiver.wait_until(|book| book.posts >= 2));
    {
        let mut book = receiver.book();
        book.status = None;
        // Back again, it loses some of its answers.
        book.break_off = 2;
    }
    let book = receiver.wait_until(|book| book.taken.len() == 40);
    assert_eq!(book.repeats, 2);
    assert!(book.refused.is_empty());
    drop(book);
    host.stop();
}

#[test]
fn twenty_kills_leave_no_gap_and_no_fork() {
    let receiver = Receiver::start();
    let place = project(&receiver);
    let mut random = Random::seeded();
    for round in 0..20 {
        let host = Running::start(&place);
        let mut console = host.console();
        let burst = random.within(1..30);
        for n in 0..burst {
            let line = json!({ "type": "message", "chat": "me", "id": format!("{round}-{n}"), "text": "hi" });
            console.write(&line).unwrap();
        }
        // Some rounds end in the middle of a delivery whose answer is lost.
        if random.once_in(2) {
            receiver.book().break_off = 1;
        }
        // The moment of the kill: after some more posts, whatever they are.
        let posts = receiver.book().posts + usize::try_from(random.within(0..burst + 1)).unwrap();
        drop(receiver.wait_until(|book| book.posts >= posts));
        host.kill();
    }
    let host = Running::start(&place);
    let mut console = host.console();
    console.say("me", "the last");
    while console.hear_text() != "echo: the last" {}
    // The last message out is copied when the console has acknowledged it.
    let sent_all = |book: &Book| {
        let of = |event: &str| book.taken.iter().filter(|record| record["event"] == event).count();
        of("message.received") == of("message.sent")
    };
    drop(receiver.wait_until(sent_all));
    all_delivered(&host);
    host.stop();
    let shown = streams(&place);
    let book = receiver.book();
    assert_eq!((&shown[0]["waiting"], &shown[0]["seq"]), (&json!(0), &json!(book.taken.len())), "{shown}");
    assert!(book.refused.is_empty(), "{:?}", book.refused);
    assert!(book.verifier.missing().is_empty());
    assert!(book.taken.len() > 100, "{} records", book.taken.len());
    // What the journal knows and what arrived are the same events.
    let db = rusqlite::Connection::open(place.path(".wa/journal.db")).unwrap();
    let accepted: u32 = db.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).unwrap();
    let received = book.taken.iter().filter(|record| record["event"] == "message.received").count();
    assert_eq!(received, usize::try_from(accepted).unwrap());
}

#[test]
fn a_conflict_stops_the_stream_until_a_reload() {
    let receiver = Receiver::start();
    let place = project(&receiver);
    let mut host = Running::start(&place);
    let mut console = host.console();
    receiver.answer(Some(409));
    assert_eq!(console.ask("me", "one"), "echo: one");
    let stopped = host.event_of("forwardStopped", "log");
    assert!(stopped["reason"].as_str().unwrap().contains("wa plugins reload"), "{stopped}");
    assert_eq!(streams(&place)[0]["stopped"], json!(true));
    // Messages go on.
    assert_eq!(console.ask("me", "two"), "echo: two");
    receiver.answer(None);
    place.wa(["plugins", "reload"]).succeeds();
    drop(receiver.wait_until(|book| book.taken.len() == 4));
    host.stop();
}

#[test]
fn what_install_shows_and_what_policy_forbids() {
    let receiver = Receiver::start();
    let place = project(&receiver);
    let shown = place.wa(["plugins", "inspect", "log"]).succeeds().stdout().to_owned();
    let words = format!(
        "have the host send a signed copy of every message.received, message.sent to {}",
        receiver.origin()
    );
    assert!(shown.contains(&words), "{shown}");
    // A private address needs the operator's word.
    place.edit(
        "wa.yaml",
        &format!("allowPrivateNetwork: ['{}']", receiver.origin()),
        "allowPrivateNetwork: []",
    );
    let mut host = Running::start(&place);
    assert_eq!(host.console().ask("me", "one"), "echo: one");
    let delayed = host.event_of("forwardDelayed", "log");
    assert!(delayed["reason"].as_str().unwrap().contains("allowPrivateNetwork"), "{delayed}");
    host.stop();
    // Policy can forbid forwarding at all.
    place.edit("wa.yaml", "allowPrivateNetwork: []", "maxPermissions: { forward: [] }");
    let host = Running::start(&place);
    assert_eq!(host.console().ask("me", "two"), "echo: two");
    host.stop();
    assert_eq!(streams(&place)[0]["seq"], json!(2));
    assert_eq!(receiver.book().posts, 0);
}

#[test]
fn a_secret_that_is_none_is_told_and_nothing_is_sent() {
    let receiver = Receiver::start();
    let place = project(&receiver);
    place.edit("wa.yaml", SECRET, "short");
    let mut host = Running::start(&place);
    let stopped = host.event_of("forwardStopped", "log");
    assert!(stopped["reason"].as_str().unwrap().contains("16 at least"), "{stopped}");
    assert_eq!(host.console().ask("me", "one"), "echo: one");
    host.stop();
    assert_eq!(receiver.book().posts, 0);
}

#[test]
fn the_check_names_every_way_to_be_wrong() {
    let receiver = Receiver::start();
    let place = project(&receiver);
    let host = Running::start(&place);
    for text in ["one", "two", "three"] {
        host.console().ask("me", text);
    }
    let lines = receiver.wait_until(|book| book.taken.len() == 6).lines.clone();
    host.stop();
    let verify = |text: &str, secret: &str, more: &[&str]| {
        place.write("taken.jsonl", text);
        let mut command =
            place.command(["forward", "verify", "taken.jsonl", "--secret-env", "KEY", "--json"]);
        let output = command.args(more).env("KEY", secret).output().unwrap();
        let said: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        (output.status.code().unwrap(), said)
    };
    let whole = lines.join("\n") + "\n";
    let (code, said) = verify(&whole, SECRET, &["--state", "state.json"]);
    assert_eq!((code, &said["new"], &said["seq"]), (0, &json!(6), &json!(6)), "{said}");
    // The same file again is six repeats.
    let (code, said) = verify(&whole, SECRET, &["--state", "state.json"]);
    assert_eq!((code, &said["new"], &said["repeats"]), (0, &json!(0), &json!(6)), "{said}");
    let mixed = [&lines[0], &lines[3], &lines[2], &lines[1], &lines[1], &lines[5], &lines[4]];
    let mixed: Vec<&str> = mixed.iter().map(|line| line.as_str()).collect();
    let (code, said) = verify(&mixed.join("\n"), SECRET, &[]);
    assert_eq!((code, &said["new"], &said["repeats"]), (0, &json!(6), &json!(1)), "{said}");
    let kind = |text: &str, secret: &str| {
        let (code, said) = verify(text, secret, &[]);
        assert_eq!(code, 1, "{said}");
        said["refused"][0]["kind"].as_str().map(str::to_owned)
    };
    assert_eq!(kind(&whole.replace("\"one\"", "\"owe\""), SECRET).as_deref(), Some("wrong-hash"));
    assert_eq!(kind(&whole, "another secret of enough length").as_deref(), Some("wrong-signature"));
    let (code, said) = verify(&[&*lines[0], &*lines[2]].join("\n"), SECRET, &[]);
    assert_eq!((code, &said["missing"]), (1, &json!([{ "from": 2, "to": 2 }])), "{said}");
    // What the sender would say if its journal were another one.
    let (code, said) = verify(&lines[1], SECRET, &["--state", "other.json"]);
    assert_eq!((code, &said["missing"]), (1, &json!([{ "from": 1, "to": 1 }])), "{said}");
    assert_eq!(verify(&whole, "short", &[]).0, 2);
    assert_eq!(place.wa(["forward", "verify", "nothing.jsonl", "--secret-env", "NOT_SET"]).status(), Some(2));
}

#[test]
fn a_second_journal_is_another_stream() {
    let receiver = Receiver::start();
    let place = project(&receiver);
    let host = Running::start(&place);
    host.console().ask("me", "one");
    drop(receiver.wait_until(|book| book.taken.len() == 2));
    host.stop();
    // Whoever begins anew with the same secret is not taken for the one before.
    for file in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        let _ = std::fs::remove_file(place.path(format!(".wa/{file}")));
    }
    let mut host = Running::start(&place);
    host.console().ask("me", "two");
    host.event_of("forwardStopped", "log");
    assert_eq!(receiver.book().refused, [RefusalKind::WrongStream]);
    host.stop();
}

#[test]
fn the_example_in_the_guide_is_a_receiver() {
    let guide = include_str!("../../docs/forward.md");
    let example = guide.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let place = project(&Receiver::start());
    place.write("receiver.py", example);
    let mut python = std::process::Command::new("python3")
        .args(["-u", "receiver.py"])
        .current_dir(place.work())
        .env("BRIDGE_KEY", SECRET)
        .env("PORT", "0")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(python.stdout.take().unwrap());
    let mut port = String::new();
    said.read_line(&mut port).unwrap();
    let origin = format!("http://127.0.0.1:{}", port.trim());
    declare(&place, &origin, "secret: key");
    let before = place.read("wa.yaml");
    let (head, _) = before.split_once("policy:").unwrap();
    place.write("wa.yaml", format!("{head}policy: {{ allowPrivateNetwork: ['{origin}'] }}\n"));
    let host = Running::start(&place);
    host.console().ask("me", "one");
    let mut lines = said.lines();
    let taken: Vec<String> = (0..2).map(|_| lines.next().unwrap().unwrap()).collect();
    assert_eq!(taken, ["1 user one", "2 assistant echo: one"]);
    host.stop();
    python.kill().unwrap();
    python.wait().unwrap();
    let mut command = place.command(["forward", "verify", "taken.jsonl", "--secret-env", "KEY"]);
    assert!(command.env("KEY", SECRET).output().unwrap().status.success());
}
