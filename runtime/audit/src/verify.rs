//! Checking a log: every record, its chain, its seal, and that none is missing.

use crate::{
    Checkpoint, FirstKey, LogError, files,
    hash::Hash,
    reader::{Lines, Snapshot},
    record::{Place, Problem, Record},
    state::State,
    tail::whole_line,
};
use std::{collections::BTreeMap, path::Path};

/// Steps between two keys that are gone in one go; no log has more records.
const MAX_STEPS: u64 = 1 << 30;

/// What a log is checked with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Check<'a> {
    /// The key that the log began with; without it, only what follows its state is checked for its seal.
    pub first_key: Option<&'a FirstKey>,
    /// Checkpoints, from wherever they were kept.
    pub checkpoints: &'a [Checkpoint],
    /// How much is read.
    pub scope: Scope,
}

/// How much of a log is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// All of it.
    #[default]
    Whole,
    /// The newest file, and how it follows the one before.
    Newest,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The log; absent where there is none.
    pub log_id: Option<String>,
    /// The last record that was read and found good.
    pub last: u64,
    /// Files.
    pub files: usize,
    /// Bytes of a line that a killed writer has left half. The next writer cuts it off.
    pub torn: u64,
    /// The answer.
    pub verdict: Verdict,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every record is as it was written, and none is missing.
    Intact,
    /// Somebody changed the log.
    Tampered {
        /// The first bad record.
        seq: u64,
        /// What is wrong with it.
        problem: Problem,
    },
    /// Nothing is wrong, but nobody can tell from this record on.
    Unverified {
        /// The first record.
        from: u64,
        /// What is missing to tell.
        why: Unverified,
    },
}

/// Why records cannot be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unverified {
    /// There is no log.
    NoLog,
    /// The first key is not at hand: who could write the files could have written them all anew.
    NoKey,
    /// The state is missing, so nobody can tell whether records are missing at the end.
    NoState,
}

/// The log that is in `folder`, as its state or its first record says; nothing is verified.
///
/// # Errors
/// [`LogError`] where it could not be read.
pub fn identity(folder: &Path) -> Result<Option<String>, LogError> {
    if let Some(state) = State::read(folder)? {
        return Ok(Some(state.log_id));
    }
    Ok(crate::records(folder)?.next().transpose()?.map(|record| record.log_id))
}

/// Checks the log in `folder`, which may be in use.
///
/// # Errors
/// [`LogError`] where it could not be read. What is wrong with what was read is no error but the answer.
pub fn verify(folder: &Path, check: &Check<'_>) -> Result<Verified, LogError> {
    let (state, snapshot) = {
        let _lock = files::lock_to_read(folder)?;
        (State::read(folder)?, Snapshot::take(folder)?)
    };
    let found = match &state {
        Some(state) => Some(state.log_id.clone()),
        None => identity(folder)?,
    };
    let expected = check.first_key.map(|key| key.log_id.clone());
    let expected = expected.or_else(|| check.checkpoints.first().map(|checkpoint| checkpoint.log_id.clone()));
    let log_id = expected.or_else(|| found.clone());
    let mut verified =
        Verified { log_id: found, last: 0, files: snapshot.files.len(), torn: 0, verdict: Verdict::Intact };
    let Some(log_id) = log_id else {
        verified.verdict = Verdict::Unverified { from: 1, why: Unverified::NoLog };
        return Ok(verified);
    };
    let wanted = check.checkpoints.iter().map(|checkpoint| (checkpoint.seq, None)).collect();
    let place = Place { log_id, seq: 1, prev: Hash::NONE, key: check.first_key.map(|key| key.of_record(1)) };
    let mut walk = Walk { folder, state, check, place, first: 1, wanted, torn: 0 };
    let problem = walk.whole(&snapshot)?;
    verified.last = walk.place.seq - 1;
    verified.torn = walk.torn;
    verified.verdict = match problem {
        Some((seq, problem)) => Verdict::Tampered { seq, problem },
        None => walk.sure(),
    };
    Ok(verified)
}

/// A walk over the records.
struct Walk<'a> {
    folder: &'a Path,
    state: Option<State>,
    check: &'a Check<'a>,
    /// Where the next record belongs.
    place: Place,
    /// The first record that is read.
    first: u64,
    /// The records that checkpoints speak of, and their hashes.
    wanted: BTreeMap<u64, Option<Hash>>,
    torn: u64,
}

type Bad = Option<(u64, Problem)>;

impl Walk<'_> {
    fn whole(&mut self, snapshot: &Snapshot) -> Result<Bad, LogError> {
        if let Some(missing) = (1..).zip(&snapshot.files).find(|(number, (found, _))| number != found) {
            let bad = Problem::MissingFile(missing.0);
            return Ok(Some((self.begin_after(snapshot, missing.0)?, bad)));
        }
        let skipped = match self.check.scope {
            Scope::Whole => 0,
            Scope::Newest => snapshot.files.len().saturating_sub(1),
        };
        if skipped > 0 {
            let Some(last) = self.last_of(snapshot, skipped)? else {
                return Ok(Some((1, Problem::NotARecord("a file ends with none".to_owned()))));
            };
            let key = self.check.first_key.map(|first| first.of_record(last.seq.min(MAX_STEPS) + 1));
            self.place =
                Place { log_id: self.place.log_id.clone(), seq: last.seq + 1, prev: last.hash(), key };
            self.first = last.seq + 1;
        }
        if let Some(bad) = self.compare_state(0, 0) {
            return Ok(Some(bad));
        }
        for (index, (number, length)) in snapshot.files.iter().enumerate().skip(skipped) {
            let is_last = index + 1 == snapshot.files.len();
            if let Some(bad) = self.file(*number, *length, is_last)? {
                return Ok(Some(bad));
            }
        }
        Ok(self.ends_too_early().or_else(|| self.compare_checkpoints()))
    }

    /// The record that the missing file would begin with.
    fn begin_after(&mut self, snapshot: &Snapshot, number: u32) -> Result<u64, LogError> {
        let before = usize::try_from(number - 1).unwrap_or_default();
        Ok(self.last_of(snapshot, before)?.map_or(1, |record| record.seq + 1))
    }

    /// The last record of the file before this many.
    fn last_of(&self, snapshot: &Snapshot, files: usize) -> Result<Option<Record>, LogError> {
        let Some((number, length)) = files.checked_sub(1).and_then(|index| snapshot.files.get(index)) else {
            return Ok(None);
        };
        let last = Lines::open(self.folder, *number, *length)?.last().transpose()?;
        Ok(last.and_then(|line| Record::read(whole_line(&line)?).ok()))
    }

    fn file(&mut self, number: u32, length: u64, is_last: bool) -> Result<Bad, LogError> {
        let mut offset = 0;
        for line in Lines::open(self.folder, number, length)? {
            let line = line?;
            let seq = self.place.seq;
            let is_noted = self.state.as_ref().is_some_and(|state| seq <= state.seq);
            let Some(content) = whole_line(&line) else {
                if is_last && !is_noted {
                    self.torn = length - offset;
                    return Ok(None);
                }
                return Ok(Some((seq, Problem::NotARecord("it is cut off".to_owned()))));
            };
            if self.place.key.is_none() {
                let state = self.state.as_ref().filter(|state| state.seq + 1 == seq);
                self.place.key = state.map(|state| state.key.clone());
            }
            let record = match self.place.check(content) {
                Ok(record) => record,
                Err(problem) => return Ok(Some((seq, problem))),
            };
            self.place.after(record.hash());
            offset += line.len() as u64;
            if let Some(wanted) = self.wanted.get_mut(&seq) {
                *wanted = Some(record.hash());
            }
            if let Some(bad) = self.compare_state(number, offset) {
                return Ok(Some(bad));
            }
        }
        Ok(None)
    }

    /// Whether the state is that of a log with the record that was just read, if it speaks of it.
    fn compare_state(&self, number: u32, length: u64) -> Bad {
        let state = self.state.as_ref().filter(|state| state.seq + 1 == self.place.seq)?;
        let is_begun = number == 0 || (state.file, state.length) == (number, length);
        let is_same = state.log_id == self.place.log_id
            && state.hash == self.place.prev
            && self.place.key.as_ref().is_none_or(|key| *key == state.key);
        (!is_same || !is_begun).then_some((state.seq.max(1), Problem::State))
    }

    fn ends_too_early(&self) -> Bad {
        let state = self.state.as_ref().map(|state| state.seq);
        let checkpoint = self.check.checkpoints.iter().map(|checkpoint| checkpoint.seq).max();
        let until = state.max(checkpoint)?;
        (until >= self.place.seq).then_some((self.place.seq, Problem::Missing { until }))
    }

    fn compare_checkpoints(&self) -> Bad {
        let mut checkpoints: Vec<&Checkpoint> = self.check.checkpoints.iter().collect();
        checkpoints.sort_by_key(|checkpoint| checkpoint.seq);
        checkpoints.into_iter().filter(|checkpoint| checkpoint.seq >= self.first).find_map(|checkpoint| {
            if checkpoint.log_id != self.place.log_id {
                return Some((1, Problem::OtherLog(self.place.log_id.clone())));
            }
            if self.check.first_key.is_some_and(|first| !checkpoint.is_of(first)) {
                return Some((checkpoint.seq, Problem::ForgedCheckpoint));
            }
            let found = self.wanted.get(&checkpoint.seq).copied().flatten();
            (found != Some(checkpoint.hash)).then_some((checkpoint.seq, Problem::Checkpoint))
        })
    }

    /// How far what was read is beyond doubt.
    fn sure(&self) -> Verdict {
        if self.state.is_none() {
            return Verdict::Unverified { from: self.place.seq, why: Unverified::NoState };
        }
        if self.check.first_key.is_some() {
            return Verdict::Intact;
        }
        let vouched = self.check.checkpoints.iter().map(|checkpoint| checkpoint.seq).max().unwrap_or(0);
        if vouched + 1 >= self.place.seq {
            return Verdict::Intact;
        }
        Verdict::Unverified { from: vouched + 1, why: Unverified::NoKey }
    }
}
