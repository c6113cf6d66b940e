//! What is in the log beyond its state: records that a killed writer could not note down, and perhaps half a line.

use crate::{
    LogError, files,
    record::{Place, Problem, Record},
    state::State,
};
use std::fs;
use std::path::Path;

/// The end of a log.
pub(crate) struct End {
    /// Where the next record goes.
    pub(crate) place: Place,
    /// The last file, and how much of it is records.
    pub(crate) file: u32,
    pub(crate) length: u64,
    /// Bytes of a torn line behind them.
    pub(crate) torn: u64,
}

/// Goes on from the state over every record behind it, each checked with its key.
pub(crate) fn find_end(folder: &Path, state: &State) -> Result<End, LogError> {
    let mut end = End { place: state.next(), file: state.file, length: state.length, torn: 0 };
    loop {
        let path = files::path(folder, end.file);
        let bytes = read_from(&path, end.length)?;
        let Some(bytes) = bytes else {
            // The state is written after the records: what it knows was there.
            return Err(missing(folder, state.seq));
        };
        end.take(&bytes)?;
        if !files::path(folder, end.file + 1).exists() {
            return Ok(end);
        }
        if end.torn > 0 {
            return Err(tampered(&end.place, Problem::NotARecord("it ends within a line".to_owned())));
        }
        (end.file, end.length) = (end.file + 1, 0);
    }
}

/// Records up to `until` were written, and are not all there.
pub(crate) fn missing(folder: &Path, until: u64) -> LogError {
    let last = || {
        let numbers = files::numbers(folder).ok()?;
        numbers.into_iter().rev().find_map(|number| last_record(&files::path(folder, number)))
    };
    LogError::Tampered { seq: last().map_or(1, |record| record.seq + 1), problem: Problem::Missing { until } }
}

fn last_record(path: &Path) -> Option<Record> {
    let bytes = fs::read(path).ok()?;
    bytes.split_inclusive(|byte| *byte == b'\n').rev().find_map(|line| Record::read(whole_line(line)?).ok())
}

fn tampered(place: &Place, problem: Problem) -> LogError {
    LogError::Tampered { seq: place.seq, problem }
}

/// The bytes behind `from`; `None` where the file is shorter than that.
fn read_from(path: &Path, from: u64) -> Result<Option<Vec<u8>>, LogError> {
    use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
    let read = || {
        let mut file = match fs::File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound && from == 0 => return Ok(Some(Vec::new())),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        if file.metadata()?.len() < from {
            return Ok(None);
        }
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    };
    read().map_err(LogError::io("read", path))
}

impl End {
    fn take(&mut self, bytes: &[u8]) -> Result<(), LogError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let Some(line) = whole_line(rest) else {
                self.torn = rest.len() as u64;
                return Ok(());
            };
            let record = self.place.check(line).map_err(|problem| tampered(&self.place, problem))?;
            self.place.after(record.hash());
            self.length += line.len() as u64 + 1;
            rest = &rest[line.len() + 1..];
        }
        Ok(())
    }
}

/// The first line without its end. A line is torn where its end is missing, or where a crash of the machine has left blocks of zeros.
pub(crate) fn whole_line(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = &bytes[..end];
    (!line.contains(&0)).then_some(line)
}
