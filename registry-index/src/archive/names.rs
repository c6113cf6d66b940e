//! The paths of one archive together: one top directory, and no two names that a file system takes for one.

use super::Rule;
use crate::package_path::{self, PackagePath};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization;

/// Bytes of all paths together: what keeps the list of a package's files small.
const MAX_NAMES: usize = 4 << 20;

/// The paths seen so far, directories that are only implied among them.
pub(super) struct Names {
    limit: usize,
    /// Bytes that paths may still have.
    length_left: usize,
    top: Option<String>,
    /// By the digest of the folded path, so that a hostile archive cannot make this large.
    seen: HashMap<Key, Node>,
}

type Key = [u8; 32];

struct Node {
    name: String,
    directory: bool,
}

impl Names {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, length_left: MAX_NAMES, top: None, seen: HashMap::new() }
    }

    /// Takes note of a directory; one that is known already is fine.
    pub(super) fn directory(&mut self, path: &str) -> Result<(), Rule> {
        package_path::check(path)?;
        self.enter(path).map(drop)
    }

    /// Takes note of a file. Its path without the top directory.
    pub(super) fn file(&mut self, path: &str) -> Result<PackagePath, Rule> {
        package_path::check(path)?;
        self.length_left = self.length_left.checked_sub(path.len()).ok_or(Rule::NamesTooLong)?;
        let (directory, name) = path.rsplit_once('/').ok_or(Rule::NoTopDirectory)?;
        let parent = self.enter(directory)?;
        match self.note(parent, name, false)? {
            Seen::New(_) => {}
            Seen::Before { directory: true, .. } => return Err(Rule::FileAndDirectory),
            Seen::Before { directory: false, .. } => return Err(Rule::Duplicate),
        }
        let inside = path.split_once('/').map_or(path, |(_, inside)| inside);
        Ok(inside.parse()?)
    }

    /// Takes note of a directory and all above it.
    fn enter(&mut self, path: &str) -> Result<Key, Rule> {
        let top = path.split('/').next().unwrap_or_default();
        if self.top.get_or_insert_with(|| top.to_owned()) != top {
            return Err(Rule::SecondTopDirectory);
        }
        path.split('/').try_fold(Key::default(), |parent, name| match self.note(parent, name, true)? {
            Seen::New(key) | Seen::Before { key, directory: true } => Ok(key),
            Seen::Before { directory: false, .. } => Err(Rule::FileAndDirectory),
        })
    }

    fn note(&mut self, parent: Key, name: &str, directory: bool) -> Result<Seen, Rule> {
        let key: Key = Sha256::new().chain_update(parent).chain_update(fold(name)).finalize().into();
        if let Some(node) = self.seen.get(&key) {
            let before = Seen::Before { key, directory: node.directory };
            return if node.name == name { Ok(before) } else { Err(Rule::SameAfterFolding) };
        }
        if self.seen.len() >= self.limit {
            return Err(Rule::TooManyEntries);
        }
        self.seen.insert(key, Node { name: name.to_owned(), directory });
        Ok(Seen::New(key))
    }
}

enum Seen {
    New(Key),
    Before { key: Key, directory: bool },
}

/// NFKC and full case folding. Upper, then lower case folds what has more than one small form, such as `ß` and `ς`.
fn fold(name: &str) -> String {
    name.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}
