//! A plugin's own files: a directory that nothing leads out of, within the quota of its storage.

use runtime_protocol::FileEntry;
use rustix::fs::{Mode, OFlags, ResolveFlags};
use std::{
    fs::{self, DirBuilder, File},
    io::{self, Read as _, Write as _},
    os::{
        fd::OwnedFd,
        unix::fs::{DirBuilderExt as _, MetadataExt as _, fchown, lchown},
    },
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Bytes of a file that a plugin can read or write at once; as base64 they fit a frame.
pub(crate) const MAX_FILE: u64 = 512 << 10;
/// Files of one plugin.
const MAX_FILES: usize = 1_000;
/// Directories below each other.
const MAX_DEPTH: usize = 8;
/// Bytes of one part of a path.
const MAX_PART: usize = 128;

/// Why a file was not read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FilesError {
    #[error(
        "`{0}` is no path of a file: up to {MAX_DEPTH} parts with `/` between, each of letters, digits, `_`, `-` and `.`, not beginning with `.`"
    )]
    Path(String),
    #[error("there is no file `{0}`")]
    NotFound(String),
    #[error("a file has at most {MAX_FILE} bytes")]
    TooLarge,
    #[error("the plugin has {MAX_FILES} files, and may not have more")]
    TooMany,
    #[error(
        "the plugin's storage is full: {needed} bytes would exceed its quota of {quota}; a larger `permissions.storage` in its manifest would ask for more"
    )]
    Quota { needed: u64, quota: u64 },
    #[error("the plugin's files failed")]
    Io(#[from] io::Error),
    #[error("the host is stopping")]
    Closed,
}

/// The files of one plugin. The directory is made at the first write.
#[derive(Debug, Clone)]
pub(crate) struct PluginFiles {
    directory: PathBuf,
    /// Held by writers, for the quota.
    writing: Arc<Mutex<()>>,
}

/// The path of a plugin's file below its directory: nothing that leads elsewhere can be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilePath(String);

impl FilePath {
    pub(crate) fn new(text: &str) -> Result<Self, FilesError> {
        let is_part = |part: &str| {
            (1..=MAX_PART).contains(&part.len())
                && !part.starts_with('.')
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        let parts = text.split('/').count();
        match parts <= MAX_DEPTH && text.split('/').all(is_part) {
            true => Ok(Self(text.to_owned())),
            false => Err(FilesError::Path(text.chars().take(100).collect())),
        }
    }
}

impl PluginFiles {
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory, writing: Arc::default() }
    }

    /// Where they are.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// What is in a file.
    pub(crate) async fn read(&self, path: FilePath) -> Result<Vec<u8>, FilesError> {
        self.run(move |files| {
            let mut bytes = Vec::new();
            files.open(&path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > MAX_FILE { Err(FilesError::TooLarge) } else { Ok(bytes) }
        })
        .await
    }

    /// Writes a file whole: it is there as it was, or as it is to be. `quota` is for all files together.
    pub(crate) async fn write(&self, path: FilePath, bytes: Vec<u8>, quota: u64) -> Result<(), FilesError> {
        self.run(move |files| {
            if bytes.len() as u64 > MAX_FILE {
                return Err(FilesError::TooLarge);
            }
            let _one_at_a_time = files.writing.lock().unwrap_or_else(PoisonError::into_inner);
            let others: Vec<FileEntry> =
                files.entries()?.into_iter().filter(|file| file.path != path.0).collect();
            let needed = others.iter().map(|file| file.bytes).sum::<u64>() + bytes.len() as u64;
            if needed > quota {
                return Err(FilesError::Quota { needed, quota });
            }
            if others.len() >= MAX_FILES {
                return Err(FilesError::TooMany);
            }
            let target = files.directory.join(&path.0);
            let folder = target.parent().unwrap_or(&files.directory);
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            files
                .beneath(folder.strip_prefix(&files.directory).unwrap_or(Path::new("")), OFlags::DIRECTORY)?;
            let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
            file.write_all(&bytes)?;
            files.hand_over(file.as_file(), folder)?;
            file.as_file().sync_all()?;
            file.persist(&target).map_err(|error| error.error)?;
            Ok(())
        })
        .await
    }

    /// Deletes a file; whether it was there.
    pub(crate) async fn delete(&self, path: FilePath) -> Result<bool, FilesError> {
        self.run(move |files| match files.open(&path) {
            Ok(_) => Ok(fs::remove_file(files.directory.join(&path.0)).map(|()| true)?),
            Err(FilesError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        })
        .await
    }

    /// All files, by path.
    pub(crate) async fn list(&self) -> Result<Vec<FileEntry>, FilesError> {
        self.run(Self::entries).await
    }

    /// Bytes of all files together.
    pub(crate) async fn used(&self) -> Result<u64, FilesError> {
        Ok(self.list().await?.iter().map(|file| file.bytes).sum())
    }

    /// Where a file is, for the host to send it.
    pub(crate) fn find(&self, path: &FilePath) -> Result<PathBuf, FilesError> {
        self.open(path)?;
        Ok(self.directory.join(&path.0))
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, FilesError> + Send + 'static,
    ) -> Result<T, FilesError> {
        let files = self.clone();
        tokio::task::spawn_blocking(move || work(&files)).await.map_err(|_| FilesError::Closed)?
    }

    fn open(&self, path: &FilePath) -> Result<File, FilesError> {
        let file = match self.beneath(Path::new(&path.0), OFlags::NONBLOCK) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(FilesError::NotFound(path.0.clone()));
            }
            file => File::from(file?),
        };
        if file.metadata()?.is_file() { Ok(file) } else { Err(FilesError::NotFound(path.0.clone())) }
    }

    /// Opens what is below the directory without following a link anywhere.
    fn beneath(&self, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
        let top = rustix::fs::open(&self.directory, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        if path.as_os_str().is_empty() {
            return Ok(top);
        }
        let only = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        Ok(rustix::fs::openat2(top, path, flags | OFlags::CLOEXEC, Mode::empty(), only)?)
    }

    /// Lets a new file, and the folders made for it, belong to whom the directory belongs: a command has a user of its own where the
    /// host is root.
    fn hand_over(&self, file: &File, folder: &Path) -> io::Result<()> {
        let owner = fs::metadata(&self.directory)?;
        if !rustix::process::geteuid().is_root() || owner.uid() == 0 {
            return Ok(());
        }
        for made in folder.ancestors().take_while(|made| *made != self.directory) {
            lchown(made, Some(owner.uid()), Some(owner.gid()))?;
        }
        fchown(file, Some(owner.uid()), Some(owner.gid()))
    }

    fn entries(&self) -> Result<Vec<FileEntry>, FilesError> {
        let mut files = Vec::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            let inside = match fs::read_dir(self.directory.join(&folder)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                inside => inside?,
            };
            for entry in inside {
                let entry = entry?;
                let (path, kind) = (folder.join(entry.file_name()), entry.file_type()?);
                match FilePath::new(&path.to_string_lossy()) {
                    Ok(_) if kind.is_dir() => folders.push(path),
                    Ok(FilePath(path)) if kind.is_file() => {
                        files.push(FileEntry { path, bytes: entry.metadata()?.len() });
                    }
                    // Left by a crash in the middle of a write, or not the plugin's.
                    _ => {}
                }
            }
        }
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> FilePath {
        FilePath::new(text).unwrap()
    }

    #[test]
    fn paths_lead_nowhere_else() {
        for good in ["a", "a.txt", "reports/2026-11/one_two.json"] {
            assert!(FilePath::new(good).is_ok(), "{good}");
        }
        let deep = "a/".repeat(MAX_DEPTH) + "a";
        let long = "a".repeat(MAX_PART + 1);
        for bad in [
            "",
            "/etc/passwd",
            "../x",
            "a/../x",
            "a//b",
            "a/",
            ".hidden",
            "a/.x",
            "a b",
            "a\\b",
            "é",
            "a\0",
            &deep,
            &long,
        ] {
            assert!(FilePath::new(bad).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn files_quota_and_links() {
        let place = tempfile::tempdir().unwrap();
        let files = PluginFiles::new(place.path().join("files"));
        assert!(files.list().await.unwrap().is_empty());
        assert!(matches!(files.read(path("a")).await, Err(FilesError::NotFound(_)) | Err(FilesError::Io(_))));
        files.write(path("a/b.txt"), b"123456".to_vec(), 10).await.unwrap();
        // Replacing counts the new content only.
        files.write(path("a/b.txt"), b"1234567890".to_vec(), 10).await.unwrap();
        assert_eq!(files.read(path("a/b.txt")).await.unwrap(), b"1234567890");
        let full = files.write(path("c"), b"1".to_vec(), 10).await.unwrap_err();
        assert!(matches!(full, FilesError::Quota { needed: 11, quota: 10 }), "{full}");
        let all = files.list().await.unwrap();
        assert_eq!(all, [FileEntry { path: "a/b.txt".into(), bytes: 10 }]);
        fs::write(place.path().join("outside"), "secret").unwrap();
        std::os::unix::fs::symlink(place.path(), place.path().join("files/out")).unwrap();
        std::os::unix::fs::symlink(place.path().join("outside"), place.path().join("files/link")).unwrap();
        for escape in ["out/outside", "link"] {
            assert!(files.read(path(escape)).await.is_err(), "{escape}");
        }
        assert!(files.write(path("out/new"), b"x".to_vec(), 100).await.is_err());
        assert!(!place.path().join("new").exists());
        assert!(files.delete(path("a/b.txt")).await.unwrap());
        assert!(!files.delete(path("a/b.txt")).await.unwrap());
    }
}
