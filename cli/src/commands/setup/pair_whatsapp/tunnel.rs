//! A way to the pairing page from outside: the operator's own `cloudflared`, while the page is there.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::failure::{Failure, Outcome, While as _};

/// How long it may take until there is a link.
const OPEN: Duration = Duration::from_secs(30);

/// An open tunnel; closed when it is dropped.
pub(super) struct Tunnel {
    _process: Child,
    /// Where it begins, such as `https://….trycloudflare.com`.
    pub(super) origin: String,
}

impl Tunnel {
    pub(super) async fn open(page: SocketAddr) -> Outcome<Self> {
        let mut process = Command::new("cloudflared")
            .args(["tunnel", "--no-autoupdate", "--url", &format!("http://{page}")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .cannot("start cloudflared, which public_tunnel.enabled asks for")?;
        let Some(words) = process.stderr.take() else { return Err(no_link()) };
        let mut lines = BufReader::new(words).lines();
        let find = async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(origin) = origin(&line) {
                    return Some(origin);
                }
            }
            None
        };
        let origin = tokio::time::timeout(OPEN, find).await.ok().flatten().ok_or_else(no_link)?;
        // It would stop on a pipe that nobody reads.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { _process: process, origin })
    }
}

fn no_link() -> Failure {
    Failure::could_not_run("cloudflared gave no link").hint(
        "try `cloudflared tunnel --url http://127.0.0.1:8080` by hand, or set public_tunnel.enabled to false",
    )
}

/// The link in a line of cloudflared's log.
fn origin(line: &str) -> Option<String> {
    let words = line.split_whitespace();
    words.map(|word| word.trim_matches('|')).find(|word| is_link(word)).map(str::to_owned)
}

fn is_link(word: &str) -> bool {
    word.strip_prefix("https://").is_some_and(|host| {
        host.ends_with(".trycloudflare.com")
            && !host.starts_with("api.")
            && host.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn the_link_is_found_in_the_log() {
        let line = "2026-01-01T00:00:00Z INF |  https://four-words-of-nothing.trycloudflare.com  |";
        assert_eq!(origin(line).as_deref(), Some("https://four-words-of-nothing.trycloudflare.com"));
        for line in [
            "INF Thank you for trying Cloudflare Tunnel. https://developers.cloudflare.com/x",
            "https://api.trycloudflare.com failed",
        ] {
            assert_eq!(origin(line), None);
        }
    }
}
