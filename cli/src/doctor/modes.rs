//! Who can read the operator's secrets and write what `wa` relies on.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use channel_whatsapp::Session;
use manifest_schema::finding::Finding;
use manifest_schema::rules;

use super::check::{Blocked, Repair, Seen, Verdict, because, plural};
use super::scene::Scene;

/// Rights that only the owner may have.
const ANY_OF_OTHERS: u32 = 0o077;
/// Rights to write that only the owner may have.
const WRITE_OF_OTHERS: u32 = 0o022;
/// Rights to write that only the owner and the group may have, which is what many systems give to new folders.
const WRITE_OF_ALL: u32 = 0o002;

/// A file or folder with rights that it should not have.
struct Loose {
    path: PathBuf,
    mode: u32,
    excess: u32,
    what: &'static str,
}

impl Loose {
    /// Looks at one file or folder; one that is not there is fine. `what` it is goes into the message.
    fn find(path: &Path, metadata: &fs::Metadata, forbidden: u32, what: &'static str) -> Option<Self> {
        let mode = metadata.permissions().mode() & 0o777;
        let excess = mode & forbidden;
        (excess != 0).then(|| Self { path: path.to_owned(), mode, excess, what })
    }

    fn finding(&self) -> Finding {
        let verb = match (self.excess & 0o044 != 0, self.excess & 0o022 != 0) {
            (true, true) => "read and write",
            (_, true) => "write",
            _ => "read",
        };
        let message = format!("others can {verb} {} (mode {:03o})", self.what, self.mode);
        let help = format!("`wa doctor --fix` makes its mode {:03o}", self.mode & !self.excess);
        Finding::new(&rules::LOOSE_MODE, message).in_file(&self.path).help(help)
    }

    fn tighten(&self) -> Repair {
        let mode = self.mode & !self.excess;
        let what = format!("mode of {}: {:03o}, was {:03o}", self.path.display(), mode, self.mode);
        Repair::new(what, fs::set_permissions(&self.path, Permissions::from_mode(mode)))
    }
}

pub(super) fn modes(scene: &Scene) -> Verdict {
    let loose = loose(scene).map_err(|error| Blocked(because("the modes cannot be told", &error)))?;
    let summary = match loose.len() {
        0 => "nothing is open to others".to_owned(),
        count => format!("{} open to others", plural(count, "file")),
    };
    Ok(Seen::new(summary).with(loose.iter().map(Loose::finding)))
}

pub(super) fn tighten(scene: &Scene) -> Vec<Repair> {
    // What keeps the modes from being told is a finding of the check.
    loose(scene).unwrap_or_default().iter().map(Loose::tighten).collect()
}

fn loose(scene: &Scene) -> io::Result<Vec<Loose>> {
    let mut found = in_config_home(scene)?;
    found.extend(in_project(scene)?);
    found.extend(in_sessions(scene)?);
    found.extend(in_audit(scene)?);
    Ok(found)
}

/// The keys of the project's accounts. Nothing is told of them where the project file cannot be read, which is a finding of its own.
fn in_sessions(scene: &Scene) -> io::Result<Vec<Loose>> {
    let Ok(project) = scene.project() else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for account in &project.channels.whatsapp {
        let session = Session::of(&project.whatsapp_session(&scene.layout, account));
        let directory = session.directory();
        match if_there(fs::symlink_metadata(directory))? {
            Some(metadata) if metadata.is_dir() && !is_behind_link(scene.layout.root(), directory)? => {
                found.extend(Loose::find(directory, &metadata, ANY_OF_OTHERS, "an account's keys"));
            }
            _ => continue,
        }
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_file() {
                found.extend(Loose::find(&entry.path(), &metadata, ANY_OF_OTHERS, "an account's keys"));
            }
        }
    }
    Ok(found)
}

/// The operator's own folder, in which links are as good as what they lead to.
fn in_config_home(scene: &Scene) -> io::Result<Vec<Loose>> {
    let trust = scene.config_home.join("trust");
    let mut kept = vec![
        (scene.config_home.clone(), WRITE_OF_ALL, "the folder of keys and trust"),
        (trust.clone(), WRITE_OF_OTHERS, "the trust store"),
        (trust.join("trust.json"), WRITE_OF_OTHERS, "the trust store"),
        (scene.keys.clone(), WRITE_OF_OTHERS, "the folder of signing keys"),
    ];
    for entry in if_there(fs::read_dir(&scene.keys))?.into_iter().flatten() {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "key") {
            kept.push((path, ANY_OF_OTHERS, "a signing key"));
        }
    }
    kept.sort();
    let mut found = Vec::new();
    for (path, forbidden, what) in kept {
        found.extend(
            if_there(fs::metadata(&path))?
                .and_then(|metadata| Loose::find(&path, &metadata, forbidden, what)),
        );
    }
    Ok(found)
}

/// The project's state. It may have come from a stranger, so a link ends the search: nothing behind it is looked at or changed.
fn in_project(scene: &Scene) -> io::Result<Vec<Loose>> {
    let run = scene.layout.run_dir();
    let record = run.join("host.json");
    let mut found = Vec::new();
    let dotenv = scene.layout.root().join(".env");
    if let Some(metadata) = if_there(fs::symlink_metadata(&dotenv))?.filter(fs::Metadata::is_file) {
        found.extend(Loose::find(&dotenv, &metadata, ANY_OF_OTHERS, "the file of secrets"));
    }
    for (path, forbidden, what) in [
        (scene.layout.state(), WRITE_OF_ALL, "the project's state"),
        (run, WRITE_OF_ALL, "the folder of the running host"),
        (record, ANY_OF_OTHERS, "the token of the running host"),
    ] {
        match if_there(fs::symlink_metadata(&path))? {
            Some(metadata) if !metadata.is_symlink() => {
                found.extend(Loose::find(&path, &metadata, forbidden, what));
            }
            _ => break,
        }
    }
    Ok(found)
}

/// The audit log of the project and its state, and the key outside. A link ends the search here, too.
fn in_audit(scene: &Scene) -> io::Result<Vec<Loose>> {
    let place = &scene.audit;
    let mut found = Vec::new();
    for path in [place.folder.clone(), place.folder.join("state")] {
        match if_there(fs::symlink_metadata(&path))? {
            Some(metadata) if !metadata.is_symlink() => {
                found.extend(Loose::find(&path, &metadata, ANY_OF_OTHERS, "the audit log"));
            }
            _ => return Ok(found),
        }
    }
    let Ok(Some(log_id)) = audit_log::identity(&place.folder) else { return Ok(found) };
    for (path, what) in [
        (place.keys.clone(), "the folder of the audit log's key"),
        (place.first_key(&log_id), "the audit log's first key"),
    ] {
        let metadata = if_there(fs::metadata(&path))?;
        found.extend(metadata.and_then(|metadata| Loose::find(&path, &metadata, ANY_OF_OTHERS, what)));
    }
    Ok(found)
}

/// Whether a link in the project leads to this directory.
fn is_behind_link(root: &Path, directory: &Path) -> io::Result<bool> {
    match directory.strip_prefix(root) {
        Ok(inside) => Ok(fs::canonicalize(directory)? != fs::canonicalize(root)?.join(inside)),
        Err(_) => Ok(false),
    }
}

fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}
