//! A channel that a plugin provides: messages go out by its capability `channel`, and come in by `channel.receive`.

use super::{Channel, Delivery, DeliveryError};
use crate::{
    core::{CapabilityCall, Core},
    journal::OutboundRow,
    set::RunningSet,
    worker::CallContext,
};
use base64::Engine as _;
use manifest_schema::manifest::{CapabilityKind, MessageAction};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeSet,
    fs::File,
    io::Read as _,
    sync::{Arc, Weak},
};

/// Bytes of a file that a plugin is given: as base64 they fit a frame.
const MAX_FILE: u64 = 700 << 10;
/// Members of a draft that the contract has, too.
const MEMBERS: [&str; 6] = ["kind", "text", "emoji", "options", "choices", "caption"];

/// One channel; its only account is `default`. The plugin behind it is whoever has its capability at the time.
pub(crate) struct PluginChannel {
    core: Weak<Core>,
    pub(crate) name: String,
    actions: BTreeSet<MessageAction>,
}

impl PluginChannel {
    /// The account of every such channel.
    pub(crate) const INSTANCE: &'static str = "default";

    /// The channels that the plugins of a set provide.
    pub(crate) fn of(set: &RunningSet, core: &Arc<Core>) -> Vec<Arc<Self>> {
        let manifests = set.plugins.values().map(|supervisor| &supervisor.plugin.manifest);
        let capabilities = manifests.flat_map(|manifest| {
            let own = manifest.capabilities.get(&CapabilityKind::Channel).into_iter().flatten();
            own.filter(|one| manifest.channels.iter().any(|channel| channel.as_str() == one.id))
        });
        let channel = |one: &manifest_schema::manifest::Capability| {
            let (core, name) = (Arc::downgrade(core), one.id.clone());
            Arc::new(Self { core, name, actions: one.takes().iter().copied().collect() })
        };
        capabilities.map(channel).collect()
    }

    async fn hand_over(&self, core: &Arc<Core>, message: &OutboundRow, chat: &str) -> Result<(), String> {
        let request =
            json!({ "instance": Self::INSTANCE, "message": self.message(core, message, chat).await? });
        let context = CallContext::new(message.id.clone());
        let mut call = CapabilityCall::new(CapabilityKind::Channel, request, context);
        (call.id, call.from_outbox) = (Some(self.name.clone()), true);
        let answered = core.call_capability(call).await.map_err(|error| error.to_string())?;
        let id = answered.response["message_id"].as_str().unwrap_or_default();
        // What the service calls the message is needed by whoever edits it later; the message itself has gone out.
        core.journal.known_as(&message.id, id).await.map_err(|error| error.to_string())
    }

    /// The message as the contract has it.
    async fn message(&self, core: &Core, row: &OutboundRow, chat: &str) -> Result<Value, String> {
        let mut message = Map::new();
        message.insert("id".to_owned(), json!(row.id));
        message.insert("to".to_owned(), json!(chat));
        let members = MEMBERS.iter().filter_map(|name| row.draft.get_key_value(*name));
        message.extend(members.map(|(name, value)| (name.clone(), value.clone())));
        if let Some(target) = row.draft.get("reply_to").and_then(Value::as_str) {
            let outside = core.journal.known_outside(target).await.map_err(|error| error.to_string())?;
            message.insert("reply_to".to_owned(), json!(outside.as_deref().unwrap_or(target)));
        }
        if let Some(media) = row.draft.get("media") {
            let mut bytes = Vec::new();
            let file = File::open(core.outbox_file(&row.id)).map_err(|error| error.to_string())?;
            file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
            if bytes.len() as u64 > MAX_FILE {
                return Err(format!("the file has more than {MAX_FILE} bytes"));
            }
            let mut file = json!({
                "mime": media.get("mime").and_then(Value::as_str).unwrap_or("application/octet-stream"),
                "base64": base64::engine::general_purpose::STANDARD.encode(bytes),
            });
            if let Some(name) = media.get("file_name").filter(|name| name.is_string()) {
                file["file_name"] = name.clone();
            }
            message.insert("media".to_owned(), file);
        }
        Ok(message.into())
    }
}

impl Channel for PluginChannel {
    fn takes(&self, kind: &str) -> bool {
        self.actions.iter().any(|action| action.kind() == kind)
    }

    fn deliver<'a>(&'a self, message: &'a OutboundRow, chat: &'a str) -> Delivery<'a> {
        Box::pin(async move {
            let core = self.core.upgrade().ok_or(DeliveryError::NotReady)?;
            self.hand_over(&core, message, chat).await.map_err(DeliveryError::Failed)
        })
    }
}
