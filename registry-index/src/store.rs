//! `.wa/store`: unpacked packages, `<id>/<version>-<digest8>/`, and beside each the list that pins its files.

mod stager;

use crate::archive::{self, Limits};
use crate::contents::{ContentFile, Tree};
use crate::digest::Sha256;
use crate::disk::{Disk, DiskError};
use crate::folder::{Folder, Kind};
use crate::lock::Locked;
use crate::package::{PackageRecord, RECORD_FILE, SIGNATURE_FILE, difference};
use crate::package_path::PackagePath;
use crate::refusal::{Change, Refusal};
use crate::scanned::{Collector, Scanned};
use crate::trust::{Publisher, TrustStore};
use crate::verify::{Signer, check_signature};
use js_semver::Version;
use manifest_schema::layout::Layout;
use manifest_schema::names::{PluginId, PublisherName};
use serde::{Deserialize, Serialize};
use stager::Stager;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The name of a package's directory in the store: version and first eight digits of the tree's digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StoredName(String);

impl StoredName {
    /// The name of this version with this tree.
    pub(crate) fn new(version: &Version, tree: &Sha256) -> Self {
        Self(format!("{version}-{}", &tree.hex()[..8]))
    }

    /// The text of the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names come back from a file in the project, so they can be nothing but names.
impl TryFrom<String> for StoredName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts = text.rsplit_once('-');
        let good = parts.is_some_and(|(version, digest)| {
            let is_digest =
                digest.len() == 8 && digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            is_digest && Version::parse(version).is_ok_and(|parsed| parsed.to_string() == version)
        });
        if good { Ok(Self(text)) } else { Err(format!("`{text}` is not the name of a stored package")) }
    }
}

impl From<StoredName> for String {
    fn from(name: StoredName) -> Self {
        name.0
    }
}

/// The directory of one version of a package in the store.
pub(crate) fn package_directory(layout: &Layout, id: &PluginId, version: &Version, tree: &Sha256) -> PathBuf {
    layout.store().join(id.as_str()).join(StoredName::new(version, tree).as_str())
}

/// The name of the package in its part of the staging directory.
const STAGED: &str = "package";
/// A signature has four short lines.
const MAX_SIGNATURE: u64 = 16 << 10;

/// What the name of [`locked_file`] adds to that of the package's directory.
pub(crate) const LOCKED: &str = ".locked.json";
const TREE: &str = ".tree.json";

/// The list of a package's files, beside its directory.
pub(crate) fn tree_file(package: &Path) -> PathBuf {
    beside(package, TREE)
}

/// The package's entry in the lock when it was installed, beside its directory: what a rollback goes back to.
pub(crate) fn locked_file(package: &Path) -> PathBuf {
    beside(package, LOCKED)
}

fn beside(package: &Path, extension: &str) -> PathBuf {
    let mut name = package.file_name().unwrap_or_default().to_owned();
    name.push(extension);
    package.with_file_name(name)
}

/// Where the package of one plugin is staged.
fn staged(layout: &Layout, id: &PluginId) -> PathBuf {
    layout.staging().join(id.as_str()).join(STAGED)
}

/// Reads an archive once more into the staging directory, which is private until the package moves to the store. What
/// comes must be what was checked. For [`Disk::together`]: every file is a wait of its own otherwise.
pub(crate) fn stage(
    disk: &Disk,
    layout: &Layout,
    id: &PluginId,
    archive: &Path,
    tree: &Tree,
    locked: &Locked,
) -> Result<(), DiskError> {
    let staged = staged(layout, id);
    let directory = layout.staging().join(id.as_str());
    disk.make_directory(&layout.staging(), 0o700)?;
    disk.make_directory(&directory, 0o700)?;
    disk.make_directory(&staged, 0o755)?;
    let file = File::open(archive).map_err(DiskError::on("read", archive))?;
    let mut stager = Stager::new(disk, &staged, tree);
    let scanned = archive::scan(file, &Limits::default(), &mut stager);
    stager.finish(scanned, archive)?;
    disk.create(&tree_file(&staged), &tree.canonical(), 0o644)?;
    disk.create(&locked_file(&staged), &locked.canonical(), 0o644)
}

/// Moves what is staged to its place. What is not staged any more is in its place already.
pub(crate) fn take_staged(
    disk: &Disk,
    layout: &Layout,
    id: &PluginId,
    locked: &Locked,
) -> Result<(), DiskError> {
    let target = package_directory(layout, id, &locked.version, &locked.tree);
    let staged = staged(layout, id);
    if !layout.staging().join(id.as_str()).exists() {
        return Ok(());
    }
    disk.make_directory(&layout.store().join(id.as_str()), 0o755)?;
    let parts = [
        (tree_file(&staged), tree_file(&target)),
        (locked_file(&staged), locked_file(&target)),
        (staged, target),
    ];
    for (from, to) in parts {
        if from.exists() {
            disk.remove(&to)?;
            disk.rename(&from, &to)?;
        }
    }
    Ok(())
}

/// The versions of a plugin that the store has, or has parts of; sorted.
pub(crate) fn versions(layout: &Layout, id: &PluginId) -> Result<Vec<StoredName>, DiskError> {
    let path = layout.store().join(id.as_str());
    let folder = match Folder::open(&path) {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(DiskError::on("read", &path)(error)),
    };
    let entries = folder.entries().map_err(DiskError::on("read", &path))?;
    let names = entries.into_iter().filter_map(|(name, _)| {
        let name = name.into_string().ok()?;
        let name = name.strip_suffix(TREE).or_else(|| name.strip_suffix(LOCKED)).unwrap_or(&name).to_owned();
        StoredName::try_from(name).ok()
    });
    let mut names: Vec<StoredName> = names.collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// Removes one version of a package.
pub(crate) fn remove(
    disk: &Disk,
    layout: &Layout,
    id: &PluginId,
    name: &StoredName,
) -> Result<(), DiskError> {
    let package = layout.store().join(id.as_str()).join(name.as_str());
    disk.remove(&package)?;
    disk.remove(&locked_file(&package))?;
    disk.remove(&tree_file(&package))
}

/// The publisher and the sequence number that a publisher whose key is trusted signed for the package in this directory.
pub(crate) fn signed_seq(package: &Path, trust: &TrustStore) -> Option<(PublisherName, u64)> {
    let folder = Folder::open(package).ok()?;
    let record = folder.read(RECORD_FILE, MAX_TREE).ok()?.bytes;
    let signature = folder.read(SIGNATURE_FILE, MAX_SIGNATURE).ok()?.bytes;
    let parsed = PackageRecord::parse(&record).ok()?;
    let digest = Sha256::of(&record);
    let Signer { publisher, key } = check_signature(&parsed, &record, &digest, &signature, trust).ok()?;
    let key = key.fingerprint();
    let is_its_own = |known: &Publisher| known.keys().any(|known| known.fingerprint() == key);
    let word = trust.indexes().word(&digest, &parsed, &publisher, &BTreeSet::from([key]));
    let is_believed =
        trust.publisher(&publisher).is_some_and(is_its_own) || word.is_some_and(|word| word.vouches);
    is_believed.then_some((publisher, parsed.seq))
}

/// Reads a package back, hashing every byte, and compares it with what is pinned.
///
/// # Errors
/// [`Refusal::Missing`], or [`Refusal::Modified`] for the first file that is missing, changed, extra, linked or special.
pub(crate) fn read(package: &Path, locked: &Locked) -> Result<Scanned, Refusal> {
    let is_there = |path: &Path| path.symlink_metadata().is_ok();
    if !is_there(package) && !is_there(&tree_file(package)) {
        return Err(Refusal::Missing { spec: locked.spec.clone() });
    }
    let pinned = read_tree(package, locked)?;
    let directory = match Folder::open(package) {
        Ok(directory) => directory,
        Err(error) => return Err(unexpected(error, package, "")),
    };
    let mut reader = Reader { package, pinned: &pinned, collector: Collector::new() };
    reader.directory(&directory, "")?;
    let scanned = reader.collector.finish();
    difference(pinned.files(), scanned.tree.files().iter())?;
    Ok(scanned)
}

/// Reads what is not held of a package that was read, since a command needs all its files. Each must be the one that was hashed.
///
/// # Errors
/// [`Refusal::Modified`] for the first that is another, and where they have more than [`MAX_COMMAND`] bytes.
pub(crate) fn hold_all(package: &Path, scanned: &mut Scanned) -> Result<(), Refusal> {
    let mut left = MAX_COMMAND;
    for file in scanned.tree.files() {
        let path = package.join(file.path.as_str());
        left = left.checked_sub(file.size).ok_or_else(|| {
            let why = format!("a package with a command may have {} MiB", MAX_COMMAND >> 20);
            Refusal::from(DiskError::on("run", package)(io::Error::new(io::ErrorKind::FileTooLarge, why)))
        })?;
        if scanned.held.files.contains_key(&file.path) {
            continue;
        }
        let bytes = fs::read(&path).map_err(DiskError::on("read", &path))?;
        if Sha256::of(&bytes) != file.sha256 {
            return Err(Refusal::Modified { path: file.path.to_string(), change: Change::Changed });
        }
        let content = ContentFile { bytes: bytes.into(), executable: file.executable };
        scanned.held.files.insert(file.path.clone(), content);
    }
    Ok(())
}

/// Bytes of a package with a command, which are written anew for each of its starts.
const MAX_COMMAND: u64 = 64 << 20;

/// The list that pins the files; itself pinned by the lock.
fn read_tree(package: &Path, locked: &Locked) -> Result<Tree, Refusal> {
    let path = tree_file(package);
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let modified = |change| Refusal::Modified { path: format!("../{name}"), change };
    let parent = package.parent().unwrap_or(package);
    let file =
        Folder::open(parent).and_then(|folder| folder.read(&name, MAX_TREE)).map_err(|error| match error
            .kind()
        {
            io::ErrorKind::NotFound => modified(Change::Missing),
            _ => DiskError::on("read", &path)(error).into(),
        })?;
    if Sha256::of(&file.bytes) != locked.tree {
        return Err(modified(Change::Changed));
    }
    Tree::from_canonical(&file.bytes).ok_or_else(|| modified(Change::Changed))
}

/// 20,000 files with the longest of paths.
const MAX_TREE: u64 = 32 << 20;

struct Reader<'a> {
    package: &'a Path,
    pinned: &'a Tree,
    collector: Collector,
}

impl Reader<'_> {
    fn directory(&mut self, folder: &Folder, prefix: &str) -> Result<(), Refusal> {
        let entries = folder.entries().map_err(|error| unexpected(error, self.package, prefix))?;
        for (name, kind) in entries {
            let shown = format!("{prefix}{}", name.to_string_lossy());
            let modified = |change| Err(Refusal::Modified { path: shown.clone(), change });
            let Ok(name) = name.into_string() else { return modified(Change::Extra) };
            match kind {
                Kind::Link => return modified(Change::Linked),
                Kind::Special => return modified(Change::Special),
                Kind::File => self.file(folder, &name, &shown)?,
                Kind::Directory => {
                    let below = format!("{shown}/");
                    if !self.is_pinned_directory(&below) {
                        return modified(Change::Extra);
                    }
                    let inner =
                        folder.enter(&name).map_err(|error| unexpected(error, self.package, &shown))?;
                    self.directory(&inner, &below)?;
                }
            }
        }
        Ok(())
    }

    /// Whether a pinned file is below this path, which ends with a slash.
    fn is_pinned_directory(&self, below: &str) -> bool {
        let files = self.pinned.files();
        let first = files.partition_point(|file| file.path.as_str() < below);
        files.get(first).is_some_and(|file| file.path.as_str().starts_with(below))
    }

    fn file(&mut self, folder: &Folder, name: &str, shown: &str) -> Result<(), Refusal> {
        let modified = |change| Refusal::Modified { path: shown.to_owned(), change };
        let path: PackagePath = shown.parse().map_err(|_| modified(Change::Extra))?;
        let files = self.pinned.files();
        let pin = files.binary_search_by(|file| file.path.cmp(&path)).map_err(|_| modified(Change::Extra))?;
        let file = folder.file(name).map_err(|error| unexpected(error, self.package, shown))?;
        if file.links != 1 {
            return Err(modified(Change::Linked));
        }
        // One byte more than is pinned shows that there is more.
        let size = files[pin].size;
        let executable = file.executable;
        let mut bytes = file.bytes.take(size.saturating_add(1));
        let taken = self.collector.take(path, executable, size, &mut bytes);
        taken.map_err(|error| unexpected(error, self.package, shown))
    }
}

/// What an error at a name of the package means.
fn unexpected(error: io::Error, package: &Path, name: &str) -> Refusal {
    let modified = |change| Refusal::Modified {
        path: if name.is_empty() { ".".to_owned() } else { name.to_owned() },
        change,
    };
    match error.raw_os_error().map(rustix::io::Errno::from_raw_os_error) {
        Some(rustix::io::Errno::NOENT) => modified(Change::Missing),
        Some(rustix::io::Errno::LOOP | rustix::io::Errno::NOTDIR) => modified(Change::Linked),
        _ if error.kind() == io::ErrorKind::InvalidInput => modified(Change::Special),
        _ => DiskError::on("read", &package.join(name))(error).into(),
    }
}
