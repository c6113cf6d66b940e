//! How a signature is checked.

use crate::hex;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    hmac,
    signature::{ED25519, UnparsedPublicKey},
};
use std::fmt;

/// Bytes that an HMAC secret has at least; a shorter one can be guessed by who sees a record.
pub const LEAST_SECRET: usize = 16;
/// What comes before the 32 bytes of an Ed25519 public key in its usual form (RFC 8410).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

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
    /// No public key.
    #[error("it is no Ed25519 public key: PEM, or the 32 bytes in base64")]
    NoPublicKey,
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
        if secret.len() < LEAST_SECRET {
            return Err(KeyError::TooShort(secret.len()));
        }
        Ok(Self(Checking::HmacSha256(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))))
    }

    /// The sender's public key, in PEM or as its 32 bytes in base64.
    ///
    /// # Errors
    /// [`KeyError::NoPublicKey`].
    pub fn ed25519(text: &str) -> Result<Self, KeyError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
        let bytes = STANDARD.decode(lines.collect::<String>()).map_err(|_| KeyError::NoPublicKey)?;
        let key = bytes.strip_prefix(&SPKI).unwrap_or(&bytes);
        if key.len() != 32 {
            return Err(KeyError::NoPublicKey);
        }
        Ok(Self(Checking::Ed25519(key.to_vec())))
    }

    /// Whether `signature`, as a record carries it, is one of these bytes under this key, made in the key's way and no other.
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
