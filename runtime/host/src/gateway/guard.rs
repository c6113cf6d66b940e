//! What a browser on this machine may be made to send, and the host's own token.

use axum::{
    extract::Request,
    http::{
        HeaderMap, StatusCode, Uri,
        header::{HOST, ORIGIN},
        uri::Authority,
    },
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use sha2::{Digest as _, Sha256};
use std::{fmt, net::IpAddr, sync::Arc};

/// The bearer token of a running host. Cannot be printed.
#[derive(Clone)]
pub(crate) struct Token(Arc<str>);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    pub(crate) fn new(text: String) -> Self {
        Self(text.into())
    }

    /// The token itself, for `host.json`.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// Compares digests, so that the time it takes tells nothing of the token.
    pub(crate) fn is(&self, given: &str) -> bool {
        Sha256::digest(self.0.as_bytes()) == Sha256::digest(given.as_bytes())
    }
}

/// Refuses what a foreign web page makes a browser send.
pub(super) async fn same_machine(request: Request, next: Next) -> Response {
    match foreign(request.headers()) {
        Some(why) => (StatusCode::FORBIDDEN, why).into_response(),
        None => next.run(request).await,
    }
}

/// Why a request may come from a foreign page. A rebound DNS name shows in `Host`, which must be an address or `localhost`; another
/// site shows in `Origin`, which must be the gateway itself.
fn foreign(headers: &HeaderMap) -> Option<&'static str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(host) = text(HOST).and_then(|host| host.parse::<Authority>().ok()) else {
        return Some("the request names no host\n");
    };
    if !is_own_name(host.host()) {
        return Some("the gateway answers only to its address or localhost, not to a name\n");
    }
    if headers.contains_key(ORIGIN) {
        let origin = text(ORIGIN).and_then(|origin| origin.parse::<Uri>().ok());
        if origin.and_then(|origin| origin.into_parts().authority).is_none_or(|origin| origin != host) {
            return Some("requests from other sites are refused\n");
        }
    }
    None
}

fn is_own_name(host: &str) -> bool {
    host == "localhost" || host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        foreign(&headers).is_some()
    }

    #[test]
    fn only_the_gateway_itself_and_no_rebound_name() {
        assert!(foreign(&HeaderMap::new()).is_some());
        for host in ["127.0.0.1:8787", "localhost:8787", "[::1]:8787", "192.168.1.2"] {
            assert!(!refused(host, None), "{host}");
            assert!(!refused(host, Some(&format!("http://{host}"))), "{host}");
        }
        for host in ["evil.example", "evil.example:8787", "localhost.evil.example", "127.0.0.1.nip.io:8787"] {
            assert!(refused(host, None), "{host}");
        }
        for origin in ["http://evil.example", "http://127.0.0.1:9999", "null", "http://localhost:8787"] {
            assert!(refused("127.0.0.1:8787", Some(origin)), "{origin}");
        }
    }

    #[test]
    fn the_token_is_compared_whole() {
        let token = Token::new("wa_secret".into());
        assert!(token.is("wa_secret"));
        assert!(!token.is("wa_secre") && !token.is("wa_secret1") && !token.is(""));
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
