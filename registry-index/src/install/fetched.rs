//! What a spec stands for, at hand on this machine: the end of fetching and the beginning of checking.

use super::Spec;
use crate::digest::Sha512;
use crate::npm::PackageName;
use js_semver::Version;
use std::path::PathBuf;

/// A directory, or an archive that was fetched or was here already.
#[derive(Debug, Clone, PartialEq)]
pub enum Fetched {
    /// An author's directory. An absolute path.
    Directory(PathBuf),
    /// An archive on this machine.
    Archive(Box<FetchedArchive>),
}

/// An archive, and what is known of where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchedArchive {
    /// What was asked for.
    pub spec: Spec,
    /// The archive on this machine.
    pub path: PathBuf,
    /// Where it came from: a URL, or `None` for a local archive.
    pub url: Option<String>,
    /// The digest that it must have, by the word of the registry or of the URL.
    pub integrity: Option<Sha512>,
    /// What the registry said of this version.
    pub registry: Option<RegistryVersion>,
    /// What a person should know about the fetching.
    pub warnings: Vec<String>,
}

/// What a registry says of one version of a package.
#[derive(Debug, Clone, PartialEq)]
pub struct RegistryVersion {
    /// The registry, as a URL that ends with a slash.
    pub registry: String,
    /// The package.
    pub name: PackageName,
    /// The version.
    pub version: Version,
    /// The message of a version that its publisher discourages.
    pub deprecated: Option<String>,
    /// When it was published, as the registry writes it.
    pub published: Option<String>,
    /// What became of the registry's own signature.
    pub signature: RegistrySignature,
}

/// Whether the registry signed a version. A signature that does not verify is no value of this: it is a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistrySignature {
    /// There is none.
    Absent,
    /// It is good.
    Verified {
        /// The registry's name of the key, such as `SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA`.
        keyid: String,
    },
}

impl Fetched {
    /// What is on this machine already needs no fetching; `None` for a package of a registry or a URL.
    pub fn local(spec: &Spec) -> Option<Self> {
        match spec {
            Spec::Directory(path) => Some(Self::Directory(path.clone())),
            Spec::Archive(path) => Some(Self::Archive(Box::new(FetchedArchive {
                spec: spec.clone(),
                path: path.clone(),
                url: None,
                integrity: None,
                registry: None,
                warnings: Vec::new(),
            }))),
            Spec::Registry(_) | Spec::Url(_) => None,
        }
    }

    /// What was asked for.
    pub fn spec(&self) -> Spec {
        match self {
            Self::Directory(path) => Spec::Directory(path.clone()),
            Self::Archive(archive) => archive.spec.clone(),
        }
    }
}
