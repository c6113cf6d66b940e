//! The program that a command's first word names, on the operator's search path.

use std::{
    fs::{self, File},
    io::Read as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// What a native program begins with.
const NATIVE: &[u8; 4] = b"\x7fELF";

/// A program, and where its libraries are besides the system's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) program: PathBuf,
    pub(super) libraries: Vec<PathBuf>,
}

impl Found {
    /// A program that a package brings.
    pub(super) fn in_package(program: PathBuf) -> Self {
        Self { program, libraries: Vec::new() }
    }
}

/// The first native program of that name. What a version manager puts in its place, a script that starts further programs, is passed
/// over: a command may start none.
pub(super) fn find(name: &str, directories: &[PathBuf]) -> Option<Found> {
    let directories = directories.iter().filter(|directory| directory.is_absolute());
    let named = directories.map(|directory| directory.join(name));
    let program = named.filter(|path| is_native(path)).find_map(|path| path.canonicalize().ok())?;
    Some(Found { libraries: libraries(&program), program })
}

fn is_native(path: &Path) -> bool {
    let executable = fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0);
    let mut beginning = [0; NATIVE.len()];
    executable
        && File::open(path).and_then(|mut file| file.read_exact(&mut beginning)).is_ok()
        && beginning == *NATIVE
}

/// Of an interpreter that is installed apart, in `<prefix>/bin`: its `lib`, and not what else is beside it, which may be somebody's
/// home.
fn libraries(program: &Path) -> Vec<PathBuf> {
    let bin = program.parent().filter(|bin| bin.file_name().is_some_and(|name| name == "bin"));
    let Some(prefix) = bin.and_then(Path::parent).filter(|prefix| prefix.parent().is_some()) else {
        return Vec::new();
    };
    ["lib", "lib64"].iter().map(|name| prefix.join(name)).filter(|path| path.is_dir()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(path: &Path, bytes: &[u8]) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn scripts_that_stand_in_and_plain_files_are_passed_over() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap();
        program(&root.join("shims/tool"), b"#!/bin/sh\nexec real-tool\n");
        program(&root.join("plain/tool"), NATIVE);
        fs::set_permissions(root.join("plain/tool"), fs::Permissions::from_mode(0o644)).unwrap();
        program(&root.join("opt/tool-3/bin/tool3"), NATIVE);
        fs::create_dir_all(root.join("opt/tool-3/lib")).unwrap();
        fs::create_dir_all(root.join("links")).unwrap();
        std::os::unix::fs::symlink(root.join("opt/tool-3/bin/tool3"), root.join("links/tool")).unwrap();
        let path = ["none", "shims", "plain", "links"].map(|name| root.join(name));
        let expected = Found {
            program: root.join("opt/tool-3/bin/tool3"),
            libraries: vec![root.join("opt/tool-3/lib")],
        };
        assert_eq!(find("tool", &path), Some(expected));
        assert_eq!(find("other", &path), None);
        assert_eq!(find("tool", &path[..3]), None);
    }
}
