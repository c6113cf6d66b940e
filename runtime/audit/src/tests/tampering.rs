//! Whatever is done to the files is found, and the first bad record is named.

use super::*;
use crate::{LogError, Scope, Unverified, record};

/// Takes a line apart, lets `change` do as it likes, and hashes what comes out, as who knows the format and not the key would.
fn rewritten(line: &[u8], prev: Option<crate::Hash>, change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    let mut value: serde_json::Value = serde_json::from_slice(line).unwrap();
    if let Some(prev) = prev {
        value["prev"] = prev.to_string().into();
    }
    change(&mut value);
    let (mut content, mac) = (value.clone(), value["mac"].clone());
    for name in ["hash", "mac"] {
        content.as_object_mut().unwrap().remove(name);
    }
    let hash = crate::Hash::of(&[&serde_json_canonicalizer::to_vec(&content).unwrap()]);
    content["hash"] = hash.to_string().into();
    content["mac"] = mac;
    let mut line = serde_json_canonicalizer::to_vec(&content).unwrap();
    line.push(b'\n');
    line
}

#[test]
fn a_flipped_byte_anywhere() {
    let bench = Bench::filled(3);
    let lines = bench.lines();
    let state = fs::read(bench.state()).unwrap();
    for number in 1..=3_u64 {
        let index = usize::try_from(number - 1).unwrap();
        for at in 0..lines[index].len() {
            // Each byte once, by another bit each time; all bits of some.
            for bit in if at % 16 == 0 { 0..8 } else { at % 8..at % 8 + 1 } {
                let mut changed = lines.clone();
                changed[index][at] ^= 1 << bit;
                bench.put(&changed);
                assert_eq!(bench.tampered().0, number, "byte {at}, bit {bit} of record {number}");
            }
        }
    }
    bench.put(&lines);
    assert_eq!(fs::read(bench.state()).unwrap(), state);
    assert_eq!(bench.intact(), 3);
}

#[test]
fn a_deleted_an_inserted_and_two_swapped_records() {
    let bench = Bench::filled(6);
    let lines = bench.lines();
    for index in 0..6 {
        let seq = index as u64 + 1;
        let mut deleted = lines.clone();
        deleted.remove(index);
        bench.put(&deleted);
        assert_eq!(bench.tampered().0, seq, "deleted");
        let mut inserted = lines.clone();
        inserted.insert(index, lines[2].clone());
        bench.put(&inserted);
        // A copy of the third is in its own place where it comes before the others of its kind.
        let first_bad = if index == 2 { 4 } else { seq };
        assert_eq!(bench.tampered().0, first_bad, "inserted at {index}");
        if index < 5 {
            let mut swapped = lines.clone();
            swapped.swap(index, index + 1);
            bench.put(&swapped);
            assert_eq!(bench.tampered(), (seq, Problem::OtherSeq(seq + 1)), "swapped");
        }
    }
}

#[test]
fn a_record_that_is_rewritten_with_everything_behind_it() {
    let bench = Bench::filled(6);
    let mut lines = bench.lines();
    let mut prev = None;
    for (index, line) in lines.iter_mut().enumerate().skip(2) {
        *line = rewritten(line, prev, |value| {
            if index == 2 {
                value["subject"] = "another".into();
            }
        });
        prev = Some(record(line).hash());
    }
    bench.put(&lines);
    assert_eq!(bench.tampered(), (3, Problem::Mac));
    // Without the key the state still tells.
    let check = Check::default();
    let verified = verify(&bench.place.folder, &check).unwrap();
    assert_eq!(bad(verified), (6, Problem::State));
}

#[test]
fn a_record_that_is_sealed_again_with_a_newer_key() {
    let bench = Bench::filled(5);
    let state = crate::state::State::read(&bench.place.folder).unwrap().unwrap();
    let lines = bench.lines();
    let before = record(&lines[1]);
    let event = Event::done(Actor::Host, Action::HostStop);
    for key in [state.key.clone(), state.key.next()] {
        let place =
            record::Place { log_id: before.log_id.clone(), seq: 3, prev: before.hash(), key: Some(key) };
        let (mut line, _) = Record::seal(&place, &event, at(3)).unwrap();
        line.push(b'\n');
        let mut changed = lines.clone();
        changed[2] = line;
        bench.put(&changed);
        assert_eq!(bench.tampered(), (3, Problem::Mac));
    }
}

#[test]
fn a_cut_tail_whether_the_state_follows_or_not() {
    let bench = Bench::filled(6);
    let lines = bench.lines();
    for left in 0..6 {
        bench.put(&lines[..left]);
        assert_eq!(bench.tampered(), (left as u64 + 1, Problem::Missing { until: 6 }));
        // Within a line it is cut, and not torn: the state knows of it.
        let mut within = lines[..=left].to_vec();
        within[left].truncate(20);
        bench.put(&within);
        assert_eq!(bench.tampered().0, left as u64 + 1);
    }
    // A state made to fit has not the key that was erased.
    bench.put(&lines[..4]);
    let state = fs::read_to_string(bench.state()).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&state).unwrap();
    value["seq"] = 4.into();
    value["hash"] = record(&lines[3]).hash().to_string().into();
    value["length"] = lines[..4].concat().len().into();
    fs::write(bench.state(), value.to_string()).unwrap();
    assert_eq!(bench.tampered(), (4, Problem::State));
    // Without the state nobody can tell, and nobody says that all is well.
    fs::remove_file(bench.state()).unwrap();
    let expected = Verdict::Unverified { from: 5, why: Unverified::NoState };
    assert_eq!(bench.verify().verdict, expected);
}

#[test]
fn an_older_copy_of_the_file_alone_or_with_its_state() {
    let bench = Bench::filled(3);
    let (file, state) = (bench.bytes(), fs::read(bench.state()).unwrap());
    let mut log = bench.open(Limits::default());
    (4..=8).for_each(|number| append(&mut log, number));
    let checkpoint = log.checkpoint(at(9)).unwrap();
    fs::write(bench.file(), &file).unwrap();
    assert_eq!(bench.tampered(), (4, Problem::Missing { until: 8 }));
    // A writer that has the log open finds out, too, and adds nothing.
    let refused = log.append(&[entry(9)], Durability::Synced).unwrap_err();
    assert!(matches!(refused, LogError::Tampered { seq: 4, .. }), "{refused}");
    assert_eq!(bench.bytes(), file);
    // Both together are a log that once was: only what was kept elsewhere tells.
    fs::write(bench.state(), state).unwrap();
    assert_eq!(bench.intact(), 3);
    assert_eq!(bad(bench.verify_with(&[checkpoint])), (4, Problem::Missing { until: 8 }));
}

#[test]
fn two_logs_mixed() {
    let (one, other) = (Bench::filled(4), Bench::filled(4));
    let mut lines = one.lines();
    lines[2] = other.lines()[2].clone();
    one.put(&lines);
    assert!(matches!(one.tampered(), (3, Problem::OtherLog(_))));
    // The whole of another log, with its state.
    fs::copy(other.file(), one.file()).unwrap();
    fs::copy(other.state(), one.state()).unwrap();
    assert!(matches!(one.tampered(), (1, Problem::OtherLog(_))));
}

#[test]
fn a_missing_file_and_a_checkpoint_that_lies() {
    let limits = Limits { file_bytes: 1000, ..Limits::default() };
    let bench = Bench::new();
    let mut log = bench.open(limits);
    (2..=12).for_each(|number| append(&mut log, number));
    assert_eq!(bench.intact(), 12);
    let files = crate::files::numbers(&bench.place.folder).unwrap();
    assert!(files.len() > 3, "{files:?}");
    let second = bench.place.folder.join("000002.jsonl");
    let bytes = fs::read(&second).unwrap();
    let first_of_second = record(bytes.split_inclusive(|byte| *byte == b'\n').next().unwrap()).seq;
    fs::remove_file(&second).unwrap();
    assert_eq!(bench.tampered(), (first_of_second, Problem::MissingFile(2)));
    fs::write(&second, bytes).unwrap();

    let honest = log.checkpoint(at(20)).unwrap();
    assert_eq!(bench.verify_with(std::slice::from_ref(&honest)).verdict, Verdict::Intact);
    let path = bench.place.keys.join("a.lie");
    fs::write(&path, serde_json::to_string(&honest).unwrap().replace("\"seq\":12", "\"seq\":11")).unwrap();
    let lie = Checkpoint::read(&path).unwrap();
    assert_eq!(bad(bench.verify_with(&[lie])), (11, Problem::ForgedCheckpoint));
}

#[test]
fn the_newest_file_alone_shows_what_is_wrong_in_it() {
    let limits = Limits { file_bytes: 1000, ..Limits::default() };
    let bench = Bench::new();
    let mut log = bench.open(limits);
    (2..=12).for_each(|number| append(&mut log, number));
    let key = bench.first_key();
    let check = Check { first_key: Some(&key), scope: Scope::Newest, ..Check::default() };
    let newest = || verify(&bench.place.folder, &check).unwrap();
    assert_eq!((newest().verdict, newest().last), (Verdict::Intact, 12));
    let last = crate::files::numbers(&bench.place.folder).unwrap().pop().unwrap();
    let path = crate::files::path(&bench.place.folder, last);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("console", "consale", 1)).unwrap();
    assert!(matches!(bad(newest()).1, Problem::Hash));
}

#[test]
fn without_the_first_key_a_checkpoint_vouches_for_what_is_before_it() {
    let bench = Bench::filled(4);
    let mut log = bench.open(Limits::default());
    let checkpoint = log.checkpoint(at(5)).unwrap();
    append(&mut log, 5);
    let verdict = |checkpoints: &[Checkpoint]| {
        let check = Check { checkpoints, ..Check::default() };
        verify(&bench.place.folder, &check).unwrap().verdict
    };
    assert_eq!(verdict(&[]), Verdict::Unverified { from: 1, why: Unverified::NoKey });
    assert_eq!(verdict(&[checkpoint]), Verdict::Unverified { from: 5, why: Unverified::NoKey });
}

#[test]
fn a_log_that_was_changed_takes_nothing_until_it_is_replaced() {
    let bench = Bench::filled(4);
    let mut lines = bench.lines();
    lines.truncate(2);
    bench.put(&lines);
    let opened = AuditLog::open(bench.place.clone(), Limits::default(), at(9));
    assert!(matches!(opened, Err(LogError::Tampered { seq: 3, .. })), "{opened:?}");
    let old = bench.first_key();
    let log = AuditLog::replace(bench.place.clone(), Limits::default(), Actor::Operator(7), at(9)).unwrap();
    let new = FirstKey::read(&bench.place.first_key(log.log_id().unwrap())).unwrap();
    let check = Check { first_key: Some(&new), ..Check::default() };
    assert_eq!(verify(&bench.place.folder, &check).unwrap().verdict, Verdict::Intact);
    let first = record(&bench.lines()[0]);
    assert_eq!((&*first.action, &*first.actor), ("audit.replace", "operator:7"));
    assert_eq!(first.details["from"], old.log_id);
    let kept = bench.place.folder.join("replaced").join(&old.log_id).join("000001.jsonl");
    assert_eq!(fs::read(kept).unwrap(), lines.concat());
}
