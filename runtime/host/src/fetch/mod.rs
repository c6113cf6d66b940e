//! `http.fetch`: a plugin's only way to the network, through the host's eyes.
//!
//! The origin must be allowed, and the address must be public unless the operator named the origin in
//! `policy.allowPrivateNetwork`. The check sits in the resolver of the connection itself, so that the address that was checked is
//! the address that is connected to. Redirects are followed by hand and checked like a first request.

mod address;
mod redirect;
mod resolver;

use crate::{
    audit::{Audit, AuditError},
    plugin::Plugin,
    rehearsal::Rehearsal,
};
use audit_log::{Action, Actor, Detail, Event};
use manifest_schema::{manifest::HeaderUse, names::Origin};
use redirect::Step;
use reqwest::{
    Client, Method, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use resolver::{PrivateAddress, PublicOnly};
use runtime_protocol::{Fetch, FetchAnswer};
use secret_store::{ExposeSecret as _, HeaderError};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::Write as _,
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

/// Redirects followed for one request.
const MAX_REDIRECTS: usize = 5;
/// Bytes of a body; as base64 it still fits a frame.
const MAX_BODY: usize = 512 << 10;
/// Bytes of all response headers together.
const MAX_HEADERS: usize = 64 << 10;
/// The longest that one fetch may take, redirects and body included.
const MAX_TIME: Duration = Duration::from_secs(30);
/// The same for a file.
const MAX_FILE_TIME: Duration = Duration::from_secs(60);

/// Headers that belong to the connection, which is the host's.
const HOST_HEADERS: [&str; 11] = [
    "host",
    "content-length",
    "connection",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "keep-alive",
    "expect",
    "proxy-authorization",
    "proxy-connection",
];

/// Origins that may be reached.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Origins<'a> {
    /// These: declared, granted and within policy.
    These(&'a BTreeSet<Origin>),
    /// Whichever has a public address: an agent or the operator asks.
    Any,
}

/// What a fetch may reach.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach<'a> {
    /// Origins that may be reached.
    pub(crate) origins: Origins<'a>,
    /// Origins that may have private addresses.
    pub(crate) private: &'a BTreeSet<Origin>,
    /// Whose secrets go into headers.
    pub(crate) secrets: Option<Secrets<'a>>,
}

/// A plugin's secrets, and where their use is recorded.
#[derive(Clone, Copy)]
pub(crate) struct Secrets<'a> {
    pub(crate) plugin: &'a Plugin,
    pub(crate) audit: &'a Audit,
}

impl std::fmt::Debug for Secrets<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

/// Why a fetch gave no response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("`{url}` is not a URL that can be fetched: {rule}")]
    Url { url: String, rule: &'static str },
    #[error("{what} is not allowed: {rule}")]
    Request { what: String, rule: &'static str },
    #[error(
        "the plugin may not reach {origin}; `permissions.network: [\"{origin}\"]` in its manifest would ask for it"
    )]
    Origin { origin: String },
    #[error(
        "{host} has the private address {address}; `policy.allowPrivateNetwork: [\"{origin}\"]` in wa.yaml would allow it"
    )]
    Private { host: String, address: IpAddr, origin: String },
    #[error("more than {MAX_REDIRECTS} redirects")]
    Redirects,
    #[error("the response is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("{origin} answered with status {status}")]
    Status { origin: String, status: u16 },
    #[error("what came could not be kept")]
    File(#[source] std::io::Error),
    #[error("no answer within {} ms", limit.as_millis())]
    Timeout { limit: Duration },
    #[error("the request to {origin} failed")]
    Http { origin: String, source: reqwest::Error },
    #[error(transparent)]
    Secret(#[from] HeaderError),
    #[error("the secret `{path}` cannot stand in a header: it holds control characters")]
    SecretValue { path: String },
    #[error("{0}")]
    Rehearsed(String),
    #[error("the secret was not used: {0}")]
    NotRecorded(#[from] AuditError),
    #[error("the HTTP client could not be built")]
    Client(#[source] Arc<reqwest::Error>),
}

/// The HTTP clients of the host: one that connects to public addresses only, and one for the origins that the operator exempted.
/// Built at the first fetch.
#[derive(Debug, Default)]
pub(crate) struct Fetcher {
    public: OnceLock<Result<Client, Arc<reqwest::Error>>>,
    any: OnceLock<Result<Client, Arc<reqwest::Error>>>,
    /// What answers in place of the network.
    rehearsal: Option<Arc<Rehearsal>>,
}

impl Fetcher {
    /// A fetcher on the network, or on declared answers.
    pub(crate) fn new(rehearsal: Option<Arc<Rehearsal>>) -> Self {
        Self { rehearsal, ..Self::default() }
    }

    /// Does what a plugin asks, as far as `reach` goes, within `budget`.
    pub(crate) async fn fetch(
        &self,
        request: Fetch,
        reach: Reach<'_>,
        budget: Duration,
    ) -> Result<FetchAnswer, FetchError> {
        let limit = budget.min(MAX_TIME);
        let step = Step::first(request)?;
        if let (Some(Secrets { plugin, .. }), Some(named)) = (reach.secrets, &step.secrets) {
            let is_origin = |header: &HeaderUse| covers(&header.origin, &step.url);
            plugin.secrets.check_named(is_origin, &origin(&step.url), named)?;
        }
        tokio::time::timeout(limit, self.follow(step, reach))
            .await
            .unwrap_or(Err(FetchError::Timeout { limit }))
    }

    /// Fetches a file of at most `limit` bytes; its type, where the server says it.
    pub(crate) async fn download(
        &self,
        url: &str,
        reach: Reach<'_>,
        into: &mut File,
        limit: u64,
    ) -> Result<Option<String>, FetchError> {
        let asked =
            Fetch { url: url.to_owned(), method: None, headers: BTreeMap::new(), body: None, secrets: None };
        let step = Step::first(asked)?;
        let fetched = async {
            let response = self.arrive(step, reach).await?;
            save(response, into, limit).await
        };
        let in_time = tokio::time::timeout(MAX_FILE_TIME, fetched).await;
        in_time.unwrap_or(Err(FetchError::Timeout { limit: MAX_FILE_TIME }))
    }

    /// Posts JSON once, following no redirect; the status of the answer, whose body nobody reads.
    pub(crate) async fn post_json(
        &self,
        url: &str,
        body: String,
        reach: Reach<'_>,
    ) -> Result<u16, FetchError> {
        let headers = BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]);
        let asked = Fetch {
            url: url.to_owned(),
            method: Some("POST".to_owned()),
            headers,
            body: Some(body),
            secrets: None,
        };
        let step = Step::first(asked)?;
        let in_time = tokio::time::timeout(MAX_TIME, self.send(&step, reach)).await;
        in_time
            .unwrap_or(Err(FetchError::Timeout { limit: MAX_TIME }))
            .map(|response| response.status().as_u16())
    }

    async fn follow(&self, step: Step, reach: Reach<'_>) -> Result<FetchAnswer, FetchError> {
        read(self.arrive(step, reach).await?).await
    }

    /// The response that is no redirect.
    async fn arrive(&self, mut step: Step, reach: Reach<'_>) -> Result<reqwest::Response, FetchError> {
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(&step, reach).await?;
            match step.redirected(&response)? {
                Some(next) => step = next,
                None => return Ok(response),
            }
        }
        Err(FetchError::Redirects)
    }

    async fn send(&self, step: &Step, reach: Reach<'_>) -> Result<reqwest::Response, FetchError> {
        let client = self.client_for(&step.url, reach)?;
        let (mut headers, mut filled) = (step.headers.clone(), BTreeMap::new());
        if let Some(secrets) = reach.secrets {
            filled = secrets.fill(step, &mut headers).await?;
        }
        if let Some(rehearsal) = &self.rehearsal {
            let Step { method, url, body, .. } = step;
            let answer = rehearsal.answer(method, url, &headers, &filled, body.as_deref());
            return answer.map_err(FetchError::Rehearsed);
        }
        let mut request = client.request(step.method.clone(), step.url.clone()).headers(headers);
        if let Some(body) = &step.body {
            request = request.body(body.clone());
        }
        request.send().await.map_err(|error| explain(error, &step.url))
    }

    /// The client for a URL that is allowed; a literal address is judged here, a name when it is resolved.
    fn client_for(&self, url: &Url, reach: Reach<'_>) -> Result<&Client, FetchError> {
        let matches = |origins: &BTreeSet<Origin>| origins.iter().any(|origin| covers(origin, url));
        if matches!(reach.origins, Origins::These(origins) if !matches(origins)) {
            return Err(FetchError::Origin { origin: origin(url) });
        }
        if matches(reach.private) {
            return client(&self.any, false);
        }
        match literal(url) {
            Some(address) if !address::is_public(address) => Err(private(url, address)),
            _ => client(&self.public, true),
        }
    }
}

impl Secrets<'_> {
    /// Puts a plugin's secrets into their headers for this URL's origin, and for no other: each step of a redirect asks again. The headers
    /// that hold one, with its path.
    async fn fill(
        self,
        step: &Step,
        headers: &mut HeaderMap,
    ) -> Result<BTreeMap<String, String>, FetchError> {
        let Self { plugin, audit } = self;
        let mut paths = BTreeMap::new();
        let is_origin = |header: &HeaderUse| covers(&header.origin, &step.url);
        let body = step.body.as_deref().unwrap_or_default();
        for filled in plugin.secrets.headers(is_origin, step.secrets.as_deref(), body.as_bytes())? {
            let unfit = || FetchError::SecretValue { path: filled.path.clone() };
            let name = HeaderName::try_from(&filled.name).map_err(|_| unfit())?;
            let mut value = HeaderValue::try_from(filled.value.expose_secret()).map_err(|_| unfit())?;
            value.set_sensitive(true);
            let event = Event::done(Actor::Plugin(plugin.id.to_string()), Action::SecretUse);
            let event = event.plugin(&plugin.id).about(&filled.path).with(Detail::Origin, origin(&step.url));
            audit.record(event).await?;
            paths.insert(name.to_string(), filled.path);
            headers.insert(name, value);
        }
        Ok(paths)
    }
}

fn client(
    cell: &OnceLock<Result<Client, Arc<reqwest::Error>>>,
    public_only: bool,
) -> Result<&Client, FetchError> {
    cell.get_or_init(|| build(public_only).map_err(Arc::new))
        .as_ref()
        .map_err(|error| FetchError::Client(Arc::clone(error)))
}

fn build(public_only: bool) -> reqwest::Result<Client> {
    // A second call finds the provider installed, which is all that is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .pool_max_idle_per_host(2)
        .user_agent(concat!("wa/", env!("CARGO_PKG_VERSION")));
    if public_only { builder.dns_resolver(Arc::new(PublicOnly)).build() } else { builder.build() }
}

fn covers(origin: &Origin, url: &Url) -> bool {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return false };
    origin.matches(url.scheme(), host, port)
}

/// The address that a URL names literally.
fn literal(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// A URL's origin as people write it.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn private(url: &Url, address: IpAddr) -> FetchError {
    FetchError::Private { host: url.host_str().unwrap_or_default().to_owned(), address, origin: origin(url) }
}

/// Finds the refusal of the resolver in the chain of causes.
fn explain(error: reqwest::Error, url: &Url) -> FetchError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(current) = cause {
        if let Some(PrivateAddress(address)) = current.downcast_ref() {
            return private(url, *address);
        }
        cause = current.source();
    }
    FetchError::Http { origin: origin(url), source: error.without_url() }
}

async fn save(
    mut response: reqwest::Response,
    into: &mut File,
    limit: u64,
) -> Result<Option<String>, FetchError> {
    let url = response.url().clone();
    if !response.status().is_success() {
        return Err(FetchError::Status { origin: origin(&url), status: response.status().as_u16() });
    }
    let mime = response.headers().get(CONTENT_TYPE).and_then(|mime| mime.to_str().ok()).map(str::to_owned);
    let mut length = 0;
    while let Some(chunk) = response.chunk().await.map_err(|error| explain(error, &url))? {
        length += chunk.len() as u64;
        if length > limit {
            return Err(FetchError::TooLarge { limit });
        }
        into.write_all(&chunk).map_err(FetchError::File)?;
    }
    Ok(mime)
}

async fn read(mut response: reqwest::Response) -> Result<FetchAnswer, FetchError> {
    let status = response.status().as_u16();
    let headers = headers(response.headers())?;
    let url = response.url().clone();
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| explain(error, &url))? {
        if bytes.len() + chunk.len() > MAX_BODY {
            return Err(FetchError::TooLarge { limit: MAX_BODY as u64 });
        }
        bytes.extend_from_slice(&chunk);
    }
    let (body, base64) = match String::from_utf8(bytes) {
        Ok(text) => (text, false),
        Err(other) => {
            use base64::Engine as _;
            (base64::engine::general_purpose::STANDARD.encode(other.as_bytes()), true)
        }
    };
    Ok(FetchAnswer { status, headers, body, base64 })
}

/// Names in lower case; a repeated header joined by commas; what is not text is left out.
fn headers(map: &HeaderMap) -> Result<BTreeMap<String, String>, FetchError> {
    let mut headers = BTreeMap::<String, String>::new();
    let mut size = 0;
    for (name, value) in map {
        let Ok(value) = value.to_str() else { continue };
        size += name.as_str().len() + value.len();
        if size > MAX_HEADERS {
            return Err(FetchError::TooLarge { limit: MAX_HEADERS as u64 });
        }
        headers
            .entry(name.as_str().to_owned())
            .and_modify(|all| {
                all.push_str(", ");
                all.push_str(value);
            })
            .or_insert_with(|| value.to_owned());
    }
    Ok(headers)
}

fn method(name: &str) -> Result<Method, FetchError> {
    match name {
        "GET" => Ok(Method::GET),
        "HEAD" => Ok(Method::HEAD),
        "POST" => Ok(Method::POST),
        "PUT" => Ok(Method::PUT),
        "PATCH" => Ok(Method::PATCH),
        "DELETE" => Ok(Method::DELETE),
        "OPTIONS" => Ok(Method::OPTIONS),
        other => Err(FetchError::Request {
            what: format!("the method `{other}`"),
            rule: "use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS",
        }),
    }
}
