//! What a plan needs before it may be applied, and what was given.

use crate::keys::Fingerprint;
use serde::Serialize;
use std::fmt;

/// One thing that somebody must say yes to. `--yes` answers [`Need::Confirmation`] and no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "need", content = "key", rename_all = "kebab-case")]
pub enum Need {
    /// That the plugin be installed, with its permissions.
    Confirmation,
    /// That this key be trusted for packages of this name: a person at the prompt, or `--trust-key`.
    TrustKey(Fingerprint),
    /// That an unsigned package be installed: `--allow-unsigned`.
    AllowUnsigned,
    /// That an older package than the newest one seen be installed: `--allow-downgrade`.
    AllowDowngrade,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Confirmation => f.write_str("a confirmation (`--yes`)"),
            Self::TrustKey(key) => write!(f, "trust in the publisher's key (`--trust-key {key}`)"),
            Self::AllowUnsigned => f.write_str("an unsigned package (`--allow-unsigned`)"),
            Self::AllowDowngrade => f.write_str("an older package than before (`--allow-downgrade`)"),
        }
    }
}

/// What somebody said yes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Approval {
    /// Whether the plan was confirmed, and how.
    pub confirmed: Confirmed,
    /// The keys of `--trust-key`.
    pub trust_keys: Vec<Fingerprint>,
    /// `--allow-unsigned`.
    pub allow_unsigned: bool,
    /// `--allow-downgrade`.
    pub allow_downgrade: bool,
}

/// How a plan was confirmed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confirmed {
    /// Not at all.
    #[default]
    No,
    /// By `--yes`.
    ByFlag,
    /// By a person who was shown the plan, with the publisher and the key's fingerprint in it.
    InPerson,
}

impl Approval {
    /// Whether this need is met.
    pub fn covers(&self, need: &Need) -> bool {
        match need {
            Need::Confirmation => self.confirmed != Confirmed::No,
            Need::TrustKey(key) => self.trust_keys.contains(key) || self.confirmed == Confirmed::InPerson,
            Need::AllowUnsigned => self.allow_unsigned,
            Need::AllowDowngrade => self.allow_downgrade,
        }
    }

    /// The needs that are not met.
    pub fn missing(&self, needs: &[Need]) -> Vec<Need> {
        needs.iter().filter(|need| !self.covers(need)).copied().collect()
    }
}
