//! JSON-RPC 2.0: one request or a batch of them, over HTTP or a WebSocket; calls are answered, notifications are not.

use super::{
    api::{self, Answer, Problem, empty},
    bridges,
    credential::Credential,
};
use crate::{client::code, host::Inner};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json, value::RawValue};
use std::sync::Arc;

/// Requests in one batch.
const MAX_BATCH: usize = 100;

#[derive(Deserialize)]
pub(super) struct Request {
    jsonrpc: String,
    /// Absent in a notification.
    #[serde(default, deserialize_with = "present")]
    id: Option<Value>,
    pub(super) method: String,
    params: Option<Box<RawValue>>,
}

fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// `POST /api`.
pub(super) async fn post(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    let credential = match Credential::of(&inner, &headers).await {
        Ok(credential) => Some(credential),
        // Whoever has a code has no token yet.
        Err(_) if redeems(&body) => None,
        Err(unknown) => return (StatusCode::UNAUTHORIZED, format!("{unknown}\n")).into_response(),
    };
    match answer(&inner, credential.as_ref(), &body).await {
        Some(answer) => ([(CONTENT_TYPE, "application/json")], answer.to_string()).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

fn redeems(body: &[u8]) -> bool {
    serde_json::from_slice::<Request>(body).is_ok_and(|request| request.method == bridges::REDEEM)
}

/// What is answered to a text; nothing where it holds notifications alone. The requests of a batch are made one after the other.
pub(super) async fn answer(
    inner: &Arc<Inner>,
    credential: Option<&Credential>,
    text: &[u8],
) -> Option<Value> {
    if text.trim_ascii_start().first() != Some(&b'[') {
        return one(inner, credential, serde_json::from_slice(text)).await;
    }
    let batch: Vec<Box<RawValue>> = match serde_json::from_slice(text) {
        Ok(batch) => batch,
        Err(error) => return Some(failed(&Value::Null, code::INVALID_REQUEST, &error.to_string())),
    };
    if batch.is_empty() || batch.len() > MAX_BATCH {
        let why = format!("a batch has 1 to {MAX_BATCH} requests");
        return Some(failed(&Value::Null, code::INVALID_REQUEST, &why));
    }
    let mut answers = Vec::new();
    for request in batch {
        answers.extend(one(inner, credential, serde_json::from_str(request.get())).await);
    }
    (!answers.is_empty()).then_some(Value::Array(answers))
}

async fn one(
    inner: &Arc<Inner>,
    credential: Option<&Credential>,
    request: Result<Request, serde_json::Error>,
) -> Option<Value> {
    let Request { jsonrpc, id, method, params } = match request {
        Ok(request) => request,
        Err(error) => return Some(failed(&Value::Null, code::INVALID_REQUEST, &error.to_string())),
    };
    let result: Answer = match jsonrpc.as_str() {
        "2.0" => api::run(inner, credential, &method, params.unwrap_or_else(empty)).await,
        _ => Err(Problem(code::INVALID_REQUEST, "`jsonrpc` must be \"2.0\"".into())),
    };
    let id = id?;
    Some(match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(Problem(code, message)) => failed(&id, code, &message),
    })
}

fn failed(id: &Value, code: i64, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}
