//! The trust store's one file: `trust.json` (0600), changed under a lock since all projects share it.

use super::{State, TrustError, TrustStore};
use crate::disk::{Disk, DiskError};
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const FILE: &str = "trust.json";
const LOCK: &str = "trust.lock";

pub(super) fn read(directory: &Path) -> Result<State, TrustError> {
    let path = directory.join(FILE);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::default()),
        Err(error) => return Err(DiskError::on("read", &path)(error).into()),
    };
    let state: State = serde_json::from_slice(&bytes)
        .map_err(|source| TrustError::Damaged { path: path.clone(), source })?;
    if state.schema == 1 { Ok(state) } else { Err(TrustError::Schema { path, schema: state.schema }) }
}

impl TrustStore {
    /// Changes what is on disk now, which another project may have changed since this value was read.
    pub(super) fn change(
        &mut self,
        disk: &Disk,
        change: impl FnOnce(&mut State) -> Result<(), TrustError>,
    ) -> Result<(), TrustError> {
        disk.make_directory(&self.directory, 0o700)?;
        let lock = self.directory.join(LOCK);
        let locked = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&lock)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(DiskError::on("lock", &lock))?;
        let mut state = read(&self.directory)?;
        change(&mut state)?;
        let path = self.directory.join(FILE);
        let mut text = serde_json::to_vec_pretty(&state)
            .map_err(|source| TrustError::Damaged { path: path.clone(), source })?;
        text.push(b'\n');
        disk.write(&path, &text, 0o600)?;
        self.state = state;
        drop(locked);
        Ok(())
    }
}
