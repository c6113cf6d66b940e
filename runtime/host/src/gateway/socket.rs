//! `GET /api` as a WebSocket: the same requests as over HTTP, each text message one of them or a batch, answered as they are done.

use super::{MAX_BODY, credential::Credential, rpc};
use crate::host::Inner;
use axum::{
    Extension,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc, watch};

/// Messages of one connection that are worked on at a time; more wait to be read.
const AT_A_TIME: usize = 16;

/// Opens a connection for the holder of a token.
pub(super) async fn open(
    State(inner): State<Arc<Inner>>,
    Extension(stop): Extension<watch::Receiver<bool>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    match Credential::of(&inner, &headers).await {
        Ok(credential) => upgrade
            .max_message_size(MAX_BODY)
            .on_upgrade(move |socket| serve(socket, inner, Arc::new(credential), stop)),
        Err(unknown) => (StatusCode::UNAUTHORIZED, format!("{unknown}\n")).into_response(),
    }
}

/// Reads until the other side is gone, or the host stops.
async fn serve(
    mut socket: WebSocket,
    inner: Arc<Inner>,
    credential: Arc<Credential>,
    stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    let (answers, mut answered) = mpsc::channel::<String>(AT_A_TIME);
    loop {
        let read = async {
            // A place first, so that nothing is read that could not be begun.
            let place = Arc::clone(&places).acquire_owned().await.ok()?;
            Some((place, socket.recv().await?.ok()?))
        };
        let (place, message) = tokio::select! {
            Some(answer) = answered.recv() => {
                if socket.send(Message::Text(answer.into())).await.is_err() {
                    return;
                }
                continue;
            }
            read = read => match read {
                Some(read) => read,
                None => return,
            },
            () = stopped(stop.clone()) => return,
        };
        let text = match message {
            Message::Text(text) => text.as_bytes().to_vec(),
            Message::Binary(bytes) => bytes.to_vec(),
            Message::Close(_) => return,
            Message::Ping(_) | Message::Pong(_) => continue,
        };
        let (inner, credential, answers) = (Arc::clone(&inner), Arc::clone(&credential), answers.clone());
        tokio::spawn(async move {
            if let Some(answer) = rpc::answer(&inner, Some(&credential), &text).await {
                let _ = answers.send(answer.to_string()).await;
            }
            drop(place);
        });
    }
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
