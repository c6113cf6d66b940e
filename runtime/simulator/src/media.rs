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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    async fn ask(address: std::net::SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn a_file_that_was_brought_is_given_back() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router(Files::default())).await });
        let post = |auth: &str| {
            format!(
                "POST /mms/image/name?{auth} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 5\r\n\r\nbytes"
            )
        };
        let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        assert!(ask(address, &post("auth=other")).await.starts_with("HTTP/1.1 401"));
        let brought = ask(address, &post(&format!("a=b&auth={AUTHORISATION}"))).await;
        assert!(brought.contains(r#""direct_path":"/v/t62.simulated/name.enc""#), "{brought}");
        assert!(ask(address, &get("/v/t62.simulated/name.enc")).await.ends_with("bytes"));
        assert!(ask(address, &get("/v/none")).await.starts_with("HTTP/1.1 404"));
    }
}
