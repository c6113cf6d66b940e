//! The HTTP server: the API, the plugins' declared routes, the health checks and the metrics.

mod api;
mod bridges;
mod capabilities;
mod credential;
mod events;
mod guard;
mod metrics;
mod pieces;
mod plugins;
mod rpc;
mod socket;
mod surfaces;
mod webhook;

pub(crate) use credential::kind_of;
pub(crate) use guard::Token;

use crate::host::Inner;
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    middleware,
    routing::{any, get, post},
};
use std::sync::{Arc, atomic::Ordering};
use tokio::{net::TcpListener, sync::watch};

/// Bytes of a request's body; with its escapes it still fits a frame.
const MAX_BODY: usize = 256 << 10;
/// The same of a question to a capability, which may carry a file.
const MAX_CAPABILITY: usize = 1 << 20;

/// Serves until `stop` is true and the requests in flight are answered.
pub(crate) async fn serve(
    listener: TcpListener,
    inner: Arc<Inner>,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let router = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::show))
        .route("/api", post(rpc::post).get(socket::open))
        .route("/api/capability", post(capabilities::stream).layer(DefaultBodyLimit::max(MAX_CAPABILITY)))
        .route("/events", get(events::subscribe))
        .route("/plugins/manifest", get(plugins::manifest))
        .route("/plugins/{id}/{*path}", any(plugins::call))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(guard::same_machine))
        .layer(Extension(stop.clone()))
        .with_state(inner);
    let stopped = async move {
        let _ = stop.wait_for(|stop| *stop).await;
    };
    axum::serve(listener, router).with_graceful_shutdown(stopped).await
}

async fn ready(State(inner): State<Arc<Inner>>) -> (StatusCode, &'static str) {
    match inner.stopping.load(Ordering::Relaxed) {
        false => (StatusCode::OK, "ready\n"),
        true => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
    }
}
