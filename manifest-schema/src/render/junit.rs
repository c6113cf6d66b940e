//! JUnit XML: a suite for each file, a test case for each finding.

use super::{harmless_lines, path, positions};
use crate::finding::{Finding, Report, Severity};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use std::collections::BTreeMap;

pub(super) fn render(report: &Report) -> String {
    let mut suites: BTreeMap<String, TestSuite> = BTreeMap::new();
    for finding in &report.findings {
        let name = path(finding).unwrap_or_else(|| "wa".to_owned());
        let suite = suites.entry(name.clone()).or_insert_with(|| TestSuite::new(name));
        suite.add_test_case(case(report, finding));
    }
    let mut junit = quick_junit::Report::new("wa");
    if suites.is_empty() {
        // Dashboards take a report without a case for a failure to run.
        let mut suite = TestSuite::new("wa");
        suite.add_test_case(TestCase::new("no findings", TestCaseStatus::success()));
        junit.add_test_suite(suite);
    }
    junit.add_test_suites(suites.into_values());
    junit_xml(&junit)
}

/// A report in which nothing is skipped, as the schema of Jenkins takes it.
pub fn junit_xml(report: &quick_junit::Report) -> String {
    // Writing XML into memory cannot fail: quick-junit drops what XML cannot hold.
    let text = report.to_string().unwrap_or_default();
    // That schema knows `skipped` of a suite, but not of all suites together.
    text.replacen(" skipped=\"0\"", "", 1)
}

fn case(report: &Report, finding: &Finding) -> TestCase {
    let place = positions(report, finding).map(|(start, _)| format!("{}:{}: ", start.line, start.column));
    let help =
        finding.help.as_deref().map(|help| format!("\nhelp: {}", harmless_lines(help))).unwrap_or_default();
    let message = harmless_lines(&finding.message);
    let details = format!("{}{message}{help}", place.clone().unwrap_or_default());
    let mut status = TestCaseStatus::success();
    if finding.severity == Severity::Error {
        status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(message).set_type(finding.rule.name).set_description(details.clone());
    }
    let name = format!("{} {}{}", finding.rule.code, place.unwrap_or_default(), finding.rule.name);
    let mut case = TestCase::new(name, status);
    if finding.severity < Severity::Error {
        case.set_system_out(format!("{}: {details}", finding.severity.name()));
    }
    case
}
