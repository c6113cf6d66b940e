//! The files of one package in memory, and the list that pins them.

use crate::digest::Sha256;
use crate::package_path::PackagePath;
use manifest_schema::files::MemoryFiles;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// All files of a package, by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// Each file's bytes and mode.
    pub files: BTreeMap<PackagePath, ContentFile>,
}

/// One file of a package.
#[derive(Clone, PartialEq, Eq)]
pub struct ContentFile {
    /// The bytes.
    pub bytes: Arc<[u8]>,
    /// Whether the file may be executed (mode 0755, else 0644).
    pub executable: bool,
}

/// Files can be large; their length is enough to see.
impl fmt::Debug for ContentFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes{}", self.bytes.len(), if self.executable { ", executable" } else { "" })
    }
}

/// What is pinned of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Where the file is in the package.
    pub path: PackagePath,
    /// Its length in bytes.
    pub size: u64,
    /// The digest of its bytes.
    pub sha256: Sha256,
    /// Whether it may be executed.
    pub executable: bool,
}

/// Every file of a package, sorted by path: what the store compares at each load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tree {
    files: Vec<FileEntry>,
}

impl Contents {
    /// The bytes of a file.
    pub fn get(&self, path: &str) -> Option<&Arc<[u8]>> {
        self.files.get(path).map(|file| &file.bytes)
    }

    /// Adds or replaces a plain file.
    pub fn insert(&mut self, path: PackagePath, bytes: impl Into<Arc<[u8]>>) {
        self.files.insert(path, ContentFile { bytes: bytes.into(), executable: false });
    }

    /// The list that pins these files. Hashes every byte.
    pub fn tree(&self) -> Tree {
        let entry = |(path, file): (&PackagePath, &ContentFile)| FileEntry {
            path: path.clone(),
            size: file.bytes.len() as u64,
            sha256: Sha256::of(&file.bytes),
            executable: file.executable,
        };
        Tree { files: self.files.iter().map(entry).collect() }
    }

    /// The same bytes for the checks and the host; nothing is copied.
    pub fn memory_files(&self) -> MemoryFiles {
        MemoryFiles(
            self.files.iter().map(|(path, file)| (path.to_string(), Arc::clone(&file.bytes))).collect(),
        )
    }
}

impl Tree {
    /// The list of these files, which are sorted by path.
    pub(crate) fn of(files: Vec<FileEntry>) -> Self {
        Self { files }
    }

    /// What is pinned of one file.
    pub fn get(&self, path: &str) -> Option<&FileEntry> {
        let at = self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        self.files.get(at)
    }

    /// The files, sorted by path.
    pub fn files(&self) -> &[FileEntry] {
        &self.files
    }

    /// The list as canonical JSON (RFC 8785), as the store keeps it.
    #[expect(clippy::expect_used, reason = "texts, booleans and lengths always have a canonical form")]
    pub fn canonical(&self) -> Vec<u8> {
        serde_json_canonicalizer::to_vec(self).expect("a list of files serialises")
    }

    /// The digest of that: it pins every file.
    pub fn digest(&self) -> Sha256 {
        Sha256::of(&self.canonical())
    }

    /// The list in a text that [`Self::canonical`] wrote; `None` for any other.
    pub fn from_canonical(bytes: &[u8]) -> Option<Self> {
        let tree: Self = serde_json::from_slice(bytes).ok()?;
        let sorted = tree.files.is_sorted_by(|a, b| a.path < b.path);
        (sorted && tree.canonical() == bytes).then_some(tree)
    }
}
