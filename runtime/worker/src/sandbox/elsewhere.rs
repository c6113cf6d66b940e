//! Systems without a lock-down.

use runtime_protocol::{Part, SandboxReport};

use super::Limits;

/// Locks nothing and says so: every part is missing.
pub fn lock_down(_limits: &Limits) -> SandboxReport {
    probe()
}

/// Every part is missing.
pub fn probe() -> SandboxReport {
    let part = || Part::missing(format!("not available on {}", std::env::consts::OS));
    SandboxReport {
        parent_death_signal: part(),
        not_dumpable: part(),
        descriptors: part(),
        environment: part(),
        own_user: part(),
        no_new_privileges: part(),
        landlock: part(),
        resource_limits: part(),
        system_calls: part(),
    }
}
