//! The state of an account.

use serde::{Deserialize, Serialize};
use std::{
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

/// What an account is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// On its way to the server.
    Connecting,
    /// Messages go both ways.
    Connected,
    /// The connection was lost and is tried again.
    Reconnecting,
    /// Nothing is paired.
    NotPaired,
    /// WhatsApp has forgotten the device.
    CredentialsExpired,
    /// Its files cannot be used, or another process has it.
    Unusable,
}

impl Condition {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Reconnecting => "reconnecting",
            Self::NotPaired => "not_paired",
            Self::CredentialsExpired => "credentials_expired",
            Self::Unusable => "unusable",
        }
    }
}

/// Messages that were passed over, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundCounters {
    /// Taken.
    pub taken: u64,
    /// From nobody on the list.
    pub not_on_list: u64,
    /// In chats that the owner has muted or archived.
    pub quiet_chats: u64,
    /// Written by the owner.
    pub from_me: u64,
    /// In groups.
    pub in_groups: u64,
    /// Too old when they came.
    pub too_old: u64,
    /// Written more than a day from now.
    pub from_the_future: u64,
    /// Of a kind that is not read yet.
    pub unsupported: u64,
    /// That could never be taken: too long, for one.
    pub malformed: u64,
}

impl InboundCounters {
    /// Each with its name.
    pub fn by_name(&self) -> [(&'static str, u64); 9] {
        [
            ("taken", self.taken),
            ("not_on_list", self.not_on_list),
            ("quiet_chats", self.quiet_chats),
            ("from_me", self.from_me),
            ("in_groups", self.in_groups),
            ("too_old", self.too_old),
            ("from_the_future", self.from_the_future),
            ("unsupported", self.unsupported),
            ("malformed", self.malformed),
        ]
    }
}

/// A condition, since when, and why.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) condition: Condition,
    pub(crate) reason: String,
    pub(crate) since: SystemTime,
}

/// The state as it is now.
pub(super) struct Tracked(Mutex<State>);

impl Tracked {
    pub(super) fn new(now: SystemTime) -> Self {
        Self(Mutex::new(State { condition: Condition::Connecting, reason: String::new(), since: now }))
    }

    pub(super) fn set(&self, condition: Condition, reason: String, since: SystemTime) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State { condition, reason, since };
    }

    pub(super) fn get(&self) -> State {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
