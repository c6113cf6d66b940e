//! Which version of a package is wanted.

use manifest_schema::version::VersionRange;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// What may stand behind the `@` of a package's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A version or a range of versions.
    Range(VersionRange),
    /// A dist-tag, such as `beta`.
    Tag(String),
}

/// A text that is neither a range nor a tag.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is neither a version, a range such as `^1.2`, nor a tag such as `beta`")]
pub struct WantedError(pub String);

impl FromStr for Wanted {
    type Err = WantedError;

    fn from_str(text: &str) -> Result<Self, WantedError> {
        let text = text.trim();
        if let Ok(range) = text.parse() {
            return Ok(Self::Range(range));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        if !text.is_empty() && text.chars().all(plain) {
            Ok(Self::Tag(text.to_owned()))
        } else {
            Err(WantedError(text.to_owned()))
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => range.fmt(f),
            Self::Tag(tag) => f.write_str(tag),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_come_before_tags() {
        for (text, is_range) in [
            ("^1.2", true),
            ("1.x || >=2 <3", true),
            ("1.2.3", true),
            ("", true),
            ("latest", false),
            ("beta-2", false),
        ] {
            let wanted: Wanted = text.parse().unwrap();
            assert_eq!(matches!(wanted, Wanted::Range(_)), is_range, "{text}");
            assert_eq!(wanted.to_string(), text);
        }
        assert!("a b".parse::<Wanted>().is_err() && "../x".parse::<Wanted>().is_err());
    }
}
