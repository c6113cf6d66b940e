//! The system calls that a command is left.
//!
//! An interpreter needs more than an engine: files, threads, descriptors to wait for. What is not on the list is
//! refused with `EPERM`. Left out on purpose is what Landlock does not see (modes, owners and times of files),
//! what makes processes, and whatever reaches another process, the network or the kernel's rarer parts.

use std::collections::BTreeMap;
use std::io;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

/// Allowed whatever the arguments; in the generic table, so the same on x86_64 and aarch64.
const ALLOWED: &[libc::c_long] = &[
    // Files: Landlock says which.
    libc::SYS_openat,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_preadv,
    libc::SYS_pwritev,
    libc::SYS_preadv2,
    libc::SYS_pwritev2,
    libc::SYS_lseek,
    libc::SYS_newfstatat,
    libc::SYS_fstat,
    libc::SYS_statx,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_chdir,
    libc::SYS_fchdir,
    libc::SYS_mkdirat,
    libc::SYS_unlinkat,
    libc::SYS_renameat2,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fadvise64,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_flock,
    libc::SYS_copy_file_range,
    libc::SYS_sendfile,
    libc::SYS_umask,
    // Descriptors, and waiting for them.
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_pipe2,
    libc::SYS_eventfd2,
    libc::SYS_timerfd_create,
    libc::SYS_timerfd_settime,
    libc::SYS_timerfd_gettime,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    // The socket that is there; none can be made.
    libc::SYS_recvfrom,
    libc::SYS_shutdown,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_getsockopt,
    // Memory, also executable: engines compile.
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_msync,
    libc::SYS_mincore,
    libc::SYS_pkey_alloc,
    libc::SYS_pkey_free,
    libc::SYS_pkey_mprotect,
    // Threads.
    libc::SYS_futex,
    libc::SYS_set_tid_address,
    libc::SYS_set_robust_list,
    libc::SYS_get_robust_list,
    libc::SYS_rseq,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_getpriority,
    libc::SYS_getcpu,
    // Answered with `ENOSYS` by the filter before this one: the C library then takes `clone`.
    libc::SYS_clone3,
    // Signals of its own.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_rt_sigsuspend,
    libc::SYS_sigaltstack,
    libc::SYS_setitimer,
    libc::SYS_getitimer,
    libc::SYS_restart_syscall,
    // Time and chance.
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_times,
    libc::SYS_getrandom,
    // What it is, and the machine's name.
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getgroups,
    libc::SYS_getresuid,
    libc::SYS_getresgid,
    libc::SYS_getpgid,
    libc::SYS_getsid,
    libc::SYS_getrusage,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_capget,
    // Becoming the command; Landlock says which programs.
    libc::SYS_execve,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// The forms that only x86_64 has of what is allowed above.
#[cfg(target_arch = "x86_64")]
const OLD_FORMS: &[libc::c_long] = &[
    libc::SYS_open,
    libc::SYS_creat,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_getdents,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_unlink,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_dup2,
    libc::SYS_pipe,
    libc::SYS_eventfd,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_arch_prctl,
    libc::SYS_time,
    libc::SYS_getpgrp,
    libc::SYS_alarm,
    libc::SYS_pause,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD_FORMS: &[libc::c_long] = &[libc::SYS_renameat];

/// What a thread of the C library has in common with its parent, and nothing of a namespace or a tracer.
const NOT_A_THREAD: libc::c_int = libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_PTRACE
    | libc::CLONE_PARENT
    | libc::CLONE_VFORK;

/// Uses of descriptors that send no signal and lease nothing.
const FCNTL: &[libc::c_int] = &[
    libc::F_DUPFD,
    libc::F_DUPFD_CLOEXEC,
    libc::F_GETFD,
    libc::F_SETFD,
    libc::F_GETFL,
    libc::F_SETFL,
    libc::F_GETLK,
    libc::F_SETLK,
    libc::F_SETLKW,
    libc::F_OFD_GETLK,
    libc::F_OFD_SETLK,
    libc::F_OFD_SETLKW,
];

/// Whether it is a terminal (it is not), and how descriptors wait.
const IOCTL: &[u64] = &[libc::TCGETS, libc::TIOCGWINSZ, libc::FIONBIO, libc::FIONREAD, FIOCLEX];

/// From asm-generic/ioctls.h.
const FIOCLEX: u64 = 0x5451;

/// Names of threads. Nothing of the lock-down can be undone: not the parent-death signal, not `no_new_privs`.
const PRCTL: &[libc::c_int] = &[libc::PR_SET_NAME, libc::PR_GET_NAME, libc::PR_GET_DUMPABLE];

/// Mappings that `RLIMIT_DATA` does not count. It does not count shared memory either, so a mapping is private
/// or of a file.
const UNCOUNTED: libc::c_int = libc::MAP_GROWSDOWN | libc::MAP_HUGETLB;

/// How many system calls the filter names.
pub(super) const LENGTH: usize = ALLOWED.len() + OLD_FORMS.len() + 9;

/// The list for this process, which keeps its id when it becomes the command.
pub(super) fn program(process: u32) -> Result<BpfProgram, BackendError> {
    let unconditional = ALLOWED.iter().chain(OLD_FORMS);
    let mut rules: BTreeMap<libc::c_long, Vec<SeccompRule>> =
        unconditional.map(|call| (*call, Vec::new())).collect();
    let flags = libc::CLONE_THREAD | NOT_A_THREAD;
    let thread = SeccompCmpOp::MaskedEq(flags.cast_unsigned().into());
    let thread = condition(0, thread, libc::CLONE_THREAD.cast_unsigned().into())?;
    rules.insert(libc::SYS_clone, vec![SeccompRule::new(vec![thread])?]);
    let masked = |bits: libc::c_int| SeccompCmpOp::MaskedEq(bits.cast_unsigned().into());
    let private = condition(3, masked(UNCOUNTED | libc::MAP_TYPE), libc::MAP_PRIVATE.cast_unsigned().into())?;
    let of_a_file = condition(3, masked(UNCOUNTED | libc::MAP_ANONYMOUS), 0)?;
    rules.insert(libc::SYS_mmap, vec![SeccompRule::new(vec![private])?, SeccompRule::new(vec![of_a_file])?]);
    // Signals to itself: by Landlock where the kernel is new enough, and by this in any case.
    let to_itself = || condition(0, SeccompCmpOp::Eq, process.into());
    rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![to_itself()?])?]);
    rules.insert(libc::SYS_kill, vec![SeccompRule::new(vec![to_itself()?])?]);
    // Only looking at limits, and only at its own.
    let looking = SeccompCondition::new(2, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)?;
    let own = condition(0, SeccompCmpOp::Eq, 0)?;
    rules.insert(libc::SYS_prlimit64, vec![SeccompRule::new(vec![own, looking])?]);
    // Sending to nobody but the other end.
    let connected = SeccompCondition::new(4, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)?;
    rules.insert(libc::SYS_sendto, vec![SeccompRule::new(vec![connected])?]);
    rules.insert(libc::SYS_fcntl, one_of(1, FCNTL.iter().map(|command| command.cast_unsigned().into()))?);
    rules.insert(libc::SYS_ioctl, one_of(1, IOCTL.iter().copied())?);
    rules.insert(libc::SYS_prctl, one_of(0, PRCTL.iter().map(|option| option.cast_unsigned().into()))?);
    filter(rules, SeccompAction::Errno(libc::EPERM.cast_unsigned()), SeccompAction::Allow)
}

/// Answers `clone3`, whose flags a filter cannot see, as a kernel that does not have it.
pub(super) fn without_clone3() -> Result<BpfProgram, BackendError> {
    let rules = [(libc::SYS_clone3, Vec::new())].into();
    filter(rules, SeccompAction::Allow, SeccompAction::Errno(libc::ENOSYS.cast_unsigned()))
}

fn filter(
    rules: BTreeMap<libc::c_long, Vec<SeccompRule>>,
    other: SeccompAction,
    named: SeccompAction,
) -> Result<BpfProgram, BackendError> {
    let machine = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, other, named, machine)?.try_into()
}

fn one_of(argument: u8, values: impl Iterator<Item = u64>) -> Result<Vec<SeccompRule>, BackendError> {
    values.map(|value| SeccompRule::new(vec![condition(argument, SeccompCmpOp::Eq, value)?])).collect()
}

fn condition(argument: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
}

/// Puts both filters in force.
pub(super) fn apply(process: u32) -> io::Result<()> {
    let apply = |program: Result<BpfProgram, BackendError>| {
        seccompiler::apply_filter(&program.map_err(io::Error::other)?).map_err(io::Error::other)
    };
    apply(without_clone3())?;
    apply(program(process))
}
