//! The registry's own signatures: ECDSA on P-256 over `name@version:integrity`.
//!
//! Source: npm's documentation, "About registry signatures", and `/-/npm/v1/keys`.

use super::packument::Release;
use super::{FetchError, PackageName};
use crate::install::RegistrySignature;
use base64::prelude::{BASE64_STANDARD, Engine};
use js_semver::Version;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde::Deserialize;

/// What stands before the 65 bytes of a point in the DER form of a P-256 public key (RFC 5480).
const SPKI: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The keys of a registry.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Keys {
    keys: Vec<Key>,
}

#[derive(Debug, Clone, Deserialize)]
struct Key {
    keyid: String,
    key: String,
    expires: Option<String>,
}

/// Checks the signature of a version, if it has one. A registry that publishes no keys has signed nothing that can be
/// checked.
pub(super) fn check(
    release: &Release,
    name: &PackageName,
    version: &Version,
    published: Option<&str>,
    keys: Option<&Keys>,
) -> Result<RegistrySignature, FetchError> {
    let (Some(signature), Some(keys)) = (release.dist.signatures.first(), keys) else {
        return Ok(RegistrySignature::Absent);
    };
    let package = format!("{name}@{version}");
    let bad = |why| FetchError::Signature { package: package.clone(), why };
    let integrity =
        release.dist.integrity.as_ref().ok_or_else(|| bad("it signs a digest that is not there"))?;
    let key = keys.keys.iter().find(|key| key.keyid == signature.keyid);
    let key = key.ok_or_else(|| bad("the registry does not know its key"))?;
    // npm takes a version without a time for an old one; both times are of one form, so they sort as texts.
    let time = published.unwrap_or("2015-01-01T00:00:00.000Z");
    if key.expires.as_deref().is_some_and(|expires| time >= expires) {
        return Err(bad("its key had expired when the version was published"));
    }
    let point = BASE64_STANDARD.decode(&key.key).ok();
    let point =
        point.as_deref().and_then(|der| der.strip_prefix(SPKI)).ok_or_else(|| bad("its key is none"))?;
    let sealed = BASE64_STANDARD.decode(&signature.sig).map_err(|_| bad("it is not base64"))?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
        .verify(format!("{package}:{integrity}").as_bytes(), &sealed)
        .map_err(|_| bad("it does not fit the package and its digest"))?;
    Ok(RegistrySignature::Verified { keyid: key.keyid.clone() })
}
