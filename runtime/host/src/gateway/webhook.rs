//! Webhooks: the host checks that the sender knows the secret, before any code of the plugin runs.

use crate::plugin::Plugin;
use axum::http::HeaderMap;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use manifest_schema::manifest::{Route, SignatureEncoding, WebhookSignature};
use ring::hmac;

/// Why a webhook is refused. What the sender is told is the same for all that it could try.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("the secret at config path `{0}` is not set")]
    NoSecret(String),
    #[error("the signature is missing or wrong")]
    Signature,
    #[error("the request is too old, or of the future")]
    Time,
}

/// Checks the signature of a body; `now` in milliseconds since the epoch.
pub(super) fn check(
    plugin: &Plugin,
    route: &Route,
    headers: &HeaderMap,
    body: &[u8],
    now: u64,
) -> Result<(), Refused> {
    let path = route.secret.clone().unwrap_or_default();
    let secret = plugin.config_text(&path).filter(|secret| !secret.is_empty());
    let secret = secret.ok_or(Refused::NoSecret(path))?;
    verify(&route.signature, secret.as_bytes(), headers, body, now)
}

fn verify(
    form: &WebhookSignature,
    secret: &[u8],
    headers: &HeaderMap,
    body: &[u8],
    now: u64,
) -> Result<(), Refused> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let given = header(&form.header).and_then(|value| value.strip_prefix(form.prefix.as_str()));
    let given = given.and_then(|text| match form.encoding {
        SignatureEncoding::Hex => from_hex(text),
        SignatureEncoding::Base64 => BASE64.decode(text).ok(),
    });
    let mut signed = Vec::new();
    if let Some(name) = &form.timestamp {
        let time = header(name).ok_or(Refused::Signature)?;
        let seconds: u64 = time.parse().map_err(|_| Refused::Signature)?;
        if now.abs_diff(seconds.saturating_mul(1_000)) > form.tolerance.duration().as_millis() as u64 {
            return Err(Refused::Time);
        }
        signed.extend_from_slice(time.as_bytes());
        signed.push(b'.');
    }
    signed.extend_from_slice(body);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let given = given.ok_or(Refused::Signature)?;
    hmac::verify(&key, &signed, &given).map_err(|_| Refused::Signature)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn headers(list: &[(&'static str, String)]) -> HeaderMap {
        list.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    /// The example of GitHub's documentation on validating webhook deliveries.
    #[test]
    fn githubs_own_example() {
        let form = WebhookSignature::default();
        let good = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let check = |value: &str, body: &[u8]| {
            let headers = headers(&[("x-hub-signature-256", value.to_owned())]);
            verify(&form, b"It's a Secret to Everybody", &headers, body, 0)
        };
        assert!(check(good, b"Hello, World!").is_ok());
        assert!(check(good, b"Hello, World?").is_err());
        assert!(check(&good.replace("757", "857"), b"Hello, World!").is_err());
        for malformed in ["", "sha256=", "sha1=757107ea", &good[7..], "sha256=zz"] {
            assert!(check(malformed, b"Hello, World!").is_err(), "{malformed}");
        }
        assert!(verify(&form, b"It's a Secret to Everybody", &HeaderMap::new(), b"", 0).is_err());
    }

    #[test]
    fn a_signed_time_must_be_near() {
        let form = WebhookSignature {
            header: "x-signature".into(),
            prefix: String::new(),
            timestamp: Some("x-time".into()),
            ..WebhookSignature::default()
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"k");
        let signature = hex(hmac::sign(&key, b"1000.body").as_ref());
        let given = headers(&[("x-signature", signature), ("x-time", "1000".into())]);
        assert!(verify(&form, b"k", &given, b"body", 1_000_000).is_ok());
        assert!(verify(&form, b"k", &given, b"body", 1_300_000).is_ok());
        assert!(matches!(verify(&form, b"k", &given, b"body", 1_300_001), Err(Refused::Time)));
        assert!(matches!(verify(&form, b"k", &given, b"body", 0), Err(Refused::Time)));
        assert!(matches!(verify(&form, b"k", &given, b"other", 1_000_000), Err(Refused::Signature)));
    }
}
