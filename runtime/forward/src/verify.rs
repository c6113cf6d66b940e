//! The receiver's side: is a line the next of the stream, one that came before, or something to be refused?

use crate::{
    key::CheckingKey,
    record::{self, Record, VERSION, ZERO_HASH},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, VecDeque};

/// Records whose hashes are kept, to know a repeat from a forgery.
const RECENT: usize = 256;
/// Records that may come too early and are kept back.
const EARLY: usize = 1024;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The next record; it counts from now on.
    New,
    /// A record that came before, the same again: nothing to do.
    Repeat,
    /// In order as far as can be told, but records before it are missing. It counts when they have come; a receiver that takes
    /// records one by one asks for it again, by a status other than 2xx.
    Early,
}

/// Why a line is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The sort of refusal.
    pub kind: RefusalKind,
    /// The number that the line claims, where it could be read.
    pub seq: Option<u64>,
    message: String,
}

/// The sorts of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// Not a record in the form in which it was sent.
    Malformed,
    /// The record is not what its hash says.
    WrongHash,
    /// Not signed with the key.
    WrongSignature,
    /// Of another stream.
    WrongStream,
    /// The number was used for another record.
    Forked,
    /// It does not follow from the record before.
    BrokenChain,
    /// The event came before, under another number.
    EventTwice,
    /// So old that it cannot be told from a forgery.
    TooOld,
    /// Records before it are missing.
    Gap,
}

/// Where a receiver has got to. Kept between runs as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifierState {
    /// The version of this record, 1.
    pub schema: u32,
    /// The stream, once a record came.
    pub stream: Option<String>,
    /// The number of the last record that counts, 0 before the first.
    pub seq: u64,
    /// Its hash, and those before it, oldest first.
    recent: VecDeque<Seen>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    seq: u64,
    hash: String,
    event_id: String,
}

/// What is left of a record after its own checks.
struct Checked {
    record: Record,
    hash: String,
}

/// Checks the lines of one stream, in the order in which they come.
#[derive(Debug)]
pub struct Verifier {
    key: CheckingKey,
    state: VerifierState,
    early: BTreeMap<u64, (String, Seen)>,
    /// The end of old records that come once more from the first on.
    replayed: Option<(u64, String)>,
}

impl Verifier {
    /// A verifier that goes on from `state`.
    pub fn new(key: CheckingKey, state: VerifierState) -> Self {
        let state = VerifierState { schema: 1, ..state };
        Self { key, state, early: BTreeMap::new(), replayed: None }
    }

    /// Where it has got to.
    pub fn state(&self) -> &VerifierState {
        &self.state
    }

    /// Judges one line, without its line feed. Only a line that is [`Verdict::New`] changes what counts.
    ///
    /// # Errors
    /// A [`Refusal`]; nothing has changed then.
    pub fn take(&mut self, line: &str) -> Result<Verdict, Refusal> {
        let Checked { record, hash } = self.check(line)?;
        let (seq, prev_hash) = (record.seq, record.prev_hash);
        let seen = Seen { seq, hash, event_id: record.event_id };
        if seq <= self.state.seq {
            return self.again(&prev_hash, &seen);
        }
        if let Some(other) = self.state.recent.iter().find(|other| other.event_id == seen.event_id) {
            let why = format!("event {} came before as record {}", seen.event_id, other.seq);
            return Err(refuse(RefusalKind::EventTwice, seq, why));
        }
        self.fits(&prev_hash, &seen)?;
        if seq > self.state.seq + 1 {
            self.keep_back(prev_hash, seen)?;
            self.state.stream = Some(record.stream);
            return Ok(Verdict::Early);
        }
        self.state.stream = Some(record.stream);
        self.count(seen);
        while let Some((_, early)) = self.early.remove(&(self.state.seq + 1)) {
            self.count(early);
        }
        Ok(Verdict::New)
    }

    /// The records that are missing before those that came early: first and last number. Empty where none is.
    pub fn missing(&self) -> Vec<(u64, u64)> {
        let mut expected = self.state.seq + 1;
        let mut gaps = Vec::new();
        for seq in self.early.keys() {
            if *seq > expected {
                gaps.push((expected, seq - 1));
            }
            expected = seq + 1;
        }
        gaps
    }

    /// What a line says by itself: form, hash, signature, stream.
    fn check(&self, line: &str) -> Result<Checked, Refusal> {
        let malformed = |seq, why: String| Refusal { kind: RefusalKind::Malformed, seq, message: why };
        let mut members: Map<String, Value> = serde_json::from_str(line)
            .map_err(|error| malformed(None, format!("it is no record: {error}")))?;
        let claimed = members.get("seq").and_then(Value::as_u64);
        let canonical = |members: &Map<String, Value>| serde_json_canonicalizer::to_string(members).ok();
        if canonical(&members).as_deref() != Some(line) {
            let why = "it is not in the form in which it was sent; keep the lines as they come, byte by byte";
            return Err(malformed(claimed, why.to_owned()));
        }
        let mut text = |name: &str| match members.remove(name) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(malformed(claimed, format!("`{name}` is missing"))),
        };
        let (hash, signature) = (text("hash")?, text("signature")?);
        let signed = canonical(&members).unwrap_or_default();
        let record: Record = serde_json::from_value(members.into())
            .map_err(|error| malformed(claimed, format!("it is no record: {error}")))?;
        if record.v != VERSION {
            let why =
                format!("it has version {} of the format, and this is a receiver of {VERSION}", record.v);
            return Err(malformed(claimed, why));
        }
        let seq = record.seq;
        if record::hash(signed.as_bytes()) != hash {
            let why = "the record is not what its hash says: it was altered".to_owned();
            return Err(refuse(RefusalKind::WrongHash, seq, why));
        }
        if !self.key.accepts(signed.as_bytes(), &signature) {
            let why = "the signature is not one of this key: another secret, or a forgery".to_owned();
            return Err(refuse(RefusalKind::WrongSignature, seq, why));
        }
        match &self.state.stream {
            Some(stream) if *stream != record.stream => {
                let why = format!("it is of stream {}, and this receiver follows {stream}", record.stream);
                Err(refuse(RefusalKind::WrongStream, seq, why))
            }
            _ => Ok(Checked { record, hash }),
        }
    }

    /// A number that was there before: the same record, or a forgery.
    fn again(&mut self, prev_hash: &str, seen: &Seen) -> Result<Verdict, Refusal> {
        if let Some(known) = self.state.recent.iter().find(|known| known.seq == seen.seq) {
            if known.hash == seen.hash {
                return Ok(Verdict::Repeat);
            }
            let why =
                "the number was used for another record: the sequence was stolen, or the sender has forked";
            return Err(refuse(RefusalKind::Forked, seen.seq, why.to_owned()));
        }
        // A whole file read once more: its old part is believed as far as it leads to what is remembered.
        let continues = match &self.replayed {
            _ if seen.seq == 1 => prev_hash == ZERO_HASH,
            Some((seq, hash)) => seen.seq == seq + 1 && prev_hash == hash,
            None => false,
        };
        if continues {
            self.replayed = Some((seen.seq, seen.hash.clone()));
            return Ok(Verdict::Repeat);
        }
        let why = "it is so old that its number cannot be compared any more".to_owned();
        Err(refuse(RefusalKind::TooOld, seen.seq, why))
    }

    /// Whether a record follows from the one before, and the one after it from it, as far as they have come.
    fn fits(&self, prev_hash: &str, seen: &Seen) -> Result<(), Refusal> {
        let seq = seen.seq;
        let last = self.state.recent.back().map_or(ZERO_HASH, |last| &last.hash);
        let before = if seq == self.state.seq + 1 {
            Some(last)
        } else {
            self.early.get(&(seq - 1)).map(|(_, early)| early.hash.as_str())
        };
        let after = self.early.get(&(seq + 1)).map(|(prev_hash, _)| prev_hash);
        if before.is_some_and(|before| before != prev_hash) {
            let why = format!("it does not follow from record {}: the chain is broken", seq - 1);
            return Err(refuse(RefusalKind::BrokenChain, seq, why));
        }
        if after.is_some_and(|after| *after != seen.hash) {
            let why = format!(
                "record {}, which came before it, does not follow from it: the chain is broken",
                seq + 1
            );
            return Err(refuse(RefusalKind::BrokenChain, seq, why));
        }
        Ok(())
    }

    fn keep_back(&mut self, prev_hash: String, seen: Seen) -> Result<(), Refusal> {
        let seq = seen.seq;
        if let Some((_, known)) = self.early.get(&seq) {
            if known.hash == seen.hash {
                return Ok(());
            }
            let why = "two records have the number: the sequence was stolen, or the sender has forked";
            return Err(refuse(RefusalKind::Forked, seq, why.to_owned()));
        }
        if self.early.len() >= EARLY {
            let why = format!("record {} is missing, and too many came after it", self.state.seq + 1);
            return Err(refuse(RefusalKind::Gap, seq, why));
        }
        self.early.insert(seq, (prev_hash, seen));
        Ok(())
    }

    fn count(&mut self, seen: Seen) {
        self.state.seq = seen.seq;
        self.state.recent.push_back(seen);
        if self.state.recent.len() > RECENT {
            self.state.recent.pop_front();
        }
    }
}

fn refuse(kind: RefusalKind, seq: u64, message: String) -> Refusal {
    Refusal { kind, seq: Some(seq), message }
}
