//! HTTP for the client library: its version, and files.

use crate::server::Server;
use async_trait::async_trait;
use reqwest::Method;
use whatsapp_rs::anyhow::{Context as _, Result, ensure};
use whatsapp_rs::http::{HttpClient, HttpRequest, HttpResponse};

/// Bytes of an answer: the largest file with what encryption adds.
const LARGEST_BODY: usize = 65 << 20;

/// Sends what the library asks for; for a simulator, to the simulator.
pub(crate) struct Http {
    client: reqwest::Client,
    server: Server,
}

impl Http {
    pub(crate) fn new(server: Server) -> reqwest::Result<Self> {
        // Installed already, if this fails.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder();
        let client = match server {
            Server::WhatsApp => builder.https_only(true),
            Server::Simulator { .. } => builder.no_proxy(),
        };
        Ok(Self { client: client.build()?, server })
    }

    fn url(&self, asked: &str) -> String {
        match (self.server, asked.strip_prefix("https://")) {
            (Server::Simulator { media, .. }, Some(rest)) => {
                let path = rest.find('/').map_or("/", |start| &rest[start..]);
                format!("http://{media}{path}")
            }
            _ => asked.to_owned(),
        }
    }
}

#[async_trait]
impl HttpClient for Http {
    async fn execute(&self, request: HttpRequest) -> Result<HttpResponse> {
        let method: Method = request.method.parse().context("the method")?;
        let mut sent = self.client.request(method, self.url(&request.url));
        for (name, value) in &request.headers {
            sent = sent.header(name, value);
        }
        if let Some(body) = request.body {
            sent = sent.body(body);
        }
        let mut answer = sent.send().await?;
        let status_code = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            ensure!(
                body.len() + chunk.len() <= LARGEST_BODY,
                "the answer is larger than {LARGEST_BODY} bytes"
            );
            body.extend_from_slice(&chunk);
        }
        Ok(HttpResponse { status_code, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_simulator_are_on_this_machine() {
        let server = "127.0.0.1:1/2".parse().unwrap();
        let http = Http::new(server).unwrap();
        for (asked, expected) in [
            ("https://media.simulator.invalid/v/x.enc?a=b", "http://127.0.0.1:2/v/x.enc?a=b"),
            ("https://media.simulator.invalid", "http://127.0.0.1:2/"),
        ] {
            assert_eq!(http.url(asked), expected);
        }
        let real = Http::new(Server::WhatsApp).unwrap();
        assert_eq!(real.url("https://web.whatsapp.com/sw.js"), "https://web.whatsapp.com/sw.js");
    }
}
