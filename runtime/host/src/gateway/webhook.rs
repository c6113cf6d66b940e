//! Webhooks: the host checks that the sender knows the secret, before any code of the plugin runs.

use crate::plugin::Plugin;
use axum::http::HeaderMap;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use manifest_schema::manifest::{Route, SignatureEncoding, WebhookSignature};

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
    let path = route.secret.as_deref().unwrap_or_default();
    if plugin.secrets.get(path).is_none() {
        return Err(Refused::NoSecret(path.to_owned()));
    }
    let (signed, given) = read(&route.signature, headers, body, now)?;
    match plugin.secrets.verify_hmac_sha256(path, &signed, &given) {
        true => Ok(()),
        false => Err(Refused::Signature),
    }
}

/// What is signed, and the signature that came with it.
fn read(
    form: &WebhookSignature,
    headers: &HeaderMap,
    body: &[u8],
    now: u64,
) -> Result<(Vec<u8>, Vec<u8>), Refused> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let given = header(&form.header).and_then(|value| value.strip_prefix(form.prefix.as_str()));
    let given = given.and_then(|text| match form.encoding {
        SignatureEncoding::Hex => from_hex(text),
        SignatureEncoding::Base64 => BASE64.decode(text).ok(),
    });
    let given = given.ok_or(Refused::Signature)?;
    let mut signed = Vec::new();
    if let Some(name) = &form.timestamp {
        let time = header(name).ok_or(Refused::Signature)?;
        let seconds: u64 = time.parse().map_err(|_| Refused::Signature)?;
        let away = now.abs_diff(seconds.saturating_mul(1_000));
        if away > form.tolerance.millis() {
            return Err(Refused::Time);
        }
        signed.extend_from_slice(time.as_bytes());
        signed.push(b'.');
    }
    signed.extend_from_slice(body);
    Ok((signed, given))
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

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_signature_is_read_as_its_form_says() {
        let github = WebhookSignature::default();
        let read_hub = |value: &str| read(&github, &headers(&[("x-hub-signature-256", value)]), b"body", 0);
        assert_eq!(read_hub("sha256=00fF").unwrap(), (b"body".to_vec(), vec![0, 255]));
        for malformed in ["", "00ff", "sha1=00ff", "sha256=0", "sha256=zz"] {
            assert!(read_hub(malformed).is_err(), "{malformed}");
        }
        assert!(read(&github, &HeaderMap::new(), b"", 0).is_err());
        let base64 =
            WebhookSignature { prefix: String::new(), encoding: SignatureEncoding::Base64, ..github };
        let (_, given) = read(&base64, &headers(&[("x-hub-signature-256", "AP8=")]), b"", 0).unwrap();
        assert_eq!(given, [0, 255]);
    }

    #[test]
    fn a_signed_time_must_be_near() {
        let form = WebhookSignature {
            header: "x-signature".into(),
            prefix: String::new(),
            timestamp: Some("x-time".into()),
            ..WebhookSignature::default()
        };
        let given = headers(&[("x-signature", "00"), ("x-time", "1000")]);
        let (signed, _) = read(&form, &given, b"body", 1_300_000).unwrap();
        assert_eq!(signed, b"1000.body");
        for far in [1_300_001, 699_999, 0] {
            assert!(matches!(read(&form, &given, b"body", far), Err(Refused::Time)), "{far}");
        }
        for time in ["", "soon", "-1", "1e3"] {
            let given = headers(&[("x-signature", "00"), ("x-time", time)]);
            assert!(matches!(read(&form, &given, b"", 0), Err(Refused::Signature)), "{time}");
        }
    }
}
