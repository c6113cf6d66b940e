//! Which packages a publisher may sign.

use super::TrustError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Names of packages: one name, all of a scope (`@acme/*`), or all (`*`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NamePattern(String);

impl NamePattern {
    /// The narrowest pattern worth pinning for a package: its scope, or its own name if it has none.
    pub fn around(package: &str) -> Self {
        match package.split_once('/') {
            Some((scope, _)) if scope.starts_with('@') => Self(format!("{scope}/*")),
            _ => Self(package.to_owned()),
        }
    }

    /// Whether a package of this name is meant.
    pub fn matches(&self, package: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(prefix) => package.starts_with(prefix),
            None => self.0 == package,
        }
    }
}

impl FromStr for NamePattern {
    type Err = TrustError;

    fn from_str(text: &str) -> Result<Self, TrustError> {
        let name = |name: &str| {
            !name.is_empty() && !name.contains(|c: char| c == '*' || c.is_whitespace() || c.is_control())
        };
        let scope = text.strip_suffix("/*").and_then(|scope| scope.strip_prefix('@'));
        let good =
            text == "*" || scope.map_or_else(|| name(text), |scope| name(scope) && !scope.contains('/'));
        if good { Ok(Self(text.to_owned())) } else { Err(TrustError::Pattern(text.to_owned())) }
    }
}

impl TryFrom<String> for NamePattern {
    type Error = TrustError;

    fn try_from(text: String) -> Result<Self, TrustError> {
        text.parse()
    }
}

impl From<NamePattern> for String {
    fn from(pattern: NamePattern) -> String {
        pattern.0
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        assert_eq!(NamePattern::around("@acme/order-desk").to_string(), "@acme/*");
        assert_eq!(NamePattern::around("order-desk").to_string(), "order-desk");
        let scope: NamePattern = "@acme/*".parse().unwrap();
        assert!(scope.matches("@acme/x") && !scope.matches("@acme2/x") && !scope.matches("acme"));
        let one: NamePattern = "x".parse().unwrap();
        assert!(one.matches("x") && !one.matches("xy"));
        for bad in ["", "a*", "@a*/x", "@/*", "a b", "@a/b/*"] {
            assert!(bad.parse::<NamePattern>().is_err(), "{bad}");
        }
    }
}
