//! Writing: one batch at a time, each under the lock that keeps other processes away.

mod end;

use crate::{Action, Actor, Checkpoint, Detail, Event, LogError, Moment, files, state::State};
use end::Head;
use std::{fs, path::PathBuf, time::Duration};

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
}

/// A name as it may stand in a path, whatever the state says.
fn file_name(log_id: &str) -> String {
    log_id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '-' }).collect()
}
