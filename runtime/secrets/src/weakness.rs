//! Values that are no good secrets.

use crate::redactor::MIN_REDACTED;
use secrecy::{ExposeSecret as _, SecretString};

/// What stands in examples, in lower case and without what separates words.
const PLACEHOLDERS: [&str; 14] = [
    "changeme",
    "changethis",
    "replaceme",
    "placeholder",
    "example",
    "secret",
    "mysecret",
    "password",
    "apikey",
    "token",
    "todo",
    "tbd",
    "none",
    "null",
];

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// It is shorter than what can be blacked out.
    Short,
    /// It stands in examples.
    Placeholder,
}

impl Weakness {
    /// What is wrong with a value, if anything.
    pub fn of(value: &SecretString) -> Option<Self> {
        let text = value.expose_secret().trim();
        let letters = text.chars().filter(|letter| letter.is_alphanumeric());
        let plain: String = letters.flat_map(char::to_lowercase).collect();
        let is_marked = text.starts_with('<') && text.ends_with('>')
            || text.starts_with("your-")
            || text.starts_with("your_");
        let is_one_letter = plain.len() > 2 && plain.chars().all(|letter| letter == 'x') || plain.is_empty();
        if is_marked
            || is_one_letter
            || PLACEHOLDERS.contains(&plain.as_str())
            || plain.starts_with("your") && plain.ends_with("here")
        {
            return Some(Self::Placeholder);
        }
        (value.expose_secret().len() < MIN_REDACTED).then_some(Self::Short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_and_short_values() {
        for placeholder in [
            "changeme",
            "CHANGE_ME",
            "your-api-key",
            "<api key>",
            "xxxxxxxx",
            "********",
            "YOUR_TOKEN_HERE",
            "secret",
        ] {
            assert_eq!(Weakness::of(&placeholder.into()), Some(Weakness::Placeholder), "{placeholder}");
        }
        assert_eq!(Weakness::of(&"a8Kd2".into()), Some(Weakness::Short));
        for good in ["k-4d5e6f77", "sk-secret-9912", "yourselves-1", "correct horse"] {
            assert_eq!(Weakness::of(&good.into()), None, "{good}");
        }
    }
}
