//! Every attack of the test-only worker: refused under the lock-down, and working without it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::process::Command;

use runtime_protocol::{FrameReader, PartState, SandboxReport};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::driver::Process;

/// What shows that an attack is a real one.
#[derive(Clone, Copy, PartialEq)]
enum Control {
    /// It works without the lock-down, on every machine that runs these tests.
    Works,
    /// It works without the lock-down for root.
    WorksForRoot,
    /// Whether it would work depends on the kernel or the container; it is refused all the same.
    Depends,
}

use Control::{Depends, Works, WorksForRoot};

const EPERM: i64 = 1;
const EBADF: i64 = 9;
const ENOMEM: i64 = 12;

/// Attack, the error that refuses it, control.
const TABLE: &[(&str, i64, Control)] = &[
    ("open a file to read", EPERM, Works),
    ("open a file to write", EPERM, Works),
    ("create a file", EPERM, Works),
    ("open /etc/passwd", EPERM, Works),
    ("open its own memory map", EPERM, Works),
    ("open its own executable", EPERM, Works),
    ("open another process's environment", EPERM, Works),
    ("open another process's memory", EPERM, WorksForRoot),
    ("open a directory", EPERM, Works),
    ("open a terminal", EPERM, Depends),
    ("open /dev/null", EPERM, Works),
    ("openat2", EPERM, Works),
    ("stat a path", EPERM, Works),
    ("read a link", EPERM, Works),
    ("change a file's mode", EPERM, Works),
    ("delete a file", EPERM, Works),
    ("make a directory", EPERM, Works),
    ("rename a file", EPERM, Works),
    ("link a file", EPERM, Works),
    ("truncate a file", EPERM, Works),
    ("change directory", EPERM, Works),
    ("read an inherited descriptor", EBADF, Works),
    ("duplicate a descriptor", EPERM, Works),
    ("duplicate a descriptor by fcntl", EPERM, Works),
    ("fcntl on the socket", EPERM, Works),
    ("close a descriptor", EPERM, Works),
    ("make a pipe", EPERM, Works),
    ("make an anonymous file", EPERM, Works),
    ("watch files", EPERM, Works),
    ("make an event descriptor", EPERM, Works),
    ("make a timer descriptor", EPERM, Works),
    ("make an epoll", EPERM, Works),
    ("wait for descriptors", EPERM, Works),
    ("ioctl on the socket", EPERM, Depends),
    ("map a writable and executable page", EPERM, Works),
    ("map an executable page", EPERM, Works),
    ("make a page executable", EPERM, Works),
    ("make a page executable by key", EPERM, Works),
    ("make everything readable executable", EPERM, Works),
    ("take memory in pieces", ENOMEM, Depends),
    ("take memory at once", ENOMEM, Works),
    ("take memory by brk", ENOMEM, Depends),
    ("take memory that grows down", EPERM, Works),
    ("take shared memory", EPERM, Works),
    ("take read-only memory and make it writable", ENOMEM, Works),
    ("take memory by moving it", ENOMEM, Works),
    ("take address space", ENOMEM, Works),
    ("take huge pages", EPERM, Depends),
    ("lock memory", EPERM, Works),
    ("make a System V segment", EPERM, Works),
    ("make a message queue", EPERM, Depends),
    ("handle its own page faults", EPERM, Depends),
    ("make secret memory", EPERM, Depends),
    ("raise its limits", EPERM, WorksForRoot),
    ("connect by TCP", EPERM, Works),
    ("send by UDP", EPERM, Works),
    ("listen", EPERM, Works),
    ("make a TCP socket", EPERM, Works),
    ("make a UDP socket", EPERM, Works),
    ("make a TCP socket over IPv6", EPERM, Depends),
    ("make a Unix socket", EPERM, Works),
    ("make a netlink socket", EPERM, Depends),
    ("make a packet socket", EPERM, Depends),
    ("make a crypto socket", EPERM, Depends),
    ("make a VM socket", EPERM, Depends),
    ("make a pair of sockets", EPERM, Works),
    ("take a descriptor from the socket", EPERM, Depends),
    ("read the socket's options", EPERM, Works),
    ("become root", EPERM, WorksForRoot),
    ("become group root", EPERM, WorksForRoot),
    ("set its capabilities", EPERM, Works),
    ("make itself dumpable", EPERM, Works),
    ("outlive its parent", EPERM, Works),
    ("let anybody trace it", EPERM, Depends),
    ("add a seccomp filter", EPERM, Works),
    ("switch seccomp off", EPERM, Depends),
    ("make a Landlock ruleset", EPERM, Depends),
    ("make a user namespace", EPERM, Depends),
    ("make a mount namespace", EPERM, Depends),
    ("enter a namespace", EPERM, Works),
    ("mount", EPERM, Depends),
    ("unmount", EPERM, Depends),
    ("change its root", EPERM, WorksForRoot),
    ("make an io_uring", EPERM, Depends),
    ("load a BPF map", EPERM, Depends),
    ("count performance events", EPERM, Depends),
    ("use the key ring", EPERM, Depends),
    ("read the kernel's log", EPERM, Depends),
    ("read the machine's name", EPERM, Works),
    ("read the machine's memory", EPERM, Works),
    ("change personality", EPERM, Works),
    ("change the file mode mask", EPERM, Works),
    ("read its groups", EPERM, Works),
    #[cfg(target_arch = "x86_64")]
    ("make a call of the x32 table", EPERM, Depends),
    #[cfg(target_arch = "x86_64")]
    ("change its descriptor table", EPERM, Depends),
    #[cfg(target_arch = "x86_64")]
    ("reach I/O ports", EPERM, Depends),
    ("fork", EPERM, Works),
    ("fork by clone3", EPERM, Works),
    // Never without the lock-down: a raw `vfork` shares the stack with its child.
    #[cfg(target_arch = "x86_64")]
    ("vfork", EPERM, Depends),
    ("start a thread", EPERM, Works),
    ("start a command", EPERM, Works),
    ("execute", EPERM, Works),
    ("execute by execveat", EPERM, Works),
    ("trace another process", EPERM, WorksForRoot),
    ("be traced", EPERM, Works),
    ("read another process's memory", EPERM, WorksForRoot),
    ("write another process's memory", EPERM, WorksForRoot),
    ("signal another process", EPERM, Works),
    ("signal itself by kill", EPERM, Works),
    ("signal everybody", EPERM, Works),
    ("signal another process's thread", EPERM, Works),
    ("signal a thread by tkill", EPERM, Works),
    ("queue a signal", EPERM, Depends),
    ("open another process", EPERM, Works),
    ("change another process's limits", EPERM, Works),
    ("change another process's priority", EPERM, Works),
    ("compare with another process", EPERM, Depends),
    ("find its parent", EPERM, Works),
    ("leave its session", EPERM, Works),
    ("wait for a child", EPERM, Works),
    ("set a timer", EPERM, Works),
    ("sleep", EPERM, Works),
    ("choose its processors", EPERM, Works),
];

/// All attacks.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(attack, ..)| *attack)
}

/// Something to attack, made anew for each attempt.
struct Victim {
    process: Process,
    folder: TempDir,
    file: File,
    listener: TcpListener,
}

impl Victim {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("file"), "precious").unwrap();
        let file = File::open(folder.path().join("file")).unwrap();
        Self {
            process: Process::spawn("victim"),
            folder,
            file,
            listener: TcpListener::bind("127.0.0.1:0").unwrap(),
        }
    }

    fn request(&self, attack: &str) -> Value {
        json!({ "attack": attack, "target": {
            "process": self.process.id(),
            "file": self.folder.path().join("file"),
            "port": self.listener.local_addr().unwrap().port(),
            "descriptor": self.file.as_raw_fd(),
        }})
    }
}

/// Performs one attack in a fresh process; its report and what came of it.
fn attempt(mode: &str, attack: &str) -> (Option<SandboxReport>, Value) {
    let victim = Victim::new();
    let mut attacker = inheriting(&victim.file, || Process::spawn(mode));
    let request = serde_json::to_vec(&victim.request(attack)).unwrap();
    let length = u32::try_from(request.len()).unwrap();
    attacker.socket.write_all(&[&length.to_le_bytes()[..], &request].concat()).unwrap();
    let mut frames = FrameReader::new(attacker.socket.try_clone().unwrap());
    let mut read = || frames.next_body(1 << 16).unwrap().map(<[u8]>::to_vec);
    let report = read().unwrap_or_else(|| panic!("{attack}: {:?}", attacker.wait()));
    let outcome = read().unwrap_or_else(|| panic!("{attack}: {:?}", attacker.wait()));
    (serde_json::from_slice(&report).unwrap(), serde_json::from_slice(&outcome).unwrap())
}

/// Runs `spawn` while the descriptor is one that a child inherits.
#[expect(unsafe_code, reason = "the standard library always closes descriptors on exec")]
fn inheriting<T>(file: &File, spawn: impl FnOnce() -> T) -> T {
    // SAFETY: changes one flag of a descriptor that is open.
    let inherit = |flag: libc::c_int| unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETFD, flag) };
    assert_eq!(inherit(0), 0);
    let spawned = spawn();
    assert_eq!(inherit(libc::FD_CLOEXEC), 0);
    spawned
}

pub(crate) fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status").unwrap().lines().any(|line| line.starts_with("Uid:\t0\t"))
}

#[test]
fn every_attack_is_refused() {
    let failures: Vec<String> = TABLE
        .iter()
        .filter_map(|(attack, errno, _)| {
            let (report, outcome) = attempt("locked", attack);
            assert!(report.unwrap().missing().is_empty());
            (outcome != json!({ "refused": errno })).then(|| format!("{attack}: {outcome}, expected {errno}"))
        })
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Without this, a table of attacks that could never work would pass as well.
#[test]
fn the_attacks_work_without_the_lock_down() {
    let is_root = is_root();
    let failures: Vec<String> = TABLE
        .iter()
        .filter(|(.., control)| *control == Works || (*control == WorksForRoot && is_root))
        .filter_map(|(attack, ..)| {
            let (_, outcome) = attempt("open", attack);
            (outcome != json!("done")).then(|| format!("{attack}: {outcome}"))
        })
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn the_table_names_every_attack() {
    let names = Command::new(env!("CARGO_BIN_EXE_hostile-worker")).arg("names").output().unwrap();
    let known = String::from_utf8(names.stdout).unwrap();
    let known: BTreeSet<&str> = known.lines().collect();
    let tested: BTreeSet<&str> = TABLE.iter().map(|(attack, ..)| *attack).collect();
    assert_eq!(known.difference(&tested).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert_eq!(tested.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new());
}

/// The filter knows one table of system calls; a call by another one ends the process.
#[cfg(target_arch = "x86_64")]
#[test]
fn a_call_of_the_32_bit_table_kills() {
    use std::os::unix::process::ExitStatusExt;
    let status =
        Command::new(env!("CARGO_BIN_EXE_hostile-worker")).arg("locked-32-bit").env_clear().status().unwrap();
    // SIGSYS by the filter, SIGSEGV where the kernel has no such table.
    assert!(matches!(status.signal(), Some(libc::SIGSYS | libc::SIGSEGV)), "{status:?}");
}

/// `abort` signals its own thread: the last words and the signal of a crash must come through.
#[test]
fn a_crash_is_seen_as_one() {
    use std::os::unix::process::ExitStatusExt;
    for (mode, signal, words) in [
        ("locked-abort", libc::SIGABRT, ""),
        ("locked-panic", libc::SIGABRT, "a panic under the lock-down"),
        ("locked-overflow", libc::SIGABRT, "has overflowed its stack"),
        ("locked-double-free", libc::SIGABRT, "double free"),
        ("locked-segfault", libc::SIGSEGV, ""),
    ] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_hostile-worker")).arg(mode).env_clear().output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.signal(), Some(signal), "{mode}: {stderr}");
        assert!(stderr.contains(words), "{mode}: {stderr}");
    }
}

#[test]
fn the_report_names_every_part() {
    let (report, _) = attempt("locked", "fork");
    let report = report.unwrap();
    for (name, part) in report.parts() {
        let expected =
            if name == "own_user" && !is_root() { PartState::Partial } else { PartState::Enforced };
        // A kernel with an older Landlock leaves the network to seccomp.
        let is_older_landlock = name == "landlock" && part.state == PartState::Partial;
        assert!(part.state == expected || is_older_landlock, "{name}: {part:?}");
        assert!(!part.detail.is_empty(), "{name}");
    }
}

#[test]
fn a_variable_of_the_environment_is_reported() {
    let attacker = Process::spawn_with("locked", &[("TOKEN", "x")]);
    let mut frames = FrameReader::new(attacker.socket.try_clone().unwrap());
    let report: SandboxReport = serde_json::from_slice(frames.next_body(1 << 16).unwrap().unwrap()).unwrap();
    assert_eq!(report.missing().iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["environment"]);
}

/// The parent-death signal survives the change of user: killing the host kills the worker.
#[test]
fn a_worker_dies_with_its_host() {
    let mut host = Process::spawn("host-of-a-worker");
    let mut worker = [0; 4];
    std::io::Read::read_exact(&mut host.socket, &mut worker).unwrap();
    let worker = i32::from_le_bytes(worker);
    assert!(std::path::Path::new(&format!("/proc/{worker}")).exists());
    assert_eq!(kill(host.id()), 0);
    let gone =
        || std::fs::read_to_string(format!("/proc/{worker}/stat")).map_or(true, |stat| stat.contains(") Z "));
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !gone() {
        assert!(std::time::Instant::now() < patience, "the worker lives on");
        std::thread::yield_now();
    }
}

#[expect(unsafe_code, reason = "the standard library cannot kill by id")]
fn kill(process: i32) -> i32 {
    // SAFETY: plain numbers; the process is a child of this test.
    unsafe { libc::kill(process, libc::SIGKILL) }
}
