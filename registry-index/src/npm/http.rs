//! One HTTP client: plain requests with their own redirects, retries and limits.

mod retry;

pub use retry::Patience;

use super::{Config, FetchError};
use reqwest::blocking::{Client, Response};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_ENCODING, LOCATION};
use reqwest::{Method, StatusCode, Url};
use std::io::Read;
use std::time::Instant;

/// Redirects that are followed for one request.
const MAX_REDIRECTS: usize = 5;
/// What is kept of a server's explanation, in bytes.
const MAX_WORDS: u64 = 4 << 10;

/// The client of a command.
#[derive(Debug)]
pub(super) struct Http {
    client: Client,
    config: Config,
    patience: Patience,
}

/// A request that may be sent more than once.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<&'a [u8]>,
}

impl<'a> Request<'a> {
    pub(super) fn get(url: Url) -> Self {
        Self { method: Method::GET, url, headers: Vec::new(), body: None }
    }

    pub(super) fn put(url: Url, json: &'a [u8]) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { method: Method::PUT, url, headers, body: Some(json) }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A good answer: 200, 201, 206 or 304.
pub(super) struct Answer {
    pub(super) url: String,
    pub(super) response: Response,
    deadline: Instant,
}

impl Http {
    pub(super) fn new(config: Config, patience: Patience, user_agent: &str) -> Result<Self, FetchError> {
        // A second call finds the provider installed, which is all that is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .user_agent(user_agent)
            .timeout(patience.idle)
            .connect_timeout(patience.idle)
            .build()
            .map_err(FetchError::Client)?;
        Ok(Self { client, config, patience })
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn patience(&self) -> &Patience {
        &self.patience
    }

    /// Sends a request until it is answered for good or for bad. Only requests that change nothing are repeated.
    pub(super) fn send(&self, request: &Request<'_>) -> Result<Answer, FetchError> {
        let mut attempts = self.patience.attempts(request.method == Method::GET);
        loop {
            match self.follow(request) {
                Ok(answer) => match answer.response.status() {
                    StatusCode::OK
                    | StatusCode::CREATED
                    | StatusCode::PARTIAL_CONTENT
                    | StatusCode::NOT_MODIFIED => {
                        return Ok(answer);
                    }
                    status if attempts.again_after(status, answer.response.headers()) => {}
                    _ => return Err(refused(answer)),
                },
                Err(FetchError::Connection { source, .. }) if attempts.again_after_error(&source) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// One attempt, through its redirects. The credentials of the first origin stay with it.
    fn follow(&self, request: &Request<'_>) -> Result<Answer, FetchError> {
        let deadline = Instant::now() + self.patience.total;
        let asked = shown(&request.url);
        let bad = |why| FetchError::Redirect { url: asked.clone(), why };
        let mut url = request.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.once(request, &url)?;
            let Some(next) = redirect(&response) else {
                return Ok(Answer { url: asked, response, deadline });
            };
            if request.method != Method::GET {
                return Err(bad("a request that changes something"));
            }
            let next = next.and_then(|next| url.join(&next).ok()).ok_or_else(|| bad("to nowhere"))?;
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err(bad("from https to something that is not encrypted"));
            }
            url = next;
        }
        Err(bad("too many times"))
    }

    fn once(&self, request: &Request<'_>, url: &Url) -> Result<Response, FetchError> {
        check_scheme(url)?;
        let mut builder = self.client.request(request.method.clone(), url.clone());
        builder = builder.header(ACCEPT, "application/json, */*");
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        let is_same_origin = url.origin() == request.url.origin();
        if let Some(authorization) = is_same_origin.then(|| self.config.authorization(url)).flatten() {
            builder = builder.header(AUTHORIZATION, authorization);
        }
        if let Some(body) = request.body {
            builder = builder.body(body.to_vec());
        }
        let response = builder.send().map_err(|source| match source.is_timeout() {
            true => FetchError::Slow(shown(url)),
            false => FetchError::Connection { url: shown(url), source: source.without_url() },
        })?;
        match response.headers().get(CONTENT_ENCODING) {
            Some(encoding) if encoding != "identity" => Err(FetchError::Encoding(shown(url))),
            _ => Ok(response),
        }
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The next bytes of the body; 0 at its end. A body that takes longer than the whole request may is too slow.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ReadError> {
        if Instant::now() > self.deadline {
            return Err(ReadError::Slow);
        }
        self.response.read(buffer).map_err(|error| {
            let is_timeout = error.get_ref().and_then(|inner| inner.downcast_ref::<reqwest::Error>());
            match is_timeout.is_some_and(reqwest::Error::is_timeout)
                || error.kind() == std::io::ErrorKind::TimedOut
            {
                true => ReadError::Slow,
                false => ReadError::Broken(error),
            }
        })
    }

    /// The whole body, which is at most so long.
    pub(super) fn bytes(mut self, limit: u64) -> Result<Vec<u8>, FetchError> {
        let mut bytes = Vec::new();
        let mut chunk = [0; 16 << 10];
        loop {
            match self.read(&mut chunk) {
                Ok(0) => return Ok(bytes),
                Ok(length) => bytes.extend_from_slice(&chunk[..length]),
                Err(error) => return Err(error.of(&self.url, bytes.len() as u64)),
            }
            if bytes.len() as u64 > limit {
                return Err(FetchError::TooLarge { url: self.url, limit });
            }
        }
    }
}

/// Why a body did not come to its end.
pub(super) enum ReadError {
    Slow,
    Broken(std::io::Error),
}

impl ReadError {
    pub(super) fn of(self, url: &str, got: u64) -> FetchError {
        match self {
            Self::Slow => FetchError::Slow(url.to_owned()),
            Self::Broken(source) => FetchError::Truncated { url: url.to_owned(), got, source },
        }
    }
}

/// A URL as it may be shown: without user and password.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // A URL that cannot have them has none.
    let _ = (url.set_username(""), url.set_password(None));
    url.to_string()
}

fn check_scheme(url: &Url) -> Result<(), FetchError> {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let is_here =
        host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_here => Ok(()),
        "http" => Err(FetchError::Plain(shown(url))),
        _ => Err(FetchError::Url(shown(url))),
    }
}

/// Where the answer sends to, if it does; `Some(None)` if it does not say.
fn redirect(response: &Response) -> Option<Option<String>> {
    let sends = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    sends.then(|| Some(response.headers().get(LOCATION)?.to_str().ok()?.to_owned()))
}

fn refused(answer: Answer) -> FetchError {
    let (url, status) = (answer.url.clone(), answer.response.status().as_u16());
    let mut words = Vec::new();
    // An explanation that cannot be read is none.
    let _ = answer.response.take(MAX_WORDS).read_to_end(&mut words);
    let json: Option<serde_json::Value> = serde_json::from_slice(&words).ok();
    let words = json.and_then(|json| json.get("error")?.as_str().map(str::to_owned)).unwrap_or_default();
    FetchError::Status { url, status, words }
}
