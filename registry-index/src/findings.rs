//! What is to be said of the installed set, for `wa doctor`, `wa plugins list` and `wa plugins inspect`.

use crate::index::KnownIndexes;
use crate::install::Spec;
use crate::load::{Installed, InstalledSet, Origin};
use crate::lock::{Exception, Lockfile};
use crate::refusal::{Invalid, Refusal};
use manifest_schema::finding::{Finding, Report, Rule};
use manifest_schema::layout::Layout;
use manifest_schema::project::Project;
use manifest_schema::rules;
use std::path::PathBuf;

/// Refused plugins, exceptions that the operator made, warnings about manifests and code, and where `wa.yaml` and
/// `wa.lock` do not agree.
pub fn of_set(layout: &Layout, project: &Project, lock: &Lockfile, set: &InstalledSet) -> Report {
    let mut report = Report::new();
    for installed in &set.plugins {
        report.merge(of_plugin(installed));
    }
    report.extend(agreement(layout, project, lock));
    report
}

/// What is to be said of one plugin.
pub fn of_plugin(installed: &Installed) -> Report {
    let mut report = match &installed.plugin {
        Ok(loaded) => loaded.report.clone(),
        Err(Refusal::Broken(broken)) => (**broken).clone(),
        Err(refusal) => Report { findings: vec![refused(installed, refusal)], sources: Vec::new() },
    };
    if let Origin::Package { locked, .. } = &installed.origin {
        let exception = |exception: &Exception| match exception {
            Exception::Unsigned => (&rules::UNSIGNED_ALLOWED, "is installed without a signature"),
            Exception::Downgrade => {
                (&rules::DOWNGRADE_ALLOWED, "is installed in an older version than before")
            }
        };
        let found = locked.exceptions.iter().map(exception);
        report.extend(found.map(|(rule, what)| Finding::new(rule, format!("`{}` {what}", installed.id))));
    }
    report
}

fn refused(installed: &Installed, refusal: &Refusal) -> Finding {
    let finding =
        Finding::new(rule_of(refusal), format!("`{}` is refused: {}", installed.id, with_causes(refusal)));
    let finding = finding.in_file(place(installed, refusal));
    match (refusal, &installed.origin) {
        (Refusal::Modified { .. } | Refusal::Missing { .. }, Origin::Package { locked, .. }) => {
            finding.help(format!("restore it: `wa plugins install {}`", locked.spec))
        }
        _ => finding,
    }
}

/// The rule that a refusal stands under.
pub fn rule_of(refusal: &Refusal) -> &'static Rule {
    match refusal {
        Refusal::Unsigned => &rules::UNSIGNED,
        Refusal::Missing { .. } => &rules::NOT_INSTALLED,
        Refusal::Modified { .. } => &rules::MODIFIED,
        Refusal::Revoked { .. } | Refusal::RevokedByIndex(_) => &rules::REVOKED,
        Refusal::Expired { .. } => &rules::EXPIRED,
        Refusal::Downgraded { .. } => &rules::DOWNGRADED,
        Refusal::Forbidden(_) => &rules::FORBIDDEN,
        Refusal::Unreadable(_) => &rules::UNREADABLE_PLUGIN,
        Refusal::Directory(_) | Refusal::Broken(_) => &rules::NOT_PACKABLE,
        Refusal::Invalid(
            Invalid::UnknownPublisher { .. }
            | Invalid::OutsidePatterns { .. }
            | Invalid::KeyChanged { .. }
            | Invalid::FormerKey { .. }
            | Invalid::Threshold { .. }
            | Invalid::Rotation { .. }
            | Invalid::NoKey(_),
        ) => &rules::UNTRUSTED_KEY,
        Refusal::Invalid(_) => &rules::INVALID_SIGNATURE,
    }
}

/// The file that is meant, or the plugin's directory.
fn place(installed: &Installed, refusal: &Refusal) -> PathBuf {
    let (Origin::Directory(directory) | Origin::Package { path: directory, .. }) = &installed.origin;
    match refusal {
        Refusal::Modified { path, .. } => directory.join(path),
        _ => directory.clone(),
    }
}

/// Registries whose last index is worth nothing any more, so that nobody knows what was revoked since.
pub fn of_indexes(indexes: &KnownIndexes) -> Vec<Finding> {
    let expired = indexes.iter().filter_map(|(registry, known)| {
        let index = known.index.as_ref().filter(|index| indexes.is_expired(index))?;
        let message = format!("the index of {registry} was good until {}", index.expires);
        let help = "`wa plugins outdated` fetches the newest one";
        Some(Finding::new(&rules::INDEX_EXPIRED, message).help(help))
    });
    expired.collect()
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Where project and lock do not agree on what is installed.
pub fn agreement(layout: &Layout, project: &Project, lock: &Lockfile) -> Vec<Finding> {
    let root = layout.root();
    let mut findings = Vec::new();
    for (id, entry) in &project.plugins.entries {
        let Some(source) = &entry.source else { continue };
        if matches!(Spec::parse(source, root), Ok(Spec::Directory(_))) {
            continue;
        }
        match lock.plugins.get(id) {
            None => {
                let message = format!("`{id}` is to come from `{source}`, but is not installed");
                let finding = Finding::new(&rules::NOT_INSTALLED, message).in_file(layout.project_file());
                findings.push(
                    finding
                        .pointer(format!("/plugins/entries/{id}/source"))
                        .help(format!("`wa plugins install {source}`")),
                );
            }
            Some(locked) if locked.spec != *source => {
                let message =
                    format!("`{id}` is to come from `{source}`, but `{}` is installed", locked.spec);
                let finding = Finding::new(&rules::SOURCE_DIFFERS, message).in_file(layout.project_file());
                findings.push(finding.pointer(format!("/plugins/entries/{id}/source")));
            }
            Some(_) => {}
        }
    }
    let unnamed = lock.plugins.keys().filter(|id| !project.plugins.entries.contains_key(*id));
    findings.extend(unnamed.map(|id| {
        let message = format!("`{id}` is installed, but wa.yaml does not name it");
        Finding::new(&rules::NOT_IN_PROJECT, message).in_file(layout.lock_file())
    }));
    findings
}
