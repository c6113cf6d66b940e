//! What a host is started with.

use crate::{
    clock::Clock, compiled::Components, notice::Notices, rehearsal::Rehearsal, timing::Timing, trace::Trace,
};
use manifest_schema::{layout::Layout, project::Project};
use registry_index::load::InstalledSet;
use secret_store::Surroundings;
use std::{error::Error, fmt, path::PathBuf, sync::Arc};

/// A project and its plugins, read and verified.
#[derive(Debug)]
pub struct ProjectSet {
    /// `wa.yaml`.
    pub project: Project,
    /// Every plugin of the project, re-hashed.
    pub installed: InstalledSet,
    /// What its secrets are resolved against.
    pub secrets: Surroundings,
}

/// Reads the project again; called away from the async threads.
pub type Loader = Arc<dyn Fn() -> Result<ProjectSet, Box<dyn Error + Send + Sync>> + Send + Sync>;

/// What a host is started for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To run the project.
    #[default]
    Project,
    /// To run one command of a plugin: no channel, no service, no schedule; what waits in the journal goes on waiting.
    Command,
}

/// Everything that a host needs. It reads no environment, no clock and no file but those of [`Layout`].
pub struct HostOptions {
    /// The project's files.
    pub layout: Layout,
    /// The project and its plugins.
    pub set: ProjectSet,
    /// The server of WhatsApp accounts.
    pub whatsapp: channel_whatsapp::Server,
    /// The binary that becomes a worker when started with the one argument `__worker`: `wa` itself.
    pub exe: PathBuf,
    /// What running components needs; absent where `wa` was built without their engine.
    pub components: Option<Components>,
    /// Where the programs of commands are looked for, in this order; relative paths are passed over.
    pub search_path: Vec<PathBuf>,
    /// The version of `wa`, as `status` reports it.
    pub version: String,
    /// Where the audit log is. Only measurements go without.
    pub audit: Option<audit_log::Place>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// What it is started for.
    pub purpose: Purpose,
    /// Waits and limits.
    pub timing: Timing,
    /// Where notices go.
    pub notices: Notices,
    /// Whose frames to trace.
    pub trace: Option<Trace>,
    /// Declared answers in place of the network, for the test of a plugin. With it, nothing that a plugin asks for goes to the network,
    /// no schedule runs by itself, and [`crate::Host::rehearse`] is there; `wa run` has none.
    pub rehearsal: Option<Arc<Rehearsal>>,
    /// Reads the project for the API's `plugins.reload`; without it, that method is refused.
    pub reload: Option<Loader>,
}

impl fmt::Debug for HostOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostOptions")
            .field("layout", &self.layout)
            .field("exe", &self.exe)
            .field("version", &self.version)
            .field("purpose", &self.purpose)
            .field("timing", &self.timing)
            .field("trace", &self.trace)
            .finish_non_exhaustive()
    }
}
