//! minisign signatures, made and checked strictly: exactly four lines, canonical base64, the prehashed kind.

use crate::keys::{KeyError, PublicKey, SecretKey};
use crate::refusal::Invalid;
use base64::prelude::{BASE64_STANDARD, Engine};

/// What a signature is over.
pub(crate) struct Message<'a> {
    pub(crate) bytes: &'a [u8],
    /// The comment that is signed too.
    pub(crate) comment: &'a str,
}

/// Signs with a comment that is signed too; it must be one line.
pub(crate) fn sign(key: &SecretKey, message: &[u8], trusted_comment: &str) -> Result<String, KeyError> {
    let comment = format!("signature by {}", key.public()?.fingerprint());
    Ok(minisign::sign(None, key.minisign(), message, Some(trusted_comment), Some(&comment))?.into_string())
}

/// Checks a signature over a message.
///
/// minisign itself takes some texts for a signature that are none: lines after the fourth, other line ends, any
/// first line. A package has one signature that every reader agrees on, so these are refused.
///
/// # Errors
/// [`Invalid::SignatureForm`], [`Invalid::LegacySignature`], [`Invalid::Signature`] and [`Invalid::Comment`].
pub fn verify(
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
    trusted_comment: &str,
) -> Result<(), Invalid> {
    let form = Invalid::SignatureForm;
    let text =
        str::from_utf8(signature).ok().filter(|text| text.is_ascii()).ok_or(form("it is not ASCII text"))?;
    let lines: Vec<&str> = text.strip_suffix('\n').unwrap_or(text).split('\n').collect();
    let [untrusted, sealed, trusted, global] = lines[..] else {
        return Err(form("it has not exactly four lines"));
    };
    if text.contains(|c: char| c.is_ascii_control() && c != '\n') {
        return Err(form("it has control characters"));
    }
    if !untrusted.starts_with("untrusted comment:") {
        return Err(form("the first line is not an untrusted comment"));
    }
    let found =
        trusted.strip_prefix("trusted comment: ").ok_or(form("the third line is not a trusted comment"))?;
    let sealed = decode(sealed, 74).ok_or(form("the second line is not the base64 of 74 bytes"))?;
    decode(global, 64).ok_or(form("the fourth line is not the base64 of 64 bytes"))?;
    match sealed[..2] {
        [b'E', b'D'] => {}
        [b'E', b'd'] => return Err(Invalid::LegacySignature),
        _ => return Err(form("it is of an unknown kind")),
    }
    let wrong = Invalid::Signature(key.fingerprint());
    let parsed = minisign_verify::Signature::decode(text).map_err(|_| form("minisign cannot read it"))?;
    let verifier = minisign_verify::PublicKey::from_base64(&key.to_string()).map_err(|_| wrong.clone())?;
    verifier.verify(message, &parsed, false).map_err(|_| wrong)?;
    if found == trusted_comment {
        return Ok(());
    }
    Err(Invalid::Comment { expected: trusted_comment.to_owned(), found: found.to_owned() })
}

/// The bytes of a line that is their one canonical base64.
fn decode(line: &str, length: usize) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(line).ok().filter(|bytes| bytes.len() == length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::generate;

    const COMMENT: &str = "wa1 demo@1.0.0 seq=1 sha256=00";

    fn signed() -> (PublicKey, String) {
        let new = generate(None).unwrap();
        let key = SecretKey::from_minisign(&new.secret, None).unwrap();
        (new.public, sign(&key, b"message", COMMENT).unwrap())
    }

    #[test]
    fn a_signature_verifies() {
        let (key, signature) = signed();
        assert_eq!(verify(&key, b"message", signature.as_bytes(), COMMENT), Ok(()));
        assert_eq!(verify(&key, b"message", signature.trim_end().as_bytes(), COMMENT), Ok(()));
        assert_eq!(
            verify(&key, b"massage", signature.as_bytes(), COMMENT),
            Err(Invalid::Signature(key.fingerprint()))
        );
    }

    #[test]
    fn another_comment_is_another_package() {
        let (key, signature) = signed();
        assert!(matches!(
            verify(&key, b"message", signature.as_bytes(), "wa1 demo@1.0.1"),
            Err(Invalid::Comment { .. })
        ));
        let edited = signature.replace("demo@1.0.0", "demo@1.0.1");
        let expected = COMMENT.replace("demo@1.0.0", "demo@1.0.1");
        assert_eq!(
            verify(&key, b"message", edited.as_bytes(), &expected),
            Err(Invalid::Signature(key.fingerprint()))
        );
    }

    #[test]
    fn another_key_does_not_verify_even_with_the_same_key_id() {
        let (key, signature) = signed();
        let (other, _) = signed();
        let mut liar = BASE64_STANDARD.decode(other.to_string()).unwrap();
        liar[2..10].copy_from_slice(key.key_id());
        let liar: PublicKey = BASE64_STANDARD.encode(liar).parse().unwrap();
        for wrong in [other, liar] {
            assert_eq!(
                verify(&wrong, b"message", signature.as_bytes(), COMMENT),
                Err(Invalid::Signature(wrong.fingerprint()))
            );
        }
    }

    #[test]
    fn what_minisign_takes_and_wa_does_not() {
        let (key, signature) = signed();
        let lines: Vec<&str> = signature.lines().collect();
        let with = |index: usize, line: &str| {
            let mut lines = lines.clone();
            lines[index] = line;
            lines.join("\n")
        };
        let mut legacy = BASE64_STANDARD.decode(lines[1]).unwrap();
        legacy[1] = b'd';
        let cases = [
            ("a line after the fourth", format!("{signature}more\n")),
            ("a second line end", format!("{signature}\n")),
            ("other line ends", signature.replace('\n', "\r\n")),
            ("a space after the comment", with(2, &format!("{} ", lines[2]))),
            ("bytes after the signature", with(1, &format!("{}AAAA", lines[1]))),
            ("bytes after the global signature", with(3, &format!("{}AAAA", lines[3]))),
            ("base64 without padding", with(3, lines[3].trim_end_matches('='))),
            ("no untrusted comment", with(0, "comment: x")),
            ("text that is not ASCII", with(0, "untrusted comment: ä")),
            ("only two lines", lines[..2].join("\n")),
            ("nothing", String::new()),
            ("the legacy algorithm", with(1, &BASE64_STANDARD.encode(&legacy))),
        ];
        for (what, text) in cases {
            assert!(verify(&key, b"message", text.as_bytes(), COMMENT).is_err(), "{what}");
        }
        let text = with(1, &BASE64_STANDARD.encode(&legacy));
        assert_eq!(verify(&key, b"message", text.as_bytes(), COMMENT), Err(Invalid::LegacySignature));
    }
}
