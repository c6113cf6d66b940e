//! The files that one start of a command runs from: written from the verified bytes, for this start alone.

use manifest_schema::{files::MemoryFiles, names::PluginId};
use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// The directory of one start; removed when dropped, which takes as long as it has files.
#[derive(Debug)]
pub(crate) struct Place {
    package: PathBuf,
    root: PathBuf,
    _directory: TempDir,
}

impl Place {
    /// Writes the package below `directory`. Everybody may read it, as another user has to; nobody may write it. `program` is the
    /// file that is executed, if it is in the package.
    pub(super) fn new(
        directory: &Path,
        plugin: &PluginId,
        files: &MemoryFiles,
        program: Option<&str>,
    ) -> io::Result<Self> {
        open_directory(directory)?;
        let directory = directory.canonicalize()?;
        let place = tempfile::Builder::new().prefix(&format!("{plugin}-")).tempdir_in(directory)?;
        let (package, root) = (place.path().join("package"), place.path().join("root"));
        for directory in [place.path(), &package, &root] {
            open_directory(directory)?;
        }
        for (path, bytes) in &files.0 {
            let target = package.join(path);
            for above in Path::new(path).ancestors().skip(1).collect::<Vec<_>>().into_iter().rev() {
                open_directory(&package.join(above))?;
            }
            fs::write(&target, bytes)?;
            let mode = if program == Some(path) { 0o555 } else { 0o444 };
            fs::set_permissions(&target, Permissions::from_mode(mode))?;
        }
        Ok(Self { package, root, _directory: place })
    }

    /// The package.
    pub(crate) fn package(&self) -> &Path {
        &self.package
    }

    /// An empty directory beside it.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }
}

/// Makes a directory that everybody may look into, whatever the mask of file modes.
fn open_directory(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    fs::set_permissions(directory, Permissions::from_mode(0o755))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_was_verified_and_goes_with_the_start() {
        let directory = tempfile::tempdir().unwrap();
        let files: MemoryFiles = [("bin/run", &b"\x7fELF"[..]), ("a/b/c.py", b"x = 1")].into_iter().collect();
        let place =
            Place::new(&directory.path().join("new"), &"desk".parse().unwrap(), &files, Some("bin/run"));
        let place = place.unwrap();
        let mode =
            |path: &str| fs::metadata(place.package().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!([mode("bin/run"), mode("a/b/c.py"), mode("a/b"), mode("a")], [0o555, 0o444, 0o755, 0o755]);
        assert_eq!(fs::read(place.package().join("a/b/c.py")).unwrap(), b"x = 1");
        let package = place.package().to_owned();
        drop(place);
        assert!(!package.exists());
        assert_eq!(fs::read_dir(directory.path().join("new")).unwrap().count(), 0);
    }
}
