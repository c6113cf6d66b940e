//! Digests: values that can only hold the right number of bytes, written as people and other tools write them.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::{Deserialize, Serialize};
use sha2::Digest;
use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;
use thiserror::Error;

/// A SHA-256 digest; written as `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256([u8; 32]);

/// A SHA-512 digest; written as npm's Subresource Integrity, `sha512-` and base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha512([u8; 64]);

/// A text that is not a digest of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not a digest: write {form}")]
pub struct DigestError {
    /// The refused text.
    pub text: String,
    /// The form that was wanted.
    pub form: &'static str,
}

/// Bytes on their way, hashed as they pass.
pub(crate) struct Hashing<'a> {
    inner: &'a mut dyn Read,
    hasher: sha2::Sha256,
}

impl<'a> Hashing<'a> {
    pub(crate) fn new(inner: &'a mut dyn Read) -> Self {
        Self { inner, hasher: sha2::Sha256::new() }
    }

    /// The digest of what has passed.
    pub(crate) fn digest(self) -> Sha256 {
        Sha256(self.hasher.finalize().into())
    }
}

impl Read for Hashing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..length]);
        Ok(length)
    }
}

impl Sha256 {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// The digest with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case hexadecimal digits, without the prefix.
    pub fn hex(&self) -> String {
        hex(&self.0)
    }
}

impl Sha512 {
    /// The digest with these bytes.
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha512::digest(bytes).into())
    }

    /// The digest of all that a reader has.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn read(reader: &mut impl Read) -> io::Result<Self> {
        let mut hasher = sha2::Sha512::new();
        let mut chunk = [0; 64 << 10];
        loop {
            match reader.read(&mut chunk) {
                Ok(0) => return Ok(Self(hasher.finalize().into())),
                Ok(length) => hasher.update(&chunk[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// 128 lower-case hexadecimal digits: a name for a file.
    pub fn hex(&self) -> String {
        hex(&self.0)
    }
}

/// Lower-case hexadecimal digits, two for each byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Exactly `N` bytes from lower-case hexadecimal digits.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Display for Sha512 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha512-{}", BASE64_STANDARD.encode(self.0))
    }
}

impl FromStr for Sha256 {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        text.strip_prefix("sha256:")
            .and_then(unhex)
            .map(Self)
            .ok_or_else(|| DigestError { text: text.to_owned(), form: "`sha256:` and 64 hexadecimal digits" })
    }
}

impl FromStr for Sha512 {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let bytes = text.strip_prefix("sha512-").and_then(|base64| BASE64_STANDARD.decode(base64).ok());
        bytes.and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or_else(|| DigestError {
            text: text.to_owned(),
            form: "`sha512-` and the base64 of 64 bytes",
        })
    }
}

macro_rules! as_text {
    ($($digest:ident)*) => {$(
        impl fmt::Debug for $digest {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl TryFrom<String> for $digest {
            type Error = DigestError;

            fn try_from(text: String) -> Result<Self, DigestError> {
                text.parse()
            }
        }

        impl From<$digest> for String {
            fn from(digest: $digest) -> String {
                digest.to_string()
            }
        }
    )*};
}

as_text!(Sha256 Sha512);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_read_back() {
        let (short, long) = (Sha256::of(b"abc"), Sha512::of(b"abc"));
        assert_eq!(
            short.to_string(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            long.to_string(),
            "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw=="
        );
        assert_eq!(short.to_string().parse(), Ok(short));
        assert_eq!(long.to_string().parse(), Ok(long));
    }

    #[test]
    fn what_is_no_digest() {
        let short = Sha256::of(b"").to_string();
        for bad in ["", "sha256:", &short[7..], &short[..70], &format!("{short}0"), &short.to_uppercase()] {
            assert!(bad.parse::<Sha256>().is_err(), "{bad}");
        }
        for bad in ["sha512-", "sha512-YWJj", "sha1-YWJj", &short] {
            assert!(bad.parse::<Sha512>().is_err(), "{bad}");
        }
    }
}
