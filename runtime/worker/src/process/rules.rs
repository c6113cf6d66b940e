//! Landlock for a command: what it may read, execute and write; no connection, no signal outside.

use std::path::{Path, PathBuf};

use landlock::{AccessFs, BitFlags, PathBeneath, PathFd, RulesetCreated, RulesetCreatedAttr, RulesetStatus};
use runtime_protocol::{Launch, Part};

use super::readable;
use crate::sandbox::linux::{LANDLOCK_WITH_NETWORK, every_right, landlock_missing};
use crate::sandbox::system;

type Rights = BitFlags<AccessFs>;
type Failure = Box<dyn std::error::Error>;

/// Puts the rules in force.
pub(super) fn apply(launch: &Launch) -> Part {
    let version = match system::landlock_version() {
        Ok(version) => version,
        Err(error) => return landlock_missing(&error),
    };
    match restrict(launch) {
        Ok(RulesetStatus::NotEnforced) => Part::missing("Landlock took no effect"),
        Ok(_) if version < LANDLOCK_WITH_NETWORK => {
            Part::partial(format!("ABI {version}: {FILES}; the network is left to seccomp"))
        }
        Ok(_) => Part::enforced(format!("ABI {version}: {FILES}, no connection")),
        Err(error) => Part::missing(error.to_string()),
    }
}

const FILES: &str = "its package and the system's programs to read, its own files to write";

fn restrict(launch: &Launch) -> Result<RulesetStatus, Failure> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let mut rules = allow(every_right()?, &readable::directories(launch), read)?;
    rules = allow(rules, &readable::files(launch), AccessFs::ReadFile.into())?;
    rules = allow(rules, &readable::executable(launch), AccessFs::ReadFile | AccessFs::Execute)?;
    rules = allow(rules, &[PathBuf::from(&launch.package)], read | AccessFs::Execute)?;
    rules = allow(rules, &present(&["/dev/null"]), AccessFs::ReadFile | AccessFs::WriteFile)?;
    rules = allow(rules, &present(&readable::DEVICES), AccessFs::ReadFile.into())?;
    if let Some(data) = &launch.data {
        rules = allow(rules, &[PathBuf::from(data)], own_files())?;
    }
    Ok(rules.restrict_self()?.ruleset)
}

fn present(paths: &[&str]) -> Vec<PathBuf> {
    paths.iter().map(PathBuf::from).filter(|path| path.exists()).collect()
}

/// Plain files and directories. No links, sockets or devices: the host reads this directory, too.
fn own_files() -> Rights {
    AccessFs::ReadFile
        | AccessFs::WriteFile
        | AccessFs::ReadDir
        | AccessFs::RemoveDir
        | AccessFs::RemoveFile
        | AccessFs::MakeDir
        | AccessFs::MakeReg
        | AccessFs::Refer
        | AccessFs::Truncate
}

fn allow(mut rules: RulesetCreated, paths: &[PathBuf], rights: Rights) -> Result<RulesetCreated, Failure> {
    for path in paths {
        rules = rules.add_rule(PathBeneath::new(open(path)?, rights))?;
    }
    Ok(rules)
}

fn open(path: &Path) -> Result<PathFd, Failure> {
    PathFd::new(path).map_err(|error| format!("{}: {error}", path.display()).into())
}
