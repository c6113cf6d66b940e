//! How records are signed, and how a signature is checked.

use crate::hex;
use ring::{
    hmac,
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};
use std::fmt;

/// Bytes that an HMAC secret has at least; a shorter one can be guessed by who sees a record.
const LEAST_SECRET: usize = 16;
/// Bytes of an Ed25519 seed and of a public key.
const ED25519_BYTES: usize = 32;

/// The ways to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC-SHA256 (RFC 2104): the receiver holds the same secret, and could sign too.
    HmacSha256,
    /// Ed25519 (RFC 8032): the receiver holds the public key, and cannot sign.
    Ed25519,
}

impl Algorithm {
    /// The name that a signature begins with.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha256",
            Self::Ed25519 => "ed25519",
        }
    }
}

/// Why a key cannot be used. Never says what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Too short.
    #[error("the secret has {0} bytes, and needs {LEAST_SECRET} at least")]
    TooShort(usize),
    /// No seed.
    #[error("an Ed25519 secret is a seed of 32 bytes in 64 hexadecimal digits")]
    NoSeed,
    /// No public key.
    #[error("an Ed25519 public key has 32 bytes, in 64 hexadecimal digits")]
    NoPublicKey,
}

/// Signs records. Cannot be printed.
pub struct SigningKey(Signing);

enum Signing {
    HmacSha256(hmac::Key),
    Ed25519(Box<Ed25519KeyPair>),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.algorithm().name())
    }
}

impl SigningKey {
    /// The key that a secret stands for: its bytes as they are for HMAC, 64 hexadecimal digits for Ed25519.
    ///
    /// # Errors
    /// [`KeyError::TooShort`] and [`KeyError::NoSeed`].
    pub fn new(algorithm: Algorithm, secret: &str) -> Result<Self, KeyError> {
        Ok(Self(match algorithm {
            Algorithm::HmacSha256 => Signing::HmacSha256(hmac_key(secret)?),
            Algorithm::Ed25519 => {
                let seed = hex::decode(&secret.trim().to_ascii_lowercase()).ok_or(KeyError::NoSeed)?;
                let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| KeyError::NoSeed)?;
                Signing::Ed25519(Box::new(pair))
            }
        }))
    }

    /// How it signs.
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            Signing::HmacSha256(_) => Algorithm::HmacSha256,
            Signing::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// The public half in hexadecimal digits, for receivers; `None` for HMAC, which has none.
    pub fn public_key(&self) -> Option<String> {
        match &self.0 {
            Signing::HmacSha256(_) => None,
            Signing::Ed25519(pair) => Some(hex::encode(pair.public_key().as_ref())),
        }
    }

    /// The signature as a record carries it: `hmac-sha256:…` or `ed25519:…`, in hexadecimal digits.
    pub fn sign(&self, bytes: &[u8]) -> String {
        let signature = match &self.0 {
            Signing::HmacSha256(key) => hex::encode(hmac::sign(key, bytes).as_ref()),
            Signing::Ed25519(pair) => hex::encode(pair.sign(bytes).as_ref()),
        };
        format!("{}:{signature}", self.algorithm().name())
    }
}

/// Checks signatures. Cannot be printed.
pub struct CheckingKey(Checking);

enum Checking {
    HmacSha256(hmac::Key),
    Ed25519(Vec<u8>),
}

impl fmt::Debug for CheckingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckingKey(…)")
    }
}

impl CheckingKey {
    /// The secret that both sides share.
    ///
    /// # Errors
    /// [`KeyError::TooShort`].
    pub fn hmac(secret: &str) -> Result<Self, KeyError> {
        hmac_key(secret).map(Checking::HmacSha256).map(Self)
    }

    /// The sender's public key, as [`SigningKey::public_key`] gives it; space around it does not matter.
    ///
    /// # Errors
    /// [`KeyError::NoPublicKey`].
    pub fn ed25519(public_key: &str) -> Result<Self, KeyError> {
        let bytes = hex::decode(&public_key.trim().to_ascii_lowercase());
        let bytes = bytes.filter(|bytes| bytes.len() == ED25519_BYTES).ok_or(KeyError::NoPublicKey)?;
        Ok(Self(Checking::Ed25519(bytes)))
    }

    /// Whether `signature` is one of these bytes under this key, made in the key's way and no other.
    pub fn accepts(&self, bytes: &[u8], signature: &str) -> bool {
        let Some((algorithm, digits)) = signature.split_once(':') else { return false };
        let Some(signature) = hex::decode(digits) else { return false };
        match &self.0 {
            Checking::HmacSha256(key) => {
                algorithm == Algorithm::HmacSha256.name() && hmac::verify(key, bytes, &signature).is_ok()
            }
            Checking::Ed25519(public) => {
                let key = UnparsedPublicKey::new(&ED25519, public);
                algorithm == Algorithm::Ed25519.name() && key.verify(bytes, &signature).is_ok()
            }
        }
    }
}

fn hmac_key(secret: &str) -> Result<hmac::Key, KeyError> {
    if secret.len() < LEAST_SECRET {
        return Err(KeyError::TooShort(secret.len()));
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_accepts_its_own_signature_and_no_other() {
        let (secret, seed) = ("a shared secret of some length", "9d".repeat(32));
        let shared = SigningKey::new(Algorithm::HmacSha256, secret).unwrap();
        let pair = SigningKey::new(Algorithm::Ed25519, &seed).unwrap();
        let (mine, theirs) = (shared.sign(b"text"), pair.sign(b"text"));
        let checks_shared = CheckingKey::hmac(secret).unwrap();
        let checks_pair = CheckingKey::ed25519(&pair.public_key().unwrap()).unwrap();
        assert!(checks_shared.accepts(b"text", &mine) && checks_pair.accepts(b"text", &theirs));
        assert!(!checks_shared.accepts(b"text", &theirs) && !checks_pair.accepts(b"text", &mine));
        assert!(!checks_shared.accepts(b"test", &mine) && !checks_pair.accepts(b"test", &theirs));
        let other = CheckingKey::hmac("another secret of some length").unwrap();
        assert!(!other.accepts(b"text", &mine));
        for broken in ["", "hmac-sha256", "hmac-sha256:", "hmac-sha256:zz", &mine[..mine.len() - 1]] {
            assert!(!checks_shared.accepts(b"text", broken), "{broken}");
        }
    }

    #[test]
    fn the_hmac_is_that_of_rfc_4231() {
        // Test case 7 of RFC 4231.
        let key = SigningKey(Signing::HmacSha256(hmac::Key::new(hmac::HMAC_SHA256, &[0xaa; 131])));
        let text = b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.";
        let digits = "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2";
        assert_eq!(key.sign(text), format!("hmac-sha256:{digits}"));
    }

    #[test]
    fn weak_and_malformed_keys() {
        assert_eq!(SigningKey::new(Algorithm::HmacSha256, "short").unwrap_err(), KeyError::TooShort(5));
        assert_eq!(SigningKey::new(Algorithm::Ed25519, "abc").unwrap_err(), KeyError::NoSeed);
        assert_eq!(CheckingKey::ed25519("00").unwrap_err(), KeyError::NoPublicKey);
    }
}
