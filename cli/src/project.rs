//! The project at hand, read once per command: `wa.yaml`, `wa.lock`, the trust store; and the host that runs on it.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use manifest_schema::catalog::{Candidate, Catalog};
use manifest_schema::finding::{Finding, Report, Severity};
use manifest_schema::layout::Layout;
use manifest_schema::project::{self, Policy, Project};
use manifest_schema::source::{ReadError, Source};
use manifest_schema::version::Version;
use registry_index::ProjectLock;
use registry_index::install::Context as PlanContext;
use registry_index::load::{self, InstalledSet, Origin};
use registry_index::lock::Lockfile;
use registry_index::transaction;
use registry_index::trust::TrustStore;
use runtime_host::client::{Client, ClientError};
use runtime_host::running::{self, Running};
use secret_store::Surroundings;

use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::findings;
use crate::terminal::Printer;

/// A project whose files were readable and whose last change is complete.
pub(crate) struct OpenProject {
    pub(crate) layout: Layout,
    pub(crate) project: Project,
    pub(crate) lock: Lockfile,
    pub(crate) trust: TrustStore,
    pub(crate) wa: Version,
}

/// The version of this binary.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(crate) fn layout(context: &Context) -> Outcome<Layout> {
    Ok(Layout::new(context.project_root()?))
}

/// Where a project and the operator's trust are: enough to read the project, now or again.
#[derive(Debug, Clone)]
pub(crate) struct ProjectPlace {
    layout: Layout,
    trust_folder: PathBuf,
    /// Policies above the project's own.
    policies: Vec<PathBuf>,
    printer: Printer,
    clock: fn() -> SystemTime,
    variable: fn(&str) -> Option<String>,
    home: Option<PathBuf>,
}

impl ProjectPlace {
    pub(crate) fn of(context: &Context) -> Outcome<Self> {
        Ok(Self {
            layout: layout(context)?,
            trust_folder: context.trust_folder()?,
            policies: context.policies()?,
            printer: context.printer,
            clock: context.clock,
            variable: Context::variable,
            home: context.home().map(Path::to_owned),
        })
    }

    /// What the project's secrets are resolved against.
    pub(crate) fn surroundings(&self) -> Surroundings {
        Surroundings { root: self.layout.root().to_owned(), home: self.home.clone(), variable: self.variable }
    }

    /// Opens the project, and keeps other commands from changing it while the lock is held.
    pub(crate) fn open(&self) -> Outcome<(OpenProject, ProjectLock)> {
        let layout = self.layout.clone();
        let mut trust =
            TrustStore::open(&self.trust_folder, (self.clock)()).cannot("open the trust store")?;
        let held = transaction::recover(&layout, &mut trust, &mut waiting(self.printer))
            .cannot("finish the last change")?;
        let source = Source::read(&layout.project_file()).cannot("read the project file")?;
        let (project, findings) = project::read(&source);
        let Some(mut project) = project.filter(|_| is_usable(&findings)) else {
            return Err(broken(self.printer, &source, findings));
        };
        if let Some(source) = whatsapp_file(&layout).cannot("read the accounts")? {
            let findings = project::read_whatsapp(&mut project, &source);
            if !is_usable(&findings) {
                return Err(broken(self.printer, &source, findings));
            }
        }
        for path in &self.policies {
            tighten(self.printer, &mut project.policy, path)?;
        }
        admit(&mut project, self.variable)?;
        let lock = Lockfile::read(&layout.lock_file()).cannot("read wa.lock")?;
        let wa = VERSION.parse().cannot("read the version of this program")?;
        Ok((OpenProject { layout, project, lock, trust, wa }, held))
    }
}

pub(crate) fn is_usable(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.severity < Severity::Error)
}

fn broken(printer: Printer, source: &Source, findings: Vec<Finding>) -> Failure {
    findings::show(printer, &report(source, findings));
    Failure::no(format_args!("{} has errors", source.path.display()))
}

/// The accounts that are in a file of their own.
pub(crate) fn whatsapp_file(layout: &Layout) -> Result<Option<Source>, ReadError> {
    match Source::read(&layout.whatsapp_file()) {
        Ok(source) => Ok(Some(source)),
        Err(ReadError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Adds to the lists of accounts who is named in variables of the environment.
pub(crate) fn admit(project: &mut Project, variable: fn(&str) -> Option<String>) -> Outcome<()> {
    for account in &mut project.channels.whatsapp {
        let name = &account.acl.from_env;
        let named = if name.is_empty() { None } else { variable(name) };
        for entry in
            named.iter().flat_map(|named| named.split(',')).map(str::trim).filter(|entry| !entry.is_empty())
        {
            let address =
                channel_whatsapp::address(entry).refused(format_args!("use the variable {name}"))?;
            account.acl.allow_list.push(address);
        }
    }
    Ok(())
}

/// Tightens a policy with one above it, if there is one. A file that cannot be read permits nothing.
pub(crate) fn tighten(printer: Printer, policy: &mut Policy, path: &Path) -> Outcome<()> {
    let source = match Source::read(path) {
        Ok(source) => source,
        Err(ReadError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).cannot("read a policy, without which nothing is permitted"),
    };
    let findings = project::tighten(policy, &source);
    if is_usable(&findings) {
        return Ok(());
    }
    findings::show(printer, &report(&source, findings));
    Err(Failure::no(format_args!("{} has errors, and without it nothing is permitted", path.display())))
}

/// Opens the project for a command that only looks, or that takes the lock itself to change it.
pub(crate) fn open(context: &Context) -> Outcome<OpenProject> {
    ProjectPlace::of(context)?.open().map(|(project, _)| project)
}

/// Findings about one file.
pub(crate) fn report(source: &Source, findings: Vec<Finding>) -> Report {
    let mut report = Report::new();
    report.add_source(source.clone());
    report.extend(findings);
    report
}

/// Says once that another command has to finish first.
pub(crate) fn waiting(printer: Printer) -> impl FnMut() {
    move || printer.note("waiting for another wa that changes this project …")
}

impl OpenProject {
    /// Every plugin of the project, re-hashed.
    pub(crate) fn installed(&self) -> InstalledSet {
        load::load_set(&self.layout, &self.project, &self.lock, &self.trust)
    }

    /// The catalog of those plugins that could be read.
    pub(crate) fn catalog(&self, installed: &InstalledSet) -> Catalog {
        let candidates = installed.plugins.iter().filter_map(|plugin| {
            let loaded = plugin.plugin.as_ref().ok()?;
            let (path, is_development) = match &plugin.origin {
                Origin::Directory(path) => (path, true),
                Origin::Package { path, .. } => (path, false),
            };
            Some(Candidate { manifest: loaded.manifest.clone(), path: path.clone(), is_development })
        });
        Catalog::new(&self.project, candidates)
    }

    /// What plans are made against.
    pub(crate) fn plan_context(&self) -> PlanContext<'_> {
        PlanContext {
            layout: &self.layout,
            project: &self.project,
            lock: &self.lock,
            trust: &self.trust,
            wa: &self.wa,
        }
    }
}

/// The host that runs on the project, if one does.
pub(crate) fn find_host(layout: &Layout) -> Outcome<Option<Running>> {
    running::find(layout).cannot("find the running host")
}

/// A client of the host that runs on the project at hand.
pub(crate) fn running_host(context: &Context) -> Outcome<Client> {
    let found = find_host(&layout(context)?)?;
    found.map(Client::new).ok_or_else(|| {
        Failure::could_not_run("no host runs on this project")
            .hint("start it in another terminal with `wa run`")
    })
}

/// A host that says no is exit 1; one that cannot be reached is exit 2.
pub(crate) fn host_failure(what: &str, error: &ClientError) -> Failure {
    match error {
        ClientError::Refused { message, .. } => {
            Failure::no(format_args!("cannot {what}: {}", crate::terminal::plain(message)))
        }
        _ => Failure::could_not_run(format_args!("cannot {what}")).because(error),
    }
}
