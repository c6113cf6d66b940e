//! What a killed writer leaves is taken up, and is never called tampering.

use super::*;
use std::{os::unix::fs::PermissionsExt as _, thread};

/// What a killed writer has left: records behind its state, and `torn` bytes of one more.
fn left_behind(torn: usize) -> Bench {
    let bench = Bench::new();
    let mut log = bench.open(lazy());
    append(&mut log, 2);
    for number in 3..=5 {
        log.append(&[entry(number)], Durability::Written).unwrap();
    }
    let lines = bench.lines();
    drop(log);
    let mut bytes = lines[..4].concat();
    bytes.extend_from_slice(&lines[4][..torn]);
    fs::write(bench.file(), bytes).unwrap();
    bench
}

#[test]
fn records_behind_the_state_are_taken_up() {
    let whole = left_behind(0).lines()[3].len();
    let bench = left_behind(whole);
    assert!(bench.verify().torn == 0 && bench.intact() == 5);
    let mut log = bench.open(Limits::default());
    append(&mut log, 6);
    assert_eq!(bench.intact(), 6);
}

#[test]
fn a_torn_line_is_cut_off_wherever_it_was_torn_and_a_record_says_so() {
    let whole = left_behind(0).lines()[3].len();
    for torn in (1..whole).step_by(7).chain([whole - 1]) {
        let bench = left_behind(torn);
        let before = bench.verify();
        assert_eq!((before.verdict, before.last, before.torn), (Verdict::Intact, 4, torn as u64), "{torn}");
        let mut log = bench.open(Limits::default());
        append(&mut log, 6);
        assert_eq!(bench.intact(), 6);
        let recovered = record(&bench.lines()[4]);
        assert_eq!(recovered.action, "audit.recover");
        assert_eq!(recovered.details["bytes"], torn);
    }
}

#[test]
fn blocks_of_zeros_that_a_power_cut_leaves_are_a_torn_line() {
    let bench = left_behind(0);
    let mut bytes = bench.bytes();
    bytes.extend_from_slice(&[0; 300]);
    bytes.extend_from_slice(b"}\n");
    fs::write(bench.file(), bytes).unwrap();
    assert_eq!((bench.intact(), bench.verify().torn), (4, 302));
    bench.open(Limits::default());
    assert_eq!((bench.intact(), bench.verify().torn), (5, 0));
}

#[test]
fn a_forged_record_behind_the_state_is_no_accident() {
    let bench = left_behind(0);
    let mut lines = bench.lines();
    let text = String::from_utf8(lines[3].clone()).unwrap().replace("out_4", "out_9");
    lines[3] = text.into_bytes();
    bench.put(&lines);
    assert_eq!(bench.tampered(), (4, Problem::Hash));
    assert!(AuditLog::open(bench.place.clone(), Limits::default(), at(9)).is_err());
}

#[test]
fn several_writers_keep_one_chain() {
    let bench = Bench::new();
    bench.open(Limits::default());
    thread::scope(|scope| {
        for writer in 0..4 {
            let bench = &bench;
            scope.spawn(move || {
                let limits = Limits { file_bytes: 4000, ..Limits::default() };
                let mut log = bench.open(limits);
                for number in 0..25 {
                    let durability =
                        if number % 3 == writer % 3 { Durability::Synced } else { Durability::Written };
                    log.append(&[entry(writer * 100 + number)], durability).unwrap();
                }
            });
        }
    });
    assert_eq!(bench.intact(), 101);
    assert!(crate::files::numbers(&bench.place.folder).unwrap().len() > 4);
    let mut subjects: Vec<String> =
        crate::records(&bench.place.folder).unwrap().filter_map(|record| record.unwrap().subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    assert_eq!(subjects.len(), 100);
}

#[test]
fn what_is_synced_is_in_the_state_and_the_old_key_is_gone() {
    let bench = Bench::new();
    let mut log = bench.open(lazy());
    let state = || crate::state::State::read(&bench.place.folder).unwrap().unwrap();
    let before = state();
    log.append(&[entry(2)], Durability::Written).unwrap();
    assert_eq!(state().seq, before.seq);
    assert!(log.is_unsynced());
    log.append(&[entry(3)], Durability::Synced).unwrap();
    assert_eq!(state().seq, 3);
    assert!(state().key == before.key.next().next() && !log.is_unsynced());
    let every = Limits { unsynced: 2, ..lazy() };
    let mut log = bench.open(every);
    log.append(&[entry(4)], Durability::Written).unwrap();
    assert_eq!(state().seq, 3);
    log.append(&[entry(5)], Durability::Written).unwrap();
    assert_eq!(state().seq, 5);
    log.append(&[entry(6)], Durability::Written).unwrap();
    log.sync(at(7)).unwrap();
    assert_eq!(state().seq, 6);
}

#[test]
fn what_cannot_be_written_is_not_recorded_at_all() {
    let bench = Bench::filled(3);
    let mut log = bench.open(lazy());
    log.append(&[entry(4)], Durability::Written).unwrap();
    let before = bench.bytes();
    // The state cannot be replaced: a folder stands in its place.
    let state = fs::read(bench.state()).unwrap();
    fs::remove_file(bench.state()).unwrap();
    fs::create_dir(bench.state()).unwrap();
    log.append(&[entry(5), entry(6)], Durability::Synced).unwrap_err();
    assert_eq!(bench.bytes(), before, "half a batch, or a batch whose act was refused, stays in the log");
    fs::remove_dir(bench.state()).unwrap();
    fs::write(bench.state(), state).unwrap();
    append(&mut log, 7);
    assert_eq!(bench.intact(), 5);
}

#[test]
fn nobody_but_the_owner_reads_the_log_its_state_or_its_key() {
    let bench = Bench::filled(2);
    let key = bench.place.first_key(&bench.first_key().log_id);
    let checkpoint = bench.place.checkpoint(&bench.first_key().log_id);
    for path in [&bench.place.folder, &bench.place.keys, &bench.file(), &bench.state(), &key, &checkpoint] {
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
}

#[test]
fn a_checkpoint_is_made_every_so_many_records_and_with_each_file() {
    let bench = Bench::new();
    let mut log = bench.open(Limits { checkpoint_every: 3, ..Limits::default() });
    let kept = || Checkpoint::read(&bench.place.checkpoint(&bench.first_key().log_id)).unwrap().seq;
    let mut seen = vec![kept()];
    for number in 2..=8 {
        append(&mut log, number);
        seen.push(kept());
    }
    assert_eq!(seen, [1, 1, 1, 4, 4, 4, 7, 7]);
    let mut log = bench.open(Limits { file_bytes: 1, ..Limits::default() });
    append(&mut log, 9);
    assert_eq!(kept(), 9);
}
