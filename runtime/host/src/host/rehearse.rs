//! What only a test may do with a host: make things happen that otherwise come with time, and look into a plugin's storage.

use super::Host;
use crate::{
    clock::{millis, rfc3339},
    core::raw,
    error_chain::chain,
    identity, standing,
    worker::{CallContext, Patience, PluginCall, Supervisor},
};
use base64::Engine as _;
use manifest_schema::{
    manifest::{Route, SignatureEncoding},
    names::PluginId,
    units::ByteSize,
};
use runtime_protocol::{CallKind, StorageList};
use serde_json::{Map, Value};
use std::{fmt::Write as _, sync::Arc, time::SystemTime};

/// A host that was started with a [`Rehearsal`](crate::Rehearsal), and one of its plugins.
pub struct Rehearsing<'a> {
    host: &'a Host,
    supervisor: Arc<Supervisor>,
}

impl Host {
    /// What a test may do with a plugin; `None` in a host that is no rehearsal, or that does not run the plugin.
    pub fn rehearse(&self, plugin: &PluginId) -> Option<Rehearsing<'_>> {
        let core = &self.inner.core;
        core.environment.rehearsal.as_ref()?;
        let supervisor = core.bus.set().plugins.get(plugin).cloned()?;
        Some(Rehearsing { host: self, supervisor })
    }
}

impl Rehearsing<'_> {
    /// Runs a schedule as at its time, once.
    ///
    /// # Errors
    /// In words: there is no such schedule, or it failed.
    pub async fn run_schedule(&self, id: &str, due: SystemTime) -> Result<(), String> {
        if self.supervisor.plugin.manifest.schedules.iter().all(|schedule| schedule.id != id) {
            return Err(format!("its manifest declares no schedule `{id}`"));
        }
        let call = standing::schedule_call(&self.supervisor, id, millis(due), 0);
        self.supervisor.call(call).await.map(drop).map_err(|error| chain(&error))
    }

    /// Tells it of an event, with `event_id` and `timestamp` where the payload has none.
    ///
    /// # Errors
    /// In words: it does not observe the event, or its handler failed.
    pub async fn tell(&self, event: &str, payload: Map<String, Value>) -> Result<(), String> {
        if self.supervisor.plugin.manifest.events.iter().all(|name| name.as_str() != event) {
            return Err(format!("its manifest declares no event `{event}`"));
        }
        let event_id = identity::random_id("evt").map_err(|error| error.to_string())?;
        let mut context = CallContext::new(event_id.clone());
        let text = |name: &str| payload.get(name).and_then(Value::as_str).map(str::to_owned);
        context.account = text("channel")
            .map(|channel| (channel, text("instance").unwrap_or_else(|| "default".to_owned())));
        let now = rfc3339(self.host.inner.core.now());
        let mut whole =
            Map::from_iter([("event_id".to_owned(), event_id.into()), ("timestamp".to_owned(), now.into())]);
        whole.extend(payload);
        let call = PluginCall {
            kind: CallKind::Event,
            name: event.to_owned(),
            payload: raw(&whole),
            timeout: self.supervisor.plugin.timeout(),
            context: Arc::new(context),
            patience: Patience::Wait,
        };
        self.supervisor.call(call).await.map(drop).map_err(|error| chain(&error))
    }

    /// Puts a value into its storage.
    ///
    /// # Errors
    /// In words.
    pub async fn store(&self, key: &str, value: &Value) -> Result<(), String> {
        let plugin = &self.supervisor.plugin;
        let quota = plugin.permissions.storage.map_or(0, ByteSize::bytes);
        let stored = plugin.storage.set(key.to_owned(), value.to_string(), quota).await;
        stored.map_err(|error| chain(&error))
    }

    /// All that is in its storage.
    ///
    /// # Errors
    /// In words.
    pub async fn stored(&self) -> Result<Map<String, Value>, String> {
        let storage = &self.supervisor.plugin.storage;
        let mut all = Map::new();
        loop {
            let after = all.keys().next_back().cloned();
            let wanted = StorageList { prefix: None, after, limit: None };
            let keys = storage.list(wanted).await.map_err(|error| chain(&error))?.keys;
            if keys.is_empty() {
                return Ok(all);
            }
            for key in keys {
                let text = storage.get(key.clone()).await.map_err(|error| chain(&error))?;
                let value = text.as_deref().map(serde_json::from_str).transpose();
                all.insert(key, value.map_err(|error| error.to_string())?.unwrap_or_default());
            }
        }
    }

    /// The headers with which the sender of a webhook signs a body, as the route declares it.
    ///
    /// # Errors
    /// In words: the route declares no secret, or it is not set.
    pub fn webhook_headers(&self, route: &Route, body: &[u8]) -> Result<Vec<(String, String)>, String> {
        let path = route.secret.as_deref().ok_or("the route declares no secret to sign with")?;
        let form = &route.signature;
        let (mut headers, mut signed) = (Vec::new(), Vec::new());
        if let Some(name) = &form.timestamp {
            let seconds = (self.host.inner.core.now() / 1_000).to_string();
            signed.extend_from_slice(seconds.as_bytes());
            signed.push(b'.');
            headers.push((name.clone(), seconds));
        }
        signed.extend_from_slice(body);
        let tag =
            self.supervisor.plugin.secrets.hmac_sha256(path, &signed).map_err(|error| error.to_string())?;
        let tag = match form.encoding {
            SignatureEncoding::Base64 => base64::engine::general_purpose::STANDARD.encode(tag),
            SignatureEncoding::Hex => tag.iter().fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            }),
        };
        headers.push((form.header.clone(), format!("{}{tag}", form.prefix)));
        Ok(headers)
    }

    /// How many calls of it wait or run.
    pub fn calls_in_flight(&self) -> u64 {
        self.supervisor.condition().2
    }
}
