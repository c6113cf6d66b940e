//! The secrets of one plugin, by their paths in its configuration.

use crate::{
    provider::ResolveError,
    sign::{self, SignError},
    snapshot::Snapshot,
};
use manifest_schema::{
    manifest::{SecretInput, Signing},
    secrets::{Given, PlacedSecret, SecretRef},
};
use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};
use std::{collections::BTreeMap, sync::Arc};
use thiserror::Error;

/// One secret of a plugin.
#[derive(Debug, Clone)]
pub struct PluginSecret {
    /// What the manifest says of it.
    pub input: SecretInput,
    /// Where it came from; `None` where it is written into `wa.yaml`.
    pub reference: Option<SecretRef>,
    value: Arc<SecretString>,
}

impl PluginSecret {
    /// The secret itself.
    pub fn value(&self) -> &SecretString {
        &self.value
    }
}

/// The secrets of one plugin, by dotted path without `*`.
#[derive(Debug, Clone, Default)]
pub struct PluginSecrets(BTreeMap<String, PluginSecret>);

/// A secret that a plugin needs and that cannot be resolved.
#[derive(Debug, Clone, Error)]
#[error("its secret `{path}` ({reference}) cannot be resolved: {}", why.in_full())]
pub struct UnresolvedSecret {
    /// Where it stands in the configuration.
    pub path: String,
    /// Where it should come from.
    pub reference: SecretRef,
    /// Why it does not.
    pub why: ResolveError,
}

impl PluginSecrets {
    /// Takes the secrets of a configuration out of a snapshot.
    ///
    /// # Errors
    /// The first that cannot be resolved.
    pub fn new(placed: &[PlacedSecret], snapshot: &Snapshot) -> Result<Self, UnresolvedSecret> {
        let one = |secret: &PlacedSecret| {
            let (reference, value) = match &secret.given {
                Given::Plain(text) => (None, Arc::new(SecretString::from(text.as_str()))),
                Given::Reference(reference) => match snapshot.get(reference) {
                    Ok(value) => (Some(reference.clone()), Arc::clone(value)),
                    Err(why) => {
                        let (path, reference) = (secret.path.clone(), reference.clone());
                        return Err(UnresolvedSecret { path, reference, why });
                    }
                },
            };
            Ok((secret.path.clone(), PluginSecret { input: secret.input.clone(), reference, value }))
        };
        placed.iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    /// The secret at a path, for the host's own use: to verify webhooks, to sign what it sends.
    pub fn get(&self, path: &str) -> Option<&SecretString> {
        self.0.get(path).map(PluginSecret::value)
    }

    /// All of them, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &PluginSecret)> {
        self.0.iter().map(|(path, secret)| (path.as_str(), secret))
    }

    /// The values of all of them.
    pub fn values(&self) -> impl Iterator<Item = Arc<SecretString>> {
        self.0.values().map(|secret| Arc::clone(&secret.value))
    }

    /// All that is known of the secret at a path.
    pub fn find(&self, path: &str) -> Option<&PluginSecret> {
        self.0.get(path)
    }

    /// HMAC-SHA-256 of bytes; the key is the text of the secret at a path.
    ///
    /// # Errors
    /// When there is no such secret.
    pub fn hmac_sha256(&self, path: &str, bytes: &[u8]) -> Result<Vec<u8>, SignError> {
        self.sign(path, Signing::HmacSha256, bytes)
    }

    /// Whether a tag is the HMAC-SHA-256 of bytes, in a time that tells nothing. False where there is no such secret.
    pub fn verify_hmac_sha256(&self, path: &str, bytes: &[u8], tag: &[u8]) -> bool {
        let key = self.get(path).map(sign::hmac_key);
        key.is_some_and(|key| hmac::verify(&key, bytes, tag).is_ok())
    }

    /// Ed25519 signature of bytes; the secret at a path is the key: PKCS#8 in PEM, or its seed in base64.
    ///
    /// # Errors
    /// When there is no such secret, or it is no such key.
    pub fn ed25519(&self, path: &str, bytes: &[u8]) -> Result<Vec<u8>, SignError> {
        self.sign(path, Signing::Ed25519, bytes)
    }

    /// The public key that belongs to the Ed25519 key at a path: 32 bytes.
    ///
    /// # Errors
    /// As [`PluginSecrets::ed25519`].
    pub fn ed25519_public_key(&self, path: &str) -> Result<Vec<u8>, SignError> {
        sign::ed25519_public(self.get(path).ok_or(SignError::NoSecret)?)
    }

    /// Signs bytes with the secret at a path. Whether the manifest lets code ask for it is the caller's question.
    ///
    /// # Errors
    /// As [`PluginSecrets::ed25519`].
    pub fn sign(&self, path: &str, signing: Signing, bytes: &[u8]) -> Result<Vec<u8>, SignError> {
        sign::sign(self.get(path).ok_or(SignError::NoSecret)?, signing, bytes)
    }
}

/// The same paths with the same values.
impl PartialEq for PluginSecrets {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): ((&String, &PluginSecret), (&String, &PluginSecret))| {
            a.0 == b.0 && a.1.value.expose_secret() == b.1.value.expose_secret()
        };
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(same)
    }
}
