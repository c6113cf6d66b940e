//! What a plugin's code may reach: declared by the manifest, granted by the operator, capped by policy.

mod words;

pub use words::{Danger, PermissionLine};

use crate::manifest::CapabilityKind;
use crate::names::{ChannelName, EventName, NameError, Origin};
use crate::units::ByteSize;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// A set of permissions. The default is none at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Permissions {
    /// What the plugin may do on which channel.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub channel: BTreeMap<ChannelOrAny, BTreeSet<ChannelPermission>>,
    /// The origins that the plugin may send requests to.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub network: BTreeSet<Origin>,
    /// Which events the host sends to which receivers in the plugin's name. Not written under `permissions`: it follows from `forward`.
    #[serde(skip_deserializing, skip_serializing_if = "BTreeMap::is_empty")]
    pub forward: BTreeMap<Origin, BTreeSet<EventName>>,
    /// How much the plugin may store; none if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage: Option<ByteSize>,
    /// Whether the plugin may use the operator's language model.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub llm: bool,
    /// Paths of the secrets in its configuration that the plugin may read.
    #[serde(rename = "secretValues", skip_serializing_if = "BTreeSet::is_empty")]
    pub secret_values: BTreeSet<String>,
    /// The kinds of capability, of any plugin, that the plugin may call.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub capabilities: BTreeSet<CapabilityKind>,
}

/// One channel, or `any`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ChannelOrAny {
    /// Every channel, written `any`.
    Any,
    /// This channel.
    Named(ChannelName),
}

impl TryFrom<String> for ChannelOrAny {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        if text == "any" { Ok(Self::Any) } else { text.try_into().map(Self::Named) }
    }
}

impl From<ChannelOrAny> for String {
    fn from(channel: ChannelOrAny) -> Self {
        match channel {
            ChannelOrAny::Any => "any".to_owned(),
            ChannelOrAny::Named(name) => name.into(),
        }
    }
}

/// One thing that a plugin may do on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ChannelPermission {
    /// Send texts to anyone.
    #[serde(rename = "send")]
    Send,
    /// Answer a message.
    #[serde(rename = "reply")]
    Reply,
    /// React to a message with an emoji.
    #[serde(rename = "react")]
    React,
    /// Send and fetch pictures, sound and files.
    #[serde(rename = "media")]
    Media,
    /// Read the address book.
    #[serde(rename = "contacts.read")]
    ContactsRead,
    /// Read groups and their members.
    #[serde(rename = "groups.read")]
    GroupsRead,
}

impl ChannelPermission {
    /// All of them, in the order of the manifest's documentation.
    pub const ALL: [Self; 6] =
        [Self::Send, Self::Reply, Self::React, Self::Media, Self::ContactsRead, Self::GroupsRead];

    /// The name in a manifest, such as `contacts.read`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Reply => "reply",
            Self::React => "react",
            Self::Media => "media",
            Self::ContactsRead => "contacts.read",
            Self::GroupsRead => "groups.read",
        }
    }
}

/// The operator's upper bound on every plugin's permissions (`policy.maxPermissions`). What is absent is not bounded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PermissionCap {
    /// The most that any plugin may do on channels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<BTreeMap<ChannelOrAny, BTreeSet<ChannelPermission>>>,
    /// The only origins that any plugin may reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<BTreeSet<Origin>>,
    /// The only origins that the host may forward conversations to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forward: Option<BTreeSet<Origin>>,
    /// The most that any plugin may store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage: Option<ByteSize>,
    /// `false`: no plugin may use the language model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub llm: Option<bool>,
    /// The only kinds of capability that any plugin may call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<BTreeSet<CapabilityKind>>,
}

impl PermissionCap {
    /// The cap that lets through what both let through.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        fn common<T>(a: Option<&T>, b: Option<&T>, both: impl FnOnce(&T, &T) -> T) -> Option<T>
        where
            T: Clone,
        {
            match (a, b) {
                (Some(a), Some(b)) => Some(both(a, b)),
                (one, other) => one.or(other).cloned(),
            }
        }
        let with_network =
            |network: &BTreeSet<Origin>| Permissions { network: network.clone(), ..Permissions::default() };
        let with_channel =
            |channel: &BTreeMap<_, _>| Permissions { channel: channel.clone(), ..Permissions::default() };
        Self {
            channel: common(self.channel.as_ref(), other.channel.as_ref(), |a, b| {
                with_channel(a).intersect(&with_channel(b)).channel
            }),
            network: common(self.network.as_ref(), other.network.as_ref(), |a, b| {
                with_network(a).intersect(&with_network(b)).network
            }),
            forward: common(self.forward.as_ref(), other.forward.as_ref(), |a, b| {
                with_network(a).intersect(&with_network(b)).network
            }),
            storage: common(self.storage.as_ref(), other.storage.as_ref(), |a, b| *a.min(b)),
            llm: common(self.llm.as_ref(), other.llm.as_ref(), |a, b| *a && *b),
            capabilities: common(self.capabilities.as_ref(), other.capabilities.as_ref(), |a, b| a & b),
        }
    }

    /// What of `wanted` goes to receivers that the cap names.
    fn forwarded(&self, wanted: &Permissions) -> BTreeMap<Origin, BTreeSet<EventName>> {
        let named = |origin: &Origin| {
            self.forward.as_ref().is_none_or(|list| list.iter().any(|wide| wide.covers(origin)))
        };
        let kept = wanted.forward.iter().filter(|(origin, _)| named(origin));
        kept.map(|(origin, events)| (origin.clone(), events.clone())).collect()
    }

    /// The part of `wanted` that the cap lets through. Storage is cut down to the cap.
    pub fn apply(&self, wanted: &Permissions) -> Permissions {
        let cap = Permissions {
            channel: self.channel.clone().unwrap_or_else(|| wanted.channel.clone()),
            network: self.network.clone().unwrap_or_else(|| wanted.network.clone()),
            forward: self.forwarded(wanted),
            storage: self.storage.or(wanted.storage),
            llm: self.llm.unwrap_or(wanted.llm),
            // `policy.secretValues` decides for all of them.
            secret_values: wanted.secret_values.clone(),
            capabilities: self.capabilities.clone().unwrap_or_else(|| wanted.capabilities.clone()),
        };
        wanted.intersect(&cap)
    }
}

impl Permissions {
    /// Whether nothing is permitted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the plugin may do this on that channel.
    pub fn allows_channel(&self, channel: &ChannelName, permission: ChannelPermission) -> bool {
        self.on(&ChannelOrAny::Named(channel.clone())).contains(&permission)
    }

    /// Whether a request to `scheme://host:port` is permitted; see [`Origin::matches`].
    pub fn allows_request(&self, scheme: &str, host: &str, port: u16) -> bool {
        self.network.iter().any(|origin| origin.matches(scheme, host, port))
    }

    /// What both permit. Storage is the smaller of the two.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let common = |a: &Self, b: &Self| -> Vec<Origin> {
            a.network.iter().filter(|o| b.network.iter().any(|wide| wide.covers(o))).cloned().collect()
        };
        Self {
            channel: self.channels_with(other, |mine, theirs| &mine & &theirs),
            network: common(self, other).into_iter().chain(common(other, self)).collect(),
            forward: self.forward_with(other, |mine, theirs| mine & theirs),
            storage: self.storage.zip(other.storage).map(|(a, b)| a.min(b)),
            llm: self.llm && other.llm,
            secret_values: &self.secret_values & &other.secret_values,
            capabilities: &self.capabilities & &other.capabilities,
        }
    }

    /// What these permissions have beyond `old`. A larger storage is shown whole.
    #[must_use]
    pub fn grown_since(&self, old: &Self) -> Self {
        let new_origins = self.network.iter().filter(|o| !old.network.iter().any(|wide| wide.covers(o)));
        Self {
            channel: self.channels_with(old, |mine, theirs| &mine - &theirs),
            network: new_origins.cloned().collect(),
            forward: self.forward_with(old, |mine, theirs| mine - theirs),
            storage: self.storage.filter(|size| Some(*size) > old.storage),
            llm: self.llm && !old.llm,
            secret_values: &self.secret_values - &old.secret_values,
            capabilities: &self.capabilities - &old.capabilities,
        }
    }

    /// SHA-256 over the canonical JSON (RFC 8785) of the permissions. A permission on a channel that `any` gives
    /// already does not count twice.
    pub fn digest(&self) -> [u8; 32] {
        let normal = Self { channel: self.channels_with(self, |mine, _| mine), ..self.clone() };
        // Maps with text keys, texts and a boolean always serialise; empty bytes would still be a stable answer.
        Sha256::digest(serde_json_canonicalizer::to_vec(&normal).unwrap_or_default()).into()
    }

    /// Combines what two sets forward, receiver by receiver; drops what is empty.
    fn forward_with(
        &self,
        other: &Self,
        combine: impl Fn(&BTreeSet<EventName>, &BTreeSet<EventName>) -> BTreeSet<EventName>,
    ) -> BTreeMap<Origin, BTreeSet<EventName>> {
        let none = BTreeSet::new();
        let combined = self.forward.iter().map(|(origin, events)| {
            (origin.clone(), combine(events, other.forward.get(origin).unwrap_or(&none)))
        });
        combined.filter(|(_, events)| !events.is_empty()).collect()
    }

    /// What is permitted on a channel, `any` included.
    fn on(&self, channel: &ChannelOrAny) -> BTreeSet<ChannelPermission> {
        [&ChannelOrAny::Any, channel]
            .into_iter()
            .filter_map(|key| self.channel.get(key))
            .flatten()
            .copied()
            .collect()
    }

    /// Combines what two sets permit, channel by channel; drops what `any` says already, and empty lines.
    fn channels_with(
        &self,
        other: &Self,
        combine: impl Fn(BTreeSet<ChannelPermission>, BTreeSet<ChannelPermission>) -> BTreeSet<ChannelPermission>,
    ) -> BTreeMap<ChannelOrAny, BTreeSet<ChannelPermission>> {
        let on = |channel: &ChannelOrAny| combine(self.on(channel), other.on(channel));
        let everywhere = on(&ChannelOrAny::Any);
        let named = self.channel.keys().chain(other.channel.keys()).filter(|key| **key != ChannelOrAny::Any);
        let mut result: BTreeMap<_, _> = named.map(|key| (key.clone(), &on(key) - &everywhere)).collect();
        result.insert(ChannelOrAny::Any, everywhere);
        result.retain(|_, permissions| !permissions.is_empty());
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn permissions(value: serde_json::Value) -> Permissions {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn intersection_takes_the_narrower_side() {
        let grant = permissions(json!({
            "channel": {"any": ["send"], "console": ["react"]},
            "network": ["https://*.example.com"], "storage": "1MiB", "llm": true
        }));
        let manifest = permissions(json!({
            "channel": {"whatsapp": ["send", "reply"], "console": ["react", "reply"]},
            "network": ["https://api.example.com", "https://other.test"], "storage": "10MiB", "secretValues": ["token"]
        }));
        let both = permissions(json!({
            "channel": {"whatsapp": ["send"], "console": ["react"]},
            "network": ["https://api.example.com"], "storage": "1MiB"
        }));
        assert_eq!(grant.intersect(&manifest), both);
        assert_eq!(manifest.intersect(&grant), both);
    }

    #[test]
    fn intersecting_with_oneself_or_nothing() {
        let some =
            permissions(json!({"channel": {"any": ["send"], "console": ["react"]}, "storage": "1MiB"}));
        assert_eq!(some.intersect(&some), some);
        assert!(some.intersect(&Permissions::default()).is_empty());
    }

    #[test]
    fn growth_is_only_what_the_old_set_did_not_cover() {
        let old = permissions(
            json!({"channel": {"any": ["send"]}, "network": ["https://*.example.com"], "storage": "1MiB"}),
        );
        let new = permissions(json!({
            "channel": {"whatsapp": ["send", "media"]},
            "network": ["https://api.example.com", "https://evil.test"], "storage": "2MiB", "llm": true, "secretValues": ["token"]
        }));
        let grown = permissions(json!({
            "channel": {"whatsapp": ["media"]}, "network": ["https://evil.test"], "storage": "2MiB", "llm": true, "secretValues": ["token"]
        }));
        assert_eq!(new.grown_since(&old), grown);
        assert!(old.grown_since(&old).is_empty());
    }

    #[test]
    fn a_cap_bounds_only_what_it_names() {
        let cap: PermissionCap = serde_json::from_value(json!({"network": [], "storage": "1MiB"})).unwrap();
        let wanted = permissions(
            json!({"channel": {"any": ["send"]}, "network": ["https://a.test"], "storage": "5MiB", "llm": true}),
        );
        let left = permissions(json!({"channel": {"any": ["send"]}, "storage": "1MiB", "llm": true}));
        assert_eq!(cap.apply(&wanted), left);
        assert_eq!(PermissionCap::default().apply(&wanted), wanted);
    }

    #[test]
    fn forwarding_is_bounded_receiver_by_receiver() {
        let with = |list: &[(&str, &[&str])]| Permissions {
            forward: list
                .iter()
                .map(|(origin, events)| {
                    (origin.parse().unwrap(), events.iter().map(|event| event.parse().unwrap()).collect())
                })
                .collect(),
            ..Permissions::default()
        };
        let wanted = with(&[
            ("https://a.test", &["message.received", "message.sent"]),
            ("https://b.test", &["message.sent"]),
        ]);
        let grant = with(&[("https://a.test", &["message.sent"])]);
        assert_eq!(wanted.intersect(&grant), grant);
        let grown = with(&[("https://a.test", &["message.received"]), ("https://b.test", &["message.sent"])]);
        assert_eq!(wanted.grown_since(&grant), grown);
        let cap: PermissionCap = serde_json::from_value(json!({"forward": ["https://b.test"]})).unwrap();
        assert_eq!(cap.apply(&wanted), with(&[("https://b.test", &["message.sent"])]));
        assert_ne!(wanted.digest(), grant.digest());
        // Nobody writes it: it follows from `forward`.
        assert_eq!(
            permissions(json!({"forward": {"https://a.test": ["message.sent"]}})),
            Permissions::default()
        );
    }

    #[test]
    fn the_digest_is_that_of_the_meaning() {
        let short = permissions(json!({"channel": {"any": ["send"]}}));
        let long = permissions(json!({"channel": {"any": ["send"], "console": ["send"]}, "llm": false}));
        assert_eq!(short.digest(), long.digest());
        assert_ne!(short.digest(), Permissions::default().digest());
    }
}
