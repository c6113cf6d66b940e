//! The system calls that are left after the lock-down.
//!
//! A list of what is allowed: what is not on it is refused with `EPERM`, so calls that a later kernel adds
//! are refused as well. Every entry is in the generic table, so the list is the same on x86_64 and aarch64.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

/// Allowed whatever the arguments.
const ALLOWED: &[libc::c_long] = &[
    // The socket, and last words on stderr (the C library's by `writev`).
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_writev,
    // Memory; mapping is restricted below.
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    // Clocks where the vDSO cannot answer, and seeds of hash tables.
    libc::SYS_clock_gettime,
    libc::SYS_getrandom,
    // The standard library's handler for stack overflow, panics and `abort`.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_getpid,
    libc::SYS_gettid,
    // The end.
    libc::SYS_exit_group,
];

/// Mappings are private and stay within `RLIMIT_DATA`, which counts neither shared nor grow-down nor huge
/// pages.
const UNCOUNTED_MAPPINGS: libc::c_int = libc::MAP_SHARED | libc::MAP_GROWSDOWN | libc::MAP_HUGETLB;

/// How many system calls the filter names.
pub(super) const LENGTH: usize = ALLOWED.len() + 4;

/// The program for this process.
pub(super) fn program(process: u32) -> Result<BpfProgram, BackendError> {
    let mut rules: BTreeMap<libc::c_long, Vec<SeccompRule>> =
        ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    let not_executable = without_bits(2, libc::PROT_EXEC)?;
    rules.insert(libc::SYS_mprotect, vec![SeccompRule::new(vec![not_executable.clone()])?]);
    rules.insert(
        libc::SYS_mmap,
        vec![SeccompRule::new(vec![not_executable, without_bits(3, UNCOUNTED_MAPPINGS)?])?],
    );
    // `abort` signals its own thread; nobody else can be signalled.
    let to_itself = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, process.into())?;
    rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![to_itself])?]);
    // `pthread_once` wakes whether anybody waits or not; in a process with one thread nobody can.
    let wake = u64::from((libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG).unsigned_abs());
    let waking = SeccompCondition::new(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, wake)?;
    rules.insert(libc::SYS_futex, vec![SeccompRule::new(vec![waking])?]);
    let refuse = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let machine = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, refuse, SeccompAction::Allow, machine)?.try_into()
}

/// None of these bits may be set in that argument.
fn without_bits(argument: u8, bits: libc::c_int) -> Result<SeccompCondition, BackendError> {
    let mask = SeccompCmpOp::MaskedEq(bits.unsigned_abs().into());
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, mask, 0)
}
