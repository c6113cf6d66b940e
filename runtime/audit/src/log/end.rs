//! The end of the log: found, written behind, brought to disk.

use super::{AuditLog, Entry};
use crate::{
    Action, Actor, Checkpoint, Detail, Event, FirstKey, LogError, Moment, files,
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
    path::Path,
    time::Instant,
};

/// The end of the log as this process has left it; void once another has written.
pub(super) struct Head {
    pub(super) next: record::Place,
    number: u32,
    file: File,
    length: u64,
    /// Records since the state was written, and since when.
    pub(super) unsynced: u64,
    pub(super) since: Option<Instant>,
    /// The record that the last checkpoint is due after.
    pub(super) checkpointed: u64,
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
    /// Begins a log: its first key outside, then its state, then its first record.
    pub(super) fn create(&mut self, at: Moment, instead: Option<Event>) -> Result<(), LogError> {
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
    pub(super) fn refresh(&mut self, at: Moment) -> Result<(), LogError> {
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

    pub(super) fn rotate_if_full(&mut self) -> Result<bool, LogError> {
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
    pub(super) fn write(&mut self, entries: &[Entry]) -> Result<(), LogError> {
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
    pub(super) fn settle(&mut self, batch: usize) -> Result<(), LogError> {
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
    pub(super) fn write_checkpoint(&mut self, at: Moment) -> Result<Checkpoint, LogError> {
        let Some(head) = &mut self.head else { return Err(self.no_state()) };
        let Some(key) = &head.next.key else { return Err(self.no_state()) };
        let checkpoint = Checkpoint::new(&head.next, key, at)?;
        head.checkpointed = head.next.seq - 1;
        checkpoint.write(&self.place.checkpoint(&checkpoint.log_id))?;
        Ok(checkpoint)
    }

    pub(super) fn no_state(&self) -> LogError {
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
