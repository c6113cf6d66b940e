//! Where an account lives: `<session_dir>/.whatsapp-rs/`, a private directory of `creds.json`, `signal.db`, `daemon.json`
//! and `daemon.lock`.

use crate::credentials::{Credentials, CredentialsError, HowPaired};
use rustix::fs::RenameFlags;
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use thiserror::Error;
use whatsapp_rs::wacore::store::Device;

/// The directory's name.
const NAME: &str = ".whatsapp-rs";

const PAIRING: &str = ".pairing-";
const LOCK: &str = "daemon.lock";

/// The directory of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    directory: PathBuf,
}

/// Who holds an account, as `daemon.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// What it was started as.
    pub command: String,
}

/// Why a session cannot be taken.
#[derive(Debug, Error)]
pub enum SessionError {
    /// Another process has it.
    #[error("the account is in use by process {} ({})", .0.pid, .0.command)]
    InUse(Holder),
    /// The disk refused.
    #[error("cannot use `{}`", path.display())]
    Disk {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The credentials cannot be read.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
}

/// The session is this process's until this is dropped, however the process ends.
#[derive(Debug)]
pub struct Held {
    _lock: File,
    holder: PathBuf,
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.holder);
    }
}

impl Session {
    /// The session in this directory, which need not exist.
    pub fn of(session_dir: &Path) -> Self {
        Self { directory: session_dir.join(NAME) }
    }

    pub(crate) fn in_directory(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    /// A private directory beside, for a device that is not paired yet. It goes when it is dropped.
    pub(crate) fn pairing_place(&self) -> Result<TempDir, SessionError> {
        let beside = self.directory.parent().unwrap_or(Path::new("."));
        let make = || {
            // What a pairing left that was killed; this process has the lock.
            for entry in fs::read_dir(beside)?.flatten() {
                if entry.file_name().to_string_lossy().starts_with(PAIRING) {
                    fs::remove_dir_all(entry.path())?;
                }
            }
            tempfile::Builder::new().prefix(PAIRING).tempdir_in(beside)
        };
        make().map_err(|source| SessionError::Disk { path: beside.to_owned(), source })
    }

    /// Takes the place of this session's files with those of another directory, which gets the old ones: in one step,
    /// so that one of the two is there whenever the process ends. The lock stays with this session.
    pub(crate) fn take_over(&self, place: &Path) -> Result<(), SessionError> {
        let disk = |source: io::Error| SessionError::Disk { path: self.directory.clone(), source };
        let (own, new) = (self.directory.join(LOCK), place.join(LOCK));
        fs::hard_link(&own, &new).map_err(disk)?;
        let exchanged = rustix::fs::renameat_with(
            rustix::fs::CWD,
            place,
            rustix::fs::CWD,
            &self.directory,
            RenameFlags::EXCHANGE,
        );
        exchanged.map_err(|errno| disk(errno.into()))?;
        let parent = self.directory.parent().unwrap_or(Path::new("."));
        File::open(parent).and_then(|parent| parent.sync_all()).map_err(disk)
    }

    /// The directory that holds all of it.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// `creds.json`.
    pub fn credentials_file(&self) -> PathBuf {
        self.directory.join("creds.json")
    }

    pub(crate) fn signal(&self) -> PathBuf {
        self.directory.join("signal.db")
    }

    fn holder(&self) -> PathBuf {
        self.directory.join("daemon.json")
    }

    /// The account's credentials; `None` where nothing is paired.
    ///
    /// # Errors
    /// [`CredentialsError`], where the file is there and cannot be used.
    pub fn credentials(&self) -> Result<Option<Credentials>, CredentialsError> {
        Credentials::read(&self.credentials_file())
    }

    /// Puts a device into an empty session: one that a simulator has linked already.
    ///
    /// # Errors
    /// [`SessionError::Disk`].
    pub fn install(&self, device: &Device) -> Result<(), SessionError> {
        self.create()?;
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let at = i64::try_from(at).unwrap_or(i64::MAX);
        let written = Credentials::new(device, HowPaired::Simulator, at).write(self);
        written.map_err(|source| SessionError::Disk { path: self.credentials_file(), source })
    }

    /// Makes the directory, readable by nobody else.
    ///
    /// # Errors
    /// [`SessionError::Disk`].
    pub fn create(&self) -> Result<(), SessionError> {
        let disk = |source| SessionError::Disk { path: self.directory.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(&self.directory).map_err(disk)?;
        fs::set_permissions(&self.directory, Permissions::from_mode(0o700)).map_err(disk)
    }

    /// Takes the account for this process, known as `command`. A lock decides; `daemon.json` only explains.
    ///
    /// # Errors
    /// [`SessionError::InUse`] and [`SessionError::Disk`].
    pub fn hold(&self, command: &str) -> Result<Held, SessionError> {
        self.create()?;
        let path = self.directory.join(LOCK);
        let disk = |path: &Path| {
            let path = path.to_owned();
            move |source| SessionError::Disk { path, source }
        };
        let lock = File::options().create(true).write(true).truncate(false).mode(0o600).open(&path);
        let lock = lock.map_err(disk(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SessionError::InUse(self.in_use_by())),
            Err(TryLockError::Error(source)) => return Err(SessionError::Disk { path, source }),
        }
        let holder = Holder { pid: std::process::id(), command: command.to_owned() };
        let text = serde_json::to_vec_pretty(&holder).unwrap_or_default();
        write(&self.holder(), &text).map_err(disk(&self.holder()))?;
        Ok(Held { _lock: lock, holder: self.holder() })
    }

    fn in_use_by(&self) -> Holder {
        let said = fs::read(self.holder()).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        said.unwrap_or_else(|| Holder { pid: 0, command: "it has not said what".to_owned() })
    }

    /// Nobody else may read what SQLite has made.
    pub(crate) fn make_private(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                fs::set_permissions(entry.path(), Permissions::from_mode(0o600))?;
            }
        }
        Ok(())
    }
}

/// Replaces a file of mode 0600: readers see the old bytes or the new ones, also after a crash.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(directory)?.sync_all()
}
