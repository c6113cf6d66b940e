//! A package as it was read: every file hashed and listed, and those held in memory that somebody looks into.
//!
//! A package may be large; what is held is not, whatever the package is. Pictures and the like are listed only.

use crate::archive::{Limits, ScanError, Sink, scan};
use crate::contents::{ContentFile, Contents, FileEntry, Tree};
use crate::digest::Sha256;
use crate::package_path::PackagePath;
use manifest_schema::files::{MemoryFiles, PackageFiles};
use sha2::Digest;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Read, Seek};
use std::sync::Arc;

/// Bytes that are held of the files at the top of a package: the manifest, the record, its signatures.
const TOP: u64 = 8 << 20;
/// Bytes that are held of code; a program may have 8 MiB.
const CODE: u64 = 10 << 20;
/// Bytes that are held of other text.
const TEXT: u64 = 6 << 20;
/// Bytes that are held of components.
const COMPONENTS: u64 = manifest_schema::component::MAX_SIZE as u64;

/// A package as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// All files.
    pub tree: Tree,
    /// Those whose bytes are at hand.
    pub held: Contents,
}

/// Reads files one by one.
#[derive(Debug)]
pub(crate) struct Collector {
    entries: BTreeMap<PackagePath, FileEntry>,
    held: Contents,
    left: [u64; 4],
}

impl Collector {
    pub(crate) fn new() -> Self {
        Self { entries: BTreeMap::new(), held: Contents::default(), left: [TOP, CODE, TEXT, COMPONENTS] }
    }

    pub(crate) fn finish(self) -> Scanned {
        Scanned { tree: Tree::of(self.entries.into_values().collect()), held: self.held }
    }

    /// Takes a file, whose size is what its header says.
    pub(crate) fn take(
        &mut self,
        path: PackagePath,
        executable: bool,
        size: u64,
        bytes: &mut dyn Read,
    ) -> io::Result<()> {
        let budget = class(path.as_str()).map(|class| &mut self.left[class]).filter(|left| **left >= size);
        let mut held = budget.is_some().then(Vec::new);
        if let Some(left) = budget {
            *left -= size;
        }
        let mut hasher = sha2::Sha256::new();
        let mut chunk = [0; 16 << 10];
        let mut read = 0;
        loop {
            let length = bytes.read(&mut chunk)?;
            if length == 0 {
                break;
            }
            read += length as u64;
            hasher.update(&chunk[..length]);
            // A file that is longer than it said is refused by whoever gave it.
            if let Some(held) = held.as_mut().filter(|_| read <= size) {
                held.extend_from_slice(&chunk[..length]);
            }
        }
        let sha256 = Sha256::from_bytes(hasher.finalize().into());
        if let Some(held) = held {
            self.held.files.insert(path.clone(), ContentFile { bytes: held.into(), executable });
        }
        self.entries.insert(path.clone(), FileEntry { path, size: read, sha256, executable });
        Ok(())
    }
}

impl Sink for Collector {
    fn file(
        &mut self,
        path: PackagePath,
        executable: bool,
        size: u64,
        bytes: &mut dyn Read,
    ) -> io::Result<()> {
        self.take(path, executable, size, bytes)
    }
}

/// Which budget a file is held in; `None` for files that nobody looks into.
fn class(path: &str) -> Option<usize> {
    // What a package brings along of others is never looked into.
    if path.split('/').any(|part| part == "node_modules") {
        return None;
    }
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" => Some(1),
        "json" | "json5" | "yaml" | "yml" | "md" | "minisig" if !path.contains('/') => Some(0),
        "json" | "json5" | "yaml" | "yml" | "md" | "minisig" => Some(2),
        "wasm" => Some(3),
        _ => None,
    }
}

impl Scanned {
    /// Reads an archive.
    ///
    /// # Errors
    /// Any [`ScanError`].
    pub fn read(archive: impl Read + Seek, limits: &Limits) -> Result<Self, ScanError> {
        let mut collector = Collector::new();
        scan(archive, limits, &mut collector)?;
        Ok(collector.finish())
    }

    /// The bytes of a file, if they are at hand.
    pub fn get(&self, path: &str) -> Option<&Arc<[u8]>> {
        self.held.get(path)
    }

    /// The held files for the host; nothing is copied.
    pub fn memory_files(&self) -> MemoryFiles {
        self.held.memory_files()
    }
}

impl PackageFiles for Scanned {
    fn paths(&self) -> Vec<String> {
        self.tree.files().iter().map(|file| file.path.to_string()).collect()
    }

    fn read(&self, path: &str) -> io::Result<Cow<'_, [u8]>> {
        match (self.get(path), self.contains(path)) {
            (Some(bytes), _) => Ok(Cow::Borrowed(bytes)),
            (None, true) => {
                Err(io::Error::other("it is too large, or not a kind of file that is looked into"))
            }
            (None, false) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn contains(&self, path: &str) -> bool {
        self.tree.get(path).is_some()
    }
}
