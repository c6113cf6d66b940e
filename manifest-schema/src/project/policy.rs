//! What the operator permits at all, and how layers of it come together: each can only tighten.

use crate::names::{Origin, PluginId, PublisherName};
use crate::permissions::PermissionCap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What the operator permits at all: the `policy` of `wa.yaml`, tightened by the policies of the machine and the user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Policy {
    /// What an unsigned package needs to be installed.
    pub unsigned: Unsigned,
    /// How far a signed package must be trusted.
    pub trust: LeastTrust,
    /// The only publishers whose packages install and run; all whom the operator trusts if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publishers: Option<BTreeSet<PublisherName>>,
    /// The only origins that packages may come from; any, and files, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registries: Option<BTreeSet<Origin>>,
    /// Whether a registry must have signed what it serves.
    pub registry_signatures: RegistrySignatures,
    /// Whether authors' directories run.
    pub dev_plugins: DevPlugins,
    /// Plugins that neither install nor run.
    pub deny: BTreeSet<PluginId>,
    /// Whether plugins run where the machine cannot sandbox them fully.
    pub sandbox: SandboxPolicy,
    /// Whether plugins may read secrets.
    pub secret_values: SecretValues,
    /// The most that any plugin gets.
    pub max_permissions: PermissionCap,
    /// Origins in private networks that plugins may reach.
    pub allow_private_network: Vec<Origin>,
}

/// One policy as it was written: what it does not mention, it does not limit.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Layer {
    unsigned: Option<Unsigned>,
    trust: Option<LeastTrust>,
    publishers: Option<BTreeSet<PublisherName>>,
    registries: Option<BTreeSet<Origin>>,
    registry_signatures: Option<RegistrySignatures>,
    dev_plugins: Option<DevPlugins>,
    deny: BTreeSet<PluginId>,
    sandbox: Option<SandboxPolicy>,
    secret_values: Option<SecretValues>,
    max_permissions: Option<PermissionCap>,
    allow_private_network: Option<Vec<Origin>>,
}

/// What an unsigned package needs to be installed. The later, the tighter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unsigned {
    /// Only a confirmation.
    Allow,
    /// `--allow-unsigned`, each time.
    #[default]
    Deny,
    /// Nothing helps it, and it does not run.
    Never,
}

/// How far a signed package must be trusted. The later, the tighter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LeastTrust {
    /// Signed by a publisher whom the operator trusts.
    #[default]
    Trusted,
    /// In a curated index too.
    Verified,
}

/// Whether a registry must have signed what it serves. The later, the tighter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RegistrySignatures {
    /// Where it has, the signature must be good.
    #[default]
    Optional,
    /// It must have.
    Required,
}

/// Whether authors' directories run. The later, the tighter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DevPlugins {
    /// They do.
    #[default]
    Allow,
    /// They do not.
    Deny,
}

/// What happens where the machine cannot sandbox fully.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SandboxPolicy {
    /// Plugins run with what there is.
    BestEffort,
    /// Plugins do not run.
    #[default]
    Required,
}

/// Whether plugins may read secrets, instead of having them used. The later, the tighter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretValues {
    /// Those that their permissions name.
    Allow,
    /// None.
    #[default]
    Deny,
}

impl Policy {
    pub(super) fn tighten(&mut self, layer: Layer) {
        fn both<T: Ord>(mine: &mut Option<BTreeSet<T>>, theirs: Option<BTreeSet<T>>) {
            match (mine.as_mut(), theirs) {
                (Some(mine), Some(theirs)) => mine.retain(|item| theirs.contains(item)),
                (None, Some(theirs)) => *mine = Some(theirs),
                (_, None) => {}
            }
        }
        self.unsigned = self.unsigned.max(layer.unsigned.unwrap_or(Unsigned::Allow));
        self.trust = self.trust.max(layer.trust.unwrap_or_default());
        both(&mut self.publishers, layer.publishers);
        both(&mut self.registries, layer.registries);
        self.registry_signatures =
            self.registry_signatures.max(layer.registry_signatures.unwrap_or_default());
        self.dev_plugins = self.dev_plugins.max(layer.dev_plugins.unwrap_or_default());
        self.deny.extend(layer.deny);
        self.sandbox = self.sandbox.max(layer.sandbox.unwrap_or(SandboxPolicy::BestEffort));
        self.secret_values = self.secret_values.max(layer.secret_values.unwrap_or(SecretValues::Allow));
        if let Some(cap) = layer.max_permissions {
            self.max_permissions = self.max_permissions.and(&cap);
        }
        if let Some(origins) = layer.allow_private_network {
            self.allow_private_network.retain(|origin| origins.contains(origin));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_layer_only_tightens() {
        let mut policy: Policy = serde_json::from_value(json!({
            "unsigned": "allow", "sandbox": "best-effort", "secretValues": "allow", "publishers": ["acme", "ben"],
            "maxPermissions": { "network": ["https://a.test", "https://b.test"] }, "allowPrivateNetwork": ["http://127.0.0.1:1", "http://127.0.0.1:2"],
        }))
        .unwrap();
        let before = policy.clone();
        policy.tighten(Layer::default());
        assert_eq!(policy, before);
        let layer = json!({
            "unsigned": "deny", "sandbox": "required", "secretValues": "deny", "publishers": ["ben", "eve"], "trust": "verified", "deny": ["desk"],
            "maxPermissions": { "network": ["https://b.test", "https://c.test"], "llm": false }, "allowPrivateNetwork": ["http://127.0.0.1:2"],
        });
        policy.tighten(serde_json::from_value(layer).unwrap());
        let loose = json!({ "unsigned": "allow", "sandbox": "best-effort", "trust": "trusted", "devPlugins": "allow", "secretValues": "allow" });
        policy.tighten(serde_json::from_value(loose).unwrap());
        let expected: Policy = serde_json::from_value(json!({
            "unsigned": "deny", "sandbox": "required", "secretValues": "deny", "publishers": ["ben"], "trust": "verified", "deny": ["desk"],
            "maxPermissions": { "network": ["https://b.test"], "llm": false }, "allowPrivateNetwork": ["http://127.0.0.1:2"],
        }))
        .unwrap();
        assert_eq!(policy, expected);
    }
}
