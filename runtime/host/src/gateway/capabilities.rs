//! Capabilities for the holder of the token.

use super::api::{Answer, Problem, random, write};
use super::credential::Credential;
use crate::{
    capability::CapabilityError,
    client::{
        CapabilityFailure, CapabilityInfo, CapabilityLine, CapabilityRequest, CapabilityResponse, code,
    },
    core::{Answered, CapabilityCall},
    host::Inner,
    identity,
    worker::CallContext,
};
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use futures_util::stream;
use serde::Deserialize;
use serde_json::Value;
use std::{convert::Infallible, sync::Arc};
use tokio::{sync::mpsc, task::JoinHandle};

/// All that is offered, in the order in which it is asked.
pub(super) fn offered(inner: &Inner) -> Vec<CapabilityInfo> {
    let set = inner.core.bus.set();
    let mut offered = Vec::new();
    for (kind, providers) in &set.capabilities {
        let order = set.capability_order(*kind);
        let infos = providers.iter().map(|(id, plugin)| CapabilityInfo {
            kind: *kind,
            id: id.clone(),
            plugin: plugin.to_string(),
            place: match order.iter().position(|one| one == id) {
                None if order.is_empty() && providers.len() == 1 => Some(1),
                place => place.map(|place| place + 1),
            },
        });
        let mut infos: Vec<CapabilityInfo> = infos.collect();
        infos.sort_by_key(|info| info.place.unwrap_or(usize::MAX));
        offered.extend(infos);
    }
    offered
}

/// Asks whoever offers the kind, or the one named.
pub(super) async fn call(inner: &Arc<Inner>, asked: CapabilityRequest) -> Answer {
    let CapabilityRequest { kind, id, request } = asked;
    let context = CallContext::new(random("call")?);
    let mut call = CapabilityCall::new(kind, request, context);
    call.id = id;
    let answered = inner.core.call_capability(call).await;
    let answered = answered.map_err(|error| Problem(error_code(&error), error.to_string()))?;
    write(&response(answered))
}

fn response(answered: Answered) -> CapabilityResponse {
    let Answered { provider, response } = answered;
    CapabilityResponse { provider: provider.id, plugin: provider.plugin.to_string(), response }
}

/// `/api/capability`: the same, with chunks as they come, a JSON text on each line. The last line is the answer or the error.
pub(super) async fn stream(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(refused) = Credential::admin(&inner, &headers, "`/api/capability`").await {
        return refused;
    }
    let asked: StreamRequest = match serde_json::from_slice(&body) {
        Ok(asked) => asked,
        Err(error) => return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    };
    let Ok(cause) = identity::random_id("call") else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "no random bytes\n").into_response();
    };
    let CapabilityRequest { kind, id, request } = asked.call;
    let (listener, chunks) = mpsc::channel(1);
    let mut call = CapabilityCall::new(kind, request, CallContext::new(cause));
    (call.id, call.listener) = (id, asked.stream.then_some(listener));
    let answer = tokio::spawn(async move { inner.core.call_capability(call).await });
    let lines = stream::unfold(Lines { chunks, answer: Some(answer) }, async |mut lines| {
        let line = lines.next().await?;
        Some((Ok::<_, Infallible>(line), lines))
    });
    ([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response()
}

/// A question, and whether its chunks are wanted.
#[derive(Deserialize)]
struct StreamRequest {
    #[serde(default)]
    stream: bool,
    #[serde(flatten)]
    call: CapabilityRequest,
}

/// The lines of an answer that is being made.
struct Lines {
    chunks: mpsc::Receiver<Value>,
    answer: Option<JoinHandle<Result<Answered, CapabilityError>>>,
}

impl Lines {
    async fn next(&mut self) -> Option<String> {
        let line = match self.chunks.recv().await {
            Some(chunk) => CapabilityLine::Chunk { chunk },
            None => match self.answer.take()?.await {
                Ok(Ok(answered)) => CapabilityLine::Answer(response(answered)),
                Ok(Err(error)) => failed(error.code(), error.to_string()),
                Err(stopped) => failed("unavailable", stopped.to_string()),
            },
        };
        serde_json::to_string(&line).ok().map(|line| line + "\n")
    }
}

fn failed(code: &str, message: String) -> CapabilityLine {
    CapabilityLine::Error { error: CapabilityFailure { code: code.to_owned(), message } }
}

fn error_code(error: &CapabilityError) -> i64 {
    match error {
        CapabilityError::NoProvider(_) | CapabilityError::Unknown { .. } => code::NOT_FOUND,
        CapabilityError::Request { .. } | CapabilityError::Ambiguous { .. } => code::INVALID_PARAMS,
        CapabilityError::OutboxOnly | CapabilityError::TooDeep(_) | CapabilityError::Cycle(_) => {
            code::REFUSED
        }
        _ => code::PLUGIN_FAILED,
    }
}
