//! What a person may write to name a plugin to install.

use std::path::{Component, Path, PathBuf};
use thiserror::Error;

/// Where a plugin is to come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spec {
    /// An author's directory, linked and not copied. An absolute path.
    Directory(PathBuf),
    /// A local `.tgz`. An absolute path.
    Archive(PathBuf),
    /// A package of a registry: name and version range, as written.
    Registry(String),
    /// An archive at a URL.
    Url(String),
}

/// Why a spec cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SpecError {
    /// The text names nothing.
    #[error("`{0}` names no plugin: write a directory, a .tgz file, or a package name")]
    Malformed(String),
    /// A zip archive.
    #[error("`{0}` is a zip archive, which this version of wa does not install; use the .tgz")]
    Zip(String),
    /// A package of a registry.
    #[error(
        "`{0}` is the name of a package in a registry, and this version of wa installs directories and .tgz files only; for a directory write `./{0}`"
    )]
    Registry(String),
    /// An archive at a URL.
    #[error(
        "`{0}` is a URL, and this version of wa installs directories and .tgz files only; download it first"
    )]
    Url(String),
}

impl SpecError {
    /// Whether the spec is understood, and answered with no.
    pub const fn is_refusal(&self) -> bool {
        !matches!(self, Self::Malformed(_))
    }
}

impl Spec {
    /// Reads a spec. A relative path is meant from `base`. The disk is not looked at.
    ///
    /// # Errors
    /// [`SpecError::Malformed`] and [`SpecError::Zip`].
    pub fn parse(text: &str, base: &Path) -> Result<Self, SpecError> {
        if text.is_empty() || text.contains(char::is_control) {
            return Err(SpecError::Malformed(text.to_owned()));
        }
        if text.starts_with("https://") || text.starts_with("http://") {
            return Ok(Self::Url(text.to_owned()));
        }
        let lower = text.to_ascii_lowercase();
        let archive = lower.ends_with(".tgz") || lower.ends_with(".tar.gz");
        let path = text.strip_prefix("file:");
        let is_path = path.is_some()
            || archive
            || text.starts_with(['.', '/'])
            || (text.contains('/') && !text.starts_with('@'));
        let path = path.unwrap_or(text);
        if lower.ends_with(".zip") {
            return Err(SpecError::Zip(text.to_owned()));
        }
        if !is_path {
            let is_name = !text.trim_start_matches('@').is_empty() && !text.contains(char::is_whitespace);
            let text = text.to_owned();
            return if is_name { Ok(Self::Registry(text)) } else { Err(SpecError::Malformed(text)) };
        }
        let path = normalise(&base.join(path));
        Ok(if archive { Self::Archive(path) } else { Self::Directory(path) })
    }

    /// The spec as `wa.yaml` and `wa.lock` have it. A path is written from the project's root, unless the two have
    /// nothing but the root of the file system in common.
    pub fn written(&self, root: &Path) -> String {
        match self {
            Self::Registry(text) | Self::Url(text) => text.clone(),
            Self::Directory(path) | Self::Archive(path) => from_root(path, &normalise(root)),
        }
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
        let directory = |path: &str| Ok(Spec::Directory(path.into()));
        let archive = |path: &str| Ok(Spec::Archive(path.into()));
        let registry = |text: &str| Ok(Spec::Registry(text.into()));
        let malformed = |text: &str| Err(SpecError::Malformed(text.into()));
        let cases = [
            ("./plugins/demo", directory("/p/plugins/demo")),
            ("plugins/demo/", directory("/p/plugins/demo")),
            ("../demo", directory("/demo")),
            (".", directory("/p")),
            ("/abs/demo", directory("/abs/demo")),
            ("file:demo", directory("/p/demo")),
            ("demo-1.0.0.tgz", archive("/p/demo-1.0.0.tgz")),
            ("./a/../demo.TAR.GZ", archive("/p/demo.TAR.GZ")),
            ("demo", registry("demo")),
            ("@acme/demo@^1.2", registry("@acme/demo@^1.2")),
            ("https://x.org/a.tgz#sha512-x", Ok(Spec::Url("https://x.org/a.tgz#sha512-x".into()))),
            ("demo.zip", Err(SpecError::Zip("demo.zip".into()))),
            ("", malformed("")),
            ("@", malformed("@")),
            ("a b", malformed("a b")),
            ("./a\nb", malformed("./a\nb")),
        ];
        for (text, expected) in cases {
            assert_eq!(Spec::parse(text, Path::new("/p")), expected, "{text:?}");
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
