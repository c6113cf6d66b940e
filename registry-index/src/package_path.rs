//! Paths inside a package, and the rules that make one safe on every file system.

use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A relative path with `/` between its parts that is safe to create below any directory on any system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackagePath(String);

/// The longest path in a package, in bytes.
pub const MAX_PATH: usize = 1024;
/// The deepest path in a package, in parts.
pub const MAX_DEPTH: usize = 64;
/// The longest part of a path, in bytes: what common file systems take.
const MAX_PART: usize = 255;

/// The rule that a path breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PathRule {
    /// Not UTF-8.
    #[error("the path is not UTF-8")]
    NotUtf8,
    /// Begins with `/`.
    #[error("the path is absolute")]
    Absolute,
    /// Begins with a drive letter.
    #[error("the path begins with a drive letter")]
    Drive,
    /// Holds a backslash, which separates parts or names a server on Windows.
    #[error("the path has a backslash")]
    Backslash,
    /// Has a part `..`.
    #[error("the path climbs out with `..`")]
    Parent,
    /// Has an empty part or a part `.`, or is empty.
    #[error("the path has an empty part or a `.` part")]
    EmptyPart,
    /// Holds NUL, a control character or a line separator.
    #[error("the path has a control character")]
    Control,
    /// Holds a character that changes the direction of text, so that a name looks like another.
    #[error("the path has a character that changes the direction of text")]
    Bidi,
    /// Holds a colon: an alternate data stream on Windows.
    #[error("the path names an alternate stream (a colon)")]
    AlternateStream,
    /// Has a part that is a device on Windows, such as `NUL` or `com1.txt`.
    #[error("the path names a Windows device")]
    Device,
    /// Has a part that ends with a dot or a space, which Windows drops.
    #[error("the path has a part that ends with a dot or a space")]
    TrailingDotOrSpace,
    /// Longer than 1,024 bytes, or a part longer than 255.
    #[error("the path is longer than 1,024 bytes or has a part longer than 255")]
    TooLong,
    /// Deeper than 64 parts.
    #[error("the path is deeper than 64 parts")]
    TooDeep,
}

impl PathRule {
    /// The rule's name, which never changes.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotUtf8 => "path-not-utf8",
            Self::Absolute => "path-absolute",
            Self::Drive => "path-drive",
            Self::Backslash => "path-backslash",
            Self::Parent => "path-parent",
            Self::EmptyPart => "path-empty-part",
            Self::Control => "path-control",
            Self::Bidi => "path-bidi",
            Self::AlternateStream => "path-alternate-stream",
            Self::Device => "path-device",
            Self::TrailingDotOrSpace => "path-trailing",
            Self::TooLong => "path-too-long",
            Self::TooDeep => "path-too-deep",
        }
    }
}

impl PackagePath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parts, outermost first; there is at least one.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }
}

/// Checks a path that came from outside.
pub(crate) fn check(path: &str) -> Result<(), PathRule> {
    if path.len() > MAX_PATH {
        return Err(PathRule::TooLong);
    }
    if path.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(PathRule::Control);
    }
    if path.chars().any(|c| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')) {
        return Err(PathRule::Bidi);
    }
    if path.contains('\\') {
        return Err(PathRule::Backslash);
    }
    if path.starts_with('/') {
        return Err(PathRule::Absolute);
    }
    if path.as_bytes().get(1) == Some(&b':') && path.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err(PathRule::Drive);
    }
    if path.split('/').count() > MAX_DEPTH {
        return Err(PathRule::TooDeep);
    }
    path.split('/').try_for_each(check_part)
}

fn check_part(part: &str) -> Result<(), PathRule> {
    match part {
        "" | "." => return Err(PathRule::EmptyPart),
        ".." => return Err(PathRule::Parent),
        _ if part.len() > MAX_PART => return Err(PathRule::TooLong),
        _ if part.contains(':') => return Err(PathRule::AlternateStream),
        _ if part.ends_with(['.', ' ']) => return Err(PathRule::TrailingDotOrSpace),
        _ => {}
    }
    if is_device(part) { Err(PathRule::Device) } else { Ok(()) }
}

/// Windows takes these names for devices in any case, with any extension, and with superscript digits.
fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |rest: &str| {
        let mut chars = rest.chars();
        let digit = chars.next().is_some_and(|c| c.is_ascii_digit() || matches!(c, '¹' | '²' | '³'));
        digit && chars.next().is_none()
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT")).is_some_and(numbered)
}

impl TryFrom<String> for PackagePath {
    type Error = PathRule;

    fn try_from(path: String) -> Result<Self, PathRule> {
        check(&path).map(|()| Self(path))
    }
}

impl FromStr for PackagePath {
    type Err = PathRule;

    fn from_str(path: &str) -> Result<Self, PathRule> {
        path.to_owned().try_into()
    }
}

impl From<PackagePath> for String {
    fn from(path: PackagePath) -> String {
        path.0
    }
}

impl Borrow<str> for PackagePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PackagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_paths() {
        let deep = vec!["d"; MAX_DEPTH].join("/");
        for good in ["a", "a/b.txt", ".hidden", "com10", "console", "a b", "ä/ß", "nul-x", "x..y", &deep] {
            assert_eq!(good.parse::<PackagePath>().map(String::from).as_deref(), Ok(good));
        }
    }

    #[test]
    fn each_rule_refuses() {
        let cases: &[(&str, PathRule)] = &[
            ("/etc/passwd", PathRule::Absolute),
            ("../x", PathRule::Parent),
            ("a/../b", PathRule::Parent),
            ("C:/x", PathRule::Drive),
            ("c:x", PathRule::Drive),
            ("\\\\server\\share", PathRule::Backslash),
            ("a\\b", PathRule::Backslash),
            ("", PathRule::EmptyPart),
            ("a//b", PathRule::EmptyPart),
            ("./a", PathRule::EmptyPart),
            ("a/", PathRule::EmptyPart),
            ("a\0b", PathRule::Control),
            ("a\nb", PathRule::Control),
            ("a\u{9b}b", PathRule::Control),
            ("a\u{202e}b", PathRule::Bidi),
            ("a\u{2066}b", PathRule::Bidi),
            ("file.txt:evil", PathRule::AlternateStream),
            ("NUL", PathRule::Device),
            ("a/com1.txt", PathRule::Device),
            ("LPT².log", PathRule::Device),
            ("con .x", PathRule::Device),
            ("conin$", PathRule::Device),
            ("a.", PathRule::TrailingDotOrSpace),
            ("a /b", PathRule::TrailingDotOrSpace),
        ];
        for (path, rule) in cases {
            assert_eq!(path.parse::<PackagePath>(), Err(*rule), "{path:?}");
        }
        assert_eq!("x".repeat(256).parse::<PackagePath>(), Err(PathRule::TooLong));
        assert_eq!("x/".repeat(600).parse::<PackagePath>(), Err(PathRule::TooLong));
        assert_eq!(vec!["d"; MAX_DEPTH + 1].join("/").parse::<PackagePath>(), Err(PathRule::TooDeep));
    }
}
