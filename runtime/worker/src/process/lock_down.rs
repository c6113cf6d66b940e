//! The lock-down of a command, in the order in which its parts have to come.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, lchown};
use std::path::Path;

use runtime_protocol::{Launch, Part, SandboxReport};

use super::{filter, own_root, rules};
use crate::sandbox::linux::{NOBODY, environment, part, shared_user};
use crate::sandbox::system;

/// Threads of a command whose user is its own.
const THREADS: u64 = 128;
/// Descriptors of a command.
const DESCRIPTORS: u64 = 256;
/// Bytes of the first thread's stack, and of others where the C library is not told.
const STACK: u64 = 8 << 20;

/// Locks this process down for good; what it executes stays locked down. To be called before any other thread exists, with
/// the socket on descriptor 0.
pub(super) fn lock_down(launch: &Launch) -> SandboxReport {
    let environment = environment();
    let closed = system::close_from(3).and_then(|()| system::output_is_input());
    let descriptors = part(closed, "only the socket and stderr are open");
    let root = system::user() == 0;
    let own_root = if root { Some(own_root::enter(launch)) } else { None };
    let own_user = if root { own_user(launch) } else { shared_user(system::user()) };
    // Changing the user clears it, so it comes after it; executing a program without more rights does not.
    let death = system::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong);
    let parent_death_signal = part(death, "killed when the thread that spawned it ends");
    let privileges = system::drop_capabilities().and_then(|()| system::prctl(libc::PR_SET_NO_NEW_PRIVS, 1));
    let no_new_privileges = part(privileges, "no capability, and no way to gain one");
    let mut landlock = rules::apply(launch);
    match own_root {
        Some(Ok(())) => landlock.detail.push_str("; no other file is there to be seen"),
        Some(Err(error)) => landlock.detail.push_str(&format!("; no root of its own: {error}")),
        None => {}
    }
    let resource_limits = resource_limits(launch, root);
    // Last: it takes away the calls that the other parts need.
    let calls =
        format!("{} system calls are left, none that makes a socket, a process or a link", filter::LENGTH);
    let system_calls = part(filter::apply(system::process()), calls);
    SandboxReport {
        parent_death_signal,
        not_dumpable: Part::partial(
            "no core dump; executing the command makes its memory readable for its own user again, and Landlock keeps other plugins from it",
        ),
        descriptors,
        environment,
        own_user,
        no_new_privileges,
        landlock,
        resource_limits,
        system_calls,
    }
}

/// The user that the host chose, who owns the plugin's files and nothing else; nobody where a container has no such user.
fn own_user(launch: &Launch) -> Part {
    let become_owner = |user: u32| {
        launch.data.as_ref().map_or(Ok(()), |data| give(Path::new(data), user))?;
        system::become_user(user)
    };
    match become_owner(launch.user) {
        Ok(()) => Part::enforced(format!("user {}", launch.user)),
        Err(_) if become_owner(NOBODY).is_ok() => Part::partial(format!(
            "user {NOBODY}, shared with other workers: this container has too few users. Landlock and seccomp keep it apart"
        )),
        Err(error) => Part::missing(format!("still root: {error}")),
    }
}

/// Gives a directory with all that is in it to `user`. No link is followed, and none can be in it.
fn give(path: &Path, user: u32) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.uid() != user || metadata.gid() != user {
        lchown(path, Some(user), Some(user))?;
    }
    if metadata.is_dir() {
        for entry in fs::read_dir(path)? {
            give(&entry?.path(), user)?;
        }
    }
    Ok(())
}

/// Threads are counted by user, so a limit on them would count those of the whole session where the user is not its own.
fn resource_limits(launch: &Launch, own_user: bool) -> Part {
    let limits = [
        (libc::RLIMIT_DATA, Some(launch.memory)),
        (libc::RLIMIT_STACK, Some(STACK)),
        (libc::RLIMIT_CORE, Some(0)),
        (libc::RLIMIT_FSIZE, Some(launch.file_size)),
        (libc::RLIMIT_MEMLOCK, Some(0)),
        (libc::RLIMIT_MSGQUEUE, Some(0)),
        (libc::RLIMIT_NPROC, own_user.then_some(THREADS)),
        (libc::RLIMIT_NOFILE, Some(DESCRIPTORS)),
    ];
    let mut limits = limits.into_iter().filter_map(|(resource, value)| Some((resource, value?)));
    let memory = launch.memory >> 20;
    match limits.try_for_each(|(resource, value)| system::lower_limit(resource, value)) {
        Ok(()) if own_user => {
            Part::enforced(format!("{memory} MiB of memory, {THREADS} threads, {DESCRIPTORS} descriptors"))
        }
        Ok(()) => Part::partial(format!(
            "{memory} MiB of memory, {DESCRIPTORS} descriptors; threads are counted with all others of the user"
        )),
        Err(error) => Part::missing(error.to_string()),
    }
}
