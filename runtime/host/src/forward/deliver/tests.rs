//! A stream and a receiver with a clock of its own.

use super::*;
use crate::{
    forward::{Task, declared},
    journal::{NewEvent, WantedStream},
    notice,
};
use forward_stream::{CheckingKey, Verdict, Verifier, VerifierState};
use manifest_schema::{
    configuration::Configuration,
    manifest,
    source::{Source, Syntax},
};
use secret_store::{PluginSecrets, Snapshot};
use serde_json::json;
use std::sync::{Mutex, MutexGuard};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

const SECRET: &str = "a secret of both sides";
const MANIFEST: &str = "
schema: 1
id: log
version: 1.0.0
configSchema: { type: object, properties: { key: { type: string } } }
configContracts: { secretInputs: { paths: [{ path: key }] } }
forward: [{ events: [message.received], to: 'https://receiver.test/in', sign: { secret: key } }]
";

/// What the receiver does with the post of this number, at this time.
type Answer = fn(u32, Duration) -> Behaviour;

enum Behaviour {
    Take,
    /// Takes the record, and its answer is lost.
    TakeAndBreak,
    Status(u16),
    Unreachable,
}

struct Book {
    now: Duration,
    longest: Duration,
    posts: u32,
    repeats: u32,
    verifier: Verifier,
    contradicted: bool,
}

struct Simulated {
    book: Arc<Mutex<Book>>,
    taken: watch::Sender<u64>,
    answer: Answer,
}

impl Simulated {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }
}

impl Receiver for Simulated {
    async fn post(&self, line: String) -> Result<u16, String> {
        let mut book = self.book();
        book.posts += 1;
        let behaviour = (self.answer)(book.posts, book.now);
        if matches!(behaviour, Behaviour::Take | Behaviour::TakeAndBreak) {
            match book.verifier.take(&line).unwrap() {
                Verdict::New => {}
                Verdict::Repeat => book.repeats += 1,
                Verdict::Early => panic!("out of order"),
            }
            self.taken.send_replace(book.verifier.state().seq);
        }
        match behaviour {
            Behaviour::Take => Ok(202),
            Behaviour::TakeAndBreak | Behaviour::Unreachable => Err("no answer".into()),
            Behaviour::Status(status) => Ok(status),
        }
    }

    /// The simulated clock: a wait takes no time.
    async fn wait(&self, pause: Duration) {
        {
            let mut book = self.book();
            book.now += pause;
            book.longest = book.longest.max(pause);
        }
        tokio::task::yield_now().await;
    }

    fn contradicted(&self, _: &str, _: &str) {
        self.book().contradicted = true;
    }
}

fn event(n: u32) -> NewEvent {
    let payload =
        json!({ "id": n.to_string(), "from": "me", "kind": "text", "text": format!("message {n}") });
    NewEvent {
        event_id: format!("evt_{n}"),
        name: "message.received",
        channel: "console".into(),
        instance: "default".into(),
        chat: "me".into(),
        payload: payload.as_object().cloned().unwrap(),
        at: u64::from(n),
    }
}

/// A stream in a new journal, with so many events in it before it runs.
async fn stream(answer: Answer, events: u32) -> (tempfile::TempDir, Stream<Simulated>, watch::Receiver<u64>) {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _accepted) = Journal::open(&directory.path().join("journal.db")).unwrap();
    let (manifest, findings) = manifest::read(&Source::new("wa.plugin.yaml", MANIFEST, Syntax::Yaml));
    let manifest = manifest.unwrap_or_else(|| panic!("{findings:?}"));
    let given = json!({ "key": SECRET }).as_object().cloned().unwrap();
    let configuration = Configuration::check(&manifest, given, &Default::default()).unwrap();
    let secrets = PluginSecrets::new(&configuration.secrets, &Snapshot::default()).unwrap();
    let declared = declared(&manifest, &manifest.permissions, &Arc::new(secrets)).remove(0);
    assert_eq!(declared.problem(), None);
    let wanted = WantedStream {
        plugin: "log".into(),
        target: declared.to.clone(),
        events: declared.events.clone(),
        fresh_id: "fwd_1".into(),
    };
    let followed = journal.follow(vec![wanted]).await.unwrap().remove(0);
    for n in 1..=events {
        journal.accept(event(n)).await.unwrap();
        // A repeat of an event is no second record.
        journal.accept(event(n)).await.unwrap();
    }
    let (taken, seen) = watch::channel(0);
    let book = Book {
        now: Duration::ZERO,
        longest: Duration::ZERO,
        posts: 0,
        repeats: 0,
        verifier: Verifier::new(CheckingKey::hmac(SECRET).unwrap(), VerifierState::default()),
        contradicted: false,
    };
    let receiver = Simulated { book: Arc::new(Mutex::new(book)), taken, answer };
    let (notices, _) = notice::channel(64);
    let stream = Stream {
        in_hand: Arc::default(),
        journal,
        notices,
        timing: Timing::default(),
        declared,
        followed,
        receiver,
    };
    (directory, stream, seen)
}

#[tokio::test]
async fn an_hour_without_the_receiver_loses_nothing() {
    let hour: Answer = |_, now| {
        if now < Duration::from_secs(3600) { Behaviour::Unreachable } else { Behaviour::Take }
    };
    let (_directory, stream, mut taken) = stream(hour, 300).await;
    let (journal, book) = (Arc::clone(&stream.journal), Arc::clone(&stream.receiver.book));
    let running = tokio::spawn(stream.run());
    // More comes while it is away.
    for n in 301..=400 {
        journal.accept(event(n)).await.unwrap();
    }
    taken.wait_for(|seq| *seq == 400).await.unwrap();
    running.abort();
    let _ = running.await;
    let book = book.lock().unwrap();
    assert!(
        book.now >= Duration::from_secs(3600) && book.now < Duration::from_secs(3600 + 60),
        "{:?}",
        book.now
    );
    assert_eq!(book.longest, Timing::default().forward_retry_max);
    // One record was tried through the hour, and nothing else: 500 ms, doubled to a minute, then each minute.
    assert!(book.posts < 400 + 70, "{} posts", book.posts);
    assert_eq!(book.repeats, 0);
}

#[tokio::test]
async fn a_lost_answer_is_a_repeat_and_nothing_else() {
    let flaky: Answer = |post, _| match post % 3 {
        0 => Behaviour::TakeAndBreak,
        1 => Behaviour::Status(503),
        _ => Behaviour::Take,
    };
    let (_directory, stream, mut taken) = stream(flaky, 60).await;
    let book = Arc::clone(&stream.receiver.book);
    let running = tokio::spawn(stream.run());
    taken.wait_for(|seq| *seq == 60).await.unwrap();
    running.abort();
    let _ = running.await;
    let book = book.lock().unwrap();
    assert!(book.repeats > 10, "{} repeats", book.repeats);
}

#[tokio::test]
async fn a_conflict_stops_the_stream_until_it_is_followed_again() {
    let conflict: Answer = |post, _| if post == 3 { Behaviour::Status(409) } else { Behaviour::Take };
    let (_directory, stream, taken) = stream(conflict, 5).await;
    let (journal, book) = (Arc::clone(&stream.journal), Arc::clone(&stream.receiver.book));
    let wanted = WantedStream {
        plugin: "log".into(),
        target: stream.declared.to.clone(),
        events: stream.declared.events.clone(),
        fresh_id: "fwd_2".into(),
    };
    stream.run().await;
    assert!(book.lock().unwrap().contradicted);
    assert_eq!(*taken.borrow(), 2);
    let status = journal.streams().await.unwrap().remove(0);
    assert_eq!((status.seq, status.delivered, status.waiting, status.stopped), (5, 2, 3, true));
    assert!(status.last_error.unwrap().contains("wa plugins reload"));
    // The same stream goes on, under its own id.
    let again = journal.follow(vec![wanted]).await.unwrap().remove(0);
    assert_eq!((again.id.as_str(), again.delivered), ("fwd_1", 2));
    assert!(!journal.streams().await.unwrap()[0].stopped);
}

/// Answers when it is told to.
#[derive(Clone, Default)]
struct Slow {
    asked: Arc<Notify>,
    answers: Arc<Notify>,
}

impl Receiver for Slow {
    async fn post(&self, _: String) -> Result<u16, String> {
        self.asked.notify_one();
        self.answers.notified().await;
        Ok(202)
    }

    async fn wait(&self, _: Duration) {}

    fn contradicted(&self, _: &str, _: &str) {}
}

#[tokio::test]
async fn a_stop_waits_for_the_answer_to_what_is_on_its_way() {
    let (_directory, stream, _) = stream(|_, _| Behaviour::Take, 2).await;
    let Stream { journal, notices, timing, declared, followed, in_hand, .. } = stream;
    let (journal, in_hand, receiver) = (Arc::clone(&journal), Arc::clone(&in_hand), Slow::default());
    let slow = receiver.clone();
    let stream = Stream {
        journal: Arc::clone(&journal),
        notices,
        timing,
        declared,
        followed,
        in_hand: Arc::clone(&in_hand),
        receiver,
    };
    let task = Task { running: tokio::spawn(stream.run()), in_hand };
    slow.asked.notified().await;
    let stopping = tokio::spawn(task.stop(Instant::now() + Duration::from_secs(60)));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!stopping.is_finished());
    slow.answers.notify_one();
    stopping.await.unwrap();
    let status = journal.streams().await.unwrap().remove(0);
    assert_eq!(status.delivered, 1);
}
