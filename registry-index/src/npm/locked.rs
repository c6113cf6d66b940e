//! Fetching exactly what a lock pins.

use super::promise::{Digest, Promise};
use super::registry::{Client, parsed};
use super::{FetchError, Progress};
use crate::install::{FetchedArchive, Spec};
use crate::lock::Locked;
use crate::mirror::Mirror;
use std::path::{Path, PathBuf};

impl Client {
    /// The archive that the lock pins, from the mirror, the cache, or where it came from; `root` is the project's, from
    /// which a local archive is meant.
    ///
    /// # Errors
    /// Any [`FetchError`].
    pub fn fetch_locked(
        &self,
        locked: &Locked,
        spec: Spec,
        root: &Path,
        mirror: Option<&Mirror>,
        progress: &Progress<'_>,
    ) -> Result<FetchedArchive, FetchError> {
        let local = locked.resolved.strip_prefix("file:").map(|path| root.join(path));
        let path = match mirror.and_then(|mirror| mirror.get(&locked.archive)) {
            Some(path) => path.to_owned(),
            None => self.pinned(locked, local.clone(), progress)?,
        };
        Ok(FetchedArchive {
            spec,
            path,
            url: local.is_none().then(|| locked.resolved.clone()),
            integrity: Some(locked.archive),
            registry: None,
            warnings: Vec::new(),
        })
    }

    fn pinned(
        &self,
        locked: &Locked,
        local: Option<PathBuf>,
        progress: &Progress<'_>,
    ) -> Result<PathBuf, FetchError> {
        match local {
            // Whether it is still the same archive is seen when it is read.
            Some(path) if path.exists() => Ok(path),
            Some(path) => Err(FetchError::Gone(path)),
            None => {
                let digest = Digest::Sha512(vec![locked.archive]);
                let promise = Promise { url: parsed(&locked.resolved)?, digest };
                Ok(self.promised(&promise, progress)?.path)
            }
        }
    }
}
