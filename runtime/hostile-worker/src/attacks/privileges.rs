//! Undoing the lock-down, gaining privileges, and parts of the kernel that plugins have no business with.

use std::io;

use super::{Attack, call, done, number, pointer, text, writable};

pub(super) const ATTACKS: &[Attack] = &[
    ("become root", |_| done(call(libc::SYS_setresuid, [0, 0, 0]))),
    ("become group root", |_| done(call(libc::SYS_setresgid, [0, 0, 0]))),
    ("set its capabilities", |_| {
        let (header, none) = ([0x2008_0522_u32, 0], [0_u32; 6]);
        done(call(libc::SYS_capset, [pointer(&header), pointer(&none)]))
    }),
    ("make itself dumpable", |_| done(call(libc::SYS_prctl, [number(libc::PR_SET_DUMPABLE), 1]))),
    ("outlive its parent", |_| done(call(libc::SYS_prctl, [number(libc::PR_SET_PDEATHSIG), 0]))),
    ("let anybody trace it", |_| done(call(libc::SYS_prctl, [number(libc::PR_SET_PTRACER), usize::MAX]))),
    ("add a seccomp filter", |_| {
        let allow = libc::sock_filter { code: 6, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW };
        let program = libc::sock_fprog { len: 1, filter: std::ptr::from_ref(&allow).cast_mut() };
        call(libc::SYS_prctl, [number(libc::PR_SET_NO_NEW_PRIVS), 1])?;
        done(call(libc::SYS_seccomp, [1, 0, pointer(&program)]))
    }),
    ("switch seccomp off", |_| done(call(libc::SYS_prctl, [number(libc::PR_SET_SECCOMP), 0]))),
    ("make a Landlock ruleset", |_| {
        let handled = [1_u64; 1];
        done(call(libc::SYS_landlock_create_ruleset, [pointer(&handled), 8, 0]))
    }),
    ("make a user namespace", |_| done(call(libc::SYS_unshare, [number(libc::CLONE_NEWUSER)]))),
    ("make a mount namespace", |_| done(call(libc::SYS_unshare, [number(libc::CLONE_NEWNS)]))),
    ("enter a namespace", |_| wrong_file(call(libc::SYS_setns, [0, 0]))),
    ("mount", |_| {
        let (source, target, kind) = (text("none")?, text("/nonexistent")?, text("tmpfs")?);
        absent(call(
            libc::SYS_mount,
            [source.as_ptr().addr(), target.as_ptr().addr(), kind.as_ptr().addr(), 0, 0],
        ))
    }),
    ("unmount", |_| absent(call(libc::SYS_umount2, [text("/nonexistent")?.as_ptr().addr(), 0]))),
    ("change its root", |_| absent(call(libc::SYS_chroot, [text("/nonexistent")?.as_ptr().addr()]))),
    ("make an io_uring", |_| done(call(libc::SYS_io_uring_setup, [4, writable()]))),
    ("load a BPF map", |_| done(call(libc::SYS_bpf, [0, pointer(&[2_u32, 4, 8, 1, 0, 0, 0, 0]), 32]))),
    ("count performance events", |_| {
        done(call(libc::SYS_perf_event_open, [writable(), 0, usize::MAX, usize::MAX, 0]))
    }),
    ("use the key ring", |_| done(call(libc::SYS_keyctl, [0, number(-3), 0]))),
    ("read the kernel's log", |_| done(call(libc::SYS_syslog, [10, 0, 0]))),
    ("read the machine's name", |_| done(call(libc::SYS_uname, [writable()]))),
    ("read the machine's memory", |_| done(call(libc::SYS_sysinfo, [writable()]))),
    ("change personality", |_| done(call(libc::SYS_personality, [0xffff_ffff]))),
    ("change the file mode mask", |_| done(call(libc::SYS_umask, [0]))),
    ("read its groups", |_| done(call(libc::SYS_getgroups, [0, 0]))),
    #[cfg(target_arch = "x86_64")]
    ("make a call of the x32 table", |_| done(call(0x4000_0000 + libc::SYS_openat, [0, 0, 0]))),
    #[cfg(target_arch = "x86_64")]
    ("change its descriptor table", |_| done(call(libc::SYS_modify_ldt, [0, writable(), 16]))),
    #[cfg(target_arch = "x86_64")]
    ("reach I/O ports", |_| done(call(libc::SYS_iopl, [0]))),
];

fn absent(result: io::Result<usize>) -> io::Result<()> {
    match result {
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
        result => done(result),
    }
}

/// The kernel looked at the descriptor, so it did not refuse the call.
fn wrong_file(result: io::Result<usize>) -> io::Result<()> {
    match result {
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => Ok(()),
        result => done(result),
    }
}
