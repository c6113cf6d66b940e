//! Every way to tamper with a log, and every way to die while writing one.

use crate::{
    Action, Actor, AuditLog, Check, Detail, Durability, Entry, Event, FirstKey, Limits, Moment, Place,
    Verdict, Verified, verify,
};
use tempfile::TempDir;

/// A log in a directory of its own.
struct Bench {
    _root: TempDir,
    place: Place,
}

impl Bench {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let place = Place { folder: root.path().join("audit"), keys: root.path().join("keys") };
        Self { _root: root, place }
    }

    fn open(&self, limits: Limits) -> AuditLog {
        AuditLog::open(self.place.clone(), limits, at(0)).unwrap()
    }

    /// A log with `records` records in all.
    fn filled(records: u64) -> Self {
        let bench = Self::new();
        let mut log = bench.open(Limits::default());
        (2..=records).for_each(|number| append(&mut log, number));
        bench
    }

    fn first_key(&self) -> FirstKey {
        let keys = std::fs::read_dir(&self.place.keys).unwrap();
        let path = keys.map(|entry| entry.unwrap().path()).find(|path| path.extension().unwrap() == "key");
        FirstKey::read(&path.unwrap()).unwrap()
    }

    fn verify(&self) -> Verified {
        let key = self.first_key();
        verify(&self.place.folder, &Check { first_key: Some(&key), ..Check::default() }).unwrap()
    }
}

fn at(seconds: u64) -> Moment {
    Moment::from_millis(1_795_253_400_000 + seconds * 1000)
}

fn entry(number: u64) -> Entry {
    let event = Event::done(Actor::Agent("ana".into()), Action::MessageSend)
        .about(format!("out_{number}"))
        .with(Detail::Channel, "console");
    Entry { at: at(number), event }
}

fn append(log: &mut AuditLog, number: u64) {
    log.append(&[entry(number)], Durability::Synced).unwrap();
}

#[test]
fn what_was_written_is_intact() {
    let verified = Bench::filled(5).verify();
    assert_eq!((verified.verdict, verified.last), (Verdict::Intact, 5));
}
