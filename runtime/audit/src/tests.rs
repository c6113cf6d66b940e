//! Every way to tamper with a log, and every way to die while writing one.

mod crashing;
mod exporting;
mod tampering;

use crate::{
    Action, Actor, AuditLog, Check, Checkpoint, Detail, Durability, Entry, Event, FirstKey, Limits, Moment,
    Place, Problem, Record, Verdict, Verified, verify,
};
use std::{fs, path::PathBuf, time::Duration};
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

    fn file(&self) -> PathBuf {
        self.place.folder.join("000001.jsonl")
    }

    fn state(&self) -> PathBuf {
        self.place.folder.join("state")
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.file()).unwrap()
    }

    /// The lines of the first file, with their ends.
    fn lines(&self) -> Vec<Vec<u8>> {
        self.bytes().split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
    }

    fn put(&self, lines: &[Vec<u8>]) {
        fs::write(self.file(), lines.concat()).unwrap();
    }

    fn first_key(&self) -> FirstKey {
        let keys = fs::read_dir(&self.place.keys).unwrap();
        let path = keys.map(|entry| entry.unwrap().path()).find(|path| path.extension().unwrap() == "key");
        FirstKey::read(&path.unwrap()).unwrap()
    }

    /// With the first key and no checkpoint.
    fn verify(&self) -> Verified {
        self.verify_with(&[])
    }

    fn verify_with(&self, checkpoints: &[Checkpoint]) -> Verified {
        let key = self.first_key();
        let check = Check { first_key: Some(&key), checkpoints, ..Check::default() };
        verify(&self.place.folder, &check).unwrap()
    }

    /// The first bad record and what is wrong with it.
    #[track_caller]
    fn tampered(&self) -> (u64, Problem) {
        bad(self.verify())
    }

    #[track_caller]
    fn intact(&self) -> u64 {
        let verified = self.verify();
        assert_eq!(verified.verdict, Verdict::Intact);
        verified.last
    }
}

#[track_caller]
fn bad(verified: Verified) -> (u64, Problem) {
    match verified.verdict {
        Verdict::Tampered { seq, problem } => (seq, problem),
        other => panic!("not found: {other:?}"),
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

fn record(line: &[u8]) -> Record {
    Record::read(line.strip_suffix(b"\n").unwrap()).unwrap()
}

/// Limits under which nothing is synced by itself.
fn lazy() -> Limits {
    Limits { unsynced: u64::MAX, unsynced_for: Duration::MAX, ..Limits::default() }
}
