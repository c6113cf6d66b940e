//! An author's own directories: what of them belongs to the plugin, and where a project has them.

use crate::contents::{ContentFile, Contents};
use crate::disk::DiskError;
use crate::folder::{Folder, Kind};
use crate::install::Spec;
use crate::package::{RECORD_FILE, is_signature_file};
use crate::package_path::{PackagePath, PathRule};
use manifest_schema::files::{CACHE_TAG, SKIPPED_DIRECTORIES};
use manifest_schema::foreign;
use manifest_schema::layout::{DEV_FILE, Layout};
use manifest_schema::manifest::FILE_NAMES;
use manifest_schema::names::PluginId;
use manifest_schema::project::Project;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The most bytes and files that a plugin's directory may have; the limits of an archive.
const MAX_BYTES: u64 = 512 << 20;
const MAX_FILES: usize = 20_000;

/// Why a directory cannot be taken for a plugin.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The directory or something in it cannot be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Something that no package may hold.
    #[error("`{path}` cannot be part of a package: {problem}")]
    NotPackable {
        /// The entry, from the plugin's root.
        path: String,
        /// Why not.
        problem: NotPackable,
    },
    /// More than a package may hold.
    #[error("`{}` has more than 20,000 files or 512 MiB", path.display())]
    TooLarge {
        /// The plugin's root.
        path: PathBuf,
    },
}

/// Why an entry of a directory cannot be part of a package.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotPackable {
    /// A symbolic link.
    #[error("it is a link")]
    Link,
    /// A device, pipe or socket.
    #[error("it is neither a file nor a directory")]
    Special,
    /// Its path breaks a rule.
    #[error(transparent)]
    Path(#[from] PathRule),
}

/// The files of a plugin's directory that belong to the plugin.
///
/// Left out are names that begin with a dot (but for those that bundles of other hosts have), `node_modules`, directories with a `CACHEDIR.TAG`
/// such as cargo's `target`, archives (`*.tgz`), `wa.dev.yaml`, and a record and its signature,
/// which are made anew.
///
/// # Errors
/// Any [`SourceError`].
pub fn read(directory: &Path) -> Result<Contents, SourceError> {
    let folder = Folder::open(directory).map_err(DiskError::on("read", directory))?;
    let mut reader = Reader { root: directory, contents: Contents::default(), bytes: 0 };
    reader.directory(&folder, "")?;
    Ok(reader.contents)
}

struct Reader<'a> {
    root: &'a Path,
    contents: Contents,
    bytes: u64,
}

impl Reader<'_> {
    fn directory(&mut self, folder: &Folder, prefix: &str) -> Result<(), SourceError> {
        let entries = folder.entries().map_err(|error| self.disk(prefix, error))?;
        if !prefix.is_empty() && entries.iter().any(|(name, _)| name.to_bytes() == CACHE_TAG.as_bytes()) {
            return Ok(());
        }
        for (name, kind) in entries {
            let shown = format!("{prefix}{}", name.to_string_lossy());
            if is_left_out(&shown, name.to_bytes()) {
                continue;
            }
            let refuse = |problem| SourceError::NotPackable { path: shown.clone(), problem };
            let name = name.into_string().map_err(|_| refuse(PathRule::NotUtf8.into()))?;
            match kind {
                Kind::Link => return Err(refuse(NotPackable::Link)),
                Kind::Special => return Err(refuse(NotPackable::Special)),
                Kind::Directory => {
                    let inner = folder.enter(&name).map_err(|error| self.disk(&shown, error))?;
                    self.directory(&inner, &format!("{shown}/"))?;
                }
                Kind::File => {
                    let path: PackagePath = shown.parse().map_err(|rule: PathRule| refuse(rule.into()))?;
                    let file = folder.read(&name, MAX_BYTES).map_err(|error| self.disk(&shown, error))?;
                    self.bytes += file.bytes.len() as u64;
                    self.contents
                        .files
                        .insert(path, ContentFile { bytes: file.bytes.into(), executable: file.executable });
                }
            }
            if self.bytes > MAX_BYTES || self.contents.files.len() > MAX_FILES {
                return Err(SourceError::TooLarge { path: self.root.to_owned() });
            }
        }
        Ok(())
    }

    fn disk(&self, shown: &str, error: io::Error) -> SourceError {
        DiskError::on("read", &self.root.join(shown))(error).into()
    }
}

fn is_left_out(path: &str, name: &[u8]) -> bool {
    let is_hidden =
        name.starts_with(b".") && !foreign::HIDDEN_NAMES.iter().any(|known| known.as_bytes() == name);
    is_hidden
        || name.ends_with(b".tgz")
        || SKIPPED_DIRECTORIES.iter().any(|skipped| skipped.as_bytes() == name)
        || path == DEV_FILE
        || path == RECORD_FILE
        || is_signature_file(path)
}

/// The plugin directories of a project, each with the id that it must have, if the project says one: those of entries
/// whose source is a directory, and for each of `plugins.paths` the directory itself if it has a manifest, or else its
/// directories that have one.
pub(crate) fn plugin_directories(layout: &Layout, project: &Project) -> BTreeMap<PathBuf, Option<PluginId>> {
    let mut directories = BTreeMap::new();
    for path in &project.plugins.paths {
        let path = crate::install::normalise(&layout.root().join(path));
        if has_manifest(&path) {
            directories.insert(path, None);
        } else {
            let below = std::fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path());
            directories.extend(below.filter(|path| has_manifest(path)).map(|path| (path, None)));
        }
    }
    for (id, entry) in &project.plugins.entries {
        let spec = entry.source.as_deref().map(|source| Spec::parse(source, layout.root()));
        if let Some(Ok(Spec::Directory(path))) = spec {
            directories.insert(path, Some(id.clone()));
        }
    }
    directories
}

fn has_manifest(directory: &Path) -> bool {
    FILE_NAMES.iter().any(|name| directory.join(name).is_file())
}
