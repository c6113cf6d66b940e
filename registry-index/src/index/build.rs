//! Building a registry in a directory of packages: the index, and what npm reads.

mod error;
mod write;

pub use error::BuildError;

use super::collect::{self, Found};
use super::curation::Curation;
use super::packument::packument;
use super::{INDEX_FILE, Index, IndexPackage, IndexVersion, PackageDigest, RegistryUrl, Revoked};
use crate::disk::DiskError;
use crate::npm::PackageName;
use crate::timestamp::Timestamp;
use js_semver::Version;
use manifest_schema::finding::Finding;
use manifest_schema::names::PublisherName;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// What the operator may choose.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// Until when the index is good.
    pub expires: Timestamp,
    /// Where the directory will be served; before the `url` of `wa-registry.yaml`.
    pub url: Option<RegistryUrl>,
    /// Whether packages that nobody signed may be in it.
    pub allow_unsigned: bool,
}

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The version of the index.
    pub version: u64,
    /// How many packages it holds.
    pub packages: usize,
    /// How many versions of them.
    pub versions: usize,
    /// Archives that are revoked, or signed with a revoked key, and so are left out: their paths.
    pub left_out: Vec<String>,
    /// Publishers of packages for whom the registry does not vouch.
    pub unvouched: BTreeSet<PublisherName>,
}

/// Makes a registry of a directory of packages, in place: `wa-index.json` with the next version, and a file with the
/// name of each package for npm. Signatures of the index of before are removed. The same packages give the same bytes,
/// but for version and expiry. Each file is replaced whole, the index after all that it names.
///
/// # Errors
/// Any [`BuildError`].
pub fn build(directory: &Path, options: &BuildOptions) -> Result<Built, BuildError> {
    let _lock = lock(directory)?;
    build_locked(directory, options)
}

/// One `wa` changes a registry at a time.
pub(super) fn lock(directory: &Path) -> Result<File, BuildError> {
    let path = directory.join(".wa-registry.lock");
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let locked = file.and_then(|file| file.lock().map(|()| file));
    Ok(locked.map_err(DiskError::on("lock", &path))?)
}

pub(super) fn build_locked(directory: &Path, options: &BuildOptions) -> Result<Built, BuildError> {
    let curation = Curation::read(directory)?;
    let before = previous(directory)?;
    let mut found = Vec::new();
    for path in collect::archives(directory)? {
        found.push(collect::check(directory, &path, &curation, options)?);
    }
    let (revoked, found): (Vec<_>, Vec<_>) = found.into_iter().partition(|one| is_revoked(one, &curation));
    let packages = by_name(&found)?;
    check_fit(&curation, &packages, before.as_ref())?;
    let signers = found.iter().filter_map(|one| one.signer.as_ref()).map(|(name, _)| name);
    let unvouched = signers.filter(|name| !curation.publishers.contains_key(*name)).cloned().collect();
    let mut index = compose(&curation, &packages, before.as_ref(), options.expires);
    name_by_record(&mut index.revoked, &revoked);
    let url = options.url.as_ref().or(curation.url.as_ref());
    let mut files = BTreeMap::new();
    for (name, versions) in &packages {
        let yanked = curation.packages.get(*name).map(|curated| &curated.yanked);
        let text = packument(name, versions, yanked.unwrap_or(&BTreeMap::new()), url)?;
        files.insert((*name).clone(), text);
    }
    let text = index.canonical();
    Index::parse(&text).map_err(BuildError::TooLarge)?;
    write::write(directory, &files, &text, before.as_ref())?;
    Ok(Built {
        version: index.version,
        packages: packages.len(),
        versions: found.len(),
        left_out: revoked.into_iter().map(|one| one.file).collect(),
        unvouched,
    })
}

type Packages<'a> = BTreeMap<&'a PackageName, BTreeMap<&'a Version, &'a Found>>;

/// The index that is there, whoever signed it.
pub(super) fn previous(directory: &Path) -> Result<Option<Index>, BuildError> {
    let path = directory.join(INDEX_FILE);
    match fs::read(&path) {
        Ok(text) => Index::parse(&text)
            .map(Some)
            .map_err(|source| BuildError::Previous { path: path.clone(), source }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(DiskError::on("read", &path)(error).into()),
    }
}

fn is_revoked(found: &Found, curation: &Curation) -> bool {
    let revoked = &curation.revoked;
    found.signer.as_ref().is_some_and(|(_, key)| revoked.keys.contains_key(key))
        || revoked.packages.contains_key(&PackageDigest::from(found.archive))
        || found.record.is_some_and(|record| revoked.packages.contains_key(&PackageDigest::from(record)))
}

/// An archive that is revoked by its own digest is revoked by that of its `wa.package.json` too, which also names the package
/// where it was unpacked.
fn name_by_record(revoked: &mut Revoked, found: &[Found]) {
    for one in found {
        let reason = revoked.packages.get(&PackageDigest::from(one.archive)).cloned();
        if let (Some(reason), Some(record)) = (reason, one.record) {
            revoked.packages.entry(record.into()).or_insert(reason);
        }
    }
}

fn by_name(found: &[Found]) -> Result<Packages<'_>, BuildError> {
    let mut packages: Packages<'_> = BTreeMap::new();
    for one in found {
        if let Some(other) = packages.entry(&one.name).or_default().insert(&one.version, one) {
            let package = format!("{}@{}", one.name, one.version);
            return Err(BuildError::Twice { first: other.file.clone(), second: one.file.clone(), package });
        }
    }
    Ok(packages)
}

/// The registry's file must speak of what is there, and what was there must not have changed.
fn check_fit(curation: &Curation, packages: &Packages<'_>, before: Option<&Index>) -> Result<(), BuildError> {
    let mut findings: Vec<Finding> = Vec::new();
    for (name, curated) in &curation.packages {
        let at = manifest_schema::tree::join("/packages", name);
        let Some(versions) = packages.get(name) else {
            findings.push(curation.mismatch(&at, format!("there is no package `{name}` here")));
            continue;
        };
        for version in curated.yanked.keys().filter(|version| !versions.contains_key(version)) {
            let at = manifest_schema::tree::join(&format!("{at}/yanked"), version);
            findings.push(curation.mismatch(&at, format!("there is no version {version} of `{name}` here")));
        }
    }
    if !findings.is_empty() {
        return Err(BuildError::Mismatch(curation.report(findings)));
    }
    for (name, versions) in packages {
        for (version, found) in versions {
            match before.and_then(|before| before.version(name, version)) {
                Some(old) if old.archive != found.archive => {
                    return Err(BuildError::OtherBytes(format!("{name}@{version}")));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn compose(
    curation: &Curation,
    packages: &Packages<'_>,
    before: Option<&Index>,
    expires: Timestamp,
) -> Index {
    let package = |(name, versions): (&&PackageName, &BTreeMap<&Version, &Found>)| {
        let curated = curation.packages.get(*name);
        let entry = |(version, found): (&&Version, &&Found)| {
            let entry = IndexVersion {
                archive: found.archive,
                level: curated.map(|curated| curated.level).unwrap_or_default(),
                record: found.record,
                seq: found.seq,
                yanked: curated.and_then(|curated| curated.yanked.get(*version)).cloned(),
            };
            ((*version).clone(), entry)
        };
        ((*name).clone(), IndexPackage { versions: versions.iter().map(entry).collect() })
    };
    Index {
        schema: 1,
        version: before.map_or(0, |before| before.version) + 1,
        expires,
        publishers: curation.publishers.clone(),
        packages: packages.iter().map(package).collect(),
        revoked: curation.revoked.clone(),
    }
}
