//! Reading a plugin's manifest from its files.

use manifest_schema::files::{MemoryFiles, PackageFiles};
use manifest_schema::finding::{Finding, Report};
use manifest_schema::manifest::{self, FILE_NAMES, Manifest};
use manifest_schema::rules;
use manifest_schema::source::Source;
use std::path::Path;

pub(crate) struct Checked {
    pub(crate) manifest: Option<Manifest>,
    pub(crate) report: Report,
}

pub(crate) fn check_plugin(files: &MemoryFiles, root_label: &Path) -> Checked {
    let mut report = Report::new();
    let name = FILE_NAMES.into_iter().find(|name| files.contains(name)).unwrap_or(FILE_NAMES[0]);
    let path = root_label.join(name);
    let read = files.read(name).map_err(|error| error.to_string());
    let source = read.and_then(|bytes| Source::from_bytes(&path, &bytes).map_err(|error| error.to_string()));
    match source {
        Ok(source) => {
            let (manifest, findings) = manifest::read(&source);
            report.extend(findings);
            report.add_source(source);
            Checked { manifest, report }
        }
        Err(message) => {
            report.push(Finding::new(&rules::UNREADABLE, message).in_file(path));
            Checked { manifest: None, report }
        }
    }
}
