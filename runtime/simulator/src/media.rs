//! The host for pictures and files: takes encrypted ones, and gives them back.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The name by which clients are told of this host; a client of the simulator asks the loopback address instead.
pub const MEDIA_HOST: &str = "media.simulator.invalid";
/// What a client must say to upload.
pub(crate) const AUTHORISATION: &str = "simulated";

/// Files by path.
pub(crate) type Files = Arc<Mutex<HashMap<String, Bytes>>>;

pub(crate) fn router(files: Files) -> Router {
    // WhatsApp's files are at most 100 MB, in documents.
    let limit = axum::extract::DefaultBodyLimit::max(128 << 20);
    Router::new().route("/{*path}", get(download).post(upload)).layer(limit).with_state(files)
}

async fn upload(
    State(files): State<Files>,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let is_allowed = |part: &str| part.strip_prefix("auth=") == Some(AUTHORISATION);
    if !query.unwrap_or_default().split('&').any(is_allowed) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let path = format!("v/t62.simulated/{name}.enc");
    let answer = json!({ "url": format!("https://{MEDIA_HOST}/{path}"), "direct_path": format!("/{path}") });
    files.lock().unwrap_or_else(PoisonError::into_inner).insert(path, body);
    axum::Json(answer).into_response()
}

async fn download(State(files): State<Files>, Path(path): Path<String>) -> Response {
    let file = files.lock().unwrap_or_else(PoisonError::into_inner).get(&path).cloned();
    file.map_or_else(|| StatusCode::NOT_FOUND.into_response(), axum::response::IntoResponse::into_response)
}
