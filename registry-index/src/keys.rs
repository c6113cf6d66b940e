//! Signing keys: minisign's Ed25519 keys, and the fingerprint by which people recognise them.

mod files;
mod fingerprint;

pub use files::{KeyFileError, KeyFiles};
pub use fingerprint::Fingerprint;

use crate::digest::hex;
use base64::prelude::{BASE64_STANDARD, Engine};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The public half of a key: minisign's key id and 32 bytes of Ed25519.
///
/// The text form is the second line of a minisign `.pub` file. Two keys are the same if their [`Fingerprint`] is;
/// the key id is not authenticated by anything and proves nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; PUBLIC_LENGTH]);

/// `Ed`, 8 bytes of key id, 32 bytes of key.
const PUBLIC_LENGTH: usize = 42;

/// A key that can sign. Never printed: `Debug` shows the fingerprint only.
pub struct SecretKey(minisign::SecretKey);

/// A new key as the texts of its two files, which the C program reads too. Has no `Debug`: it holds the secret.
pub struct NewKey {
    /// The public half.
    pub public: PublicKey,
    /// The text of the secret key file, protected if a password was given.
    pub secret: String,
}

/// Makes a key from the system's random numbers. With a password this takes seconds and about 1 GiB of memory:
/// minisign makes guessing passwords that expensive.
///
/// # Errors
/// [`KeyError::Minisign`], for instance if the system gives no random numbers.
pub fn generate(password: Option<&str>) -> Result<NewKey, KeyError> {
    let pair = match password {
        Some(password) => minisign::KeyPair::generate_encrypted_keypair(Some(password.to_owned()))?,
        None => minisign::KeyPair::generate_unencrypted_keypair()?,
    };
    let public = PublicKey::from_minisign(&pair.pk.to_base64())?;
    let comment = format!("wa secret key {}", public.fingerprint());
    Ok(NewKey { public, secret: pair.sk.to_box(Some(&comment))?.into_string() })
}

/// Why a text is not a key.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The text is not a minisign public key.
    #[error("this is not a minisign public key: {0}")]
    NotPublic(&'static str),
    /// The text is not a minisign secret key.
    #[error("this is not a minisign secret key: {0}")]
    NotSecret(&'static str),
    /// The text is not a fingerprint.
    #[error("`{0}` is not a key fingerprint: write `wa:` and eight groups of four hexadecimal digits")]
    NotFingerprint(String),
    /// The key is protected by a password, and none was given.
    #[error("the secret key is protected by a password")]
    PasswordNeeded,
    /// The password does not open the key.
    #[error("the password does not open this secret key")]
    WrongPassword,
    /// The signature library failed.
    #[error("the key cannot be made or read")]
    Minisign(#[from] minisign::PError),
}

impl PublicKey {
    /// The key in the text of a minisign `.pub` file (a comment line and the key), or in the key line alone.
    ///
    /// # Errors
    /// [`KeyError::NotPublic`].
    pub fn from_minisign(text: &str) -> Result<Self, KeyError> {
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        let key = if first.starts_with("untrusted comment:") { lines.next() } else { Some(first) };
        if lines.next().is_some() {
            return Err(KeyError::NotPublic("there is text after the key"));
        }
        let bytes = key.and_then(|line| BASE64_STANDARD.decode(line).ok());
        let bytes: [u8; PUBLIC_LENGTH] = bytes
            .ok_or(KeyError::NotPublic("the key line is not base64"))?
            .try_into()
            .map_err(|_| KeyError::NotPublic("it has not 42 bytes"))?;
        if bytes.starts_with(b"Ed") {
            Ok(Self(bytes))
        } else {
            Err(KeyError::NotPublic("it is not an Ed25519 key"))
        }
    }

    /// The text of a `.pub` file, as minisign writes it.
    pub fn to_minisign(&self) -> String {
        let id: Vec<u8> = self.key_id().iter().rev().copied().collect();
        format!("untrusted comment: minisign public key {}\n{self}\n", hex(&id).to_uppercase())
    }

    /// The name of this key.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.0[10..])
    }

    pub(crate) fn key_id(&self) -> &[u8] {
        &self.0[2..10]
    }
}

impl SecretKey {
    /// The key in the text of a minisign secret key file. Opening a protected key is as expensive as
    /// making one.
    ///
    /// # Errors
    /// [`KeyError::PasswordNeeded`] for a protected key without `password`, else any [`KeyError`] but the public ones.
    pub fn from_minisign(text: &str, password: Option<&str>) -> Result<Self, KeyError> {
        let line = text.lines().nth(1).ok_or(KeyError::NotSecret("the second line is missing"))?;
        let bytes =
            BASE64_STANDARD.decode(line).map_err(|_| KeyError::NotSecret("the key line is not base64"))?;
        if bytes.len() != 158 || !bytes.starts_with(b"Ed") {
            return Err(KeyError::NotSecret("it is not an Ed25519 key of 158 bytes"));
        }
        let key = match (&bytes[2..4], password) {
            // The C program leaves the checksum of an unprotected key (`minisign -G -W`) zero, which the library
            // takes for damage.
            ([0, 0], _) if bytes[126..].iter().all(|byte| *byte == 0) => {
                minisign::SecretKey::from_bytes(&bytes)?
            }
            ([0, 0], _) => minisign::SecretKeyBox::from_string(text)?.into_unencrypted_secret_key()?,
            (b"Sc", None) => return Err(KeyError::PasswordNeeded),
            (b"Sc", Some(password)) => minisign::SecretKeyBox::from_string(text)?
                .into_secret_key(Some(password.to_owned()))
                .map_err(|_| KeyError::WrongPassword)?,
            _ => return Err(KeyError::NotSecret("its protection is of an unknown kind")),
        };
        Ok(Self(key))
    }

    /// The public half.
    ///
    /// # Errors
    /// [`KeyError::Minisign`].
    pub fn public(&self) -> Result<PublicKey, KeyError> {
        let bytes = minisign::PublicKey::from_secret_key(&self.0)?.to_bytes();
        bytes.try_into().map(PublicKey).map_err(|_| KeyError::NotPublic("it has not 42 bytes"))
    }

    pub(crate) fn minisign(&self) -> &minisign::SecretKey {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.public() {
            Ok(public) => write!(f, "SecretKey({})", public.fingerprint()),
            Err(_) => f.write_str("SecretKey"),
        }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_STANDARD.encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::from_minisign(text)
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> String {
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_reads_back() {
        let new = generate(None).unwrap();
        let secret = SecretKey::from_minisign(&new.secret, None).unwrap();
        assert_eq!(secret.public().unwrap(), new.public);
        assert_eq!(PublicKey::from_minisign(&new.public.to_minisign()).unwrap(), new.public);
        let shown = format!("{secret:?}");
        assert_eq!(shown, format!("SecretKey({})", new.public.fingerprint()));
    }

    #[test]
    fn a_password_protects_a_key() {
        let new = generate(Some("correct horse")).unwrap();
        let open = |password| SecretKey::from_minisign(&new.secret, password);
        assert!(matches!(open(None), Err(KeyError::PasswordNeeded)));
        assert!(matches!(open(Some("wrong")), Err(KeyError::WrongPassword)));
        assert_eq!(open(Some("correct horse")).unwrap().public().unwrap(), new.public);
    }

    #[test]
    fn a_fingerprint_has_one_written_form_and_is_read_kindly() {
        let key: PublicKey = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3".parse().unwrap();
        let shown = key.fingerprint().to_string();
        assert_eq!(shown, "wa:faa2-09af-5a6d-1249-5a2e-5c69-0ee9-4e43");
        for text in [
            shown.clone(),
            shown.to_uppercase().replace("WA:", "wa:"),
            shown.replace('-', ""),
            shown.replace('-', " "),
        ] {
            assert_eq!(text.parse::<Fingerprint>().unwrap(), key.fingerprint());
        }
        for bad in ["", "wa:", &shown[3..], &shown[..40]] {
            assert!(bad.parse::<Fingerprint>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_key_id_is_no_part_of_the_fingerprint() {
        let key = generate(None).unwrap().public;
        let mut other = key.clone();
        other.0[2] ^= 1;
        assert_eq!(other.fingerprint(), key.fingerprint());
    }

    #[test]
    fn what_is_no_key() {
        let good = generate(None).unwrap();
        let line = good.public.to_string();
        for bad in ["", "abc", &line[1..], &format!("{line}\n{line}"), &line.replacen("RW", "RU", 1)] {
            assert!(PublicKey::from_minisign(bad).is_err(), "{bad}");
        }
        let damaged = good.secret.replacen("RWQ", "RWQA", 1);
        assert!(SecretKey::from_minisign(&damaged, None).is_err());
        assert!(SecretKey::from_minisign("untrusted comment: x\n", None).is_err());
    }
}
