//! The files of a package, wherever they are.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// The most files that [`DirectoryFiles`] lists.
pub const MAX_FILES: usize = 20_000;

/// Directories that [`DirectoryFiles`] does not enter: version control, installed npm packages and `wa`'s own state.
pub const SKIPPED_DIRECTORIES: [&str; 4] = [".git", ".hg", ".wa", "node_modules"];

/// Marks a directory whose files can be made again, such as cargo's `target` (<https://bford.info/cachedir/>); it is not entered either.
pub const CACHE_TAG: &str = "CACHEDIR.TAG";

/// The files of one package. Paths are relative to its root, with `/` between parts, without `.` or `..`.
pub trait PackageFiles: Sync {
    /// All paths, in order.
    fn paths(&self) -> Vec<String>;

    /// The bytes of one file.
    ///
    /// # Errors
    /// `NotFound` for a path that is not among [`PackageFiles::paths`], else what the system says.
    fn read(&self, path: &str) -> io::Result<Cow<'_, [u8]>>;

    /// Whether there is a file of this path.
    fn contains(&self, path: &str) -> bool {
        self.paths().iter().any(|known| known == path)
    }

    /// Whether there is a file in or below this directory.
    fn contains_directory(&self, path: &str) -> bool {
        let prefix = format!("{}/", path.trim_end_matches('/'));
        self.paths().iter().any(|known| known.starts_with(&prefix))
    }
}

/// Why a directory cannot be taken as a package.
#[derive(Debug, Error)]
pub enum DirectoryError {
    /// The directory or something in it cannot be read.
    #[error("cannot read `{}`", path.display())]
    Io {
        /// What cannot be read.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A symbolic link, a device or the like.
    #[error("`{}` is neither a file nor a directory; a package holds no links or devices", path.display())]
    NotAFile {
        /// The entry.
        path: PathBuf,
    },
    /// A name that is not UTF-8.
    #[error("the name of `{}` is not UTF-8 text", path.display())]
    NotUtf8 {
        /// The entry, with replacement characters.
        path: PathBuf,
    },
    /// More than [`MAX_FILES`].
    #[error("`{}` holds more than {MAX_FILES} files", path.display())]
    TooMany {
        /// The package's root.
        path: PathBuf,
    },
}

/// A package as a directory on disk. Refuses links, so nothing outside of the directory is ever read.
#[derive(Debug, Clone)]
pub struct DirectoryFiles {
    root: PathBuf,
    paths: Vec<String>,
}

impl DirectoryFiles {
    /// Lists the directory, but for [`SKIPPED_DIRECTORIES`] and directories with a `CACHEDIR.TAG`.
    ///
    /// # Errors
    /// Any [`DirectoryError`].
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, DirectoryError> {
        let root = root.into();
        let mut paths = Vec::new();
        let mut waiting = vec![(root.clone(), String::new())];
        while let Some((directory, prefix)) = waiting.pop() {
            if !prefix.is_empty() && directory.join(CACHE_TAG).is_file() {
                continue;
            }
            let io = |source| DirectoryError::Io { path: directory.clone(), source };
            for entry in fs::read_dir(&directory).map_err(io)? {
                let entry = entry.map_err(io)?;
                let path = entry.path();
                let Ok(name) = entry.file_name().into_string() else {
                    return Err(DirectoryError::NotUtf8 { path });
                };
                let kind = entry.file_type().map_err(io)?;
                let relative = format!("{prefix}{name}");
                if kind.is_file() {
                    paths.push(relative);
                } else if !kind.is_dir() && !SKIPPED_DIRECTORIES.contains(&name.as_str()) {
                    return Err(DirectoryError::NotAFile { path });
                } else if kind.is_dir() && !SKIPPED_DIRECTORIES.contains(&name.as_str()) {
                    waiting.push((path, format!("{relative}/")));
                }
                if paths.len() > MAX_FILES {
                    return Err(DirectoryError::TooMany { path: root });
                }
            }
        }
        paths.sort();
        Ok(Self { root, paths })
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

impl PackageFiles for DirectoryFiles {
    fn paths(&self) -> Vec<String> {
        self.paths.clone()
    }

    fn contains(&self, path: &str) -> bool {
        self.paths.binary_search_by(|known| known.as_str().cmp(path)).is_ok()
    }

    fn read(&self, path: &str) -> io::Result<Cow<'_, [u8]>> {
        if !self.contains(path) {
            return Err(io::Error::new(io::ErrorKind::NotFound, format!("the package has no file `{path}`")));
        }
        let full = self.root.join(path);
        if !fs::symlink_metadata(&full)?.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("`{path}` is no longer a regular file"),
            ));
        }
        fs::read(full).map(Cow::Owned)
    }
}

/// A package in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryFiles(pub BTreeMap<String, Arc<[u8]>>);

impl<P: Into<String>, B: Into<Arc<[u8]>>> FromIterator<(P, B)> for MemoryFiles {
    fn from_iter<I: IntoIterator<Item = (P, B)>>(files: I) -> Self {
        Self(files.into_iter().map(|(path, bytes)| (path.into(), bytes.into())).collect())
    }
}

impl PackageFiles for MemoryFiles {
    fn paths(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn contains(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    fn read(&self, path: &str) -> io::Result<Cow<'_, [u8]>> {
        match self.0.get(path) {
            Some(bytes) => Ok(Cow::Borrowed(bytes)),
            None => Err(io::Error::new(io::ErrorKind::NotFound, format!("the package has no file `{path}`"))),
        }
    }
}

/// Resolves `relative` against the directory of `from`, both package paths (`from` empty for the root).
/// `None` if the result would lie outside of the package or `relative` is absolute or has a part no package may have.
pub fn resolve(from: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    if relative.starts_with('/') || relative.contains(['\\', '\0', ':']) {
        return None;
    }
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolving() {
        for (from, relative, result) in [
            ("src/index.ts", "./lib.ts", Some("src/lib.ts")),
            ("src/index.ts", "../data.json", Some("data.json")),
            ("src/index.ts", "../../etc/passwd", None),
            ("", "src/index.ts", Some("src/index.ts")),
            ("", "../x", None),
            ("", "/etc/passwd", None),
            ("", "C:/x", None),
            ("", "a\\b", None),
            ("a/b/c.js", ".././d.js", Some("a/d.js")),
        ] {
            assert_eq!(resolve(from, relative).as_deref(), result, "{from} + {relative}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_with_a_link_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.txt"), "a").unwrap();
        assert_eq!(DirectoryFiles::open(dir.path()).unwrap().paths(), ["a.txt"]);
        std::os::unix::fs::symlink("/etc/passwd", dir.path().join("b.txt")).unwrap();
        assert!(matches!(DirectoryFiles::open(dir.path()), Err(DirectoryError::NotAFile { .. })));
    }

    #[test]
    fn only_listed_files_are_read() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("pkg/node_modules")).unwrap();
        fs::write(dir.path().join("outside"), "x").unwrap();
        fs::write(dir.path().join("pkg/in"), "y").unwrap();
        fs::write(dir.path().join("pkg/node_modules/skipped"), "z").unwrap();
        let files = DirectoryFiles::open(dir.path().join("pkg")).unwrap();
        assert_eq!(&*files.read("in").unwrap(), b"y");
        assert_eq!(files.read("../outside").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(files.read("node_modules/skipped").unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
