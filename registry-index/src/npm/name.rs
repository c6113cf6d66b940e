//! Names of packages.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The name of a package in an npm registry, such as `order-desk` or `@acme/order-desk`: what
/// `validate-npm-package-name` takes for new packages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageName(String);

/// A text that is not the name of a package.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not the name of a package: write small letters, digits and `-._~`, at most 214, perhaps behind `@scope/`"
)]
pub struct NameError(pub String);

/// The longest name that npm takes, in bytes.
const MAX: usize = 214;

impl PackageName {
    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The scope with its `@`, if there is one.
    pub fn scope(&self) -> Option<&str> {
        self.0.split_once('/').map(|(scope, _)| scope)
    }

    /// The name without the scope.
    pub fn bare(&self) -> &str {
        self.0.split_once('/').map_or(&self.0, |(_, bare)| bare)
    }

    /// The name as one segment of a registry's path: the slash of a scope becomes `%2f`.
    pub fn escaped(&self) -> String {
        self.0.replace('/', "%2f")
    }
}

fn is_part(part: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._~".contains(c);
    !part.is_empty() && !part.starts_with(['.', '_']) && part.chars().all(plain)
}

impl FromStr for PackageName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let good = match text.strip_prefix('@') {
            Some(rest) => rest.split_once('/').is_some_and(|(scope, name)| is_part(scope) && is_part(name)),
            None => is_part(text) && !matches!(text, "node_modules" | "favicon.ico"),
        };
        if good && text.len() <= MAX { Ok(Self(text.to_owned())) } else { Err(NameError(text.to_owned())) }
    }
}

impl TryFrom<String> for PackageName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<PackageName> for String {
    fn from(name: PackageName) -> Self {
        name.0
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["x", "order-desk", "@acme/order-desk", "a.b_c~d", "9", &"a".repeat(214)] {
            assert_eq!(good.parse::<PackageName>().unwrap().as_str(), good);
        }
        let long = "a".repeat(215);
        for bad in [
            "",
            "@",
            "@a",
            "@a/",
            "@/b",
            "@a/b/c",
            "a/b",
            ".a",
            "_a",
            "@a/.b",
            "A",
            "a b",
            "a%2fb",
            "é",
            "node_modules",
            &long,
        ] {
            assert!(bad.parse::<PackageName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn parts() {
        let name: PackageName = "@acme/order-desk".parse().unwrap();
        assert_eq!((name.scope(), name.bare()), (Some("@acme"), "order-desk"));
        assert_eq!(name.escaped(), "@acme%2forder-desk");
    }
}
