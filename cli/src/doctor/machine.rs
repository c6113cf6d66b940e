//! Checks of the machine: what its kernel gives to the sandbox, its disk, its clock.

use std::time::Duration;

use manifest_schema::finding::{Finding, Severity};
use manifest_schema::project::SandboxPolicy;
use manifest_schema::rules;
use registry_index::timestamp::rfc3339;
use runtime_protocol::{PartState, SandboxReport};

use super::check::{Blocked, Seen, Verdict, because};
use super::scene::Scene;

/// With less than this on the disk, a busy journal may soon not grow any more.
const LITTLE_SPACE: u64 = 256 << 20;

/// Clocks of machines that share a lock file may differ by this much.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(300);

/// What a worker would get on this kernel. Looks only; this process stays as it is.
pub(super) fn sandbox(scene: &Scene) -> Verdict {
    let policy = scene.project().map_or(SandboxPolicy::Required, |project| project.policy.sandbox);
    Ok(judge_sandbox(&runtime_worker::sandbox::probe(), policy))
}

fn judge_sandbox(report: &SandboxReport, policy: SandboxPolicy) -> Seen {
    let parts = report.parts();
    let missing = report.missing().len();
    let mut seen = Seen::new(match missing {
        0 => format!("all {} parts hold", parts.len()),
        _ => format!("{missing} of {} parts missing", parts.len()),
    });
    for (name, part) in parts {
        let (severity, state) = match (part.state, policy) {
            (PartState::Enforced, _) => continue,
            (PartState::Partial, _) => (Severity::Info, "holds in part"),
            (PartState::Missing, SandboxPolicy::BestEffort) => (Severity::Warning, "is missing"),
            (PartState::Missing, SandboxPolicy::Required) => {
                (Severity::Error, "is missing, so no plugin runs")
            }
        };
        let message = format!("the sandbox's part `{name}` {state}: {}", part.detail);
        seen.report.push(Finding::new(&rules::SANDBOX_INCOMPLETE, message).severity(severity));
    }
    seen
}

pub(super) fn disk(scene: &Scene) -> Verdict {
    let root = scene.layout.root();
    let found =
        rustix::fs::statvfs(root).map_err(|error| Blocked(because("the disk's space is unknown", &error)))?;
    let seen = judge_disk(found.f_bavail.saturating_mul(found.f_frsize));
    Ok(match seen.report.findings.first().cloned() {
        Some(finding) => Seen::new(seen.summary).with([finding.in_file(root)]),
        None => seen,
    })
}

fn judge_disk(free: u64) -> Seen {
    let mebibytes = free >> 20;
    let seen = Seen::new(format!("{mebibytes} MiB free"));
    if free >= LITTLE_SPACE {
        return seen;
    }
    seen.with([Finding::new(
        &rules::LITTLE_SPACE,
        format!("only {mebibytes} MiB are free on the project's disk"),
    )])
}

/// Whether the clock is earlier than something that has already happened.
pub(super) fn clock(scene: &Scene) -> Verdict {
    let latest = scene.lock()?.plugins.iter().max_by_key(|(_, locked)| &locked.installed_at);
    let now = rfc3339(scene.now + CLOCK_TOLERANCE);
    Ok(match latest {
        Some((id, locked)) if locked.installed_at > now => {
            let installed = &locked.installed_at;
            let message =
                format!("it is {} by the clock, but `{id}` was installed at {installed}", rfc3339(scene.now));
            Seen::new("behind")
                .with([Finding::new(&rules::CLOCK_BEHIND, message).in_file(scene.layout.lock_file())])
        }
        _ => Seen::new("not behind any installation"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime_protocol::Part;

    /// All parts hold but two.
    fn report(landlock: Part, own_user: Part) -> SandboxReport {
        let holds = || Part::enforced("holds");
        SandboxReport {
            parent_death_signal: holds(),
            not_dumpable: holds(),
            descriptors: holds(),
            environment: holds(),
            own_user,
            no_new_privileges: holds(),
            landlock,
            resource_limits: holds(),
            system_calls: holds(),
        }
    }

    #[test]
    fn a_missing_part_is_as_bad_as_the_policy_says() {
        let report = report(Part::missing("this kernel has no Landlock"), Part::partial("shared"));
        for (policy, severity) in
            [(SandboxPolicy::Required, Severity::Error), (SandboxPolicy::BestEffort, Severity::Warning)]
        {
            let seen = judge_sandbox(&report, policy);
            assert_eq!(seen.summary, "1 of 9 parts missing");
            let severities: Vec<Severity> =
                seen.report.findings.iter().map(|finding| finding.severity).collect();
            assert_eq!(severities, [Severity::Info, severity]);
            let message = &seen.report.findings[1].message;
            assert!(
                message.contains("`landlock` is missing") && message.ends_with("this kernel has no Landlock"),
                "{message}"
            );
        }
    }

    #[test]
    fn what_holds_is_no_finding() {
        let seen = judge_sandbox(
            &report(Part::enforced("ABI 7"), Part::enforced("a user")),
            SandboxPolicy::Required,
        );
        assert!(seen.report.findings.is_empty(), "{:?}", seen.report);
    }

    #[test]
    fn little_space_is_found_just_below_the_limit() {
        assert!(judge_disk(LITTLE_SPACE).report.findings.is_empty());
        let seen = judge_disk(LITTLE_SPACE - 1);
        assert_eq!(seen.report.findings[0].rule, &rules::LITTLE_SPACE);
        assert_eq!(seen.summary, "255 MiB free");
    }
}
