//! The system calls of the lock-down, each behind a safe function.
#![expect(unsafe_code, reason = "these system calls have no safe interface in the standard library")]

use std::io;

type Resource = libc::__rlimit_resource_t;

fn checked(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// `prctl` with one argument; the kernel requires the others to be zero.
pub(super) fn prctl(option: libc::c_int, value: libc::c_ulong) -> io::Result<libc::c_long> {
    const ZERO: libc::c_ulong = 0;
    // SAFETY: the options used here take plain numbers, no pointers.
    checked(libc::c_long::from(unsafe { libc::prctl(option, value, ZERO, ZERO, ZERO) }))
}

/// Closes every descriptor from `first` on.
pub(super) fn close_from(first: u32) -> io::Result<()> {
    // SAFETY: plain numbers. Owners of descriptors above stdio would be left dangling; a worker has none by
    // then.
    checked(unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0_u32) }).map(drop)
}

/// Lowers a resource limit, soft and hard, to `value`; one that is lower already stays.
pub(super) fn lower_limit(resource: Resource, value: u64) -> io::Result<()> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` lives through the call, which fills it.
    checked(libc::c_long::from(unsafe { libc::getrlimit(resource, &raw mut limit) }))?;
    let value = value.min(limit.rlim_max);
    limit = libc::rlimit { rlim_cur: value, rlim_max: value };
    // SAFETY: `limit` lives through the call, which only reads it.
    checked(libc::c_long::from(unsafe { libc::setrlimit(resource, &raw const limit) })).map(drop)
}

/// The effective user.
pub(super) fn user() -> u32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::geteuid() }
}

/// This process.
pub(super) fn process() -> u32 {
    std::process::id()
}

/// Becomes user and group `id` for good, with no other group.
pub(super) fn become_user(id: u32) -> io::Result<()> {
    // SAFETY: plain numbers; the list of groups is empty, so its pointer is not read.
    unsafe {
        checked(libc::setgroups(0, std::ptr::null()).into())?;
        checked(libc::setresgid(id, id, id).into())?;
        checked(libc::setresuid(id, id, id).into()).map(drop)
    }
}

/// Gives up every capability.
pub(super) fn drop_capabilities() -> io::Result<()> {
    // From linux/capability.h: _LINUX_CAPABILITY_VERSION_3, this process; then two times effective,
    // permitted, inheritable.
    let header: [u32; 2] = [0x2008_0522, 0];
    let none = [0_u32; 6];
    // SAFETY: both arrays have the layout and size that version 3 asks for and live through the call.
    checked(unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), none.as_ptr()) }).map(drop)
}

/// The version of Landlock in this kernel.
pub(super) fn landlock_version() -> io::Result<libc::c_long> {
    const VERSION: u32 = 1;
    let nothing: *const libc::c_void = std::ptr::null();
    // SAFETY: with this flag the call reads no memory and changes nothing.
    checked(unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, nothing, 0_usize, VERSION) })
}

/// Whether this kernel has seccomp filters that answer with an error.
pub(super) fn seccomp_can_refuse() -> io::Result<()> {
    const GET_ACTION_AVAILABLE: libc::c_uint = 2;
    let action: u32 = libc::SECCOMP_RET_ERRNO;
    // SAFETY: `action` lives through the call, which only reads it.
    checked(unsafe { libc::syscall(libc::SYS_seccomp, GET_ACTION_AVAILABLE, 0_u32, &raw const action) })
        .map(drop)
}
