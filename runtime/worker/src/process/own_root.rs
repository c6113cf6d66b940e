//! A root of its own, where the launcher is root and may make one: the process sees the package, its own files and the
//! system's programs under their own paths, and nothing else is there to be seen.
//!
//! Landlock holds as well, with or without it. What it adds: the names and sizes of other files, which Landlock does not hide; and a
//! user of its own reaches what lies below a directory that is closed to others, such as the project in somebody's home.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use runtime_protocol::Launch;

use super::readable;
use crate::sandbox::system;

// From linux/mount.h.
const READ_ONLY: u64 = 1;
const NO_SETUID: u64 = 2;
const NO_DEVICES: u64 = 4;
const NO_EXECUTION: u64 = 8;

/// Enters it; on an error everything is as before.
pub(super) fn enter(launch: &Launch) -> io::Result<()> {
    let root = Path::new(&launch.root);
    system::own_mounts()?;
    system::mount_empty(root)?;
    fs::set_permissions(root, Permissions::from_mode(0o755))?;
    let later = writable(launch);
    for path in &later {
        place(root, path)?;
    }
    let package = [PathBuf::from(&launch.package)];
    for path in readable::directories(launch).iter().chain(&package).chain(&readable::files(launch)) {
        show(root, path)?;
    }
    system::restrict_mounts(root, READ_ONLY | NO_SETUID | NO_DEVICES)?;
    for path in &later {
        system::bind(path, &inside(root, path))?;
    }
    if let Some(data) = &launch.data {
        system::restrict_mounts(&inside(root, Path::new(data)), NO_SETUID | NO_DEVICES | NO_EXECUTION)?;
    }
    system::change_root(root)
}

/// What must not become read-only: the devices, and the plugin's own files.
fn writable(launch: &Launch) -> Vec<PathBuf> {
    let devices = readable::DEVICES.iter().map(PathBuf::from).filter(|path| path.exists());
    devices.chain(launch.data.iter().map(PathBuf::from)).collect()
}

fn show(root: &Path, path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_symlink() && path.is_dir() {
        // `/lib` is mostly a link into `/usr`.
        return symlink(fs::read_link(path)?, inside(root, path));
    }
    place(root, path)?;
    system::bind(path, &inside(root, path))
}

/// Makes a place to mount on, with the directories above it.
fn place(root: &Path, path: &Path) -> io::Result<()> {
    let target = inside(root, path);
    let above = if path.is_dir() { Some(&*target) } else { target.parent() };
    for directory in above.into_iter().flat_map(Path::ancestors).take_while(|above| *above != root) {
        if directory.exists() {
            break;
        }
        DirBuilder::new().recursive(true).mode(0o755).create(directory)?;
    }
    if !target.exists() {
        File::create(&target)?;
    }
    Ok(())
}

/// The place of an absolute path below `root`.
fn inside(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}
