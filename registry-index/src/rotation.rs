//! A publisher's change of key: a statement that both keys have signed.
//!
//! `wa.rotation.json` is canonical JSON (RFC 8785). Its two minisign signatures stand beside it, and both have the trusted
//! comment `wa1-rotation <publisher> <old fingerprint> <new fingerprint>`.

use crate::keys::{Fingerprint, KeyError, PublicKey, SecretKey};
use crate::refusal::Invalid;
use crate::signature;
use manifest_schema::names::PublisherName;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The name of the statement, in a package or by itself.
pub const ROTATION_FILE: &str = "wa.rotation.json";
/// The name of the old key's signature.
pub const OLD_SIGNATURE_FILE: &str = "wa.rotation.json.old.minisig";
/// The name of the new key's signature.
pub const NEW_SIGNATURE_FILE: &str = "wa.rotation.json.new.minisig";

/// That a publisher signs with another key from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// The version of the format, always 1.
    pub schema: u32,
    /// Who.
    pub publisher: PublisherName,
    /// The key that it has signed with.
    pub old: PublicKey,
    /// The key that it will sign with.
    pub new: PublicKey,
}

/// The three files of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// `wa.rotation.json`.
    pub rotation: Vec<u8>,
    /// The old key's signature over it.
    pub by_old: Vec<u8>,
    /// The new key's signature over it.
    pub by_new: Vec<u8>,
}

/// Why a statement does not count.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RotationError {
    /// The file is no statement.
    #[error("`wa.rotation.json` cannot be understood: {0}")]
    Malformed(String),
    /// Two readers could read two things.
    #[error("`wa.rotation.json` is not canonical JSON")]
    NotCanonical,
    /// It changes nothing.
    #[error("`wa.rotation.json` names one key twice")]
    SameKey,
    /// One of the two has not signed it.
    #[error("the {which} key {key} has not signed the rotation")]
    NotSigned {
        /// Old or new.
        which: &'static str,
        /// The key.
        key: Fingerprint,
        /// What is wrong with its signature.
        source: Invalid,
    },
}

impl Rotation {
    /// Makes and signs a statement.
    ///
    /// # Errors
    /// Any [`KeyError`] of a key that cannot sign.
    pub fn sign(publisher: PublisherName, old: &SecretKey, new: &SecretKey) -> Result<Statement, KeyError> {
        let rotation = Self { schema: 1, publisher, old: old.public()?, new: new.public()? };
        let (bytes, comment) = (rotation.canonical(), rotation.trusted_comment());
        Ok(Statement {
            by_old: signature::sign(old, &bytes, &comment)?.into_bytes(),
            by_new: signature::sign(new, &bytes, &comment)?.into_bytes(),
            rotation: bytes,
        })
    }

    /// The statement in the bytes of a `wa.rotation.json`, not believed yet.
    ///
    /// # Errors
    /// Any [`RotationError`] but `NotSigned`.
    pub fn parse(bytes: &[u8]) -> Result<Self, RotationError> {
        let rotation: Self =
            serde_json::from_slice(bytes).map_err(|error| RotationError::Malformed(error.to_string()))?;
        if rotation.schema != 1 {
            let schema = rotation.schema;
            return Err(RotationError::Malformed(format!(
                "it has schema {schema}; this version reads schema 1"
            )));
        }
        if rotation.old.fingerprint() == rotation.new.fingerprint() {
            return Err(RotationError::SameKey);
        }
        if rotation.canonical() == bytes { Ok(rotation) } else { Err(RotationError::NotCanonical) }
    }

    /// The statement, if both keys have signed it.
    ///
    /// # Errors
    /// Any [`RotationError`].
    pub fn verify(statement: &Statement) -> Result<Self, RotationError> {
        let rotation = Self::parse(&statement.rotation)?;
        let comment = rotation.trusted_comment();
        for (which, key, signature) in
            [("old", &rotation.old, &statement.by_old), ("new", &rotation.new, &statement.by_new)]
        {
            signature::verify(key, &statement.rotation, signature, &comment)
                .map_err(|source| RotationError::NotSigned { which, key: key.fingerprint(), source })?;
        }
        Ok(rotation)
    }

    #[expect(clippy::expect_used, reason = "texts and whole numbers always have a canonical form")]
    fn canonical(&self) -> Vec<u8> {
        serde_json_canonicalizer::to_vec(self).expect("a statement serialises")
    }

    fn trusted_comment(&self) -> String {
        format!("wa1-rotation {} {} {}", self.publisher, self.old.fingerprint(), self.new.fingerprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::generate;

    fn key() -> SecretKey {
        SecretKey::from_minisign(&generate(None).unwrap().secret, None).unwrap()
    }

    #[test]
    fn both_keys_must_sign() {
        let (old, new, other) = (key(), key(), key());
        let acme = || "acme".parse().unwrap();
        let good = Rotation::sign(acme(), &old, &new).unwrap();
        assert_eq!(Rotation::verify(&good).unwrap().publisher, acme());
        let stranger = Rotation::sign(acme(), &other, &new).unwrap();
        for bad in [
            Statement { by_old: stranger.by_old.clone(), ..good.clone() },
            Statement { by_new: good.by_old.clone(), ..good.clone() },
            Statement { by_old: Vec::new(), ..good.clone() },
        ] {
            assert!(matches!(Rotation::verify(&bad), Err(RotationError::NotSigned { .. })));
        }
        let spaced = [good.rotation.as_slice(), b" "].concat();
        assert_eq!(Rotation::parse(&spaced), Err(RotationError::NotCanonical));
        let same = Rotation::sign(acme(), &old, &old).unwrap();
        assert_eq!(Rotation::parse(&same.rotation), Err(RotationError::SameKey));
    }
}
