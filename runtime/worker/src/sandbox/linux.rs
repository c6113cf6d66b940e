//! The parts of the lock-down on Linux, in the order in which they have to come.

use std::io;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreated,
    RulesetError, RulesetStatus, Scope,
};
use runtime_protocol::{Part, SandboxReport};

use super::{Limits, filter, system};

/// The newest Landlock that the rights below were chosen for.
const LANDLOCK: ABI = ABI::V9;

/// Below this the network is left to the other parts; it came in Linux 6.7.
pub(crate) const LANDLOCK_WITH_NETWORK: libc::c_long = 4;

/// Users from here on belong to nobody by systemd's table of ranges; the process id is added, so no two
/// living workers share one.
const FIRST_USER: u32 = 0x7000_0000;

/// Where a container has no such users.
pub(crate) const NOBODY: u32 = 65_534;

/// Locks this process down for good. To be called before any other thread exists, with the socket on
/// descriptor 0.
pub fn lock_down(limits: &Limits) -> SandboxReport {
    let environment = environment();
    let descriptors = part(system::close_from(3), "only the socket, stdout and stderr are open");
    let own_user = own_user();
    // Changing the user clears both of these, so they come after it.
    let parent_death_signal = part(
        system::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong),
        "killed when the thread that spawned it ends",
    );
    let not_dumpable =
        part(system::prctl(libc::PR_SET_DUMPABLE, 0), "no core dump, memory unreadable for its user");
    let no_new_privileges = part(
        system::drop_capabilities().and_then(|()| system::prctl(libc::PR_SET_NO_NEW_PRIVS, 1)),
        "no capability, and no way to gain one",
    );
    let landlock = landlock();
    let resource_limits = part(
        resource_limits(limits),
        format!("{} MiB of memory, no file, descriptor or process more", limits.data >> 20),
    );
    // Last: it takes away the calls that the other parts need.
    let system_calls = system_calls();
    SandboxReport {
        parent_death_signal,
        not_dumpable,
        descriptors,
        environment,
        own_user,
        no_new_privileges,
        landlock,
        resource_limits,
        system_calls,
    }
}

/// What a worker on this machine would get, without locking the caller.
pub fn probe() -> SandboxReport {
    let every_kernel = |detail: &str| Part::enforced(detail);
    SandboxReport {
        parent_death_signal: every_kernel("the kernel kills a worker whose host ends"),
        not_dumpable: every_kernel("no core dumps"),
        descriptors: part(system::close_from(u32::MAX), "close_range is available"),
        environment: every_kernel("workers start with an empty environment"),
        own_user: match system::user() {
            0 => Part::enforced("each worker gets a user of its own"),
            user => shared_user(user),
        },
        no_new_privileges: part(system::prctl(libc::PR_GET_NO_NEW_PRIVS, 0), "no_new_privs is available"),
        landlock: match system::landlock_version() {
            Ok(version) => landlock_part(version),
            Err(error) => landlock_missing(&error),
        },
        resource_limits: every_kernel("memory, processes, files and descriptors are capped"),
        system_calls: match (filter::program(system::process()), system::seccomp_can_refuse()) {
            (Ok(_), Ok(())) => Part::enforced(allowed_calls()),
            (Err(error), _) => Part::missing(error.to_string()),
            (_, Err(error)) => Part::missing(format!("this kernel has no seccomp filters: {error}")),
        },
    }
}

pub(crate) fn part<T>(result: io::Result<T>, enforced: impl Into<String>) -> Part {
    match result {
        Ok(_) => Part::enforced(enforced),
        Err(error) => Part::missing(error.to_string()),
    }
}

/// The host empties the environment when it spawns; the worker looks whether it did.
pub(crate) fn environment() -> Part {
    match std::env::vars_os().count() {
        0 => Part::enforced("empty"),
        count => Part::missing(format!("{count} variables were passed on")),
    }
}

/// Only root can take another user; a worker of anyone else shares the host's.
fn own_user() -> Part {
    let user = system::user();
    if user != 0 {
        return shared_user(user);
    }
    let own = FIRST_USER + system::process();
    match system::become_user(own).map(|()| own).or_else(|_| system::become_user(NOBODY).map(|()| NOBODY)) {
        Ok(NOBODY) => {
            Part::partial("user 65534, shared with other workers: this container has too few users")
        }
        Ok(user) => Part::enforced(format!("user {user}")),
        Err(error) => Part::missing(format!("still root: {error}")),
    }
}

pub(crate) fn shared_user(user: u32) -> Part {
    Part::partial(format!(
        "the host's user {user}; only root can give a worker its own. Landlock and seccomp keep it apart"
    ))
}

/// Rules that handle every right there is and allow none yet.
pub(crate) fn every_right() -> Result<RulesetCreated, RulesetError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(LANDLOCK))?
        .handle_access(AccessNet::from_all(LANDLOCK))?
        .scope(Scope::from_all(LANDLOCK))?
        .create()
}

/// Handles every right there is and allows none.
fn landlock() -> Part {
    let restricted =
        || -> Result<RulesetStatus, RulesetError> { Ok(every_right()?.restrict_self()?.ruleset) };
    // Asked first: the ruleset takes away nothing that this needs, but the answer belongs to the same kernel
    // state.
    let version = system::landlock_version();
    match (restricted(), version) {
        (Ok(RulesetStatus::NotEnforced), Err(error)) => landlock_missing(&error),
        (Ok(RulesetStatus::NotEnforced), Ok(_)) => Part::missing("Landlock took no effect"),
        (Ok(_), Ok(version)) => landlock_part(version),
        (Ok(_), Err(error)) => landlock_missing(&error),
        (Err(error), _) => Part::missing(error.to_string()),
    }
}

fn landlock_part(version: libc::c_long) -> Part {
    if version < LANDLOCK_WITH_NETWORK {
        Part::partial(format!("ABI {version}: no file can be opened; the network is left to seccomp"))
    } else {
        Part::enforced(format!("ABI {version}: no file, no connection"))
    }
}

pub(crate) fn landlock_missing(error: &io::Error) -> Part {
    match error.raw_os_error() {
        Some(libc::EOPNOTSUPP) => {
            Part::missing("Landlock is in this kernel but not switched on at boot (lsm=…)")
        }
        Some(libc::ENOSYS) => Part::missing("this kernel has no Landlock (Linux 5.13 or newer has)"),
        _ => Part::missing(error.to_string()),
    }
}

fn resource_limits(limits: &Limits) -> io::Result<()> {
    for (resource, value) in [
        (libc::RLIMIT_DATA, limits.data),
        (libc::RLIMIT_STACK, limits.stack),
        (libc::RLIMIT_CORE, 0),
        (libc::RLIMIT_FSIZE, 0),
        (libc::RLIMIT_MEMLOCK, 0),
        (libc::RLIMIT_NPROC, 0),
        // One more than the highest descriptor in use.
        (libc::RLIMIT_NOFILE, 3),
    ] {
        system::lower_limit(resource, value)?;
    }
    limits.address_space.map_or(Ok(()), |bytes| system::lower_limit(libc::RLIMIT_AS, bytes))
}

fn system_calls() -> Part {
    let program = match filter::program(system::process()) {
        Ok(program) => program,
        Err(error) => return Part::missing(error.to_string()),
    };
    match seccompiler::apply_filter(&program) {
        Ok(()) => Part::enforced(allowed_calls()),
        Err(error) => Part::missing(error.to_string()),
    }
}

fn allowed_calls() -> String {
    format!("{} system calls are left, none that opens, connects, starts or executes", filter::LENGTH)
}
