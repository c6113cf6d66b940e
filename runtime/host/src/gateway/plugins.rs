//! `/plugins/<id>/…`: the routes that plugins declare, and no others.

use super::{
    MAX_BODY,
    credential::Credential,
    pieces::{Begun, Pieces},
    webhook,
};
use crate::{
    bus::Bus as _,
    host::Inner,
    identity,
    plugin::Plugin,
    worker::{CallContext, CallError, ChunkSink, Patience, PluginCall},
};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Path, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{AUTHORIZATION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, X_CONTENT_TYPE_OPTIONS},
        request::Parts,
    },
    response::{IntoResponse as _, Response},
};
use manifest_schema::catalog::Need;
use manifest_schema::manifest::{Route, RouteAuth};
use runtime_protocol::CallKind;
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// The longest that a caller may take to send its body.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Headers of an answer that are the server's.
const SERVER_HEADERS: [&str; 7] =
    ["connection", "content-length", "transfer-encoding", "upgrade", "keep-alive", "trailer", "set-cookie"];

/// What an answer may do in a browser: nothing; as a page, show itself.
const NO_RIGHTS: &str = "sandbox; default-src 'none'";
const PAGE_RIGHTS: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'";

/// What a handler answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    json: Option<Box<RawValue>>,
    text: Option<String>,
    html: Option<String>,
}

pub(super) async fn call(
    State(inner): State<Arc<Inner>>,
    Path((id, path)): Path<(String, String)>,
    request: Request,
) -> Response {
    match try_call(&inner, &id, &format!("/{path}"), request).await {
        Ok(response) => response,
        Err((status, why)) => (status, format!("{why}\n")).into_response(),
    }
}

pub(super) type Refused = (StatusCode, String);

fn webhook_status(refused: &webhook::Refused) -> StatusCode {
    match refused {
        webhook::Refused::NoSecret(_) => StatusCode::SERVICE_UNAVAILABLE,
        webhook::Refused::Signature | webhook::Refused::Time => StatusCode::UNAUTHORIZED,
    }
}

/// What plugins there are.
pub(super) async fn manifest(State(inner): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    match Credential::admin(&inner, &headers, "the list of plugins").await {
        Ok(()) => axum::Json(super::surfaces::manifest(&inner)).into_response(),
        Err(refused) => refused,
    }
}

/// A whole body, within its limits.
async fn read(body: Body) -> Result<Bytes, Refused> {
    let too_large = |_| (StatusCode::PAYLOAD_TOO_LARGE, format!("a body has at most {MAX_BODY} bytes"));
    let reading = tokio::time::timeout(BODY_TIME, to_bytes(body, MAX_BODY)).await;
    reading
        .map_err(|_| (StatusCode::REQUEST_TIMEOUT, "the body took too long".to_owned()))?
        .map_err(too_large)
}

async fn try_call(inner: &Inner, id: &str, path: &str, request: Request) -> Result<Response, Refused> {
    let set = inner.core.bus.set();
    let plugin = set.plugins.get(id).map(|supervisor| Arc::clone(&supervisor.plugin));
    let plugin = plugin.ok_or_else(no_route)?;
    drop(set);
    let route = route(&plugin, request.method().as_str(), path)?;
    if route.auth == RouteAuth::Token
        && let Err(refused) = Credential::admin(inner, request.headers(), "the route").await
    {
        return Ok(refused);
    }
    let name = format!("{} {path}", request.method());
    inner.core.warm_for(&Need::Route(name.clone()));
    let (parts, body) = request.into_parts();
    let body = read(body).await?;
    if route.auth == RouteAuth::Webhook {
        let checked = webhook::check(&plugin, route, &parts.headers, &body, inner.core.now());
        checked.map_err(|refused| (webhook_status(&refused), refused.to_string()))?;
    }
    let payload = payload(path, &parts, body)?;
    let cause = identity::random_id("call")
        .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let mut context = CallContext::new(cause);
    let streamed = route.stream.as_deref().and_then(|kind| HeaderValue::from_str(kind).ok());
    let (sink, chunks) = ChunkSink::new();
    let sink = Arc::new(sink);
    context.chunks = streamed.is_some().then(|| Arc::clone(&sink));
    let call = PluginCall {
        kind: CallKind::Http,
        name,
        payload,
        timeout: plugin.timeout(),
        context: Arc::new(context),
        patience: Patience::Fail,
    };
    let (core, id) = (Arc::clone(&inner.core), plugin.id.clone());
    let calling = tokio::spawn(async move {
        let result = core.bus.request(&id, call).await;
        sink.close();
        result
    });
    let answer = match (Pieces { chunks, calling }).begin().await? {
        Begun::Streamed(body) => return Ok(piecewise(body, streamed)),
        Begun::Whole(answer) => answer.map_err(|error| (status(&error), error.to_string()))?,
    };
    response(&answer).ok_or_else(|| refuse(StatusCode::BAD_GATEWAY, "the plugin's answer is not a response"))
}

/// An answer in pieces, of the type that the route declares.
fn piecewise(body: Body, kind: Option<HeaderValue>) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.extend(kind.map(|kind| (CONTENT_TYPE, kind)));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(NO_RIGHTS));
    response
}

/// The declared route. Paths match as they are declared.
fn route<'p>(plugin: &'p Plugin, method: &str, path: &str) -> Result<&'p Route, Refused> {
    let mut declared = false;
    for route in plugin.manifest.routes.iter().filter(|route| route.path == path) {
        declared = true;
        if route.methods.iter().any(|served| served.name() == method) {
            return Ok(route);
        }
    }
    let wrong_method = || refuse(StatusCode::METHOD_NOT_ALLOWED, "the route does not declare this method");
    Err(if declared { wrong_method() } else { no_route() })
}

fn no_route() -> Refused {
    refuse(StatusCode::NOT_FOUND, "no plugin declares this route")
}

fn refuse(status: StatusCode, why: &str) -> Refused {
    (status, why.to_owned())
}

/// The handler's argument. The gateway's token and cookies are not the plugin's business.
fn payload(path: &str, parts: &Parts, body: Bytes) -> Result<Box<RawValue>, Refused> {
    let body = String::from_utf8(body.into())
        .map_err(|_| (StatusCode::UNSUPPORTED_MEDIA_TYPE, "a body must be UTF-8 text".to_owned()))?;
    let headers: Map<String, Value> = parts
        .headers
        .iter()
        .filter(|(name, _)| **name != AUTHORIZATION && **name != COOKIE)
        .filter_map(|(name, value)| Some((name.to_string(), json!(value.to_str().ok()?))))
        .collect();
    let query: Map<String, Value> =
        reqwest::Url::parse(&format!("http://host/?{}", parts.uri.query().unwrap_or("")))
            .map(|url| url.query_pairs().map(|(key, value)| (key.into_owned(), json!(value))).collect())
            .unwrap_or_default();
    let request = json!({ "method": parts.method.as_str(), "path": path, "query": query, "headers": headers, "body": body });
    serde_json::value::to_raw_value(&request)
        .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

/// The answer as HTTP. A page from a plugin gets no rights on the gateway's origin.
fn response(answer: &RawValue) -> Option<Response> {
    let answer: Option<Answer> = serde_json::from_str(answer.get()).ok()?;
    let Some(answer) = answer else { return Some(StatusCode::NO_CONTENT.into_response()) };
    let (kind, body, policy) = match (answer.json, answer.text, answer.html) {
        (Some(json), None, None) => ("application/json", String::from(Box::<str>::from(json)), NO_RIGHTS),
        (None, None, Some(html)) => ("text/html; charset=utf-8", html, PAGE_RIGHTS),
        (None, text, None) => ("text/plain; charset=utf-8", text.unwrap_or_default(), NO_RIGHTS),
        _ => return None,
    };
    let status =
        StatusCode::from_u16(answer.status.unwrap_or(200)).ok().filter(|status| status.as_u16() >= 200)?;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    for (name, value) in answer.headers {
        let name = HeaderName::try_from(name).ok()?;
        if !SERVER_HEADERS.contains(&name.as_str()) {
            headers.insert(name, HeaderValue::try_from(value).ok()?);
        }
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    Some(response)
}

fn status(error: &CallError) -> StatusCode {
    match error {
        CallError::QueueFull
        | CallError::Paused { .. }
        | CallError::Quarantined(_)
        | CallError::NotRecorded(_)
        | CallError::Stopping => StatusCode::SERVICE_UNAVAILABLE,
        CallError::Timeout(_) => StatusCode::GATEWAY_TIMEOUT,
        CallError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        CallError::NoPlugin(_) | CallError::WorkerEnded(_) | CallError::Failed(_) => StatusCode::BAD_GATEWAY,
    }
}
