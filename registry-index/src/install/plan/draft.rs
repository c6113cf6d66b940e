//! Working out a plan.

use super::{Action, Context, InstallPlan, PackageWrite, PlannedChange, Signer, Write};
use crate::digest::Sha256;
use crate::index::Arrived;
use crate::install::candidate::{Candidate, Package};
use crate::install::stored::Stored;
use crate::install::{InstallError, Need, RegistrySignature};
use crate::lock::{Exception, Grant, Locked};
use crate::package::{RECORD_FILE, manifest_file};
use crate::permitted::{self, Forbidden};
use crate::refusal::{Invalid, Refusal, TrustLevel};
use crate::rotation::Rotation;
use crate::store;
use crate::trust::{NamePattern, TrustStore};
use crate::verify::{self, Signed, Standing, Verdict};
use js_semver::Version;
use manifest_schema::finding::Severity;
use manifest_schema::layout::Layout;
use manifest_schema::manifest::{self, Manifest};
use manifest_schema::names::{PluginId, PublisherName};
use manifest_schema::permissions::Permissions;
use manifest_schema::project::{RegistrySignatures, Unsigned};
use manifest_schema::source::Source;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Works out what installing the candidate means for this project.
///
/// # Errors
/// A refusal that nothing can set aside: [`InstallError::Refused`], [`InstallError::Integrity`] or
/// [`InstallError::Incompatible`].
pub fn plan(candidate: Candidate, context: &Context<'_>) -> Result<InstallPlan, InstallError> {
    let Candidate { spec, manifest, report, foreign, package } = candidate;
    check_engine(&manifest, context.wa)?;
    let source = spec.written(context.layout.root());
    let draft = Draft { context, manifest, source };
    let mut plan = match package {
        None => draft.link()?,
        Some(package) => {
            let action = draft.action(&package)?;
            draft.install(package, action)?
        }
    };
    plan.foreign = foreign;
    let warnings = report.findings.iter().filter(|finding| finding.severity == Severity::Warning);
    plan.warnings.extend(warnings.map(|finding| format!("{} ({})", finding.message, finding.rule.code)));
    Ok(plan)
}

/// Works out what going back to a stored version means. It is checked like a package from outside: the project's folder
/// may come from a stranger.
///
/// # Errors
/// Those of [`plan`], and [`InstallError::NotStored`].
pub fn plan_rollback(
    id: &PluginId,
    version: Option<&Version>,
    context: &Context<'_>,
) -> Result<InstallPlan, InstallError> {
    let stored = Stored::find(id, version, context)?;
    let from = stored.current.version.clone();
    check_engine(&stored.manifest, context.wa)?;
    let draft = Draft { context, manifest: stored.manifest, source: stored.locked.spec };
    let mut plan = draft.install(stored.package, Action::Rollback { from })?;
    if let Write::Package(write) = &mut plan.write {
        write.package = None;
        write.locked.resolved = stored.locked.resolved;
        write.locked.exceptions.insert(Exception::Downgrade);
    }
    Ok(plan)
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
    fn link(self) -> Result<InstallPlan, InstallError> {
        let policy = &self.context.project.policy;
        permitted::check(policy, &self.manifest.id, TrustLevel::UnsignedDev, None).map_err(Refusal::from)?;
        let permissions = self.manifest.permissions.in_words();
        let mut changes = vec![self.project_change()];
        if self.context.lock.plugins.contains_key(&self.manifest.id) {
            changes.push(change(self.context.layout.lock_file(), "no longer pins the installed package"));
        }
        Ok(InstallPlan {
            version: self.manifest.version.clone(),
            action: Action::Link,
            archive: None,
            signer: None,
            trust: TrustLevel::UnsignedDev,
            new_permissions: permissions.clone(),
            permissions,
            dropped_permissions: Vec::new(),
            foreign: None,
            warnings: self.exclusion().into_iter().collect(),
            changes,
            needs: Vec::new(),
            write: Write::Link,
            id: self.manifest.id,
            source: self.source,
        })
    }

    fn install(self, package: Package, action: Action) -> Result<InstallPlan, InstallError> {
        let Context { layout, lock, trust, .. } = *self.context;
        let before = lock.plugins.get(&self.manifest.id).cloned();
        verify::check_not_revoked(&package.archive, &package.files.held, trust)?;
        let verdict = verify::verify(&package.files.held, &package.files.tree, trust)?;
        let signed = match &verdict {
            Verdict::Signed(signed) => Some(&**signed),
            Verdict::Unsigned => None,
        };
        self.check_index(&package, signed, before.as_ref())?;
        if let Some(signed) =
            signed.filter(|signed| signed.standing == Standing::Former && action != Action::Reinstall)
        {
            let (publisher, key) = (signed.publisher.clone(), signed.fingerprint());
            return Err(Refusal::from(Invalid::FormerKey { publisher, key }).into());
        }
        self.check_policy(&package, signed, &action).map_err(Refusal::from)?;
        let signer = signed.map(|signed| signer(signed, trust));
        let tree = package.files.tree.digest();
        let trust_level = level(signed);
        let old = before.as_ref().and_then(|locked| installed_permissions(layout, &self.manifest.id, locked));
        let permissions = self.manifest.permissions.in_words();
        let old = old.unwrap_or_default();
        let new_permissions = self.manifest.permissions.grown_since(&old).in_words();
        let dropped_permissions = old.grown_since(&self.manifest.permissions).in_words();
        let locked = self.locked(&package, tree, signed);
        let directory = store::package_directory(layout, &self.manifest.id, &locked.version, &tree);
        Ok(InstallPlan {
            version: locked.version.clone(),
            needs: self.needs(&action, signed),
            warnings: self.warnings(&package, before.as_ref(), signed),
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
            dropped_permissions,
            foreign: None,
            write: Write::Package(Box::new(PackageWrite {
                pin: signed.zip(signer.as_ref()).and_then(|(signed, signer)| {
                    Some((signed.publisher.clone(), signed.key.clone(), signer.will_pin.clone()?))
                }),
                rotation: signed.and_then(rotation).cloned(),
                package: Some(package),
                locked,
                before,
            })),
            signer,
            id: self.manifest.id,
            source: self.source,
        })
    }

    /// A package of a registry whose root is pinned must be what the index lists; and what only an index vouches for needs one
    /// whose time is not over.
    fn check_index(
        &self,
        package: &Package,
        signed: Option<&Signed>,
        before: Option<&Locked>,
    ) -> Result<(), InstallError> {
        if let Some(from) = &package.registry {
            let record = package.files.get(RECORD_FILE).map(|bytes| Sha256::of(bytes));
            self.context.trust.indexes().check_arrived(Arrived {
                from,
                archive: &package.archive,
                record: record.as_ref(),
                seq: signed.map(|signed| signed.record.seq),
                is_locked: before.is_some_and(|before| before.archive == package.archive),
            })?;
        }
        signed.map_or(Ok(()), |signed| Ok(signed.check_expiry()?))
    }

    /// A version that is pinned must have the bytes that are pinned.
    fn action(&self, package: &Package) -> Result<Action, InstallError> {
        let Some(before) = self.context.lock.plugins.get(&self.manifest.id) else {
            return Ok(Action::Install);
        };
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

    /// What the policy says of the publisher, the level, and where the package comes from.
    fn check_policy(
        &self,
        package: &Package,
        signed: Option<&Signed>,
        action: &Action,
    ) -> Result<(), Forbidden> {
        let policy = &self.context.project.policy;
        permitted::check(policy, &self.manifest.id, level(signed), signed.map(|signed| &signed.publisher))?;
        // What is in the store already, or pinned already, came from where it came from.
        if matches!(action, Action::Rollback { .. } | Action::Reinstall) {
            return Ok(());
        }
        if let Some(allowed) = &policy.registries {
            let url = package.url.as_deref().and_then(|url| reqwest::Url::parse(url).ok());
            let origin =
                url.map_or("a file of this machine".to_owned(), |url| url.origin().ascii_serialization());
            if !allowed.iter().any(|allowed| allowed.to_string() == origin) {
                let allowed = allowed.iter().map(ToString::to_string).collect();
                return Err(Forbidden::Place { place: origin, allowed });
            }
        }
        let is_signed = package
            .registry
            .as_ref()
            .is_some_and(|registry| matches!(registry.signature, RegistrySignature::Verified { .. }));
        if policy.registry_signatures == RegistrySignatures::Required && !is_signed {
            return Err(Forbidden::RegistrySignature);
        }
        Ok(())
    }

    fn needs(&self, action: &Action, signed: Option<&Signed>) -> Vec<Need> {
        let mut needs = vec![Need::Confirmation];
        match signed {
            None if self.context.project.policy.unsigned == Unsigned::Deny => needs.push(Need::AllowUnsigned),
            Some(signed) if !is_known(signed) => {
                needs.push(Need::TrustKey(signed.fingerprint()));
            }
            _ => {}
        }
        let seen = |signed: &Signed| self.context.trust.highest_seq(&signed.publisher, &signed.record.id);
        let behind = signed.is_some_and(|signed| seen(signed).is_some_and(|seen| signed.record.seq < seen));
        let is_rollback = matches!(action, Action::Rollback { .. });
        if behind && !is_rollback || matches!(action, Action::Downgrade { .. }) {
            needs.push(Need::AllowDowngrade);
        }
        needs
    }

    fn warnings(&self, package: &Package, before: Option<&Locked>, signed: Option<&Signed>) -> Vec<String> {
        let mut warnings: Vec<String> = self.exclusion().into_iter().collect();
        if signed.is_none() {
            let shown = "it will be shown as unsigned for as long as it is installed";
            warnings.push(format!("nobody signed this package; {shown}"));
        }
        let (was, is) =
            (before.and_then(|locked| locked.publisher.as_ref()), signed.map(|signed| &signed.publisher));
        if was.is_some() && was != is {
            let name = |publisher: Option<&PublisherName>| {
                publisher.map_or("nobody".to_owned(), |name| format!("`{name}`"))
            };
            warnings.push(format!(
                "the installed version is signed by {}, this one by {}",
                name(was),
                name(is)
            ));
        }
        warnings.extend(package.warnings.iter().cloned());
        if let Some(message) = package.registry.as_ref().and_then(|registry| registry.deprecated.as_ref()) {
            warnings.push(format!("its publisher discourages this version: {message}"));
        }
        if let Some(signed) = signed.filter(|signed| signed.standing == Standing::ByIndex) {
            let pinned = self.context.trust.publisher(&signed.publisher).map(|known| known.key.fingerprint());
            if let (Some(pinned), Some(word)) = (pinned, &signed.word)
                && pinned != signed.fingerprint()
            {
                warnings.push(format!(
                    "you have pinned {pinned} for `{}`; the index of {} gives this package's key, {}",
                    signed.publisher,
                    word.registry,
                    signed.fingerprint()
                ));
            }
        }
        if !package.json.lifecycle_scripts.is_empty() {
            let scripts = package.json.lifecycle_scripts.join(", ");
            warnings.push(format!("package.json has lifecycle scripts ({scripts}); wa never runs them"));
        }
        warnings
    }

    /// Installed is not running if the project says otherwise.
    fn exclusion(&self) -> Option<String> {
        let id = &self.manifest.id;
        let disabled = self.context.project.plugins.entries.get(id).is_some_and(|entry| !entry.enabled);
        let disabled = disabled.then(|| format!("`{id}` is disabled; `wa plugins enable {id}` lets it run"));
        self.context.exclusion(id).or(disabled)
    }

    fn locked(&self, package: &Package, tree: Sha256, signed: Option<&Signed>) -> Locked {
        Locked {
            spec: self.source.clone(),
            resolved: package.url.clone().unwrap_or_else(|| format!("file:{}", self.source)),
            version: self.manifest.version.clone(),
            archive: package.archive,
            package: package.files.get(RECORD_FILE).map(|bytes| Sha256::of(bytes)),
            tree,
            publisher: signed.map(|signed| signed.publisher.clone()),
            key: signed.map(Signed::fingerprint),
            seq: signed.map(|signed| signed.record.seq),
            trust: level(signed),
            exceptions: if signed.is_some() {
                BTreeSet::new()
            } else {
                BTreeSet::from([Exception::Unsigned])
            },
            grant: Grant::of(&self.manifest.permissions),
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

fn level(signed: Option<&Signed>) -> TrustLevel {
    signed.map_or(TrustLevel::Unsigned, Signed::level)
}

/// Whether the key needs nobody's word but the operator's confirmation of the plan.
fn is_known(signed: &Signed) -> bool {
    matches!(signed.standing, Standing::Rotated(_)) || signed.distrust().is_none()
}

fn rotation(signed: &Signed) -> Option<&Rotation> {
    match &signed.standing {
        Standing::Rotated(rotation) => Some(rotation),
        _ => None,
    }
}

fn signer(signed: &Signed, trust: &TrustStore) -> Signer {
    let known = is_known(signed);
    let by_index = signed.word.as_ref().filter(|_| signed.standing == Standing::ByIndex);
    Signer {
        vouched_by: by_index.map(|word| word.registry.clone()),
        how: trust.publisher(&signed.publisher).map(|publisher| publisher.how),
        publisher: signed.publisher.clone(),
        key: signed.fingerprint(),
        others: signed.signers.iter().filter(|key| **key != signed.fingerprint()).copied().collect(),
        known,
        replaces: rotation(signed).map(|rotation| rotation.old.fingerprint()),
        will_pin: (!known).then(|| NamePattern::around(&signed.package)),
    }
}

/// What the installed version may do. If its files are not what was installed, everything counts as new.
fn installed_permissions(layout: &Layout, id: &PluginId, locked: &Locked) -> Option<Permissions> {
    let path = store::package_directory(layout, id, &locked.version, &locked.tree);
    let files = store::read(&path, locked).ok()?;
    let file = manifest_file(&files.held)?;
    let source = Source::from_bytes(file, files.get(file)?).ok()?;
    let permissions = manifest::read(&source).0?.permissions;
    (Sha256::from_bytes(permissions.digest()) == locked.grant.digest).then_some(permissions)
}
