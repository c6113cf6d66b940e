//! A project, a publisher and a plugin for the tests of this crate.

use crate::disk::Disk;
use crate::install::{
    Applied, ApplyOptions, Approval, Candidate, Confirmed, Context, Fetched, InstallError, InstallPlan, Spec,
    apply_on, candidate, plan,
};
use crate::keys::{PublicKey, SecretKey, generate};
use crate::load::{Installed, load_set};
use crate::lock::Lockfile;
use crate::pack::{PackOptions, pack};
use crate::sign::signed;
use crate::transaction::recover;
use crate::trust::TrustStore;
use manifest_schema::layout::Layout;
use manifest_schema::project::Project;
use manifest_schema::source::Source;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

pub(crate) struct Fixture {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) layout: Layout,
}

pub(crate) const PROJECT: &str = "# my project\nschema: 1\n";

impl Fixture {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path().join("project"));
        fs::create_dir(layout.root()).unwrap();
        fs::write(layout.project_file(), PROJECT).unwrap();
        Self { dir, layout }
    }

    /// A copy of everything, to go on from more than once.
    pub(crate) fn copy(&self) -> Self {
        let dir = tempfile::tempdir().unwrap();
        copy(self.dir.path(), dir.path());
        let layout = Layout::new(dir.path().join("project"));
        Self { dir, layout }
    }

    pub(crate) fn trust(&self) -> TrustStore {
        TrustStore::open(self.dir.path().join("trust"), UNIX_EPOCH).unwrap()
    }

    pub(crate) fn project(&self) -> Project {
        let (project, findings) =
            manifest_schema::project::read(&Source::read(&self.layout.project_file()).unwrap());
        project.unwrap_or_else(|| panic!("{findings:?}"))
    }

    pub(crate) fn lock(&self) -> Lockfile {
        Lockfile::read(&self.layout.lock_file()).unwrap()
    }

    /// Writes an author's directory and returns it.
    pub(crate) fn plugin(&self, version: &str, permissions: &str) -> PathBuf {
        let path = self.dir.path().join("author");
        fs::create_dir_all(path.join("src")).unwrap();
        let manifest = format!(
            "schema: 1\nid: demo\nversion: {version}\npublisher: acme\nruntime: {{ kind: js, entry: src/index.js }}\n\
             permissions: {permissions}\nevents: [message.received]\nconfigSchema: {{ type: object }}\n"
        );
        fs::write(path.join("wa.plugin.yaml"), manifest).unwrap();
        let code = "import { definePlugin } from \"wa\";\nexport default definePlugin({ events: { \"message.received\": () => {} } });\n";
        fs::write(path.join("src/index.js"), code).unwrap();
        path
    }

    /// Packs the plugin, signs it if there is a key, and returns the archive.
    pub(crate) fn archive(&self, version: &str, permissions: &str, key: Option<&SecretKey>) -> PathBuf {
        let packed = pack(&self.plugin(version, permissions), &PackOptions::default()).unwrap();
        let bytes = key.map_or_else(|| packed.bytes.clone(), |key| signed(&packed.bytes, key).unwrap());
        let path = self.layout.root().join(&packed.file_name);
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn candidate(&self, path: &Path) -> Result<Candidate, InstallError> {
        let spec = Spec::parse(&path.display().to_string(), self.layout.root()).unwrap();
        candidate(Fetched::local(&spec).unwrap())
    }

    pub(crate) fn plan(&self, path: &Path) -> Result<InstallPlan, InstallError> {
        let (project, lock, trust, wa) =
            (self.project(), self.lock(), self.trust(), "0.1.0".parse().unwrap());
        let context =
            Context { layout: &self.layout, project: &project, lock: &lock, trust: &trust, wa: &wa };
        plan(self.candidate(path)?, &context)
    }

    pub(crate) fn apply(
        &self,
        disk: &Disk,
        plan: InstallPlan,
        approval: &Approval,
    ) -> Result<Applied, InstallError> {
        let now = UNIX_EPOCH + Duration::from_secs(1_795_253_400);
        let options = ApplyOptions {
            layout: &self.layout,
            trust: &mut self.trust(),
            approval,
            now,
            waiting: &mut || panic!("nobody else holds the project"),
        };
        apply_on(disk, vec![plan], options).map(|mut applied| applied.remove(0))
    }

    pub(crate) fn install(&self, path: &Path, approval: &Approval) -> Result<Applied, InstallError> {
        self.apply(&Disk::default(), self.plan(path)?, approval)
    }

    pub(crate) fn recover(&self) {
        drop(
            recover(&self.layout, &mut self.trust(), &mut || panic!("nobody else holds the project"))
                .unwrap(),
        );
    }

    pub(crate) fn load(&self) -> Vec<Installed> {
        load_set(&self.layout, &self.project(), &self.lock(), &self.trust()).plugins
    }

    /// The state of each plugin, as lists show it.
    pub(crate) fn states(&self) -> Vec<String> {
        self.load().iter().map(|installed| format!("{} {}", installed.id, installed.state())).collect()
    }

    /// Every file of the project but the lock of the project itself, and the trust store.
    pub(crate) fn snapshot(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        for part in ["project", "trust"] {
            list(&self.dir.path().join(part), self.dir.path(), &mut files);
        }
        files.retain(|path, _| !path.ends_with("apply.lock") && !path.ends_with("trust.lock"));
        files
    }
}

pub(crate) fn key() -> (SecretKey, PublicKey) {
    let new = generate(None).unwrap();
    (SecretKey::from_minisign(&new.secret, None).unwrap(), new.public)
}

/// `--yes`
pub(crate) fn yes() -> Approval {
    Approval { confirmed: Confirmed::ByFlag, ..Approval::default() }
}

/// A person at the prompt.
pub(crate) fn in_person() -> Approval {
    Approval { confirmed: Confirmed::InPerson, ..Approval::default() }
}

fn list(directory: &Path, root: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, root, files);
        } else {
            files.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
        }
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
