//! What came of scenarios, for people, for programs and for the dashboards of CI.

use std::time::Duration;

use manifest_schema::manifest::Manifest;
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use serde_json::{Value, json};

use crate::failure::Outcome;
use crate::scenario::{ScenarioFile, StepFailure, StepOutcome};
use crate::status::Status;
use crate::terminal::{Printer, plain};

/// The results so far.
pub(super) struct Report<'a> {
    printer: Printer,
    manifest: &'a Manifest,
    json: bool,
    steps: Vec<Value>,
    suites: Vec<TestSuite>,
    passed: usize,
    failed: usize,
    took: Duration,
}

impl<'a> Report<'a> {
    pub(super) fn new(printer: Printer, manifest: &'a Manifest, json: bool) -> Self {
        let (steps, suites) = (Vec::new(), Vec::new());
        Self { printer, manifest, json, steps, suites, passed: 0, failed: 0, took: Duration::ZERO }
    }

    /// Takes the results of one file, and tells a person of them.
    pub(super) fn add(&mut self, file: &ScenarioFile, steps: Vec<StepOutcome>) -> Outcome<()> {
        let name = file.name();
        let mut suite = TestSuite::new(name.as_str());
        for step in &steps {
            *(if step.failure.is_none() { &mut self.passed } else { &mut self.failed }) += 1;
            self.took += step.took;
            self.steps.push(as_json(&name, step));
            suite.add_test_case(case(step));
            if !self.json {
                self.printer.data(plain(&words(&name, step)))?;
            }
        }
        self.suites.push(suite);
        Ok(())
    }

    /// As JUnit XML.
    pub(super) fn junit(&mut self) -> String {
        let mut report = quick_junit::Report::new(self.manifest.id.as_str());
        report.add_test_suites(std::mem::take(&mut self.suites));
        manifest_schema::render::junit_xml(&report)
    }

    pub(super) fn finish(self) -> Outcome {
        let Self { printer, manifest, steps, passed, failed, took, .. } = self;
        if self.json {
            printer.json(&json!({ "schemaVersion": 1, "plugin": manifest.id, "steps": steps }))?;
        }
        printer.note(format_args!("{passed} passed, {failed} failed, in {took:.1?}"));
        Ok(if failed == 0 { Status::Done } else { Status::No })
    }
}

fn words(file: &str, step: &StepOutcome) -> String {
    let StepOutcome { name, failure, .. } = step;
    match failure {
        None => format!("ok    {file}: {name}"),
        Some(failure) => format!("FAIL  {file}: {name}{}", details(failure)),
    }
}

/// What went wrong, and every place that differs, one below the other.
fn details(failure: &StepFailure) -> String {
    let why = failure.why.iter().cloned();
    let differences = failure.differences.iter().map(|difference| {
        let (expected, got) = (&difference.expected, &difference.got);
        format!(
            "{}\n  expected: {}\n  got:      {}",
            difference.place,
            indented(expected, 12),
            indented(got, 12)
        )
    });
    why.chain(differences)
        .chain(failure.thrown.iter().cloned())
        .map(|part| format!("\n      {}", indented(&part, 6)))
        .collect()
}

fn indented(text: &str, spaces: usize) -> String {
    text.replace('\n', &format!("\n{}", " ".repeat(spaces)))
}

fn as_json(file: &str, step: &StepOutcome) -> Value {
    let failure = step.failure.as_ref();
    let differences = failure.iter().flat_map(|failure| &failure.differences);
    let differences: Vec<Value> = differences
        .map(|one| json!({ "path": one.place, "expected": one.expected, "got": one.got }))
        .collect();
    json!({
        "file": file,
        "step": step.name,
        "ok": failure.is_none(),
        "why": failure.map(StepFailure::summary),
        "differences": differences,
        "thrown": failure.map(|failure| &failure.thrown),
        "milliseconds": u64::try_from(step.took.as_millis()).unwrap_or(u64::MAX),
    })
}

fn case(step: &StepOutcome) -> TestCase {
    let mut status = TestCaseStatus::success();
    if let Some(failure) = &step.failure {
        status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(plain(&failure.summary())).set_type("difference");
        status.set_description(plain(details(failure).trim()));
    }
    let mut case = TestCase::new(step.name.as_str(), status);
    case.set_time(step.took);
    case
}
