//! The installed set as bytes that may run: every file hashed again, every signature checked again.

use crate::check::accept;
use crate::digest::Sha256;
use crate::keys::Fingerprint;
use crate::lock::{Exception, Locked, Lockfile};
use crate::package::manifest_file;
use crate::permitted;
use crate::refusal::{Invalid, Refusal, TrustLevel};
use crate::scanned::Scanned;
use crate::trust::TrustStore;
use crate::verify::{self, Signed, Verdict};
use crate::{source, store};
use js_semver::Version;
use manifest_schema::check::{Checked, check_plugin};
use manifest_schema::files::MemoryFiles;
use manifest_schema::finding::{Finding, Report};
use manifest_schema::foreign::{self, Foreign};
use manifest_schema::layout::Layout;
use manifest_schema::manifest::{self, FILE_NAMES, Manifest, RuntimeKind};
use manifest_schema::names::{PluginId, PublisherName};
use manifest_schema::permissions::Permissions;
use manifest_schema::project::{Policy, Project};
use manifest_schema::rules;
use manifest_schema::source::Source;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

/// All plugins of a project, those that must not run among them.
#[derive(Debug, Default)]
pub struct InstalledSet {
    /// By id; of two with one id, the local directory comes before the installed package that it shadows.
    pub plugins: Vec<Installed>,
}

/// One plugin of a project.
#[derive(Debug)]
pub struct Installed {
    /// Its id, from the lock, or from the manifest of a directory (its name if there is no readable manifest).
    pub id: PluginId,
    /// Where it comes from.
    pub origin: Origin,
    /// The plugin, or why it must not run.
    pub plugin: Result<Loaded, Refusal>,
}

/// Where the files of a plugin are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An author's own directory, as it is now.
    Directory(PathBuf),
    /// A package in the store.
    Package {
        /// Its directory in the store.
        path: PathBuf,
        /// What the lock pins.
        locked: Box<Locked>,
    },
}

/// A plugin whose files are what they should be.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// How far it is trusted.
    pub trust: TrustLevel,
    /// Who signed it, with which key.
    pub signer: Option<(PublisherName, Fingerprint)>,
    /// Its manifest.
    pub manifest: Manifest,
    /// The very bytes that were hashed, of all files that can be run or read by the host. Use these, never the path.
    pub files: MemoryFiles,
    /// The permissions that the operator approved; all that the manifest asks for in an author's own directory.
    pub grant: Permissions,
    /// Warnings about its manifest and code.
    pub report: Report,
    /// What is known beside that of a package in another host's format.
    pub foreign: Option<Foreign>,
}

impl Installed {
    /// Refuses what the policy does not permit.
    fn obey(&mut self, policy: &Policy) {
        let Ok(loaded) = &self.plugin else { return };
        let publisher = loaded.signer.as_ref().map(|(publisher, _)| publisher);
        if let Err(forbidden) = permitted::check(policy, &self.id, loaded.trust, publisher) {
            self.plugin = Err(forbidden.into());
        }
    }

    /// The trust level, or the refusal.
    ///
    /// # Errors
    /// The refusal, if the plugin must not run.
    pub fn trust(&self) -> Result<TrustLevel, &Refusal> {
        self.plugin.as_ref().map(|loaded| loaded.trust)
    }

    /// The state that lists show: a trust level, or the word for a refusal.
    pub fn state(&self) -> String {
        match self.trust() {
            Ok(level) => level.to_string(),
            Err(refusal) => refusal.state().to_owned(),
        }
    }

    /// The version, from the manifest or, for a refused package, from the lock.
    pub fn version(&self) -> Option<&Version> {
        match (&self.plugin, &self.origin) {
            (Ok(loaded), _) => Some(&loaded.manifest.version),
            (Err(_), Origin::Package { locked, .. }) => Some(&locked.version),
            (Err(_), Origin::Directory(_)) => None,
        }
    }
}

/// Reads every plugin of the project. One that is refused does not keep the others from loading.
///
/// Directories come from `plugins.paths` and from entries whose source is a directory; packages from the lock.
pub fn load_set(layout: &Layout, project: &Project, lock: &Lockfile, trust: &TrustStore) -> InstalledSet {
    let directories: Vec<_> = source::plugin_directories(layout, project).into_iter().collect();
    let packages: Vec<_> = lock.plugins.iter().collect();
    let mut plugins = in_parallel(&directories, |(path, id)| load_directory(path, id.as_ref()));
    plugins.extend(in_parallel(&packages, |(id, locked)| load_package(layout, id, locked, trust)));
    plugins.sort_by(|a, b| a.id.cmp(&b.id));
    plugins.iter_mut().for_each(|installed| installed.obey(&project.policy));
    InstalledSet { plugins }
}

/// Hashing is what takes time, and it is spread over the processors. The order stays.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let work = &work;
        let shares: Vec<_> = items
            .chunks(share)
            .map(|items| scope.spawn(move || items.iter().map(work).collect::<Vec<R>>()))
            .collect();
        shares
            .into_iter()
            .flat_map(|share| share.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}

/// An author's directory as it is now. With `expected`, the plugin in it must have this id.
pub fn load_directory(path: &Path, expected: Option<&PluginId>) -> Installed {
    let (found, plugin) = read_directory(path);
    let plugin = plugin.and_then(|loaded| {
        let id = &loaded.manifest.id;
        Invalid::unless_equal("id", ("wa.yaml", expected.unwrap_or(id)), ("the manifest", id))?;
        Ok(loaded)
    });
    let id = expected.cloned().or(found).unwrap_or_else(|| id_of_directory(path));
    Installed { id, origin: Origin::Directory(path.to_owned()), plugin }
}

/// The plugin in a directory, and its id as far as the manifest tells it.
fn read_directory(path: &Path) -> (Option<PluginId>, Result<Loaded, Refusal>) {
    let contents = match source::read(path) {
        Ok(contents) => contents,
        Err(error) => return (None, Err(error.into())),
    };
    let files = contents.memory_files();
    let mut checked = check_plugin(&files, path);
    let foreign = checked.foreign.take();
    let id = checked.manifest.as_ref().map(|manifest| manifest.id.clone());
    let loaded = accept(checked).map_err(Refusal::Broken).map(|(manifest, report)| Loaded {
        trust: TrustLevel::UnsignedDev,
        signer: None,
        grant: manifest.permissions.clone(),
        manifest,
        files,
        report,
        foreign,
    });
    (id, loaded)
}

/// A name to show for a directory whose manifest tells none.
#[expect(clippy::expect_used, reason = "the text is an id by construction")]
fn id_of_directory(path: &Path) -> PluginId {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let plain = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' };
    let id: String = "unreadable-".chars().chain(name.chars().map(plain)).take(60).collect();
    name.parse().or_else(|_| id.parse()).expect("`unreadable-` and letters are an id")
}

/// One package of the store, checked as at every load.
pub fn load_package(layout: &Layout, id: &PluginId, locked: &Locked, trust: &TrustStore) -> Installed {
    let path = store::package_directory(layout, id, &locked.version, &locked.tree);
    let plugin = read_package(&path, id, locked, trust);
    Installed { id: id.clone(), origin: Origin::Package { path, locked: Box::new(locked.clone()) }, plugin }
}

fn read_package(path: &Path, id: &PluginId, locked: &Locked, trust: &TrustStore) -> Result<Loaded, Refusal> {
    let mut files = store::read(path, locked)?;
    verify::check_not_revoked(&locked.archive, &files.held, trust)?;
    let signed = match verify::verify(&files.held, &files.tree, trust)? {
        Verdict::Unsigned if locked.exceptions.contains(&Exception::Unsigned) => None,
        Verdict::Unsigned => return Err(Refusal::Unsigned),
        Verdict::Signed(signed) => Some(check_standing(signed, locked, trust)?),
    };
    let (manifest, report, foreign) = read_manifest(&files, path, id)?;
    check_pins(id, locked, &manifest)?;
    if manifest.runtime.as_ref().is_some_and(|runtime| runtime.kind == RuntimeKind::Process) {
        store::hold_all(path, &mut files)?;
    }
    if let Some(signed) = &signed {
        signed.record.check_manifest(&manifest, "the manifest")?;
    }
    Ok(Loaded {
        trust: signed.as_ref().map_or(TrustLevel::Unsigned, |signed| signed.level()),
        signer: signed.map(|signed| (signed.publisher.clone(), signed.fingerprint())),
        grant: manifest.permissions.clone(),
        manifest,
        files: files.memory_files(),
        report,
        foreign,
    })
}

/// The manifest of a package. Its code was checked when it was installed, and has not changed since.
fn read_manifest(
    files: &Scanned,
    path: &Path,
    id: &PluginId,
) -> Result<(Manifest, Report, Option<Foreign>), Refusal> {
    let Some(name) = manifest_file(&files.held) else {
        if let Some(mut checked) = foreign::check(files, path, id.as_str()) {
            let foreign = checked.foreign.take();
            let (manifest, report) = accept(checked).map_err(Refusal::Broken)?;
            return Ok((manifest, report, foreign));
        }
        return unreadable(path.join(FILE_NAMES[0]), "there is no manifest".to_owned());
    };
    let bytes = files.get(name).map_or(&[][..], |bytes| bytes);
    match Source::from_bytes(path.join(name), bytes) {
        Ok(source) => {
            let mut report = Report::new();
            let (manifest, findings) = manifest::read(&source);
            report.extend(findings);
            report.add_source(source);
            let checked = Checked { manifest, source: None, report, foreign: None };
            accept(checked).map(|(manifest, report)| (manifest, report, None)).map_err(Refusal::Broken)
        }
        Err(error) => unreadable(path.join(name), error.to_string()),
    }
}

fn unreadable<T>(path: PathBuf, why: String) -> Result<T, Refusal> {
    let mut report = Report::new();
    report.push(Finding::new(&rules::UNREADABLE, why).in_file(path));
    Err(Refusal::Broken(Box::new(report)))
}

/// At load nobody can be asked: the key must be pinned or vouched for, and the package no older than the newest one seen.
fn check_standing(signed: Box<Signed>, locked: &Locked, trust: &TrustStore) -> Result<Box<Signed>, Refusal> {
    if let Some(distrust) = signed.distrust() {
        return Err(distrust.into());
    }
    signed.check_expiry()?;
    match trust.highest_seq(&signed.publisher, &signed.record.id) {
        Some(seen) if signed.record.seq < seen && !locked.exceptions.contains(&Exception::Downgrade) => {
            Err(Refusal::Downgraded { seq: signed.record.seq, seen })
        }
        _ => Ok(signed),
    }
}

/// The plugin must be the one that the lock names, and ask for just what was approved.
fn check_pins(id: &PluginId, locked: &Locked, manifest: &Manifest) -> Result<(), Invalid> {
    let agree = |what, pinned: &dyn ToString, found: &dyn ToString| {
        Invalid::unless_equal(what, ("wa.lock", pinned), ("the manifest", found))
    };
    agree("id", id, &manifest.id)?;
    agree("version", &locked.version, &manifest.version)?;
    agree(
        "digest of the permissions",
        &locked.grant.digest,
        &Sha256::from_bytes(manifest.permissions.digest()),
    )
}

#[cfg(test)]
mod tests;
