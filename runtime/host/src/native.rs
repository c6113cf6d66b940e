//! Plugins that are commands: what they are executed as, where they run from, and what they keep.

mod place;
mod quota;
mod search;

pub(crate) use place::Place;
pub(crate) use quota::over_quota;

use crate::{
    plugin::Plugin,
    program::Program,
    worker::{Opening, StartError},
};
use manifest_schema::files::MemoryFiles;
use manifest_schema::units::ByteSize;
use runtime_protocol::{Launch, Start};
use search::Found;
use sha2::{Digest as _, Sha256};
use std::{
    fs, io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Memory that an interpreter takes for itself and the stacks of its threads: Node 20 needs about 100 MiB to come up, Python 3.11
/// about 12.
const INTERPRETER: u64 = 128 << 20;

/// Users from here on belong to nobody by systemd's table of ranges, and to no engine's worker, which take their process id from
/// 0x7000_0000 on.
const FIRST_USER: u32 = 0x7100_0000;
/// So many users are left below the next range that has an owner.
const USERS: u32 = 0x0800_0000;

/// What commands are looked for in, and where they run.
#[derive(Debug)]
pub(crate) struct Native {
    directory: PathBuf,
    search_path: Vec<PathBuf>,
}

impl Native {
    /// `directory` is the host's alone.
    pub(crate) fn new(directory: PathBuf, search_path: Vec<PathBuf>) -> Self {
        Self { directory, search_path }
    }

    /// Removes what a host that was killed left behind.
    pub(crate) fn sweep(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// What a worker is begun with. For a command, writes its verified files where it will find them.
    pub(crate) async fn open(
        &self,
        plugin: &Arc<Plugin>,
        program: &Program,
        mut start: Start,
    ) -> Result<Opening, StartError> {
        let Program::Process { command, files } = program else {
            return Ok(Opening { launch: None, place: None, start });
        };
        let prepare = Prepare {
            plugin: Arc::clone(plugin),
            command: command.clone(),
            files: files.clone(),
            directory: self.directory.clone(),
            search_path: self.search_path.clone(),
            memory: start.limits.memory,
        };
        let prepared = tokio::task::spawn_blocking(move || prepare.run()).await;
        let (launch, place) = prepared
            .unwrap_or_else(|_| Err(StartError::Process("the host is stopping".into(), String::new())))?;
        start.program = runtime_protocol::Program::Process { data: launch.data.clone() };
        Ok(Opening { launch: Some(Launch { sandbox: start.sandbox, ..launch }), place: Some(place), start })
    }
}

/// The native program that a command's first word stands for, in the first of the directories that has one. Scripts that stand in
/// for a program are passed over, and so are directories that are relative.
pub fn find_program(name: &str, search_path: &[PathBuf]) -> Option<PathBuf> {
    search::find(name, search_path).map(|found| found.program)
}

/// All that the preparation of one start needs.
struct Prepare {
    plugin: Arc<Plugin>,
    command: Vec<String>,
    files: MemoryFiles,
    directory: PathBuf,
    search_path: Vec<PathBuf>,
    memory: u64,
}

impl Prepare {
    fn run(self) -> Result<(Launch, Place), StartError> {
        let Some((name, arguments)) = self.command.split_first() else {
            return Err(StartError::Program("its `runtime.command` is empty".into()));
        };
        let inside = name.strip_prefix("./");
        let found = match inside {
            Some(_) => None,
            None => Some(self.find(name)?),
        };
        let written = Place::new(&self.directory, &self.plugin.id, &self.files, inside);
        let place = written.map_err(|error| failed("its files cannot be written", &error))?;
        let data = self.data().map_err(|error| failed("its own files cannot be reached", &error))?;
        let Found { program, libraries } = match (found, inside) {
            (Some(found), _) => found,
            (None, path) => Found::in_package(place.package().join(path.unwrap_or_default())),
        };
        let launch = Launch {
            v: runtime_protocol::VERSION,
            program: text(&program)?,
            arguments: arguments.to_vec(),
            package: text(place.package())?,
            root: text(place.root())?,
            data: data.as_deref().map(text).transpose()?,
            libraries: libraries.iter().map(|path| text(path)).collect::<Result<_, _>>()?,
            user: user(place.package().parent().and_then(Path::parent), self.plugin.id.as_str()),
            memory: self.memory.saturating_add(INTERPRETER),
            file_size: self.plugin.permissions.storage.map_or(0, ByteSize::bytes),
            sandbox: runtime_protocol::Enforcement::Required,
        };
        Ok((launch, place))
    }

    fn find(&self, name: &str) -> Result<Found, StartError> {
        search::find(name, &self.search_path).ok_or_else(|| {
            StartError::Program(format!(
                "there is no program `{name}` on the PATH of `wa`; install it, and reload the plugins (scripts that stand in for a program do not count)"
            ))
        })
    }

    /// The directory of its own files, made; none where it may store nothing.
    fn data(&self) -> io::Result<Option<PathBuf>> {
        if self.plugin.permissions.storage.is_none() {
            return Ok(None);
        }
        let directory = self.plugin.own_files.directory();
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        directory.canonicalize().map(Some)
    }
}

/// The user that a command gets where the host is root: always the same for a plugin of a project, and nobody else's.
fn user(project: Option<&Path>, plugin: &str) -> u32 {
    let mut hash = Sha256::new();
    hash.update(project.unwrap_or(Path::new("/")).as_os_str().as_encoded_bytes());
    hash.update([0]);
    hash.update(plugin);
    let [a, b, c, d, ..] = hash.finalize()[..] else { return FIRST_USER };
    FIRST_USER + u32::from_le_bytes([a, b, c, d]) % USERS
}

fn text(path: &Path) -> Result<String, StartError> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| StartError::Program(format!("the path {} is not text", path.display())))
}

fn failed(what: &str, error: &io::Error) -> StartError {
    StartError::Process(format!("{what}: {error}"), String::new())
}
