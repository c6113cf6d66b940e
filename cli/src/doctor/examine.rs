//! Making checks and keeping what they came to.

use manifest_schema::finding::{Finding, Place, Report};
use manifest_schema::source::Source;
use manifest_schema::{rules, tree};

use super::check::{Blocked, Check, Repair, Seen};
use super::scene::Scene;

/// What the checks that were asked for came to, in the order of the table.
pub(crate) struct Examination {
    pub(crate) results: Vec<CheckResult>,
}

/// What one check came to.
pub(crate) struct CheckResult {
    pub(crate) check: &'static Check,
    /// Whether the check could be made; if not, its only finding says why.
    pub(crate) was_made: bool,
    /// The state of things in a few words, or why it is not known.
    pub(crate) summary: String,
    pub(crate) report: Report,
}

/// Makes the checks. One that cannot be made has a finding that says so, and the others go on.
pub(crate) fn examine(scene: &Scene, checks: &[&'static Check]) -> Examination {
    Examination { results: checks.iter().map(|check| make(scene, check)).collect() }
}

/// Mends what these checks can mend, and says what came of it.
pub(crate) fn mend(scene: &Scene, checks: &[&'static Check]) -> Vec<Repair> {
    checks.iter().filter_map(|check| check.mend).flat_map(|mend| mend(scene)).collect()
}

fn make(scene: &Scene, check: &'static Check) -> CheckResult {
    match (check.look)(scene) {
        Ok(Seen { summary, report }) => {
            CheckResult { check, was_made: true, summary, report: presentable(scene, report) }
        }
        Err(Blocked(why)) => {
            let message = format!("the check `{}` could not be made: {why}", check.id);
            let report =
                Report { findings: vec![Finding::new(&rules::CHECK_BLOCKED, message)], sources: Vec::new() };
            CheckResult { check, was_made: false, summary: why, report }
        }
    }
}

/// The report with places that a person and a renderer can use: lines of `wa.yaml`, paths from the working folder.
fn presentable(scene: &Scene, mut report: Report) -> Report {
    let project_file = scene.layout.project_file();
    let is_there = |place: &Option<Place>| place.as_ref().is_some_and(|place| place.path == project_file);
    if let Ok(source) = &scene.source
        && report.findings.iter().any(|finding| is_there(&finding.place))
    {
        report
            .findings
            .iter_mut()
            .filter(|finding| is_there(&finding.place))
            .for_each(|finding| locate(finding, source));
        report.add_source(source.clone());
    }
    for source in &mut report.sources {
        source.path = scene.shown(&source.path).to_owned();
    }
    for place in report.findings.iter_mut().filter_map(|finding| finding.place.as_mut()) {
        place.path = scene.shown(&place.path).to_owned();
    }
    report
}

/// Points a finding that only names a value of the file at that value.
fn locate(finding: &mut Finding, source: &Source) {
    let (Some(place), Ok(root)) = (&mut finding.place, tree::parse(source)) else { return };
    if place.span.is_empty()
        && !finding.pointer.is_empty()
        && let Some(node) = root.at(&finding.pointer)
    {
        place.span = node.span.clone();
    }
}

impl Examination {
    /// Everything found.
    pub(crate) fn report(&self) -> Report {
        let mut all = Report::new();
        self.results.iter().for_each(|result| all.merge(result.report.clone()));
        all
    }

    /// How many checks could be made.
    pub(crate) fn made(&self) -> usize {
        self.results.iter().filter(|result| result.was_made).count()
    }
}
