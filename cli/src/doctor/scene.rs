//! What the checks look at: the project, the operator's folders and the time, each read at most once. What cannot be read is kept
//! as the reason, for the check whose subject it is and for those that need it.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use manifest_schema::catalog::{Candidate, Catalog};
use manifest_schema::finding::Finding;
use manifest_schema::layout::Layout;
use manifest_schema::names::PluginId;
use manifest_schema::project::{self, Project};
use manifest_schema::source::{ReadError, Source};
use registry_index::ProjectLock;
use registry_index::load::{self, Installed, InstalledSet, Origin};
use registry_index::lock::{LockError, Lockfile};
use registry_index::transaction;
use registry_index::trust::{TrustError, TrustStore};
use secret_store::Surroundings;

use super::check::{Blocked, because};
use crate::audit::Log;
use crate::context::Context;
use crate::failure::Outcome;

/// What is there to be checked.
pub(crate) struct Scene {
    pub(super) layout: Layout,
    /// `~/.config/wa`.
    pub(super) config_home: PathBuf,
    pub(super) keys: PathBuf,
    /// The project's audit log.
    pub(super) audit: audit_log::Place,
    pub(super) now: SystemTime,
    /// Keeps other commands from changing the project meanwhile; or why the last change cannot be finished.
    pub(super) settled: Result<ProjectLock, String>,
    pub(super) source: Result<Source, ReadError>,
    /// The accounts in a file of their own.
    pub(super) accounts: Result<Option<Source>, ReadError>,
    project: Option<Project>,
    pub(super) project_findings: Vec<Finding>,
    pub(super) lock: Result<Lockfile, LockError>,
    pub(super) trust: Result<TrustStore, TrustError>,
    installed: OnceCell<InstalledSet>,
    catalog: OnceCell<Catalog>,
    working_folder: PathBuf,
    /// What secrets are resolved against.
    pub(super) surroundings: Surroundings,
    /// Where the programs of plugins are looked for.
    pub(super) search_path: Vec<PathBuf>,
    /// Whether programs are asked for secrets.
    pub(super) ask_programs: bool,
}

impl Scene {
    /// Reads the project at hand. A change that was interrupted is finished first, as every command does.
    pub(crate) fn open(context: &Context, ask_programs: bool, waiting: &mut dyn FnMut()) -> Outcome<Self> {
        let layout = Layout::new(context.project_root()?);
        let mut trust = TrustStore::open(context.trust_folder()?, (context.clock)());
        let settled = match &mut trust {
            Err(_) => Err("the trust store cannot be read".to_owned()),
            Ok(trust) => transaction::recover(&layout, trust, waiting)
                .map_err(|error| because("the last change of the project cannot be finished", &error)),
        };
        let source = Source::read(&layout.project_file());
        let (mut project, mut project_findings) = source.as_ref().map(project::read).unwrap_or_default();
        let accounts = crate::project::whatsapp_file(&layout);
        if let (Some(known), Ok(Some(accounts))) = (&mut project, &accounts) {
            let findings = project::read_whatsapp(known, accounts);
            if !crate::project::is_usable(&findings) {
                project = None;
            }
            project_findings.extend(findings);
        }
        if let Some(project) = &mut project {
            crate::project::admit(project, Context::variable)?;
            for path in context.policies()? {
                crate::project::tighten(context.printer, &mut project.policy, &path)?;
            }
        }
        Ok(Self {
            config_home: context.config_home()?.to_owned(),
            keys: context.keys_folder()?,
            audit: Log::Project.place(context)?,
            now: (context.clock)(),
            settled,
            source,
            accounts,
            project,
            project_findings,
            lock: Lockfile::read(&layout.lock_file()),
            trust,
            installed: OnceCell::new(),
            catalog: OnceCell::new(),
            working_folder: context.working_folder()?,
            surroundings: Surroundings {
                root: layout.root().to_owned(),
                home: context.home().map(Path::to_owned),
                variable: Context::variable,
            },
            search_path: Context::search_path(),
            ask_programs,
            layout,
        })
    }

    pub(super) fn project(&self) -> Result<&Project, Blocked> {
        self.project.as_ref().ok_or_else(|| Blocked("wa.yaml cannot be used".to_owned()))
    }

    pub(super) fn lock(&self) -> Result<&Lockfile, Blocked> {
        self.lock.as_ref().map_err(|_| Blocked("wa.lock cannot be read".to_owned()))
    }

    pub(super) fn trust(&self) -> Result<&TrustStore, Blocked> {
        self.trust.as_ref().map_err(|_| Blocked("the trust store cannot be read".to_owned()))
    }

    /// Every plugin, re-hashed at the first call.
    pub(super) fn installed(&self) -> Result<&InstalledSet, Blocked> {
        let (project, lock, trust) = (self.project()?, self.lock()?, self.trust()?);
        if self.settled.is_err() {
            return Err(Blocked("the last change of the project is not finished".to_owned()));
        }
        Ok(self.installed.get_or_init(|| load::load_set(&self.layout, project, lock, trust)))
    }

    /// What is known of the plugins together. Those that are refused, or named and not there, are unusable.
    pub(super) fn catalog(&self) -> Result<&Catalog, Blocked> {
        let (project, set) = (self.project()?, self.installed()?);
        let named =
            project.plugins.entries.iter().filter(|(_, entry)| entry.source.is_some()).map(|(id, _)| id);
        let refused = set.plugins.iter().filter(|plugin| plugin.plugin.is_err()).map(|plugin| &plugin.id);
        let unusable: BTreeSet<PluginId> = named.chain(refused).cloned().collect();
        Ok(self.catalog.get_or_init(|| {
            let candidates = set.plugins.iter().filter_map(|plugin| self.candidate(plugin));
            Catalog::new(project, candidates).with_unusable(unusable)
        }))
    }

    fn candidate(&self, plugin: &Installed) -> Option<Candidate> {
        let manifest = plugin.plugin.as_ref().ok()?.manifest.clone();
        let is_development = matches!(plugin.origin, Origin::Directory(_));
        Some(Candidate { manifest, path: self.shown(folder(plugin)).to_owned(), is_development })
    }

    /// A path as findings show it: from the working folder, if it is below it.
    pub(super) fn shown<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.working_folder).unwrap_or(path)
    }
}

/// Where a plugin's files are.
pub(super) fn folder(plugin: &Installed) -> &Path {
    let (Origin::Directory(path) | Origin::Package { path, .. }) = &plugin.origin;
    path
}
