//! Signatures made with a secret.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use manifest_schema::manifest::Signing;
use ring::{
    hmac,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;
use zeroize::Zeroizing;

/// Why nothing was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignError {
    /// The plugin has no such secret.
    #[error("there is no such secret")]
    NoSecret,
    /// The secret is no key of the wanted kind.
    #[error("the secret is no Ed25519 key: a PKCS#8 key in PEM, or the 32 bytes of its seed in base64")]
    Key,
}

/// The signature of bytes.
pub(crate) fn sign(secret: &SecretString, signing: Signing, bytes: &[u8]) -> Result<Vec<u8>, SignError> {
    match signing {
        Signing::HmacSha256 => Ok(hmac::sign(&hmac_key(secret), bytes).as_ref().to_vec()),
        Signing::Ed25519 => Ok(ed25519_key(secret)?.sign(bytes).as_ref().to_vec()),
    }
}

pub(crate) fn hmac_key(secret: &SecretString) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes())
}

/// The public key that belongs to a secret one.
pub(crate) fn ed25519_public(secret: &SecretString) -> Result<Vec<u8>, SignError> {
    Ok(ed25519_key(secret)?.public_key().as_ref().to_vec())
}

fn ed25519_key(secret: &SecretString) -> Result<Ed25519KeyPair, SignError> {
    let text = secret.expose_secret();
    let is_pem = text.contains("-----BEGIN PRIVATE KEY-----");
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    let encoded: Zeroizing<String> = Zeroizing::new(lines.collect());
    let bytes = Zeroizing::new(STANDARD.decode(encoded.as_bytes()).map_err(|_| SignError::Key)?);
    let pair = match is_pem {
        true => Ed25519KeyPair::from_pkcs8_maybe_unchecked(&bytes),
        false => Ed25519KeyPair::from_seed_unchecked(&bytes),
    };
    pair.map_err(|_| SignError::Key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// RFC 4231, test case 2.
    #[test]
    fn hmac_of_the_standard() {
        let tag = sign(&"Jefe".into(), Signing::HmacSha256, b"what do ya want for nothing?").unwrap();
        assert_eq!(hex(&tag), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    /// RFC 8032, test 2, as a seed and as PKCS#8.
    #[test]
    fn ed25519_of_the_standard() {
        let seed: Vec<u8> = (0..32)
            .map(|at| {
                u8::from_str_radix(
                    &"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"[2 * at..2 * at + 2],
                    16,
                )
                .unwrap()
            })
            .collect();
        let prefix = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode([&prefix[..], &seed].concat())
        );
        for key in [STANDARD.encode(&seed), pem] {
            let key = SecretString::from(key);
            assert_eq!(
                hex(&ed25519_public(&key).unwrap()),
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
            );
            assert_eq!(
                hex(&sign(&key, Signing::Ed25519, &[0x72]).unwrap()),
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            );
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for bad in [
            "",
            "hunter22",
            &STANDARD.encode([0; 31]),
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        ] {
            assert_eq!(sign(&bad.into(), Signing::Ed25519, b""), Err(SignError::Key), "{bad}");
        }
    }
}
