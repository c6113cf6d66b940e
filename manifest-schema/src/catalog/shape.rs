//! What sort of plugin one is, and what may be wrong with it in time.

use crate::manifest::Manifest;
use serde::Serialize;

/// The sort of a plugin, by what it provides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Capabilities of one kind.
    PlainCapability,
    /// Capabilities of several kinds.
    HybridCapability,
    /// Nothing but gates.
    HookOnly,
    /// Events, tools, routes and the like, but no capability.
    NonCapability,
    /// No code.
    ContentOnly,
}

impl Shape {
    /// The shape of a plugin.
    pub fn of(manifest: &Manifest) -> Self {
        let other = !manifest.events.is_empty()
            || !manifest.tools.is_empty()
            || !manifest.routes.is_empty()
            || !manifest.services.is_empty()
            || !manifest.schedules.is_empty()
            || !manifest.commands.is_empty()
            || !manifest.rpc.is_empty()
            || !manifest.channels.is_empty()
            || manifest.agent;
        match manifest.capabilities.len() {
            _ if manifest.runtime.is_none() => Self::ContentOnly,
            0 if !other && !manifest.hooks.is_empty() => Self::HookOnly,
            0 => Self::NonCapability,
            1 => Self::PlainCapability,
            _ => Self::HybridCapability,
        }
    }

    /// The name as shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PlainCapability => "plain-capability",
            Self::HybridCapability => "hybrid-capability",
            Self::HookOnly => "hook-only",
            Self::NonCapability => "non-capability",
            Self::ContentOnly => "content-only",
        }
    }
}

/// How a plugin stands with this and later versions of `wa`; the worst that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    /// Nothing is wrong.
    ConfigValid,
    /// Works, but depends on what may change: a plugin that is nothing but gates.
    CompatibilityAdvisory,
    /// Stands at the gate `agent.starting`, which replaces the legacy `before_agent_start`.
    LegacyWarning,
    /// Cannot be used.
    HardError,
}

impl Signal {
    /// The signal of a plugin; `is_usable` says whether nothing else is wrong with it or its configuration.
    pub fn of(manifest: &Manifest, is_usable: bool) -> Self {
        if !is_usable {
            Self::HardError
        } else if manifest.hooks.iter().any(|hook| hook.on.as_str() == "agent.starting") {
            Self::LegacyWarning
        } else if Shape::of(manifest) == Shape::HookOnly {
            Self::CompatibilityAdvisory
        } else {
            Self::ConfigValid
        }
    }

    /// The words shown.
    pub const fn words(self) -> &'static str {
        match self {
            Self::ConfigValid => "config valid",
            Self::CompatibilityAdvisory => "compatibility advisory",
            Self::LegacyWarning => "legacy warning",
            Self::HardError => "hard error",
        }
    }
}
