//! The host that runs on a project: at most one, and how to reach it.
//!
//! The lock on `.wa/run/host.lock` decides; `.wa/run/host.json` only informs. The lock goes with the process, so what a
//! killed host leaves behind is taken over.

use crate::atomic_file;
use manifest_schema::layout::Layout;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    net::SocketAddr,
    path::PathBuf,
};

/// How to reach the running host. The file is readable by its owner only, since it holds the token.
#[derive(Clone, Serialize, Deserialize)]
pub struct Running {
    /// The host's process id.
    pub pid: u32,
    /// The gateway's address.
    pub gateway: SocketAddr,
    /// The console channel's address, when it is enabled.
    pub console: Option<SocketAddr>,
    /// The bearer token for the gateway and the console channel. Secret.
    pub token: String,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running")
            .field("pid", &self.pid)
            .field("gateway", &self.gateway)
            .field("console", &self.console)
            .finish_non_exhaustive()
    }
}

/// Why the running host could not be found, or another could not start.
#[derive(Debug, thiserror::Error)]
pub enum RunningError {
    /// Another host holds the project.
    #[error("a host already runs on this project{}", pid.map_or_else(String::new, |pid| format!(" (pid {pid})")))]
    Already {
        /// Its process id, where it said so.
        pid: Option<u32>,
    },
    /// A file cannot be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `host.json` is not what a host writes.
    #[error("{} is not the record of a host", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}

/// Whether a host runs on a project, and what is known of it.
#[derive(Debug, Clone)]
pub enum Presence {
    /// None runs.
    Absent,
    /// None runs, but one that was killed has left its record.
    Stale,
    /// One runs, and cannot be reached yet.
    Starting,
    /// One runs.
    Running(Running),
}

/// Looks at the lock, and if a host holds it, at its record.
///
/// # Errors
/// [`RunningError::File`], and [`RunningError::Malformed`] if a host runs whose record cannot be understood.
pub fn presence(layout: &Layout) -> Result<Presence, RunningError> {
    let lock_path = layout.run_dir().join("host.lock");
    let failed = |path: PathBuf| move |source| RunningError::File { path, source };
    let record = layout.run_dir().join("host.json");
    let unlocked = || if record.exists() { Presence::Stale } else { Presence::Absent };
    let lock = match File::open(&lock_path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(unlocked()),
        opened => opened.map_err(failed(lock_path.clone()))?,
    };
    match lock.try_lock_shared() {
        Ok(()) => return Ok(unlocked()),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(source)) => return Err(failed(lock_path)(source)),
    }
    match fs::read(&record) {
        // Locked and not yet written.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Presence::Starting),
        Err(source) => Err(failed(record)(source)),
        Ok(bytes) => match serde_json::from_slice(&bytes) {
            Ok(running) => Ok(Presence::Running(running)),
            Err(source) => Err(RunningError::Malformed { path: record, source }),
        },
    }
}

/// The host that runs on this project now; `None` where there is none, even when a killed one has left its files.
///
/// # Errors
/// Those of [`presence`].
pub fn find(layout: &Layout) -> Result<Option<Running>, RunningError> {
    Ok(match presence(layout)? {
        Presence::Running(running) => Some(running),
        Presence::Absent | Presence::Stale | Presence::Starting => None,
    })
}

/// Removes the record that a killed host has left. A host that starts at the same moment says that another one runs.
///
/// # Errors
/// [`RunningError::Already`] if a host runs after all, and [`RunningError::File`].
pub fn remove_stale(layout: &Layout) -> Result<(), RunningError> {
    HostLock::take(layout).map(drop)
}

/// Held while a host runs; dropping it lets the next one start.
#[derive(Debug)]
pub(crate) struct HostLock {
    file: File,
    record: PathBuf,
}

impl HostLock {
    pub(crate) fn take(layout: &Layout) -> Result<Self, RunningError> {
        let directory = layout.run_dir();
        let path = directory.join("host.lock");
        let failed = |source| RunningError::File { path: path.clone(), source };
        fs::create_dir_all(&directory).map_err(failed)?;
        let open = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(source)) => return Err(failed(source)),
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = file.read_to_string(&mut text);
                return Err(RunningError::Already { pid: text.trim().parse().ok() });
            }
        }
        let record = directory.join("host.json");
        let lock = Self { file, record };
        lock.claim().map_err(failed)?;
        Ok(lock)
    }

    /// Removes what a killed host has left and names this process.
    fn claim(&self) -> io::Result<()> {
        if let Err(error) = fs::remove_file(&self.record)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        let mut file = &self.file;
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())
    }

    pub(crate) fn publish(&self, running: &Running) -> io::Result<()> {
        atomic_file::write(&self.record, &serde_json::to_vec(running)?)
    }
}

impl Drop for HostLock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.record);
        // Closing would not do while a process that is being started still has the file open.
        let _ = self.file.unlock();
    }
}
