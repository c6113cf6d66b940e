//! The names that plugins and projects use, each a type that cannot hold a wrong value.

mod origin;

pub use origin::Origin;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A text that is not a name of the wanted sort.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{value}` is not {what}: {rule}")]
pub struct NameError {
    /// The sort of name with its article, such as "a plugin id".
    pub what: &'static str,
    /// The refused text.
    pub value: String,
    /// The grammar in words.
    pub rule: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(value: String) -> Result<Self, NameError> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(&value) { Ok(Self(value)) } else { Err(NameError { what: $what, value, rule: $rule }) }
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                text.to_owned().try_into()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
    };
}

name!(
    /// The id of a plugin: `^[a-z][a-z0-9-]{1,62}$`.
    PluginId,
    "a plugin id",
    "2 to 63 lower-case letters, digits and hyphens, beginning with a letter",
    |text| text.len() >= 2 && is_word(text, b"-", 63)
);

name!(
    /// The name of a publisher, the holder of a signing key: `^[a-z][a-z0-9-]{0,62}$`.
    PublisherName,
    "a publisher name",
    "1 to 63 lower-case letters, digits and hyphens, beginning with a letter",
    |text| is_word(text, b"-", 63)
);

name!(
    /// The name of a tool: `^[a-z][a-z0-9_]{0,63}$`, which every model provider and MCP accept.
    ToolName,
    "a tool name",
    "1 to 64 lower-case letters, digits and underscores, beginning with a letter",
    |text| is_word(text, b"_", 64)
);

name!(
    /// The dotted name of an event or a gate, such as `message.received`; at most 64 bytes.
    EventName,
    "an event name",
    "lower-case words joined by dots, such as `message.received`",
    |text| text.len() <= 64 && text.contains('.') && text.split('.').all(|word| is_word(word, b"_", 64))
);

name!(
    /// The name of an agent of a project: `^[a-z][a-z0-9-]{0,62}$`.
    AgentName,
    "an agent name",
    "1 to 63 lower-case letters, digits and hyphens, beginning with a letter",
    |text| is_word(text, b"-", 63)
);

name!(
    /// The name of a messaging channel, such as `whatsapp`: `^[a-z][a-z0-9-]{0,62}$`, and not `any`.
    ChannelName,
    "a channel name",
    "1 to 63 lower-case letters, digits and hyphens, beginning with a letter; `any` stands for all channels",
    |text| text != "any" && is_word(text, b"-", 63)
);

name!(
    /// The name of one account on a channel, such as `default`: `^[a-z][a-z0-9-]{0,62}$`.
    InstanceName,
    "an instance name",
    "1 to 63 lower-case letters, digits and hyphens, beginning with a letter",
    |text| is_word(text, b"-", 63)
);

name!(
    /// The name of a provider of secrets: `^[a-z][a-z0-9_-]{0,63}$`.
    ProviderName,
    "a provider name",
    "1 to 64 lower-case letters, digits, hyphens and underscores, beginning with a letter",
    |text| is_word(text, b"-_", 64)
);

name!(
    /// The name of a variable that holds a secret: `^[A-Z][A-Z0-9_]{0,127}$`.
    EnvName,
    "a name of a variable",
    "1 to 128 capitals, digits and underscores, beginning with a capital",
    |text| {
        text.len() <= 128
            && text.starts_with(|first: char| first.is_ascii_uppercase())
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    }
);

/// A lower-case letter, then lower-case letters, digits and `also`; 1 to `max` bytes.
fn is_word(text: &str, also: &[u8], max: usize) -> bool {
    text.len() <= max
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || also.contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugin_ids() {
        for good in ["ab", "order-desk", "a1", &format!("a{}", "b".repeat(62))] {
            assert_eq!(good.parse::<PluginId>().unwrap().as_str(), good);
        }
        for bad in
            ["", "a", "1a", "-a", "Order", "a_b", "a b", "ä-b", "../x", &format!("a{}", "b".repeat(63))]
        {
            assert!(bad.parse::<PluginId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn event_names_are_dotted() {
        assert!("message.received".parse::<EventName>().is_ok());
        for bad in ["message", "message.", ".received", "Message.received", "message..x", "message.*"] {
            assert!(bad.parse::<EventName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_channel_any_is_reserved() {
        assert!("any".parse::<ChannelName>().is_err());
        assert!("whatsapp".parse::<ChannelName>().is_ok());
    }

    #[test]
    fn a_refusal_names_the_text_and_the_grammar() {
        let error = "Order Desk".parse::<PluginId>().unwrap_err();
        insta::assert_snapshot!(error, @"`Order Desk` is not a plugin id: 2 to 63 lower-case letters, digits and hyphens, beginning with a letter");
    }
}
