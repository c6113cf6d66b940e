//! What a test of a plugin changes in a host: declared answers in place of the network, and a record of what the plugin asked for.
//!
//! Everything else is as in `wa run`: the sandbox, the permissions, the origins that may be reached, the secrets that the host fills in.

use reqwest::{Body, Method, Response, ResponseBuilderExt as _, Url, header::HeaderMap};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Calls that are kept of one step; what comes on top of them is not.
const MAX_CALLS: usize = 10_000;

/// An answer to a request that a plugin makes.
#[derive(Debug, Clone)]
pub struct DeclaredAnswer {
    method: Method,
    url: Url,
    outcome: Result<Declared, String>,
}

#[derive(Debug, Clone)]
struct Declared {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

/// Why an answer cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    /// The request is not `METHOD URL`.
    #[error("write the request as a method and a whole URL, such as `GET https://api.example.com/orders/7`")]
    Request,
    /// Status or headers are none.
    #[error("the answer cannot be sent: {0}")]
    Response(String),
}

impl DeclaredAnswer {
    /// The answer to a request that is written as `GET https://…`.
    ///
    /// # Errors
    /// Any [`BadAnswer`].
    pub fn new(
        request: &str,
        status: u16,
        headers: BTreeMap<String, String>,
        body: String,
    ) -> Result<Self, BadAnswer> {
        let answer = Self { outcome: Ok(Declared { status, headers, body }), ..Self::failure(request, "")? };
        answer.response().map(|_| answer.clone()).map_err(BadAnswer::Response)
    }

    /// No answer: the request fails, in these words.
    ///
    /// # Errors
    /// [`BadAnswer::Request`].
    pub fn failure(request: &str, why: &str) -> Result<Self, BadAnswer> {
        let (method, url) = request.split_once(' ').ok_or(BadAnswer::Request)?;
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| BadAnswer::Request)?;
        let url = Url::parse(url).map_err(|_| BadAnswer::Request)?;
        Ok(Self { method, url, outcome: Err(why.to_owned()) })
    }

    fn response(&self) -> Result<Response, String> {
        let Declared { status, headers, body } = self.outcome.clone()?;
        let mut response = axum::http::Response::builder().status(status).url(self.url.clone());
        for (name, value) in headers {
            response = response.header(name, value);
        }
        response.body(Body::from(body)).map(Response::from).map_err(|error| error.to_string())
    }
}

/// A host call that a plugin made, or a request that the host would have sent for it.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedCall {
    /// The method of the host call, such as `storage.set`.
    pub method: String,
    /// Its parameters, without secrets; of `http.fetch` the request as it would have gone out, with `{"secret": path}` where the host put a
    /// secret into a header.
    pub params: Value,
}

/// The declared answers and the record. Shared by the host and whoever plays the test.
#[derive(Debug, Default)]
pub struct Rehearsal {
    tells_time: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    answers: Vec<DeclaredAnswer>,
    calls: Vec<RecordedCall>,
    undeclared: Vec<String>,
}

impl Rehearsal {
    /// Answers to the same request are given in their order, the last of them again and again. With `tells_time`, plugin code sees the
    /// host's clock.
    pub fn new(answers: Vec<DeclaredAnswer>, tells_time: bool) -> Self {
        Self { tells_time, state: Mutex::new(State { answers, ..State::default() }) }
    }

    /// What plugins asked for since the last time, in order.
    pub fn take_calls(&self) -> Vec<RecordedCall> {
        std::mem::take(&mut self.lock().calls)
    }

    /// The requests since the last time that no answer was declared for, as `GET https://…`.
    pub fn take_undeclared(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().undeclared)
    }

    pub(crate) const fn tells_time(&self) -> bool {
        self.tells_time
    }

    pub(crate) fn record(&self, method: &str, params: Value) {
        let mut state = self.lock();
        if state.calls.len() < MAX_CALLS {
            state.calls.push(RecordedCall { method: method.to_owned(), params });
        }
    }

    /// The declared answer to a request, which goes nowhere. `secrets` are the headers that hold one, with its path.
    pub(crate) fn answer(
        &self,
        method: &Method,
        url: &Url,
        headers: &HeaderMap,
        secrets: &BTreeMap<String, String>,
        body: Option<&str>,
    ) -> Result<Response, String> {
        let shown: Map<String, Value> = headers
            .iter()
            .map(|(name, value)| {
                let plain = || Value::from(String::from_utf8_lossy(value.as_bytes()));
                let value = secrets.get(name.as_str()).map_or_else(plain, |path| json!({ "secret": path }));
                (name.to_string(), value)
            })
            .collect();
        let mut params = json!({ "method": method.as_str(), "url": url.as_str(), "headers": shown });
        if let Some(body) = body {
            params["body"] = body.into();
        }
        self.record("http.fetch", params);
        let mut state = self.lock();
        let is_it = |answer: &&DeclaredAnswer| answer.method == method && answer.url == *url;
        let places: Vec<usize> =
            state.answers.iter().enumerate().filter(|(_, one)| is_it(one)).map(|(at, _)| at).collect();
        let Some(first) = places.first() else {
            let request = format!("{method} {url}");
            state.undeclared.push(request.clone());
            return Err(format!(
                "the test declares no answer to `{request}`, and nothing goes to the network"
            ));
        };
        let answer =
            if places.len() > 1 { state.answers.remove(*first) } else { state.answers[*first].clone() };
        drop(state);
        answer.response()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
