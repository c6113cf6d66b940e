//! What every format needs to read a package: files as documents, findings, and the list of what cannot run here.

use super::{Format, NotRunnable};
use crate::document::Document;
use crate::files::{PackageFiles, resolve};
use crate::finding::{Finding, Report, Rule, Severity};
use crate::rules;
use crate::source::{ReadError, Source, Syntax};
use crate::tree::{self, Node};
use std::path::Path;

/// A file that was read, with its tree.
pub(super) struct Parsed {
    pub(super) source: Source,
    pub(super) root: Node,
}

impl Parsed {
    pub(super) fn document(&self) -> Document<'_> {
        Document { source: &self.source, root: &self.root }
    }

    /// The text at a pointer, without the space around it; `None` for an empty one.
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.root.at(pointer)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }
}

pub(super) struct Reader<'a> {
    pub(super) files: &'a dyn PackageFiles,
    pub(super) paths: Vec<String>,
    pub(super) root_label: &'a Path,
    pub(super) format: Format,
    pub(super) report: Report,
    /// The manifest's text.
    pub(super) manifest: Option<Source>,
    pub(super) not_runnable: Vec<NotRunnable>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(files: &'a dyn PackageFiles, root_label: &'a Path, format: Format) -> Self {
        let (report, not_runnable) = (Report::new(), Vec::new());
        Self { files, paths: files.paths(), root_label, format, report, manifest: None, not_runnable }
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.files.contains(path)
    }

    pub(super) fn has_folder(&self, path: &str) -> bool {
        self.files.contains_directory(path)
    }

    pub(super) fn package_json(&mut self) -> Option<Parsed> {
        let severity = Severity::Warning;
        self.has(super::npm::FILE).then(|| self.parse(super::npm::FILE, Syntax::Json, severity)).flatten()
    }

    /// Reads a file as a document. Why it cannot be read becomes a finding of at most this severity.
    pub(super) fn parse(&mut self, path: &str, syntax: Syntax, severity: Severity) -> Option<Parsed> {
        let source = self.source(path, syntax, severity)?;
        match tree::parse(&source) {
            Ok(root) => {
                self.report.add_source(source.clone());
                Some(Parsed { source, root })
            }
            Err(finding) => {
                self.report.add_source(source);
                self.report.push(finding.severity(severity));
                None
            }
        }
    }

    /// Reads a file as text.
    pub(super) fn source(&mut self, path: &str, syntax: Syntax, severity: Severity) -> Option<Source> {
        let shown = self.root_label.join(path);
        let read = self.files.read(path).map(|bytes| Source::from_bytes(&shown, &bytes));
        let (rule, message) = match read {
            Ok(Ok(source)) => return Some(Source { syntax, ..source }),
            Ok(Err(error @ ReadError::TooLarge { .. })) => (&rules::TOO_LARGE, error.to_string()),
            Ok(Err(error)) => (&rules::UNREADABLE, error.to_string()),
            Err(error) => (&rules::UNREADABLE, format!("cannot read `{path}`: {error}")),
        };
        self.report.push(Finding::new(rule, message).in_file(shown).severity(severity));
        None
    }

    /// The manifest itself. Other hosts read at most 256 KiB of it.
    pub(super) fn parse_manifest(&mut self, path: &str, syntax: Syntax) -> Option<Parsed> {
        const MAX_BYTES: usize = 256 * 1024;
        if self.files.read(path).is_ok_and(|bytes| bytes.len() > MAX_BYTES) {
            let message = format!("`{path}` is larger than 256 KiB, which {} refuses", self.format.host());
            self.report.push(Finding::new(&rules::TOO_LARGE, message).in_file(self.root_label.join(path)));
            return None;
        }
        let parsed = self.parse(path, syntax, Severity::Error)?;
        self.manifest = Some(parsed.source.clone());
        Some(parsed)
    }

    /// A finding about a file as a whole.
    pub(super) fn found(&mut self, rule: &'static Rule, path: &str, message: impl Into<String>) {
        self.report.push(Finding::new(rule, message).in_file(self.root_label.join(path)));
    }

    pub(super) fn cannot_run(&mut self, what: impl Into<String>, needs: impl Into<String>) {
        let part = NotRunnable { what: what.into(), needs: needs.into() };
        if !self.not_runnable.contains(&part) {
            self.not_runnable.push(part);
        }
    }

    /// The paths that a key of the manifest names, a text or a list of texts, each as a path in the package.
    pub(super) fn named_paths(&mut self, manifest: &Parsed, key: &str) -> Vec<String> {
        let pointer = format!("/{key}");
        let Some(node) = manifest.root.get(key) else { return Vec::new() };
        let listed: Vec<(String, &Node)> = match node.as_str() {
            Some(_) => vec![(pointer, node)],
            None => {
                let items = node.items().iter().enumerate();
                items.map(|(index, item)| (format!("{pointer}/{index}"), item)).collect()
            }
        };
        listed
            .into_iter()
            .filter_map(|(pointer, item)| self.named_path(manifest, &pointer, item.as_str()?))
            .collect()
    }

    /// One path of the manifest; a finding if it leads out of the package or to nothing.
    pub(super) fn named_path(&mut self, manifest: &Parsed, pointer: &str, path: &str) -> Option<String> {
        let document = manifest.document();
        let Some(inside) = resolve("", path.trim()) else {
            let message = format!("`{path}` leads out of the package");
            self.report.push(document.finding(&rules::OUTSIDE_PACKAGE, pointer, message));
            return None;
        };
        let everything = inside.is_empty();
        if everything || self.has(&inside) || self.has_folder(&inside) {
            return Some(inside);
        }
        let finding = document.finding(&rules::MISSING_FILE, pointer, format!("the package has no `{path}`"));
        self.report.push(finding.severity(Severity::Warning));
        None
    }
}
