//! Everything that can be said of a plugin without running its code.

mod code;
mod command;
mod config;
mod embedded;
mod owned;
mod package;
pub mod reachable;
mod surfaces;

use crate::document::Document;
use crate::files::PackageFiles;
use crate::finding::{Finding, Report, Severity};
use crate::foreign::{self, Foreign};
use crate::manifest::{self, FILE_NAMES, Manifest};
use crate::source::{ReadError, Source};
use crate::{rules, tree};
use std::path::Path;

/// A plugin that was looked at.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The manifest; there if it could be read in full, also if something else is wrong with the plugin.
    pub manifest: Option<Manifest>,
    /// The text of the manifest, if there is one that can be read.
    pub source: Option<Source>,
    /// All findings, ordered by file and place.
    pub report: Report,
    /// What is known beside that of a package in another host's format.
    pub foreign: Option<Foreign>,
}

impl Checked {
    /// The manifest, if nothing is wrong with the plugin.
    pub fn accepted(&self) -> Option<&Manifest> {
        self.manifest.as_ref().filter(|_| self.report.worst() < Some(Severity::Error))
    }
}

/// Checks a plugin, or a package in another host's format: its manifest, the files that it names, and its code, which is parsed and never run.
///
/// `root_label` is the directory of the package as it is to be shown in paths; empty for none.
pub fn check_plugin(files: &dyn PackageFiles, root_label: &Path) -> Checked {
    if FILE_NAMES.into_iter().all(|name| !files.contains(name))
        && let Some(checked) = foreign::check(files, root_label, &foreign::fallback_id(root_label))
    {
        return checked;
    }
    let mut report = Report::new();
    let (source, manifest) = match find_manifest(files, root_label, &mut report) {
        Some(source) => check_manifest(files, root_label, source, &mut report),
        None => (None, None),
    };
    report.sort();
    Checked { manifest, source, report, foreign: None }
}

fn find_manifest(files: &dyn PackageFiles, root_label: &Path, report: &mut Report) -> Option<Source> {
    let names: Vec<&str> = FILE_NAMES.into_iter().filter(|name| files.contains(name)).collect();
    let Some(name) = names.first() else {
        let message = format!("there is no `{}` in the package", FILE_NAMES[0]);
        let finding = Finding::new(&rules::NO_MANIFEST, message).in_file(if root_label == Path::new("") {
            Path::new(".")
        } else {
            root_label
        });
        report.push(finding.help("make one with `wa plugins new`"));
        return None;
    };
    if let Some(second) = names.get(1) {
        let message = format!("the package has both `{name}` and `{second}`");
        let finding = Finding::new(&rules::TWO_MANIFESTS, message).in_file(root_label.join(second));
        report.push(finding.help("remove one of them"));
    }
    let path = root_label.join(name);
    match files.read(name).map(|bytes| Source::from_bytes(&path, &bytes)) {
        Ok(Ok(source)) => Some(source),
        Ok(Err(error @ ReadError::TooLarge { .. })) => {
            report.push(Finding::new(&rules::TOO_LARGE, error.to_string()).in_file(path));
            None
        }
        Ok(Err(error)) => {
            report.push(Finding::new(&rules::UNREADABLE, error.to_string()).in_file(path));
            None
        }
        Err(error) => {
            let message = format!("cannot read `{name}`: {error}");
            report.push(Finding::new(&rules::UNREADABLE, message).in_file(path));
            None
        }
    }
}

fn check_manifest(
    files: &dyn PackageFiles,
    root_label: &Path,
    source: Source,
    report: &mut Report,
) -> (Option<Source>, Option<Manifest>) {
    report.add_source(source.clone());
    let root = match tree::parse(&source) {
        Ok(root) => root,
        Err(finding) => {
            report.push(finding);
            return (Some(source), None);
        }
    };
    let document = Document { source: &source, root: &root };
    let (manifest, findings) = manifest::from_document(document);
    report.extend(findings);
    report.extend(document_findings(document));
    package::check(document, files, root_label, report);
    code::check(document, files, root_label, report);
    (Some(source), manifest)
}

/// What can be told from the manifest alone, beyond its schema. Every check passes over what has the wrong type,
/// which the schema has told already, so that all that is wrong is said at once.
fn document_findings(document: Document<'_>) -> Vec<Finding> {
    let mut findings = embedded::check(document);
    findings.extend(config::check(document));
    findings.extend(owned::check(document));
    findings.extend(surfaces::check(document));
    findings.extend(reachable::check(document));
    findings
}

/// Checks a manifest's text alone: all but the files of the package and the code.
pub fn check_manifest_text(source: &Source) -> (Option<Manifest>, Vec<Finding>) {
    match tree::parse(source) {
        Ok(root) => {
            let document = Document { source, root: &root };
            let (manifest, mut findings) = manifest::from_document(document);
            findings.extend(document_findings(document));
            (manifest, findings)
        }
        Err(finding) => (None, vec![finding]),
    }
}
