//! Network origins: scheme, host and port, and nothing behind them.

use super::NameError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// An origin that a plugin may reach, such as `https://api.example.com` or `https://*.example.com:8443`.
///
/// Always in normal form: lower case, no default port, no path. The host is an ASCII name, an IPv4 address or a
/// bracketed IPv6 address. A leading `*.` stands for any one or more labels, never for the bare domain, and needs
/// at least two labels behind it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin {
    scheme: Scheme,
    host: String,
    port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Origin {
    /// `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        self.scheme.name()
    }

    /// The host in lower case, with its `*.` if it has one; IPv6 addresses in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, also where it is the scheme's default.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the origin stands for all hosts below a domain.
    pub fn is_wildcard(&self) -> bool {
        self.host.starts_with("*.")
    }

    /// Whether a request to `scheme://host:port` goes to this origin. Give the host as a URL parser returns it:
    /// lower case, IPv6 in brackets.
    pub fn matches(&self, scheme: &str, host: &str, port: u16) -> bool {
        self.scheme.name() == scheme && self.port == port && self.matches_host(host)
    }

    /// Whether every request that `other` permits is permitted by this origin too.
    pub fn covers(&self, other: &Self) -> bool {
        self.scheme == other.scheme
            && self.port == other.port
            && (self.host == other.host
                || self.matches_host(other.host.trim_start_matches("*.")) && self.is_wildcard())
    }

    fn matches_host(&self, host: &str) -> bool {
        match self.host.strip_prefix('*') {
            Some(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
            None => self.host == host,
        }
    }
}

impl FromStr for Origin {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        parse(text).ok_or_else(|| NameError {
            what: "an origin",
            value: text.to_owned(),
            rule: "write scheme, host and perhaps a port, such as `https://api.example.com`; no path, no user, and no wildcard but a leading `*.`",
        })
    }
}

fn parse(text: &str) -> Option<Origin> {
    let text = text.to_ascii_lowercase();
    let (scheme, rest) = match text.split_once("://")? {
        ("https", rest) => (Scheme::Https, rest),
        ("http", rest) => (Scheme::Http, rest),
        _ => return None,
    };
    let (host, port) = split_port(rest)?;
    let port = match port {
        Some(port) => port.parse().ok().filter(|port| *port != 0)?,
        None => scheme.default_port(),
    };
    is_host(host).then(|| Origin { scheme, host: host.to_owned(), port })
}

/// Splits `host:port`, where an IPv6 host is in brackets.
fn split_port(rest: &str) -> Option<(&str, Option<&str>)> {
    let end = if rest.starts_with('[') { rest.find(']')? + 1 } else { rest.find(':').unwrap_or(rest.len()) };
    let (host, tail) = rest.split_at(end);
    match tail.strip_prefix(':') {
        Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => Some((host, Some(port))),
        None if tail.is_empty() => Some((host, None)),
        _ => None,
    }
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        return address.strip_suffix(']').is_some_and(|a| a.parse::<Ipv6Addr>().is_ok());
    }
    let (domain, least_labels) = match host.strip_prefix("*.") {
        Some(domain) => (domain, 2),
        None => (host, 1),
    };
    let labels: Vec<&str> = domain.split('.').collect();
    let numeric = labels.last().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    if numeric {
        return least_labels == 1 && host.parse::<Ipv4Addr>().is_ok();
    }
    domain.len() <= 253 && labels.len() >= least_labels && labels.iter().all(|label| is_label(label))
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.host)?;
        if self.port == self.scheme.default_port() { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

impl TryFrom<String> for Origin {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        text.parse().unwrap()
    }

    #[test]
    fn normal_form() {
        for (text, normal) in [
            ("https://API.example.com", "https://api.example.com"),
            ("https://example.com:443", "https://example.com"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("https://*.example.com", "https://*.example.com"),
            ("http://[::1]:81", "http://[::1]:81"),
            ("http://127.0.0.1", "http://127.0.0.1"),
        ] {
            assert_eq!(origin(text).to_string(), normal);
        }
    }

    #[test]
    fn what_is_no_origin() {
        for bad in [
            "",
            "example.com",
            "ftp://example.com",
            "https://",
            "https://example.com/",
            "https://example.com/v1",
            "https://user@example.com",
            "https://*.com",
            "https://*",
            "https://a.*.com",
            "https://exa mple.com",
            "https://example.com:",
            "https://example.com:0",
            "https://example.com:99999",
            "https://example.com:+80",
            "https://1.2.3",
            "https://*.1.2.3.4",
            "https://[::1",
            "https://-a.com",
            "https://exämple.com",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn wildcards_match_below_the_domain_only() {
        let any = origin("https://*.example.com");
        assert!(any.matches("https", "api.example.com", 443));
        assert!(any.matches("https", "a.b.example.com", 443));
        for (scheme, host, port) in [
            ("https", "example.com", 443),
            ("https", "badexample.com", 443),
            ("http", "api.example.com", 443),
            ("https", "api.example.com", 444),
        ] {
            assert!(!any.matches(scheme, host, port), "{scheme} {host} {port}");
        }
    }

    #[test]
    fn covering() {
        let wide = origin("https://*.example.com");
        assert!(wide.covers(&wide));
        assert!(wide.covers(&origin("https://api.example.com")));
        assert!(wide.covers(&origin("https://*.api.example.com")));
        assert!(!wide.covers(&origin("https://example.com")));
        assert!(!origin("https://api.example.com").covers(&wide));
        assert!(!origin("https://*.api.example.com").covers(&wide));
    }
}
