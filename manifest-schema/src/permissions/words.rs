//! Permissions as sentences for the person who is asked.

use super::{ChannelOrAny, ChannelPermission, Permissions};
use crate::names::{EventName, Origin};
use serde::Serialize;
use std::collections::BTreeSet;

/// How much harm a permission can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Danger {
    /// Acts on other people or carries data away.
    High,
    /// Reads private data, costs money, or acts in a bounded way.
    Medium,
    /// Stays on this machine.
    Low,
}

/// One permission in plain words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PermissionLine {
    /// How much harm it can do.
    pub danger: Danger,
    /// What the plugin may do, as a sentence without subject: `send messages to anyone on whatsapp`.
    pub words: String,
}

impl Permissions {
    /// The permissions in plain words, the dangerous ones first. Empty if nothing is permitted.
    pub fn in_words(&self) -> Vec<PermissionLine> {
        let mut lines: Vec<PermissionLine> = Vec::new();
        for (channel, permissions) in &self.channel {
            lines.extend(permissions.iter().map(|permission| on_channel(channel, *permission)));
        }
        lines.extend(self.network.iter().map(to_origin));
        lines.extend(self.forward.iter().map(|(origin, events)| forwarded(origin, events)));
        lines.extend(self.secret_values.iter().map(|path| PermissionLine {
            danger: Danger::High,
            words: format!("read the secret `{path}` of its configuration itself"),
        }));
        if self.llm {
            let words = "use the language model at your cost".to_owned();
            lines.push(PermissionLine { danger: Danger::Medium, words });
        }
        lines.extend(self.capabilities.iter().map(|kind| PermissionLine {
            danger: Danger::Medium,
            words: format!("ask other plugins for {kind}"),
        }));
        if let Some(size) = self.storage {
            lines.push(PermissionLine {
                danger: Danger::Low,
                words: format!("store up to {size} on this machine"),
            });
        }
        lines.sort_by_key(|line| line.danger);
        lines
    }
}

fn on_channel(channel: &ChannelOrAny, permission: ChannelPermission) -> PermissionLine {
    let (danger, what) = match permission {
        ChannelPermission::Send => (Danger::High, "send messages to anyone"),
        ChannelPermission::Media => (Danger::High, "send and receive pictures, sound and files"),
        ChannelPermission::ContactsRead => (Danger::High, "read your contacts"),
        ChannelPermission::GroupsRead => (Danger::High, "read your groups and who is in them"),
        ChannelPermission::Reply => (Danger::Medium, "answer messages"),
        ChannelPermission::React => (Danger::Medium, "react to messages"),
    };
    let place = match channel {
        ChannelOrAny::Any => "on every channel".to_owned(),
        ChannelOrAny::Named(name) => format!("on {name}"),
    };
    PermissionLine { danger, words: format!("{what} {place}") }
}

fn to_origin(origin: &Origin) -> PermissionLine {
    let clear = if origin.scheme() == "http" { ", unencrypted" } else { "" };
    PermissionLine { danger: Danger::High, words: format!("exchange data with {origin}{clear}") }
}

fn forwarded(origin: &Origin, events: &BTreeSet<EventName>) -> PermissionLine {
    let clear = if origin.scheme() == "http" { ", unencrypted" } else { "" };
    let events: Vec<&str> = events.iter().map(EventName::as_str).collect();
    let words = format!("have the host send a signed copy of every {} to {origin}{clear}", events.join(", "));
    PermissionLine { danger: Danger::High, words }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn dangerous_first() {
        let permissions: Permissions = serde_json::from_value(json!({
            "channel": {"any": ["react"], "whatsapp": ["send", "reply", "contacts.read"]},
            "network": ["http://plain.test", "https://*.example.com"], "storage": "10MiB", "llm": true, "secretValues": ["token"],
            "capabilities": ["speech"]
        }))
        .unwrap();
        let lines: Vec<String> =
            permissions.in_words().iter().map(|l| format!("{:?}: {}", l.danger, l.words)).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        High: send messages to anyone on whatsapp
        High: read your contacts on whatsapp
        High: exchange data with http://plain.test, unencrypted
        High: exchange data with https://*.example.com
        High: read the secret `token` of its configuration itself
        Medium: react to messages on every channel
        Medium: answer messages on whatsapp
        Medium: use the language model at your cost
        Medium: ask other plugins for speech
        Low: store up to 10MiB on this machine
        ");
        assert_eq!(Permissions::default().in_words(), []);
    }
}
