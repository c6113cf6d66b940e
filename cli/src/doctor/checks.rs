//! The table of all checks.

use super::check::Check;
use super::{audit, channels, host, machine, modes, plugins, project, secrets};

/// All checks in the order in which they are made and shown.
pub(crate) static CHECKS: &[Check] = &[
    Check { id: "change", title: "last change", look: project::change, mend: None },
    Check { id: "project", title: "project file", look: project::project_file, mend: None },
    Check { id: "lock", title: "lock file", look: project::lock_file, mend: None },
    Check { id: "trust", title: "trust store", look: project::trust_store, mend: None },
    Check { id: "agreement", title: "project and lock", look: project::agreement, mend: None },
    Check { id: "plugins", title: "installed plugins", look: plugins::installed, mend: None },
    Check { id: "config", title: "plugin configuration", look: plugins::configuration, mend: None },
    Check { id: "secrets", title: "secrets", look: secrets::secrets, mend: None },
    Check { id: "catalog", title: "plugins together", look: plugins::catalog, mend: None },
    Check { id: "health", title: "plugin health", look: host::health, mend: None },
    Check { id: "queue", title: "message queue", look: host::queue, mend: None },
    Check { id: "host", title: "running host", look: host::presence, mend: Some(host::remove_stale_record) },
    Check { id: "channels", title: "channel accounts", look: channels::accounts, mend: None },
    Check { id: "audit", title: "audit log", look: audit::log, mend: None },
    Check { id: "port", title: "gateway port", look: host::port, mend: None },
    Check { id: "sandbox", title: "sandbox", look: machine::sandbox, mend: None },
    Check { id: "modes", title: "file modes", look: modes::modes, mend: Some(modes::tighten) },
    Check { id: "disk", title: "disk space", look: machine::disk, mend: None },
    Check { id: "clock", title: "clock", look: machine::clock, mend: None },
];
