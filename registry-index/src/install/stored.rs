//! Versions that are still in the store, to go back to.

use super::InstallError;
use super::candidate::{Looked, Package, check, check_agreement};
use super::plan::Context;
use crate::disk::DiskError;
use crate::folder::Folder;
use crate::lock::Locked;
use crate::refusal::Refusal;
use crate::store::{self, StoredName};
use js_semver::Version;
use manifest_schema::layout::Layout;
use manifest_schema::manifest::Manifest;
use manifest_schema::names::PluginId;
use std::io;

/// The largest lock entry that is read back, in bytes.
const MAX_LOCKED: u64 = 1 << 20;

/// A version in the store, read and checked as a package from outside is.
pub(super) struct Stored {
    /// What is installed now.
    pub(super) current: Locked,
    /// What the version was pinned as. It comes from the project's folder, so it tells where the package came from and
    /// which files it had, and grants nothing.
    pub(super) locked: Locked,
    pub(super) manifest: Manifest,
    pub(super) package: Package,
}

impl Stored {
    /// The version to go back to: the one asked for, or the one that was installed last before the current one.
    pub(super) fn find(
        id: &PluginId,
        version: Option<&Version>,
        context: &Context<'_>,
    ) -> Result<Self, InstallError> {
        let current = context.lock.plugins.get(id).cloned();
        let current = current.ok_or_else(|| InstallError::NotInstalled(id.clone()))?;
        let mut others: Vec<_> = versions(context.layout, id)?
            .into_iter()
            .filter(|locked| {
                locked.tree != current.tree && version.is_none_or(|wanted| *wanted == locked.version)
            })
            .collect();
        others.sort_by(|a, b| a.installed_at.cmp(&b.installed_at).then(a.version.cmp_build(&b.version)));
        let locked = others.pop().ok_or_else(|| InstallError::NotStored {
            id: id.clone(),
            version: version.map(|version| Box::new(version.clone())),
        })?;
        let path = store::package_directory(context.layout, id, &locked.version, &locked.tree);
        let files = store::read(&path, &locked)?;
        let Looked { manifest, .. } = check(&files, &path)?;
        if manifest.id != *id {
            return Err(Refusal::Missing { spec: locked.spec }.into());
        }
        let json = check_agreement(&files, &manifest).map_err(Refusal::from)?;
        let package = Package {
            path,
            archive: locked.archive,
            files,
            json,
            url: None,
            registry: None,
            warnings: Vec::new(),
        };
        Ok(Self { current, locked, manifest, package })
    }
}

/// What the versions of a plugin in the store were pinned as. A file that is no lock entry is passed over.
fn versions(layout: &Layout, id: &PluginId) -> Result<Vec<Locked>, DiskError> {
    let path = layout.store().join(id.as_str());
    let folder = match Folder::open(&path) {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(DiskError::on("read", &path)(error)),
    };
    let mut found = Vec::new();
    for (name, _) in folder.entries().map_err(DiskError::on("read", &path))? {
        let Ok(name) = name.into_string() else { continue };
        if !name.ends_with(store::LOCKED) {
            continue;
        }
        let file = folder.read(&name, MAX_LOCKED).map_err(DiskError::on("read", &path.join(&name)))?;
        let locked: Option<Locked> = serde_json::from_slice(&file.bytes).ok();
        let is_its_own = |locked: &Locked| {
            let stored = StoredName::new(&locked.version, &locked.tree);
            name.strip_suffix(store::LOCKED) == Some(stored.as_str())
        };
        found.extend(locked.filter(is_its_own));
    }
    Ok(found)
}
