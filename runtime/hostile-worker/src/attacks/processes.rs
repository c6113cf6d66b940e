//! New processes and threads, and reaching into others.

use std::io;

use super::{Attack, call, done, number, pointer, text, writable};

pub(super) const ATTACKS: &[Attack] = &[
    ("fork", |_| child(call(libc::SYS_clone, [number(libc::SIGCHLD)]))),
    ("fork by clone3", |_| {
        let mut arguments = [0_u64; 8];
        arguments[4] = u64::from(libc::SIGCHLD.unsigned_abs());
        child(call(libc::SYS_clone3, [pointer(&arguments), 64]))
    }),
    #[cfg(target_arch = "x86_64")]
    ("vfork", |_| child(call(libc::SYS_vfork, []))),
    ("start a thread", |_| std::thread::Builder::new().spawn(|| ()).map(|thread| drop(thread.join()))),
    ("start a command", |_| done(std::process::Command::new("/bin/true").status())),
    ("execute", |_| execute(libc::SYS_execve)),
    ("execute by execveat", |_| {
        let (path, none) = (text("/nonexistent")?, [0_usize; 1]);
        let here = number(libc::AT_FDCWD);
        absent(call(libc::SYS_execveat, [here, path.as_ptr().addr(), pointer(&none), pointer(&none), 0]))
    }),
    ("trace another process", |target| {
        done(call(libc::SYS_ptrace, [libc::PTRACE_SEIZE as usize, number(target.process), 0, 0]))
    }),
    ("be traced", |_| done(call(libc::SYS_ptrace, [libc::PTRACE_TRACEME as usize]))),
    ("read another process's memory", |target| across(libc::SYS_process_vm_readv, target.process)),
    ("write another process's memory", |target| across(libc::SYS_process_vm_writev, target.process)),
    ("signal another process", |target| done(call(libc::SYS_kill, [number(target.process), 0]))),
    ("signal itself by kill", |_| done(call(libc::SYS_kill, [std::process::id() as usize, 0]))),
    ("signal everybody", |_| done(call(libc::SYS_kill, [usize::MAX, 0]))),
    ("signal another process's thread", |target| {
        done(call(libc::SYS_tgkill, [number(target.process), number(target.process), 0]))
    }),
    ("signal a thread by tkill", |target| done(call(libc::SYS_tkill, [number(target.process), 0]))),
    ("queue a signal", |target| {
        let mut details = [0_i32; 32];
        details[2] = -1;
        done(call(libc::SYS_rt_sigqueueinfo, [number(target.process), 0, pointer(&details)]))
    }),
    ("open another process", |target| done(call(libc::SYS_pidfd_open, [number(target.process), 0]))),
    ("change another process's limits", |target| {
        let limit = [0_u64; 2];
        done(call(
            libc::SYS_prlimit64,
            [number(target.process), libc::RLIMIT_CORE as usize, 0, pointer(&limit)],
        ))
    }),
    ("change another process's priority", |target| {
        done(call(libc::SYS_setpriority, [0, number(target.process), 1]))
    }),
    ("compare with another process", |target| {
        done(call(libc::SYS_kcmp, [number(target.process), std::process::id() as usize, 0, 0, 0]))
    }),
    ("find its parent", |_| done(call(libc::SYS_getppid, []))),
    ("leave its session", |_| done(call(libc::SYS_setpgid, [0, 0]))),
    ("wait for a child", |_| match call(libc::SYS_wait4, [usize::MAX, 0, 1, 0]) {
        Err(error) if error.raw_os_error() == Some(libc::ECHILD) => Ok(()),
        waited => done(waited),
    }),
    ("set a timer", |_| done(call(libc::SYS_setitimer, [0, writable(), 0]))),
    ("sleep", |_| done(call(libc::SYS_clock_nanosleep, [1, 0, writable(), 0]))),
    ("choose its processors", |_| done(call(libc::SYS_sched_getaffinity, [0, 128, writable()]))),
];

/// In the new process, ends it at once.
fn child(process: io::Result<usize>) -> io::Result<()> {
    if process? == 0 {
        // SAFETY: ends the process without running anything else.
        unsafe { libc::_exit(0) };
    }
    Ok(())
}

/// Of a file that does not exist: a refusal of the call itself comes before the look for the file.
fn execute(number: libc::c_long) -> io::Result<()> {
    let (path, none) = (text("/nonexistent")?, [0_usize; 1]);
    absent(call(number, [path.as_ptr().addr(), pointer(&none), pointer(&none)]))
}

fn absent(executed: io::Result<usize>) -> io::Result<()> {
    match executed {
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
        executed => done(executed),
    }
}

/// Reaches for zero bytes, which asks for the permission only.
fn across(number_of_call: libc::c_long, process: i32) -> io::Result<()> {
    let byte = [0_u8; 1];
    let here = libc::iovec { iov_base: byte.as_ptr().cast_mut().cast(), iov_len: 1 };
    let there = libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 1 };
    match call(number_of_call, [number(process), pointer(&here), 1, pointer(&there), 1, 0]) {
        Err(error) if error.raw_os_error() == Some(libc::EFAULT) => Ok(()),
        result => done(result),
    }
}
