//! Building a registry in a directory of packages: the index, and what npm reads.

use super::collect::{self, Found};
use super::curation::{Curation, CurationError};
use super::packument::packument;
use super::{INDEX_FILE, Index, IndexError, IndexPackage, IndexVersion, PackageDigest, RegistryUrl};
use crate::disk::{Disk, DiskError};
use crate::install::InstallError;
use crate::npm::{NameError, PackageName};
use crate::timestamp::Timestamp;
use js_semver::Version;
use manifest_schema::finding::{Finding, Report};
use manifest_schema::names::PublisherName;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

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

/// Why a registry was not built. What was there before is still there.
#[derive(Debug, Error)]
pub enum BuildError {
    /// `wa-registry.yaml` cannot be used.
    #[error(transparent)]
    Curation(#[from] CurationError),
    /// `wa-registry.yaml` does not fit the packages.
    #[error("`wa-registry.yaml` does not fit the packages")]
    Mismatch(Box<Report>),
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A link or a special file where a package or a file of the registry is to be.
    #[error("`{}` is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// A package would not install.
    #[error("`{file}` is refused")]
    Package {
        /// The archive.
        file: String,
        /// Why.
        source: Box<InstallError>,
    },
    /// Nobody signed a package.
    #[error("`{0}` is not signed")]
    Unsigned(String),
    /// A package has no name that a registry could use.
    #[error("`{file}` cannot be in a registry")]
    Name {
        /// The archive.
        file: String,
        /// Why.
        source: Box<NameError>,
    },
    /// A package is not signed as the registry demands of its publisher.
    #[error("`{file}` is refused: `{publisher}` {problem}, by the word of `wa-registry.yaml`")]
    Publisher {
        /// The archive.
        file: String,
        /// Who signed.
        publisher: PublisherName,
        /// What is wrong.
        problem: String,
    },
    /// Two archives are one version of one package.
    #[error("`{first}` and `{second}` are both {package}")]
    Twice {
        /// An archive.
        first: String,
        /// The other one.
        second: String,
        /// Name and version.
        package: String,
    },
    /// A version that was there before has other bytes now.
    #[error("{0} was published before with other bytes; a change needs a new version")]
    OtherBytes(String),
    /// The index of before cannot be used, so that nobody knows which version comes next.
    #[error("`{}` is no index; put the last good one in its place", path.display())]
    Previous {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: IndexError,
    },
    /// The index would be larger than any reader takes.
    #[error("the registry is too large for an index")]
    TooLarge(#[source] IndexError),
    /// What npm reads cannot be written.
    #[error("a package cannot be described for npm")]
    Packument(#[source] serde_json::Error),
}

impl BuildError {
    /// Whether a rule said no, rather than that the work could not be done.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Disk(_) | Self::Curation(CurationError::Read(_)) => false,
            Self::Package { source, .. } => source.is_refusal(),
            _ => true,
        }
    }

    /// The findings, if that is what is wrong.
    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::Curation(CurationError::Findings(report)) | Self::Mismatch(report) => Some(report),
            Self::Package { source, .. } => match &**source {
                InstallError::Findings(report) => Some(report),
                _ => None,
            },
            _ => None,
        }
    }
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
    let index = compose(&curation, &packages, before.as_ref(), options.expires);
    let url = options.url.as_ref().or(curation.url.as_ref());
    let mut files = BTreeMap::new();
    for (name, versions) in &packages {
        let yanked = curation.packages.get(*name).map(|curated| &curated.yanked);
        let text = packument(name, versions, yanked.unwrap_or(&BTreeMap::new()), url)?;
        files.insert((*name).clone(), text);
    }
    let text = index.canonical();
    Index::parse(&text).map_err(BuildError::TooLarge)?;
    write(directory, &files, &text, before.as_ref())?;
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

/// First what the new index names, then the index, then what only the old one named goes.
fn write(
    directory: &Path,
    packuments: &BTreeMap<PackageName, Vec<u8>>,
    index: &[u8],
    before: Option<&Index>,
) -> Result<(), BuildError> {
    let disk = Disk::default();
    let place = |name: &PackageName| directory.join(name.as_str());
    let index_file = directory.join(INDEX_FILE);
    for path in packuments.keys().map(place).chain([index_file.clone()]) {
        match fs::symlink_metadata(&path) {
            Ok(metadata) if !metadata.is_file() => return Err(BuildError::NotAFile(path)),
            _ => {}
        }
    }
    for (name, text) in packuments {
        let path = place(name);
        disk.make_directory(path.parent().unwrap_or(directory), 0o755)?;
        if fs::read(&path).ok().as_ref() != Some(text) {
            disk.write(&path, text, 0o644)?;
        }
    }
    disk.write(&index_file, index, 0o644)?;
    for stale in super::signing::signature_files(directory)? {
        disk.remove(&stale)?;
    }
    let gone = before.iter().flat_map(|before| before.packages.keys());
    for name in gone.filter(|name| !packuments.contains_key(*name)) {
        disk.remove(&place(name))?;
    }
    Ok(())
}
