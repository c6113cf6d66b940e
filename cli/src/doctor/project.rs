//! Checks of the files that say what the project is: `wa.yaml`, `wa.lock`, the trust store.

use std::path::PathBuf;

use manifest_schema::finding::{Finding, Report};
use manifest_schema::rules;
use manifest_schema::source::{ReadError, Source};
use registry_index::findings;
use registry_index::lock::LockError;

use super::check::{Blocked, Seen, Verdict, because, plural};
use super::scene::Scene;

/// Whether the last change of store, lock and project file is complete.
pub(super) fn change(scene: &Scene) -> Verdict {
    match &scene.settled {
        Ok(_) => Ok(Seen::new("complete")),
        // Without the trust store it was not even tried.
        Err(_) if scene.trust.is_err() => Err(Blocked("the trust store cannot be read".to_owned())),
        Err(why) => {
            let finding = Finding::new(&rules::UNFINISHED_CHANGE, why).in_file(scene.layout.pending_file());
            Ok(Seen::new("not complete").with([finding]))
        }
    }
}

pub(super) fn project_file(scene: &Scene) -> Verdict {
    let unreadable = |what: &str, error: &ReadError, path: PathBuf| {
        let finding = Finding::new(&rules::UNREADABLE, because(format!("{what} cannot be read"), error));
        Seen::new("unreadable").with([finding.in_file(path)])
    };
    Ok(match (&scene.source, &scene.accounts) {
        (Ok(_), Ok(accounts)) => {
            let summary = match scene.project() {
                Err(_) => "has errors",
                Ok(_) if scene.project_findings.is_empty() => "valid",
                Ok(_) => "valid, with warnings",
            };
            let mut seen = Seen::new(summary).with(scene.project_findings.iter().cloned());
            seen.report.sources.extend(accounts.clone());
            seen
        }
        (Ok(_), Err(error)) => unreadable("whatsapp.yaml", error, scene.layout.whatsapp_file()),
        (Err(error), _) => unreadable("wa.yaml", error, scene.layout.project_file()),
    })
}

pub(super) fn lock_file(scene: &Scene) -> Verdict {
    let path = scene.layout.lock_file();
    Ok(match &scene.lock {
        Ok(lock) => Seen::new(format!("{} pinned", plural(lock.plugins.len(), "package"))),
        Err(LockError::Syntax { finding, .. }) => {
            let sources = Source::read(&path).into_iter().collect();
            Seen {
                summary: "unreadable".to_owned(),
                report: Report { findings: vec![(**finding).clone()], sources },
            }
        }
        Err(error) => {
            let finding = Finding::new(&rules::BAD_LOCK, because("wa.lock cannot be used", error));
            Seen::new("unreadable").with([finding.in_file(path).help("take it from your version control")])
        }
    })
}

pub(super) fn trust_store(scene: &Scene) -> Verdict {
    Ok(match &scene.trust {
        Ok(trust) => {
            let revoked = trust
                .publishers()
                .filter(|(_, publisher)| trust.is_revoked(&publisher.key.fingerprint()))
                .count();
            let known = plural(trust.publishers().count(), "publisher");
            let mut summary = if revoked == 0 { known } else { format!("{known}, {revoked} revoked") };
            match trust.indexes().iter().count() {
                0 => {}
                roots => summary.push_str(&format!(", {}", plural(roots, "registry root"))),
            }
            Seen::new(summary).with(findings::of_indexes(trust.indexes()))
        }
        Err(error) => {
            let finding =
                Finding::new(&rules::BAD_TRUST_STORE, because("the trust store cannot be used", error));
            Seen::new("unreadable").with([finding.in_file(scene.config_home.join("trust/trust.json"))])
        }
    })
}

/// Whether `wa.yaml` and `wa.lock` name the same packages.
pub(super) fn agreement(scene: &Scene) -> Verdict {
    let findings = findings::agreement(&scene.layout, scene.project()?, scene.lock()?);
    let summary = if findings.is_empty() { "agree".to_owned() } else { plural(findings.len(), "difference") };
    Ok(Seen::new(summary).with(findings))
}
