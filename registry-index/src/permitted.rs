//! What the operator's policy says of a package, beyond signatures: from whom, from where, how far trusted.

use crate::refusal::TrustLevel;
use manifest_schema::names::{PluginId, PublisherName};
use manifest_schema::project::{DevPlugins, LeastTrust, Policy, Unsigned};
use thiserror::Error;

/// A policy's no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Forbidden {
    /// The plugin is denied.
    #[error("the policy denies `{0}`")]
    Plugin(PluginId),
    /// Nobody signed it.
    #[error("the policy takes no unsigned packages")]
    Unsigned,
    /// An author's directory.
    #[error("the policy takes no plugins from authors' folders")]
    DevPlugin,
    /// Another publisher.
    #[error("the policy takes packages of {}, not of {publisher}", allowed.join(", "))]
    Publisher {
        /// Who signed.
        publisher: PublisherName,
        /// Who may.
        allowed: Vec<String>,
    },
    /// Not in a curated index.
    #[error("the policy takes packages of a curated index only, and this one is {0}")]
    Level(TrustLevel),
    /// From somewhere else.
    #[error("the policy takes packages from {}, and this one comes from {place}", allowed.join(", "))]
    Place {
        /// Where from.
        place: String,
        /// Where from it may.
        allowed: Vec<String>,
    },
    /// The registry did not sign it.
    #[error("the policy takes only what a registry has signed, and this one is not")]
    RegistrySignature,
}

/// Whether a plugin may be there at all, whoever signed it.
///
/// # Errors
/// The policy's no.
pub(crate) fn check(
    policy: &Policy,
    id: &PluginId,
    level: TrustLevel,
    publisher: Option<&PublisherName>,
) -> Result<(), Forbidden> {
    if policy.deny.contains(id) {
        return Err(Forbidden::Plugin(id.clone()));
    }
    match level {
        TrustLevel::UnsignedDev if policy.dev_plugins == DevPlugins::Deny => {
            return Err(Forbidden::DevPlugin);
        }
        TrustLevel::UnsignedDev | TrustLevel::Core => return Ok(()),
        TrustLevel::Unsigned if policy.unsigned == Unsigned::Never => return Err(Forbidden::Unsigned),
        _ => {}
    }
    if policy.trust == LeastTrust::Verified && level < TrustLevel::Verified {
        return Err(Forbidden::Level(level));
    }
    match (&policy.publishers, publisher) {
        (Some(allowed), Some(publisher)) if !allowed.contains(publisher) => Err(Forbidden::Publisher {
            publisher: publisher.clone(),
            allowed: allowed.iter().map(ToString::to_string).collect(),
        }),
        (Some(_), None) => Err(Forbidden::Unsigned),
        _ => Ok(()),
    }
}
