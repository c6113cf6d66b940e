//! The check of the audit log: its newest file, so that it takes no longer as the log grows.

use audit_log::{Check, Scope, Unverified, Verdict};
use manifest_schema::finding::Finding;
use manifest_schema::rules;

use super::check::{Seen, Verdict as Answer, because};
use super::scene::Scene;
use crate::commands::audit::{Evidence, sentence};

/// Whether the newest file of the log is as it was written.
pub(super) fn log(scene: &Scene) -> Answer {
    let place = &scene.audit;
    let verified = Evidence::beside(place).and_then(|Evidence { first_key, checkpoints }| {
        let check = Check { first_key: first_key.as_ref(), checkpoints: &checkpoints, scope: Scope::Newest };
        audit_log::verify(&place.folder, &check)
    });
    let verified = match verified {
        Ok(verified) => verified,
        Err(error) => {
            let finding =
                Finding::new(&rules::AUDIT_UNVERIFIED, because("the audit log cannot be read", &error));
            return Ok(Seen::new("unreadable").with([finding.in_file(&place.folder)]));
        }
    };
    let (summary, rule, help) = match &verified.verdict {
        Verdict::Intact => return Ok(Seen::new(format!("intact, {} records", verified.last))),
        Verdict::Unverified { why: Unverified::NoLog, .. } => return Ok(Seen::new("none yet")),
        Verdict::Tampered { .. } => (
            "changed by somebody",
            &rules::AUDIT_TAMPERED,
            "`wa audit verify` reads all of it; `wa audit recover` begins a new one",
        ),
        Verdict::Unverified { .. } => (
            "not verified",
            &rules::AUDIT_UNVERIFIED,
            "`wa audit verify --key FILE`, with the key that was moved off this machine",
        ),
    };
    let finding = Finding::new(rule, sentence(&verified)).in_file(&place.folder).help(help);
    Ok(Seen::new(summary).with([finding]))
}
