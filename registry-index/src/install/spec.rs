//! What a person may write to name a plugin to install.

use crate::digest::{DigestError, Sha512};
use crate::npm::{NameError, PackageName, Wanted, WantedError};
use std::fmt;
use std::path::{Component, Path, PathBuf};
use thiserror::Error;

/// Where a plugin is to come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spec {
    /// An author's directory, linked and not copied. An absolute path.
    Directory(PathBuf),
    /// A local `.tgz` or `.zip`. An absolute path.
    Archive(PathBuf),
    /// A package of a registry.
    Registry(RegistrySpec),
    /// An archive at a URL.
    Url(UrlSpec),
}

/// A package of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrySpec {
    /// Its name.
    pub name: PackageName,
    /// Which version; any, if nothing is said.
    pub wanted: Option<Wanted>,
}

/// An archive at a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlSpec {
    /// The URL without its fragment.
    pub url: String,
    /// The digest in the fragment, `#sha512-…`.
    pub integrity: Option<Sha512>,
}

/// A text that names nothing to install.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SpecError {
    /// The text names nothing.
    #[error("`{0}` names no plugin: write a directory, a .tgz or .zip file, a URL, or a package name")]
    Malformed(String),
    /// The name or the version of a package of a registry is none.
    #[error("`{0}` names no package; for a directory write `./{0}`")]
    Name(String, #[source] NameError),
    /// What stands behind the `@` is no version.
    #[error("`{0}` asks for a version that does not exist")]
    Wanted(String, #[source] WantedError),
    /// The fragment of the URL is no digest.
    #[error("`{0}` has a fragment that pins nothing")]
    Fragment(String, #[source] DigestError),
}

impl Spec {
    /// Reads a spec. A relative path is meant from `base`. The disk is not looked at.
    ///
    /// # Errors
    /// Any [`SpecError`].
    pub fn parse(text: &str, base: &Path) -> Result<Self, SpecError> {
        if text.is_empty() || text.contains(char::is_control) {
            return Err(SpecError::Malformed(text.to_owned()));
        }
        if text.starts_with("https://") || text.starts_with("http://") {
            return parse_url(text).map(Self::Url);
        }
        let lower = text.to_ascii_lowercase();
        let archive = [".tgz", ".tar.gz", ".zip"].iter().any(|end| lower.ends_with(end));
        let path = text.strip_prefix("file:");
        let is_path = path.is_some()
            || archive
            || text.starts_with(['.', '/'])
            || (text.contains('/') && !text.starts_with('@'));
        if !is_path {
            return parse_registry(text).map(Self::Registry);
        }
        let path = normalise(&base.join(path.unwrap_or(text)));
        Ok(if archive { Self::Archive(path) } else { Self::Directory(path) })
    }

    /// The spec as `wa.yaml` and `wa.lock` have it. A path is written from the project's root, unless the two have
    /// nothing but the root of the file system in common.
    pub fn written(&self, root: &Path) -> String {
        match self {
            Self::Registry(spec) => spec.to_string(),
            Self::Url(spec) => spec.to_string(),
            Self::Directory(path) | Self::Archive(path) => from_root(path, &normalise(root)),
        }
    }
}

fn parse_url(text: &str) -> Result<UrlSpec, SpecError> {
    let (url, fragment) = text.split_once('#').map_or((text, None), |(url, rest)| (url, Some(rest)));
    let integrity = fragment.map(str::parse).transpose();
    let integrity = integrity.map_err(|error| SpecError::Fragment(text.to_owned(), error))?;
    Ok(UrlSpec { url: url.to_owned(), integrity })
}

fn parse_registry(text: &str) -> Result<RegistrySpec, SpecError> {
    // The first character may be the `@` of a scope.
    let at = text.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at);
    let (name, wanted) = at.map_or((text, None), |at| (&text[..at], Some(&text[at + 1..])));
    let name = name.parse().map_err(|error| SpecError::Name(text.to_owned(), error))?;
    let wanted = wanted.map(str::parse).transpose();
    Ok(RegistrySpec { name, wanted: wanted.map_err(|error| SpecError::Wanted(text.to_owned(), error))? })
}

impl fmt::Display for RegistrySpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.wanted {
            Some(wanted) => write!(f, "{}@{wanted}", self.name),
            None => self.name.fmt(f),
        }
    }
}

impl fmt::Display for UrlSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)?;
        self.integrity.map_or(Ok(()), |integrity| write!(f, "#{integrity}"))
    }
}

fn from_root(path: &Path, root: &Path) -> String {
    let shared = path.components().zip(root.components()).take_while(|(a, b)| a == b).count();
    let up = root.components().count() - shared;
    let rest: PathBuf = path.components().skip(shared).collect();
    match up {
        _ if shared < 2 => path.display().to_string(),
        0 => format!("./{}", rest.display()),
        up => format!("{}{}", "../".repeat(up), rest.display()),
    }
}

/// The path without `.` and `..`, worked out from the text alone.
pub(crate) fn normalise(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(normal.pop()),
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs() {
        let read = |text: &str| Spec::parse(text, Path::new("/p"));
        for (text, path) in [
            ("./plugins/demo", "/p/plugins/demo"),
            ("plugins/demo/", "/p/plugins/demo"),
            ("../demo", "/demo"),
            (".", "/p"),
            ("/abs/demo", "/abs/demo"),
            ("file:demo", "/p/demo"),
        ] {
            assert_eq!(read(text), Ok(Spec::Directory(path.into())), "{text}");
        }
        for (text, path) in [
            ("demo-1.0.0.tgz", "/p/demo-1.0.0.tgz"),
            ("./a/../demo.TAR.GZ", "/p/demo.TAR.GZ"),
            ("demo.zip", "/p/demo.zip"),
        ] {
            assert_eq!(read(text), Ok(Spec::Archive(path.into())), "{text}");
        }
        let pin = Sha512::of(b"x");
        let pinned = format!("https://x.org/a.tgz#{pin}");
        for text in
            ["demo", "demo@beta", "@acme/demo@^1.2", "@acme/demo@>=1 <2 || 3", "https://x.org/a", &pinned]
        {
            let spec = read(text).unwrap();
            assert!(matches!(spec, Spec::Registry(_) | Spec::Url(_)), "{text}");
            assert_eq!(spec.written(Path::new("/p")), text);
        }
        for bad in
            ["", "@", "a b", "./a\nb", "demo@a b", "Demo", "https://x.org/a.tgz#sha512-x", "https://x.org/a#"]
        {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_path_in_the_project_is_written_from_its_root() {
        let written = |spec: &str| Spec::parse(spec, Path::new("/p/sub")).unwrap().written(Path::new("/p/."));
        assert_eq!(written("../plugins/demo"), "./plugins/demo");
        assert_eq!(written("demo.tgz"), "./sub/demo.tgz");
        assert_eq!(written("../../else/demo.tgz"), "/else/demo.tgz");
        let sibling = Spec::parse("/home/ana/plugins/demo", Path::new("/")).unwrap();
        assert_eq!(sibling.written(Path::new("/home/ana/projects/shop")), "../../plugins/demo");
        assert_eq!(written("demo@1"), "demo@1");
    }
}
