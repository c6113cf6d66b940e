//! The line between a plugin that may go on and one that may not: its own errors.

use manifest_schema::check::Checked;
use manifest_schema::finding::{Report, Severity};
use manifest_schema::manifest::Manifest;

/// Manifest and warnings of a plugin without errors; else everything that was found.
pub(crate) fn accept(checked: Checked) -> Result<(Manifest, Report), Box<Report>> {
    match checked.manifest {
        Some(manifest) if checked.report.worst() < Some(Severity::Error) => Ok((manifest, checked.report)),
        _ => Err(Box::new(checked.report)),
    }
}
