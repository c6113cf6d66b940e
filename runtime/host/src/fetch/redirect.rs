//! One request, and the one that a redirect makes of it.

use super::{FetchError, HOST_HEADERS, method};
use reqwest::{
    Method, Response, StatusCode, Url,
    header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION},
};
use runtime_protocol::Fetch;

/// A request to one URL.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<String>,
    /// The secrets to use, by path; all that are for the origin if absent.
    pub(super) secrets: Option<Vec<String>>,
}

impl Step {
    pub(super) fn first(request: Fetch) -> Result<Self, FetchError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let (name, value) = header(name, value)?;
            headers.insert(name, value);
        }
        Ok(Self {
            url: url(&request.url)?,
            method: method(request.method.as_deref().unwrap_or("GET"))?,
            headers,
            body: request.body,
            secrets: request.secrets,
        })
    }

    /// The request that a redirect asks for; `None` where the response is no redirect.
    pub(super) fn redirected(&self, response: &Response) -> Result<Option<Self>, FetchError> {
        let keeps_method = match response.status() {
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method != Method::POST,
            StatusCode::SEE_OTHER => self.method == Method::HEAD,
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
            _ => return Ok(None),
        };
        let Some(location) = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()) else {
            return Ok(None);
        };
        let target = self.url.join(location).map_err(|_| bad_url(location, "a redirect leads to it"))?;
        let mut next = self.clone();
        next.url = url(target.as_str())?;
        if !keeps_method {
            next.method = Method::GET;
            next.body = None;
            next.headers.remove(CONTENT_TYPE);
        }
        if next.url.origin() != self.url.origin() {
            // Any header may carry a credential, so only those stay that never do; a body may too.
            let kept = [ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE];
            next.headers = kept
                .into_iter()
                .filter_map(|name| self.headers.get(&name).map(|value| (name, value.clone())))
                .collect();
        }
        Ok(Some(next))
    }
}

fn url(text: &str) -> Result<Url, FetchError> {
    let url = Url::parse(text).map_err(|_| bad_url(text, "write scheme, host and path"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad_url(text, "the scheme must be http or https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad_url(text, "it may not hold a user or a password; use a header"));
    }
    Ok(url)
}

fn bad_url(text: &str, rule: &'static str) -> FetchError {
    FetchError::Url { url: text.chars().take(200).collect(), rule }
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), FetchError> {
    let refused = |rule| FetchError::Request { what: format!("the header `{name}`"), rule };
    let parsed = HeaderName::try_from(name).map_err(|_| refused("its name is malformed"))?;
    if HOST_HEADERS.contains(&parsed.as_str()) {
        return Err(refused("it belongs to the connection, which is the host's"));
    }
    let value = HeaderValue::try_from(value).map_err(|_| refused("its value holds control characters"))?;
    Ok((parsed, value))
}
