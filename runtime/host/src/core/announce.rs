//! What happens to the host itself: told to whoever listens now, to each plugin once, and not kept.

use super::{Core, arrival::object, deliver::raw};
use crate::{
    clock::rfc3339,
    identity,
    worker::{CallContext, Patience, PluginCall},
};
use runtime_protocol::CallKind;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;

impl Core {
    /// Tells of something that no account and no chat stands for.
    pub(crate) fn announce(self: &Arc<Self>, name: &'static str, own: Value) {
        let mut told = self.tell_observers(name, own);
        tokio::spawn(async move { while told.join_next().await.is_some() {} });
    }

    /// The same, and waits for the observers, but not longer than `limit`.
    pub(crate) async fn announce_and_wait(self: &Arc<Self>, name: &'static str, own: Value, limit: Duration) {
        let mut told = self.tell_observers(name, own);
        let _ = tokio::time::timeout(limit, async { while told.join_next().await.is_some() {} }).await;
    }

    fn tell_observers(self: &Arc<Self>, name: &'static str, own: Value) -> JoinSet<()> {
        let Ok(event_id) = identity::random_id("evt") else { return JoinSet::new() };
        let mut payload = object(json!({ "event_id": event_id, "timestamp": rfc3339(self.now()) }));
        payload.extend(object(own));
        let set = self.bus.set();
        let mut told = JoinSet::new();
        for supervisor in set.observers(name).iter().filter_map(|id| set.plugins.get(id)) {
            let call = PluginCall {
                kind: CallKind::Event,
                name: name.to_owned(),
                payload: raw(&payload),
                timeout: supervisor.plugin.timeout(),
                context: Arc::new(CallContext::new(event_id.clone())),
                patience: Patience::Fail,
            };
            let (core, supervisor) = (Arc::clone(self), Arc::clone(supervisor));
            told.spawn(async move {
                if let Err(error) = supervisor.call(call).await {
                    core.trouble(format!(
                        "plugin `{}` was not told of {name}: {error}",
                        supervisor.plugin.id
                    ));
                }
            });
        }
        self.publish(name, payload);
        told
    }
}
