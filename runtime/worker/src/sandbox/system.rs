//! The system calls of the lock-down, each behind a safe function.
#![expect(unsafe_code, reason = "these system calls have no safe interface in the standard library")]

use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

type Resource = libc::__rlimit_resource_t;

fn checked(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// `prctl` with one argument; the kernel requires the others to be zero.
pub(crate) fn prctl(option: libc::c_int, value: libc::c_ulong) -> io::Result<libc::c_long> {
    const ZERO: libc::c_ulong = 0;
    // SAFETY: the options used here take plain numbers, no pointers.
    checked(libc::c_long::from(unsafe { libc::prctl(option, value, ZERO, ZERO, ZERO) }))
}

/// Closes every descriptor from `first` on.
pub(crate) fn close_from(first: u32) -> io::Result<()> {
    // SAFETY: plain numbers. Owners of descriptors above stdio would be left dangling; a worker has none by
    // then.
    checked(unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0_u32) }).map(drop)
}

/// Lowers a resource limit, soft and hard, to `value`; one that is lower already stays.
pub(crate) fn lower_limit(resource: Resource, value: u64) -> io::Result<()> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` lives through the call, which fills it.
    checked(libc::c_long::from(unsafe { libc::getrlimit(resource, &raw mut limit) }))?;
    let value = value.min(limit.rlim_max);
    limit = libc::rlimit { rlim_cur: value, rlim_max: value };
    // SAFETY: `limit` lives through the call, which only reads it.
    checked(libc::c_long::from(unsafe { libc::setrlimit(resource, &raw const limit) })).map(drop)
}

/// The effective user.
pub(crate) fn user() -> u32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::geteuid() }
}

/// This process.
pub(crate) fn process() -> u32 {
    std::process::id()
}

/// Becomes user and group `id` for good, with no other group.
pub(crate) fn become_user(id: u32) -> io::Result<()> {
    // SAFETY: plain numbers; the list of groups is empty, so its pointer is not read.
    unsafe {
        checked(libc::setgroups(0, std::ptr::null()).into())?;
        checked(libc::setresgid(id, id, id).into())?;
        checked(libc::setresuid(id, id, id).into()).map(drop)
    }
}

/// Gives up every capability.
pub(crate) fn drop_capabilities() -> io::Result<()> {
    // From linux/capability.h: _LINUX_CAPABILITY_VERSION_3, this process; then two times effective,
    // permitted, inheritable.
    let header: [u32; 2] = [0x2008_0522, 0];
    let none = [0_u32; 6];
    // SAFETY: both arrays have the layout and size that version 3 asks for and live through the call.
    checked(unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), none.as_ptr()) }).map(drop)
}

/// The version of Landlock in this kernel.
pub(crate) fn landlock_version() -> io::Result<libc::c_long> {
    const VERSION: u32 = 1;
    let nothing: *const libc::c_void = std::ptr::null();
    // SAFETY: with this flag the call reads no memory and changes nothing.
    checked(unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, nothing, 0_usize, VERSION) })
}

/// Whether this kernel has seccomp filters that answer with an error.
pub(crate) fn seccomp_can_refuse() -> io::Result<()> {
    const GET_ACTION_AVAILABLE: libc::c_uint = 2;
    let action: u32 = libc::SECCOMP_RET_ERRNO;
    // SAFETY: `action` lives through the call, which only reads it.
    checked(unsafe { libc::syscall(libc::SYS_seccomp, GET_ACTION_AVAILABLE, 0_u32, &raw const action) })
        .map(drop)
}

/// Makes standard output the same as standard input.
pub(crate) fn output_is_input() -> io::Result<()> {
    // SAFETY: plain numbers; whatever standard output was is closed, and nobody holds it by another name.
    checked(unsafe { libc::dup3(0, 1, 0) }.into()).map(drop)
}

/// Takes a mount table of its own, from which nothing gets out.
pub(crate) fn own_mounts() -> io::Result<()> {
    // SAFETY: a plain number; this process has one thread.
    checked(unsafe { libc::unshare(libc::CLONE_NEWNS) }.into())?;
    mount(c"none", Path::new("/"), c"", libc::MS_REC | libc::MS_PRIVATE)
}

/// Mounts an empty file system in memory, which holds nothing but places to mount on.
pub(crate) fn mount_empty(target: &Path) -> io::Result<()> {
    mount(c"none", target, c"tmpfs", libc::MS_NOSUID | libc::MS_NODEV)
}

/// Lets `target` show what is at `source`, with all that is mounted below it.
pub(crate) fn bind(source: &Path, target: &Path) -> io::Result<()> {
    mount(&text(source)?, target, c"", libc::MS_BIND | libc::MS_REC)
}

fn mount(source: &CStr, target: &Path, kind: &CStr, flags: libc::c_ulong) -> io::Result<()> {
    let target = text(target)?;
    // SAFETY: the strings live through the call; these kinds of mounts take no data.
    checked(
        unsafe { libc::mount(source.as_ptr(), target.as_ptr(), kind.as_ptr(), flags, std::ptr::null()) }
            .into(),
    )
    .map(drop)
}

/// Restricts a mount and all below it by `MOUNT_ATTR_…`.
pub(crate) fn restrict_mounts(target: &Path, attributes: u64) -> io::Result<()> {
    let target = text(target)?;
    // From linux/mount.h, `struct mount_attr`: what is set, what is cleared, propagation, user namespace.
    let change = [attributes, 0, 0, 0];
    // SAFETY: the string and the structure live through the call, and the size is the structure's.
    checked(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            target.as_ptr(),
            libc::AT_RECURSIVE,
            change.as_ptr(),
            size_of_val(&change),
        )
    })
    .map(drop)
}

/// Makes `root`, on which something is mounted, the root of this process, and lets go of the old one.
pub(crate) fn change_root(root: &Path) -> io::Result<()> {
    std::env::set_current_dir(root)?;
    let here = c".";
    // SAFETY: the string lives through both calls. The old root lands on top of the new one, and is taken off.
    unsafe {
        checked(libc::syscall(libc::SYS_pivot_root, here.as_ptr(), here.as_ptr()))?;
        checked(libc::umount2(here.as_ptr(), libc::MNT_DETACH).into())?;
    }
    std::env::set_current_dir("/")
}

fn text(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}
