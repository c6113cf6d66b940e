//! `wa-registry.yaml` in the types of this crate.

use super::{IndexPublisher, Level, PackageDigest, RegistryUrl, Revoked};
use crate::npm::PackageName;
use js_semver::Version;
use manifest_schema::finding::{Finding, Report};
use manifest_schema::names::PublisherName;
use manifest_schema::registry::{self, Registry};
use manifest_schema::source::{ReadError, Source, Syntax};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::path::Path;
use std::str::FromStr;

/// What the people who keep a registry say of it.
#[derive(Debug)]
pub(super) struct Curation {
    pub(super) url: Option<RegistryUrl>,
    pub(super) publishers: BTreeMap<PublisherName, IndexPublisher>,
    pub(super) packages: BTreeMap<PackageName, Curated>,
    pub(super) revoked: Revoked,
    source: Source,
}

/// What they say of one package.
#[derive(Debug, Default)]
pub(super) struct Curated {
    pub(super) level: Level,
    pub(super) yanked: BTreeMap<Version, String>,
}

impl Curation {
    /// Reads the file in a registry's directory. None says nothing of anything.
    pub(super) fn read(directory: &Path) -> Result<Self, CurationError> {
        let path = directory.join(registry::FILE);
        let source = match Source::read(&path) {
            Err(ReadError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Source::new(&path, "schema: 1\n", Syntax::Yaml)
            }
            read => read?,
        };
        let (registry, findings) = registry::read(&source);
        let mut report = Report::new();
        report.add_source(source.clone());
        report.extend(findings);
        let Some(registry) = registry else { return Err(CurationError::Findings(Box::new(report))) };
        Self::of(registry, source).map_err(|finding| {
            report.push(*finding);
            CurationError::Findings(Box::new(report))
        })
    }

    fn of(registry: Registry, source: Source) -> Result<Self, Box<Finding>> {
        let url = registry.url.map(|url| parse(&source, "/url", &url)).transpose()?;
        let mut publishers = BTreeMap::new();
        for (name, publisher) in registry.publishers {
            let at = format!("/publishers/{name}");
            let keys = publisher.keys.iter().map(|key| parse(&source, &at, key)).collect::<Result<_, _>>()?;
            let packages = publisher.packages.iter().map(|pattern| parse(&source, &at, pattern));
            let packages = packages.collect::<Result<_, _>>()?;
            publishers.insert(name, IndexPublisher { keys, packages, threshold: publisher.threshold });
        }
        let mut packages = BTreeMap::new();
        for (name, package) in registry.packages {
            let at = manifest_schema::tree::join("/packages", &name);
            let mut curated = Curated { level: package.level, yanked: BTreeMap::new() };
            for (version, reason) in package.yanked {
                curated.yanked.insert(parse(&source, &at, &version)?, reason);
            }
            packages.insert(parse(&source, &at, &name)?, curated);
        }
        let mut revoked = Revoked::default();
        for (key, reason) in registry.revoked.keys {
            revoked.keys.insert(parse(&source, "/revoked/keys", &key)?, reason);
        }
        for (digest, reason) in registry.revoked.packages {
            let digest: PackageDigest = parse(&source, "/revoked/packages", &digest)?;
            revoked.packages.insert(digest, reason);
        }
        Ok(Self { url, publishers, packages, revoked, source })
    }

    /// What was found wrong with one value of the file.
    pub(super) fn mismatch(&self, pointer: &str, message: String) -> Finding {
        registry::mismatch(&self.source, pointer, message)
    }

    /// The file, for a report of findings about it.
    pub(super) fn report(&self, findings: Vec<Finding>) -> Box<Report> {
        Box::new(Report { findings, sources: vec![self.source.clone()] })
    }
}

/// The schema has seen to the form; what it cannot see is found here.
fn parse<T: FromStr<Err: Display>>(source: &Source, pointer: &str, text: &str) -> Result<T, Box<Finding>> {
    text.parse().map_err(|error: T::Err| Box::new(registry::mismatch(source, pointer, error.to_string())))
}

/// Why `wa-registry.yaml` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CurationError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It has errors.
    #[error("`wa-registry.yaml` has errors")]
    Findings(Box<Report>),
}
