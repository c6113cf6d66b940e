//! Processes as the kernel shows them.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use super::LIMIT;

/// The children of a process that have not ended.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    let processes =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    processes.filter(|pid| parent_of_living(*pid) == Some(parent)).collect()
}

/// `None` for a process that has ended.
fn parent_of_living(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it may hold anything, also brackets.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(parent)
}

/// Whether a process runs.
pub(crate) fn is_alive(pid: u32) -> bool {
    parent_of_living(pid).is_some()
}

/// Waits until none of the processes runs.
#[track_caller]
pub(crate) fn wait_until_gone(pids: &[u32]) {
    let deadline = Instant::now() + LIMIT;
    while let Some(pid) = pids.iter().find(|pid| is_alive(**pid)) {
        assert!(Instant::now() < deadline, "process {pid} goes on");
        // The kernel tells only a parent, which has gone.
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Kills a process at once.
pub(crate) fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(pid.try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

/// `/proc/PID/status` by name.
pub(crate) fn status(pid: u32) -> BTreeMap<String, String> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect()
}

/// The open descriptors of a process.
pub(crate) fn descriptors(pid: u32) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
