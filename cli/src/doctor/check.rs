//! What a check is, and what it can come to.

use std::error::Error;

use manifest_schema::finding::{Finding, Report};

use super::scene::Scene;
use crate::failure::Failure;

/// One check of doctor.
#[derive(Debug)]
pub(crate) struct Check {
    /// The stable name that `--only` and `--skip` take.
    pub(crate) id: &'static str,
    /// What is looked at, in a few words.
    pub(crate) title: &'static str,
    /// What `wa explain` says of it: a heading, why it is looked at, what it finds, what to do.
    pub(crate) explanation: &'static str,
    pub(super) look: fn(&Scene) -> Verdict,
    /// Mends what can be mended without losing anything.
    pub(super) mend: Option<fn(&Scene) -> Vec<Repair>>,
}

/// What was seen, or why nothing could be.
pub(super) type Verdict = Result<Seen, Blocked>;

/// What a check has seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The state of things in a few words, whether it is good or bad.
    pub(super) summary: String,
    pub(super) report: Report,
}

/// Why a check could not be made.
#[derive(Debug)]
pub(super) struct Blocked(pub(super) String);

/// One thing that `--fix` has tried.
#[derive(Debug)]
pub(crate) struct Repair {
    /// What was done, or what was to be done, as a fragment behind "Fixed" or "could not fix".
    pub(crate) what: String,
    /// Why it did not work.
    pub(crate) problem: Option<String>,
}

impl Seen {
    pub(super) fn new(summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), report: Report::new() }
    }

    pub(super) fn with(mut self, findings: impl IntoIterator<Item = Finding>) -> Self {
        self.report.extend(findings);
        self
    }
}

impl Repair {
    pub(super) fn new<E: Error + 'static>(what: String, result: Result<(), E>) -> Self {
        let problem = result.err().map(|error| because("it did not work", &error));
        Self { what, problem }
    }
}

/// What failed and all its causes in one line.
pub(super) fn because(what: impl std::fmt::Display, error: &(dyn Error + 'static)) -> String {
    Failure::no(what).because(error).to_string()
}

/// "1 plugin", "3 plugins".
pub(super) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
