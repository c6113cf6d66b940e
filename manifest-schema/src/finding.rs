//! What a check has to say: one type for every part of `wa`.

use crate::source::Source;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::PathBuf;

/// How bad a finding is. Ordered: `Info` is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Info,
    /// Works, but probably not as meant.
    Warning,
    /// Wrong: the thing examined cannot be used.
    Error,
}

impl Severity {
    /// `info`, `warning` or `error`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One kind of finding; a row of [`crate::rules::RULES`].
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The stable code, such as `WA0107`.
    pub code: &'static str,
    /// A short stable name, such as `unknown-key`.
    pub name: &'static str,
    /// The usual severity.
    pub severity: Severity,
    /// One line on what is wrong.
    pub summary: &'static str,
    /// What, why, an example and the fix, in Markdown; shown by `wa explain`.
    pub explanation: &'static str,
}

/// Where a finding points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as shown to people. If the report has no source of this path, only the path is shown.
    pub path: PathBuf,
    /// Bytes in the source's text; empty for a point, or where the whole file is meant.
    pub span: Range<usize>,
}

/// One thing that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of finding this is.
    pub rule: &'static Rule,
    /// How bad this one is; the rule's severity unless a check decides otherwise.
    pub severity: Severity,
    /// What is wrong here, in one line.
    pub message: String,
    /// What stands at the caret, if saying so helps.
    pub label: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
    /// Where, if anywhere.
    pub place: Option<Place>,
    /// JSON Pointer of the value meant, empty for none or for the whole document.
    pub pointer: String,
}

impl Finding {
    /// A finding without a place.
    pub fn new(rule: &'static Rule, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            message: message.into(),
            label: None,
            help: None,
            place: None,
            pointer: String::new(),
        }
    }

    /// The same, pointing at bytes of a file.
    #[must_use]
    pub fn at(mut self, path: impl Into<PathBuf>, span: Range<usize>) -> Self {
        self.place = Some(Place { path: path.into(), span });
        self
    }

    /// The same, about a file as a whole.
    #[must_use]
    pub fn in_file(self, path: impl Into<PathBuf>) -> Self {
        self.at(path, 0..0)
    }

    /// The same, naming the value meant.
    #[must_use]
    pub fn pointer(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = pointer.into();
        self
    }

    /// The same, with words at the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The same, with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, with another severity than its rule's.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

/// Findings, and the texts that they point into.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// All findings.
    pub findings: Vec<Finding>,
    /// The sources of the files that findings name, so that a renderer can show lines.
    pub sources: Vec<Source>,
}

impl Report {
    /// An empty report.
    pub fn new() -> Self {
        Self::default()
    }

    /// The worst severity found, `None` for a clean report.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// How many findings have exactly this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Adds one finding.
    pub fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Adds findings.
    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
    }

    /// Keeps a text so that findings about it can show lines. A second text of the same path is ignored.
    pub fn add_source(&mut self, source: Source) {
        if self.source(&source.path).is_none() {
            self.sources.push(source);
        }
    }

    /// The text of this path, if the report has it.
    pub fn source(&self, path: &std::path::Path) -> Option<&Source> {
        self.sources.iter().find(|source| source.path == path)
    }

    /// Takes over everything of another report.
    pub fn merge(&mut self, other: Self) {
        self.extend(other.findings);
        for source in other.sources {
            self.add_source(source);
        }
    }

    /// Orders the findings by file and place; those without a place come last. The order of equals stays.
    pub fn sort(&mut self) {
        self.findings.sort_by(|a, b| {
            let key = |finding: &Finding| {
                finding.place.as_ref().map(|place| (place.path.clone(), place.span.start))
            };
            (a.place.is_none(), key(a)).cmp(&(b.place.is_none(), key(b)))
        });
    }
}
