//! Templates that are not part of `wa`: a folder, an archive, or a package of a registry.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use manifest_schema::files::{DirectoryFiles, PackageFiles};
use registry_index::archive::{self, Limits, Sink};
use registry_index::install::{Fetched, Spec};
use registry_index::package::PACKAGE_JSON;
use registry_index::package_path::PackagePath;
use registry_index::trust::TrustStore;
use templates::{Answers, render};

use super::MANIFEST;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::fetching::{self, RegistryFlags};

/// What a template's manifest has in the place of the new plugin's id.
const MARK: &str = "{{ id }}";

/// How much a template may have: it is source code, and held in memory.
const LIMITS: Limits =
    Limits { entries: 2_000, file: 8 << 20, total: 32 << 20, metadata: 1 << 20, ratio: 250 };

/// The files of a template, as they are in it.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Whether the name of a template is a place: a folder, an archive, a URL or a package.
pub(super) fn is_a_place(name: &str) -> bool {
    name.contains(['/', '@', ':']) || name.starts_with('.') || Path::new(name).exists()
}

/// Fetches a template and reads its files. None of them is run.
pub(super) fn read(context: &Context, place: &str, flags: &RegistryFlags) -> Outcome<Files> {
    let folder = context.working_folder()?;
    let spec = Spec::parse(place, &folder).refused(format_args!("use the template {place}"))?;
    let mut trust =
        TrustStore::open(context.trust_folder()?, (context.clock)()).cannot("open the trust store")?;
    let fetched = fetching::fetch(context, &folder, &mut trust, flags, &[spec])?;
    let mut files = match fetched.into_iter().next() {
        Some(Fetched::Directory(path)) => of_folder(&path)?,
        Some(Fetched::Archive(archive)) => of_archive(&archive.path)?,
        None => Files::new(),
    };
    // Without the mark it describes the template's package, which every registry wants; it is not the plugin's.
    if files.get(PACKAGE_JSON).is_some_and(|package| !is_marked(package)) {
        files.remove(PACKAGE_JSON);
    }
    match files.get(MANIFEST) {
        Some(manifest) if is_marked(manifest) => Ok(files),
        Some(_) => Err(Failure::no(format_args!("{place} is a plugin, not a template"))
            .hint(format_args!("a template has `{MARK}` in its {MANIFEST} where the new plugin's id goes"))),
        None => Err(Failure::no(format_args!("{place} is no template: it has no {MANIFEST}"))),
    }
}

fn is_marked(file: &[u8]) -> bool {
    String::from_utf8_lossy(file).contains(MARK)
}

/// The files of the new plugin: text is filled in, everything else is copied.
pub(super) fn filled_in(files: Files, answers: &Answers) -> Outcome<BTreeMap<PathBuf, Vec<u8>>> {
    let one = |(path, bytes): (String, Vec<u8>)| match String::from_utf8(bytes) {
        Ok(text) => {
            let rendered = render(&text, answers).cannot(format_args!("render {path} of the template"))?;
            Ok((PathBuf::from(path), rendered.into_bytes()))
        }
        Err(binary) => Ok((PathBuf::from(path), binary.into_bytes())),
    };
    files.into_iter().map(one).collect()
}

fn of_folder(folder: &Path) -> Outcome<Files> {
    let files = DirectoryFiles::open(folder).cannot(format_args!("read {}", folder.display()))?;
    let read = |path: String| {
        let bytes = files.read(&path).cannot(format_args!("read {}", folder.join(&path).display()))?;
        Ok((path, bytes.into_owned()))
    };
    files.paths().into_iter().map(read).collect()
}

fn of_archive(path: &Path) -> Outcome<Files> {
    let what = format!("read {}", path.display());
    let mut files = Collected::default();
    archive::scan(File::open(path).cannot(&what)?, &LIMITS, &mut files).refused(what)?;
    Ok(files.0)
}

#[derive(Default)]
struct Collected(Files);

impl Sink for Collected {
    fn file(&mut self, path: PackagePath, _: bool, _: u64, bytes: &mut dyn Read) -> io::Result<()> {
        let mut whole = Vec::new();
        bytes.read_to_end(&mut whole)?;
        self.0.insert(path.to_string(), whole);
        Ok(())
    }
}
