//! What every command gets from the process around it: streams, folders, the clock. Read here and nowhere else.

use std::env;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use etcetera::BaseStrategy;

use crate::arguments::Global;
use crate::failure::{Failure, Outcome, While};
use crate::terminal::{Printer, Prompter, for_this_process};

/// The surroundings of one run of `wa`.
pub(crate) struct Context {
    pub(crate) printer: Printer,
    pub(crate) prompter: Box<dyn Prompter>,
    pub(crate) clock: fn() -> SystemTime,
    project: Option<PathBuf>,
    config_home: Option<PathBuf>,
    cache_home: Option<PathBuf>,
    data_home: Option<PathBuf>,
    home: Option<PathBuf>,
    /// Whether the network is not to be used.
    pub(crate) offline: bool,
}

impl Context {
    pub(crate) fn from_process(global: &Global) -> Self {
        let folders = etcetera::choose_base_strategy().ok();
        Self {
            printer: Printer::new(global.color, global.verbosity()),
            prompter: for_this_process(),
            clock: SystemTime::now,
            project: global.project.clone(),
            config_home: folders.as_ref().map(|folders| folders.config_dir().join("wa")),
            cache_home: folders.as_ref().map(|folders| folders.cache_dir().join("wa")),
            data_home: folders.as_ref().map(|folders| folders.data_dir().join("wa")),
            home: folders.map(|folders| folders.home_dir().to_owned()),
            offline: global.offline,
        }
    }

    /// The same surroundings with another project, configuration folder and person to ask; for `wa demo` and `wa plugins test`,
    /// which run the commands in a place of their own.
    pub(crate) fn elsewhere(&self, project: &Path, config_home: &Path, prompter: Box<dyn Prompter>) -> Self {
        Self {
            printer: self.printer,
            prompter,
            clock: self.clock,
            project: Some(project.to_owned()),
            config_home: Some(config_home.to_owned()),
            cache_home: Some(config_home.join("cache")),
            data_home: Some(config_home.join("data")),
            home: None,
            offline: true,
        }
    }

    /// `~/.config/wa`: keys and the trust store.
    pub(crate) fn config_home(&self) -> Outcome<&Path> {
        self.config_home.as_deref().ok_or_else(|| {
            Failure::could_not_run("there is no home folder to keep keys and trust in")
                .hint("set HOME or XDG_CONFIG_HOME")
        })
    }

    /// Where signing keys are kept.
    pub(crate) fn keys_folder(&self) -> Outcome<PathBuf> {
        Ok(self.config_home()?.join("keys"))
    }

    /// Where pinned publishers are kept.
    pub(crate) fn trust_folder(&self) -> Outcome<PathBuf> {
        Ok(self.config_home()?.join("trust"))
    }

    /// The policies above a project's own: the machine's, and the operator's.
    pub(crate) fn policies(&self) -> Outcome<Vec<PathBuf>> {
        Ok(vec![PathBuf::from("/etc/wa/policy.yaml"), self.config_home()?.join("policy.yaml")])
    }

    /// `~/.cache/wa`: what can be fetched again.
    pub(crate) fn cache_home(&self) -> Outcome<&Path> {
        self.cache_home.as_deref().ok_or_else(|| {
            Failure::could_not_run("there is no home folder to keep a cache in")
                .hint("set HOME or XDG_CACHE_HOME")
        })
    }

    /// `~/.local/share/wa/audit`: the first keys and the checkpoints of audit logs, and the operator's own log.
    pub(crate) fn audit_home(&self) -> Outcome<PathBuf> {
        Ok(self.data_home("the keys of audit logs")?.join("audit"))
    }

    /// `~/.local/share/wa/compiled.key`: seals compiled components.
    #[cfg(feature = "wasm")]
    pub(crate) fn compiled_key(&self) -> Outcome<PathBuf> {
        Ok(self.data_home("the key of compiled components")?.join("compiled.key"))
    }

    fn data_home(&self, what: &str) -> Outcome<&Path> {
        self.data_home.as_deref().ok_or_else(|| {
            Failure::could_not_run(format_args!("there is no home folder to keep {what} in"))
                .hint("set HOME or XDG_DATA_HOME")
        })
    }

    /// The operator's own `.npmrc`, where npm looks for it.
    pub(crate) fn user_npmrc(&self) -> Option<PathBuf> {
        let named = env::var_os("NPM_CONFIG_USERCONFIG").or_else(|| env::var_os("npm_config_userconfig"));
        named.map(PathBuf::from).or_else(|| Some(self.home.as_ref()?.join(".npmrc")))
    }

    /// The operator's home folder, if there is one.
    pub(crate) fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// A variable of the environment, for what other tools have named so.
    pub(crate) fn variable(name: &str) -> Option<String> {
        env::var(name).ok()
    }

    /// Where the operator's shell looks for programs, and so where the commands of plugins are looked for.
    pub(crate) fn search_path() -> Vec<PathBuf> {
        env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default()
    }

    /// The folder that the command was started in.
    pub(crate) fn working_folder(&self) -> Outcome<PathBuf> {
        env::current_dir().cannot("tell the current folder")
    }

    /// The root of the project: `--project`, or the nearest folder upwards that holds a `wa.yaml`.
    pub(crate) fn project_root(&self) -> Outcome<PathBuf> {
        let start = match &self.project {
            Some(named) if named.join(manifest_schema::layout::PROJECT_FILE).is_file() => {
                return Ok(named.clone());
            }
            Some(named) => {
                return Err(Failure::could_not_run(format_args!("{} holds no wa.yaml", named.display()))
                    .hint(format_args!("make a project of it with `wa init {}`", named.display())));
            }
            None => self.working_folder()?,
        };
        let found =
            start.ancestors().find(|folder| folder.join(manifest_schema::layout::PROJECT_FILE).is_file());
        found.map(Path::to_owned).ok_or_else(|| {
            Failure::could_not_run(format_args!("no wa.yaml in {} or above it", start.display()))
                .hint("make a project with `wa init`, or name one with `--project DIR`")
        })
    }

    /// This program, to start workers with.
    pub(crate) fn program(&self) -> Outcome<PathBuf> {
        env::current_exe().cannot("find the path of this program")
    }
}
