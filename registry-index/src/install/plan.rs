//! The plan of an installation: a value that says everything a person must know, and what it needs.

use super::candidate::{Candidate, Package};
use super::{InstallError, Need};
use crate::digest::{Sha256, Sha512};
use crate::keys::{Fingerprint, PublicKey};
use crate::lock::{Exception, Locked, Lockfile};
use crate::refusal::TrustLevel;
use crate::store;
use crate::trust::{NamePattern, TrustStore};
use crate::verify::{self, Signed, Standing, Verdict};
use js_semver::Version;
use manifest_schema::layout::Layout;
use manifest_schema::manifest::Manifest;
use manifest_schema::names::{PluginId, PublisherName};
use manifest_schema::permissions::{PermissionLine, Permissions};
use manifest_schema::project::{Project, Unsigned};
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The project as it is when the plan is made.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Where its files are.
    pub layout: &'a Layout,
    /// What it declares.
    pub project: &'a Project,
    /// What is installed.
    pub lock: &'a Lockfile,
    /// Whom the operator trusts.
    pub trust: &'a TrustStore,
    /// The version of this `wa`.
    pub wa: &'a Version,
}

/// Everything that an installation would do. Making it changed nothing.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstallPlan {
    /// The plugin.
    pub id: PluginId,
    /// The version to install.
    pub version: Version,
    /// What this is in view of what is installed.
    pub action: Action,
    /// Where the plugin comes from, as `wa.yaml` will say.
    pub source: String,
    /// The digest of the archive; absent for a directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archive: Option<Sha512>,
    /// Who signed it; absent if nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<Signer>,
    /// How far it will be trusted.
    pub trust: TrustLevel,
    /// What it may do once installed, in words, dangerous things first.
    pub permissions: Vec<PermissionLine>,
    /// The part of that which the installed version may not do; all of it at a first installation.
    pub new_permissions: Vec<PermissionLine>,
    /// What a person should know beside that.
    pub warnings: Vec<String>,
    /// The files of the project that change.
    pub changes: Vec<PlannedChange>,
    /// What must be approved.
    pub needs: Vec<Need>,
    #[serde(skip)]
    pub(super) write: Write,
}

/// What an installation is in view of what is installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Action {
    /// Nothing of this id is installed.
    Install,
    /// A newer version.
    Update {
        /// The installed version.
        from: Version,
    },
    /// The very same package once more, which repairs changed files.
    Reinstall,
    /// An older version.
    Downgrade {
        /// The installed version.
        from: Version,
    },
    /// An author's directory, linked.
    Link,
}

/// Who signed a package, and whether that is news.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Signer {
    /// Who.
    pub publisher: PublisherName,
    /// With which key.
    pub key: Fingerprint,
    /// Whether the trust store has the key for packages of this name already.
    pub known: bool,
    /// The names of packages for which the key will be pinned, if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub will_pin: Option<NamePattern>,
}

/// One file or directory that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedChange {
    /// Which.
    pub path: PathBuf,
    /// How, in a few words.
    pub what: String,
}

/// What applying the plan writes.
#[derive(Debug)]
pub(super) enum Write {
    Link,
    Package(Box<PackageWrite>),
}

#[derive(Debug)]
pub(super) struct PackageWrite {
    pub(super) package: Package,
    /// The lock entry but for the time and the exceptions that only the approval tells.
    pub(super) locked: Locked,
    /// The key to pin.
    pub(super) pin: Option<(PublisherName, PublicKey, NamePattern)>,
    /// The lock entry that the plan was made against.
    pub(super) before: Option<Locked>,
}

/// Works out what installing the candidate means for this project.
///
/// # Errors
/// A refusal that nothing can set aside: [`InstallError::Refused`], [`InstallError::Integrity`] or
/// [`InstallError::Incompatible`].
pub fn plan(candidate: Candidate, context: &Context<'_>) -> Result<InstallPlan, InstallError> {
    let Candidate { spec, manifest, report: _, package } = candidate;
    check_engine(&manifest, context.wa)?;
    let source = spec.written(context.layout.root());
    let draft = Draft { context, manifest, source };
    match package {
        None => Ok(draft.link()),
        Some(package) => draft.install(package),
    }
}

fn check_engine(manifest: &Manifest, wa: &Version) -> Result<(), InstallError> {
    match &manifest.engines {
        Some(engines) if !engines.wa.contains(wa) => Err(InstallError::Incompatible {
            id: manifest.id.clone(),
            range: Box::new(engines.wa.clone()),
            wa: Box::new(wa.clone()),
        }),
        _ => Ok(()),
    }
}

struct Draft<'a> {
    context: &'a Context<'a>,
    manifest: Manifest,
    source: String,
}

impl Draft<'_> {
    fn link(self) -> InstallPlan {
        let permissions = self.manifest.permissions.in_words();
        let mut changes = vec![self.project_change()];
        if self.context.lock.plugins.contains_key(&self.manifest.id) {
            changes.push(change(self.context.layout.lock_file(), "no longer pins the installed package"));
        }
        InstallPlan {
            version: self.manifest.version.clone(),
            action: Action::Link,
            archive: None,
            signer: None,
            trust: TrustLevel::UnsignedDev,
            new_permissions: permissions.clone(),
            permissions,
            warnings: self.enablement_warning().into_iter().collect(),
            changes,
            needs: Vec::new(),
            write: Write::Link,
            id: self.manifest.id,
            source: self.source,
        }
    }

    fn install(self, package: Package) -> Result<InstallPlan, InstallError> {
        let Context { layout, lock, trust, .. } = *self.context;
        let before = lock.plugins.get(&self.manifest.id).cloned();
        let action = self.action(&package, before.as_ref())?;
        let verdict = verify::verify(&package.contents, &package.tree, trust)?;
        let signed = match &verdict {
            Verdict::Signed(signed) => Some(&**signed),
            Verdict::Unsigned => None,
        };
        let signer = signed.map(signer);
        let tree = package.tree.digest();
        let trust_level = if signed.is_some() { TrustLevel::Trusted } else { TrustLevel::Unsigned };
        let old = before.as_ref().and_then(|locked| installed_permissions(layout, &self.manifest.id, locked));
        let permissions = self.manifest.permissions.in_words();
        let new_permissions = self.manifest.permissions.grown_since(&old.unwrap_or_default()).in_words();
        let locked = self.locked(&package, tree, signed);
        let directory = store::package_directory(layout, &self.manifest.id, &locked.version, &tree);
        Ok(InstallPlan {
            version: locked.version.clone(),
            needs: self.needs(&action, signed),
            warnings: self.warnings(&package, signed),
            changes: vec![
                change(directory, "holds the package"),
                change(layout.lock_file(), "pins it, with the permissions approved"),
                self.project_change(),
            ],
            action,
            archive: Some(package.archive),
            trust: trust_level,
            permissions,
            new_permissions,
            write: Write::Package(Box::new(PackageWrite {
                pin: signed.zip(signer.as_ref()).and_then(|(signed, signer)| {
                    Some((signed.publisher.clone(), signed.key.clone(), signer.will_pin.clone()?))
                }),
                package,
                locked,
                before,
            })),
            signer,
            id: self.manifest.id,
            source: self.source,
        })
    }

    /// A version that is pinned must have the bytes that are pinned.
    fn action(&self, package: &Package, before: Option<&Locked>) -> Result<Action, InstallError> {
        let Some(before) = before else { return Ok(Action::Install) };
        let from = before.version.clone();
        match self.manifest.version.cmp_build(&from) {
            Ordering::Greater => Ok(Action::Update { from }),
            Ordering::Less => Ok(Action::Downgrade { from }),
            Ordering::Equal if package.archive == before.archive => Ok(Action::Reinstall),
            Ordering::Equal => Err(InstallError::Integrity {
                id: self.manifest.id.clone(),
                version: Box::new(from),
                pinned: Box::new(before.archive),
                found: Box::new(package.archive),
            }),
        }
    }

    fn needs(&self, action: &Action, signed: Option<&Signed>) -> Vec<Need> {
        let mut needs = vec![Need::Confirmation];
        match signed {
            None if self.context.project.policy.unsigned == Unsigned::Deny => needs.push(Need::AllowUnsigned),
            Some(signed) if signed.standing != Standing::Pinned => {
                needs.push(Need::TrustKey(signed.fingerprint()));
            }
            _ => {}
        }
        let seen = |signed: &Signed| self.context.trust.highest_seq(&signed.publisher, &signed.record.id);
        let behind = signed.is_some_and(|signed| seen(signed).is_some_and(|seen| signed.record.seq < seen));
        if behind || matches!(action, Action::Downgrade { .. }) {
            needs.push(Need::AllowDowngrade);
        }
        needs
    }

    fn warnings(&self, package: &Package, signed: Option<&Signed>) -> Vec<String> {
        let mut warnings: Vec<String> = self.enablement_warning().into_iter().collect();
        if signed.is_none() {
            warnings.push(
                "nobody signed this package; it will be shown as unsigned for as long as it is installed"
                    .to_owned(),
            );
        }
        if !package.json.lifecycle_scripts.is_empty() {
            let scripts = package.json.lifecycle_scripts.join(", ");
            warnings.push(format!("package.json has lifecycle scripts ({scripts}); wa never runs them"));
        }
        warnings
    }

    /// Installed is not enabled if the project says otherwise.
    fn enablement_warning(&self) -> Option<String> {
        let (id, plugins) = (&self.manifest.id, &self.context.project.plugins);
        if plugins.deny.contains(id) {
            Some(format!("`{id}` is in plugins.deny of wa.yaml and will not run"))
        } else if !plugins.allow.is_empty() && !plugins.allow.contains(id) {
            Some(format!("`{id}` is not in plugins.allow of wa.yaml and will not run"))
        } else {
            None
        }
    }

    fn locked(&self, package: &Package, tree: Sha256, signed: Option<&Signed>) -> Locked {
        Locked {
            spec: self.source.clone(),
            resolved: format!("file:{}", self.source),
            version: self.manifest.version.clone(),
            archive: package.archive,
            package: package.contents.get(crate::package::RECORD_FILE).map(|bytes| Sha256::of(bytes)),
            tree,
            publisher: signed.map(|signed| signed.publisher.clone()),
            key: signed.map(Signed::fingerprint),
            seq: signed.map(|signed| signed.record.seq),
            trust: if signed.is_some() { TrustLevel::Trusted } else { TrustLevel::Unsigned },
            exceptions: if signed.is_some() {
                BTreeSet::new()
            } else {
                BTreeSet::from([Exception::Unsigned])
            },
            grant: crate::lock::Grant::of(&self.manifest.permissions),
            installed_at: String::new(),
        }
    }

    fn project_change(&self) -> PlannedChange {
        change(
            self.context.layout.project_file(),
            &format!("plugins.entries.{} names its source", self.manifest.id),
        )
    }
}

fn change(path: PathBuf, what: &str) -> PlannedChange {
    PlannedChange { path, what: what.to_owned() }
}

fn signer(signed: &Signed) -> Signer {
    let known = signed.standing == Standing::Pinned;
    Signer {
        publisher: signed.publisher.clone(),
        key: signed.fingerprint(),
        known,
        will_pin: (!known).then(|| NamePattern::around(&signed.package)),
    }
}

/// What the installed version may do. If its files are not what was installed, everything counts as new.
fn installed_permissions(layout: &Layout, id: &PluginId, locked: &Locked) -> Option<Permissions> {
    let path = store::package_directory(layout, id, &locked.version, &locked.tree);
    let (contents, _) = store::read(&path, locked).ok()?;
    let file = crate::package::manifest_file(&contents)?;
    let source = manifest_schema::source::Source::from_bytes(file, contents.get(file)?).ok()?;
    let permissions = manifest_schema::manifest::read(&source).0?.permissions;
    (Sha256::from_bytes(permissions.digest()) == locked.grant.digest).then_some(permissions)
}
