//! `/events`: what happens, as it happens, for the holder of the token; by topic where one is named. What nobody reads is lost: plugins
//! get theirs from the journal.

use super::credential::Credential;
use crate::{
    bus::{Bus as _, BusEvent},
    host::Inner,
    notice::Notices,
};
use axum::{
    extract::{Extension, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use serde_json::json;
use std::{convert::Infallible, sync::Arc};
use tokio::sync::{
    broadcast::{self, error::RecvError},
    watch,
};

struct Subscription {
    events: broadcast::Receiver<BusEvent>,
    topic: Option<String>,
    notices: Notices,
    stop: watch::Receiver<bool>,
}

pub(super) async fn subscribe(
    State(inner): State<Arc<Inner>>,
    Extension(stop): Extension<watch::Receiver<bool>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if let Err(refused) = Credential::admin(&inner, &headers, "`/events`").await {
        return refused;
    }
    let topic = match query.as_deref().map(|query| query.strip_prefix("topic=")) {
        None => None,
        Some(Some(topic)) => Some(topic.to_owned()),
        Some(None) => {
            return (StatusCode::BAD_REQUEST, "write `/events` or `/events?topic=TOPIC`\n").into_response();
        }
    };
    let notices = inner.core.environment.notices.clone();
    let subscription = Subscription { events: inner.core.bus.subscribe(), topic, notices, stop };
    let events = stream::unfold(subscription, |mut subscription| async move {
        let event = subscription.next().await?;
        Some((Ok::<_, Infallible>(event), subscription))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

impl Subscription {
    /// `None` when the host stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let received = tokio::select! {
                received = self.events.recv() => received,
                _ = self.stop.wait_for(|stop| *stop) => return None,
            };
            let event = match received {
                Ok(event) => event,
                Err(RecvError::Lagged(count)) => {
                    return Event::default().event("missed").json_data(json!({ "count": count })).ok();
                }
                Err(RecvError::Closed) => return None,
            };
            let topic = event.topic();
            if self.topic.is_none() || self.topic == topic {
                let mut data = json!({ "topic": topic, "kind": event.kind(), "payload": *event.payload });
                self.notices.redaction().redactor().value(&mut data);
                return Event::default().event(event.name).json_data(data).ok();
            }
        }
    }
}
