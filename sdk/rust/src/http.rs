//! Requests over HTTP.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::host::ask;
use crate::{Result, abi};

/// A request that is being put together.
#[derive(Clone, Debug, Serialize)]
#[must_use = "nothing is sent before `send`"]
pub struct RequestBuilder {
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

impl RequestBuilder {
    pub(crate) fn new(url: String) -> Self {
        Self { url, method: None, headers: BTreeMap::new(), body: None }
    }

    /// Another method than `GET`.
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Adds a header. Those of secrets are added by the host.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The body as text.
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The body as JSON, with its header, and `POST` where no method is set.
    ///
    /// # Errors
    /// Where the value has no JSON form.
    pub fn json(mut self, value: impl Serialize) -> Result<Self> {
        self.method.get_or_insert_with(|| "POST".to_owned());
        Ok(self.header("content-type", "application/json").body(serde_json::to_string(&value)?))
    }

    /// Sends it and waits for the whole answer. A status of 400 and more is an answer, no failure.
    ///
    /// # Errors
    /// Where the origin is not permitted, cannot be reached, or answers too late or too much.
    pub fn send(self) -> Result<FetchResponse> {
        ask(abi::fetch, &serde_json::to_value(self)?)
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct FetchResponse {
    /// The status code.
    pub status: u16,
    /// By lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body: text, or base64 where it is not UTF-8.
    pub body: String,
    /// Whether `body` is base64.
    #[serde(default)]
    pub base64: bool,
}

impl FetchResponse {
    /// Whether the status is one of success.
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body read as JSON.
    ///
    /// # Errors
    /// Where it does not fit.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_str(&self.body)?)
    }
}
