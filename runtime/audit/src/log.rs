//! Writing: one batch at a time, each under the lock that keeps other processes away.

use crate::{
    Checkpoint, FirstKey, LogError, Moment,
    event::{Action, Actor, Detail, Event},
    files,
    hash::{Hash, hex},
    key::random,
    record::{self, Record},
    state::State,
    tail,
};
use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Where a log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The directory of the log.
    pub folder: PathBuf,
    /// The directory, outside of what the log protects, that gets its first key and its checkpoints.
    pub keys: PathBuf,
}

impl Place {
    /// The first key of a log that keeps its keys here.
    pub fn first_key(&self, log_id: &str) -> PathBuf {
        self.keys.join(format!("{log_id}.key"))
    }

    /// The newest automatic checkpoint of a log that keeps its keys here.
    pub fn checkpoint(&self, log_id: &str) -> PathBuf {
        self.keys.join(format!("{log_id}.checkpoint"))
    }
}

/// Bounds of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes after which a file is followed by another. One batch may go beyond it.
    pub file_bytes: u64,
    /// Records between two automatic checkpoints.
    pub checkpoint_every: u64,
    /// Records that may be in the file and not yet on disk.
    pub unsynced: u64,
    /// How long they may be that. Looked at when something is written; [`AuditLog::sync`] is for times when nothing is.
    pub unsynced_for: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 8 << 20,
            checkpoint_every: 1000,
            unsynced: 1024,
            unsynced_for: Duration::from_secs(1),
        }
    }
}

/// When a record counts as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// In the file: it survives the end of the process, not that of the machine.
    Written,
    /// On the disk.
    Synced,
}

/// An event and when it happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Moment,
    /// What.
    pub event: Event,
}

/// What came of a batch.
#[derive(Debug)]
pub struct Appended {
    /// The last record.
    pub seq: u64,
    /// Why the automatic checkpoint could not be written, if one was due. The records are there all the same.
    pub checkpoint_problem: Option<LogError>,
}

/// A log that can be added to. Several processes may have the same one open.
#[derive(Debug)]
pub struct AuditLog {
    place: Place,
    limits: Limits,
    head: Option<Head>,
}

/// The end of the log as this process has left it; void once another has written.
struct Head {
    next: record::Place,
    number: u32,
    file: File,
    length: u64,
    /// Records since the state was written, and since when.
    unsynced: u64,
    since: Option<Instant>,
    /// The record that the last checkpoint is due after.
    checkpointed: u64,
}

impl std::fmt::Debug for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Head")
            .field("seq", &self.next.seq)
            .field("file", &self.number)
            .finish_non_exhaustive()
    }
}

impl AuditLog {
    /// Opens the log, or begins it where there is none. A line that a killed writer has left half is cut off, and a record says so.
    ///
    /// # Errors
    /// Any [`LogError`]; nothing can be recorded then.
    pub fn open(place: Place, limits: Limits, at: Moment) -> Result<Self, LogError> {
        files::make_private(&place.folder)?;
        let mut log = Self { place, limits, head: None };
        let lock = files::lock(&log.place.folder)?;
        if State::read(&log.place.folder)?.is_none() {
            log.create(at, None)?;
        } else {
            log.refresh(at)?;
        }
        drop(lock);
        Ok(log)
    }

    /// Puts a log that was changed or damaged aside, into `replaced/<log_id>` below its directory, and begins a new one, whose first
    /// record names the old one and `by` whom it was replaced.
    ///
    /// # Errors
    /// Any [`LogError`].
    pub fn replace(place: Place, limits: Limits, by: Actor, at: Moment) -> Result<Self, LogError> {
        files::make_private(&place.folder)?;
        let lock = files::lock(&place.folder)?;
        let log_id = match State::read(&place.folder) {
            Ok(Some(state)) => state.log_id,
            _ => format!("unknown-{}", at.millis()),
        };
        let aside = place.folder.join("replaced").join(file_name(&log_id));
        files::make_private(&aside)?;
        let records = files::numbers(&place.folder)?;
        let names = records.iter().map(|number| files::path(&place.folder, *number));
        for path in names.chain([place.folder.join("state")]).filter(|path| path.exists()) {
            let to = aside.join(path.file_name().unwrap_or_default());
            fs::rename(&path, &to).map_err(LogError::io("move away", &path))?;
        }
        let mut log = Self { place, limits, head: None };
        log.create(at, Some(Event::done(by, Action::AuditReplace).with(Detail::From, log_id)))?;
        drop(lock);
        Ok(log)
    }

    /// The identity of the log.
    pub fn log_id(&self) -> Option<&str> {
        self.head.as_ref().map(|head| head.next.log_id.as_str())
    }

    /// Adds a batch: all of it, or nothing. With [`Durability::Synced`] it is on disk when this returns.
    ///
    /// # Errors
    /// Any [`LogError`]. What the batch speaks of must not be done then.
    pub fn append(&mut self, entries: &[Entry], durability: Durability) -> Result<Appended, LogError> {
        let _lock = files::lock(&self.place.folder)?;
        let at = entries.last().map_or(Moment::from_millis(0), |entry| entry.at);
        self.refresh(at)?;
        let rotated = self.rotate_if_full()?;
        self.write(entries)?;
        let head = self.head.as_ref().ok_or_else(|| self.no_state())?;
        let (last, limits) = (head.next.seq - 1, self.limits);
        let is_due = rotated || last >= head.checkpointed + limits.checkpoint_every;
        let is_late = head.unsynced >= limits.unsynced
            || head.since.is_some_and(|since| since.elapsed() >= limits.unsynced_for);
        if durability == Durability::Synced || is_due || is_late {
            self.settle(entries.len())?;
        }
        let checkpoint_problem = if is_due { self.write_checkpoint(at).err() } else { None };
        Ok(Appended { seq: last, checkpoint_problem })
    }

    /// Brings to disk what is in the file only.
    ///
    /// # Errors
    /// Any [`LogError`].
    pub fn sync(&mut self, at: Moment) -> Result<(), LogError> {
        if self.head.as_ref().is_some_and(|head| head.unsynced == 0) {
            return Ok(());
        }
        let _lock = files::lock(&self.place.folder)?;
        self.refresh(at)?;
        self.settle(0)
    }

    /// Whether something is in the file and not on disk.
    pub fn is_unsynced(&self) -> bool {
        self.head.as_ref().is_some_and(|head| head.unsynced > 0)
    }

    /// Writes the checkpoint beside the first key, and returns it.
    ///
    /// # Errors
    /// Any [`LogError`].
    pub fn checkpoint(&mut self, at: Moment) -> Result<Checkpoint, LogError> {
        let _lock = files::lock(&self.place.folder)?;
        self.refresh(at)?;
        self.settle(0)?;
        self.write_checkpoint(at)
    }

    /// Begins a log: its first key outside, then its state, then its first record.
    fn create(&mut self, at: Moment, instead: Option<Event>) -> Result<(), LogError> {
        if !files::numbers(&self.place.folder)?.is_empty() {
            return Err(self.no_state());
        }
        let log_id = format!("log_{}", hex(&random()?.0[..16]));
        let first = FirstKey::new(log_id.clone())?;
        files::make_private(&self.place.keys)?;
        first.write(&self.place.first_key(&log_id))?;
        files::sync_folder(&self.place.keys)?;
        let next = record::Place { log_id, seq: 1, prev: Hash::NONE, key: Some(first.of_record(1)) };
        State::new(&next, first.of_record(1), 1, 0).write(&self.place.folder)?;
        drop(first);
        self.refresh(at)?;
        let event = instead.unwrap_or_else(|| Event::done(Actor::Host, Action::AuditCreate));
        self.write(&[Entry { at, event }])?;
        self.settle(1)?;
        files::sync_folder(&self.place.folder)?;
        self.write_checkpoint(at).map(drop)
    }

    /// Makes sure that the head is the log's end: that of this process, if nobody has written since, or else found anew.
    fn refresh(&mut self, at: Moment) -> Result<(), LogError> {
        if let Some(head) = &self.head {
            match head.compare(&self.place.folder)? {
                Compared::Same => return Ok(()),
                Compared::Shorter => return Err(self.shortened()),
                Compared::Other => {}
            }
        }
        let before = self.head.take();
        let state = State::read(&self.place.folder)?.ok_or_else(|| self.no_state())?;
        let end = tail::find_end(&self.place.folder, &state)?;
        if let Some(before) = before
            && (before.next.log_id == end.place.log_id && before.next.seq > end.place.seq)
        {
            return Err(tail::missing(&self.place.folder, before.next.seq - 1));
        }
        let file = files::open_to_append(&files::path(&self.place.folder, end.file))?;
        let checkpointed = end.place.seq - 1 - (end.place.seq - 1) % self.limits.checkpoint_every.max(1);
        let unsynced = end.place.seq - 1 - state.seq;
        let since = (unsynced > 0).then(Instant::now);
        let (next, number, length) = (end.place, end.file, end.length);
        self.head = Some(Head { next, number, file, length, unsynced, since, checkpointed });
        if end.torn > 0 {
            self.cut_torn_line(end.torn, at)?;
        }
        Ok(())
    }

    fn cut_torn_line(&mut self, torn: u64, at: Moment) -> Result<(), LogError> {
        if let Some(head) = &self.head {
            let path = files::path(&self.place.folder, head.number);
            head.file.set_len(head.length).map_err(LogError::io("cut", &path))?;
        }
        let event = Event::done(Actor::Host, Action::AuditRecover)
            .with(Detail::Bytes, torn)
            .with(Detail::Reason, "the last line was torn");
        self.write(&[Entry { at, event }])?;
        self.settle(1)
    }

    fn rotate_if_full(&mut self) -> Result<bool, LogError> {
        let is_full = self.head.as_ref().is_some_and(|head| head.length >= self.limits.file_bytes);
        if !is_full {
            return Ok(false);
        }
        // A torn line can only be in the last file.
        self.settle(0)?;
        if let Some(head) = &mut self.head {
            let file = files::open_to_append(&files::path(&self.place.folder, head.number + 1))?;
            files::sync_folder(&self.place.folder)?;
            (head.file, head.number, head.length) = (file, head.number + 1, 0);
        }
        Ok(true)
    }

    /// Appends records; the head is behind them, or as it was.
    fn write(&mut self, entries: &[Entry]) -> Result<(), LogError> {
        let path = self.head.as_ref().map(|head| files::path(&self.place.folder, head.number));
        let (Some(head), Some(path)) = (&mut self.head, path) else { return Err(self.no_state()) };
        let mut next = head.next.clone();
        let mut lines = Vec::new();
        for Entry { at, event } in entries {
            let (line, hash) = Record::seal(&next, event, *at)?;
            lines.extend_from_slice(&line);
            lines.push(b'\n');
            next.after(hash);
        }
        if let Err(error) = head.file.write_all(&lines) {
            // Half a batch must not stay: what it speaks of is not done.
            let _ = head.file.set_len(head.length);
            self.head = None;
            return Err(LogError::io("write", &path)(error));
        }
        head.next = next;
        head.length += lines.len() as u64;
        head.unsynced += entries.len() as u64;
        head.since = head.since.or_else(|| Some(Instant::now()));
        Ok(())
    }

    /// Brings everything to disk and then the state behind it. Where that fails, the last `batch` records are taken back.
    fn settle(&mut self, batch: usize) -> Result<(), LogError> {
        let Some(head) = &mut self.head else { return Err(self.no_state()) };
        if head.unsynced == 0 {
            return Ok(());
        }
        let path = files::path(&self.place.folder, head.number);
        let Some(key) = head.next.key.clone() else { return Err(self.no_state()) };
        let state = State::new(&head.next, key, head.number, head.length);
        let synced = head.file.sync_data().map_err(LogError::io("sync", &path));
        match synced.and_then(|()| state.write(&self.place.folder)) {
            Ok(()) => {
                (head.unsynced, head.since) = (0, None);
                Ok(())
            }
            Err(error) => {
                self.take_back(batch, &path);
                Err(error)
            }
        }
    }

    /// Removes the last records of the file, which nobody was told of.
    fn take_back(&mut self, batch: usize, path: &Path) {
        let Some(head) = self.head.take() else { return };
        let Ok(bytes) = fs::read(path) else { return };
        let kept =
            bytes.split_inclusive(|byte| *byte == b'\n').rev().skip(batch).map(<[u8]>::len).sum::<usize>();
        let _ = head.file.set_len(kept as u64);
    }

    /// The caller has settled, so that the checkpoint is not ahead of what is on disk.
    fn write_checkpoint(&mut self, at: Moment) -> Result<Checkpoint, LogError> {
        let Some(head) = &mut self.head else { return Err(self.no_state()) };
        let Some(key) = &head.next.key else { return Err(self.no_state()) };
        let checkpoint = Checkpoint::new(&head.next, key, at)?;
        head.checkpointed = head.next.seq - 1;
        checkpoint.write(&self.place.checkpoint(&checkpoint.log_id))?;
        Ok(checkpoint)
    }

    fn no_state(&self) -> LogError {
        LogError::NoState { path: self.place.folder.join("state") }
    }

    /// Records that this process has written are gone.
    fn shortened(&self) -> LogError {
        tail::missing(&self.place.folder, self.head.as_ref().map_or(0, |head| head.next.seq - 1))
    }
}

enum Compared {
    Same,
    /// Records are gone.
    Shorter,
    /// Somebody has written, or put another file in the place of this one.
    Other,
}

impl Head {
    fn compare(&self, folder: &Path) -> Result<Compared, LogError> {
        let path = files::path(folder, self.number);
        let there = match fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Compared::Other),
            read => read.map_err(LogError::io("look at", &path))?,
        };
        let own = self.file.metadata().map_err(LogError::io("look at", &path))?;
        if (there.dev(), there.ino()) != (own.dev(), own.ino()) {
            return Ok(Compared::Other);
        }
        if there.len() < self.length {
            return Ok(Compared::Shorter);
        }
        let is_same = there.len() == self.length && !files::path(folder, self.number + 1).exists();
        Ok(if is_same { Compared::Same } else { Compared::Other })
    }
}

/// A name as it may stand in a path, whatever the state says.
fn file_name(log_id: &str) -> String {
    log_id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '-' }).collect()
}
