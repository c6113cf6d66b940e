//! The table of all checks.

use super::check::Check;
use super::{audit, channels, host, machine, modes, plugins, project, runtimes, secrets};

/// A check, with what `wa explain` says of it.
macro_rules! check {
    ($id:literal, $title:literal, $look:path, $mend:expr) => {
        Check {
            id: $id,
            title: $title,
            explanation: include_str!(concat!("explanations/", $id, ".md")),
            look: $look,
            mend: $mend,
        }
    };
}

/// All checks in the order in which they are made and shown.
pub(crate) static CHECKS: &[Check] = &[
    check!("change", "last change", project::change, None),
    check!("project", "project file", project::project_file, None),
    check!("lock", "lock file", project::lock_file, None),
    check!("trust", "trust store", project::trust_store, None),
    check!("agreement", "project and lock", project::agreement, None),
    check!("plugins", "installed plugins", plugins::installed, None),
    check!("config", "plugin configuration", plugins::configuration, None),
    check!("secrets", "secrets", secrets::secrets, None),
    check!("catalog", "plugins together", plugins::catalog, None),
    check!("runtimes", "plugin runtimes", runtimes::runtimes, None),
    check!("health", "plugin health", host::health, None),
    check!("queue", "message queue", host::queue, None),
    check!("host", "running host", host::presence, Some(host::remove_stale_record)),
    check!("channels", "channel accounts", channels::accounts, None),
    check!("audit", "audit log", audit::log, None),
    check!("port", "gateway port", host::port, None),
    check!("sandbox", "sandbox", machine::sandbox, None),
    check!("modes", "file modes", modes::modes, Some(modes::tighten)),
    check!("disk", "disk space", machine::disk, None),
    check!("clock", "clock", machine::clock, None),
];

#[cfg(test)]
mod tests {
    use super::CHECKS;
    use manifest_schema::rules;

    #[test]
    fn every_check_is_explained_and_nothing_else_has_its_name() {
        for check in CHECKS {
            let title = format!("# {}: {}\n", check.id, check.title);
            assert!(check.explanation.starts_with(&title), "{}", check.id);
            assert!(check.explanation.contains("\nFix: "), "{}", check.id);
            assert_eq!(rules::find(check.id), None, "a finding is called {} too", check.id);
            let line = check.explanation.lines().find_map(|line| line.strip_prefix("Finds: ")).unwrap();
            for code in line.trim_end_matches('.').split(", ") {
                assert!(rules::find(code).is_some(), "{} finds {code}", check.id);
            }
        }
    }
}
