//! What WhatsApp synchronises between a person's devices: patches, each with the hashes that a client checks.

use crate::error::{Result, broken};
use crate::time;
use std::collections::HashMap;
use whatsapp_rs::buffa::{Message as _, MessageField};
use whatsapp_rs::wacore::appstate::encode::encode_record;
use whatsapp_rs::wacore::appstate::hash::{HashState, generate_patch_mac};
use whatsapp_rs::wacore::appstate::keys::expand_app_state_keys;
use whatsapp_rs::waproto::whatsapp::message::protocol_message::Type;
use whatsapp_rs::waproto::whatsapp::message::{
    AppStateSyncKey, AppStateSyncKeyData, AppStateSyncKeyFingerprint, AppStateSyncKeyId,
    AppStateSyncKeyShare, ProtocolMessage,
};
use whatsapp_rs::waproto::whatsapp::sync_action_value::{ArchiveChatAction, MuteAction, PushNameSetting};
use whatsapp_rs::waproto::whatsapp::syncd_mutation::SyncdOperation;
use whatsapp_rs::waproto::whatsapp::{KeyId, Message, SyncActionValue, SyncdPatch, SyncdVersion};

/// The key that all devices of an account share.
#[derive(Clone)]
pub(crate) struct SyncKey {
    id: Vec<u8>,
    data: [u8; 32],
}

impl SyncKey {
    pub(crate) fn generate() -> Self {
        Self { id: vec![0, 0, 0, 0, rand::random::<u8>(), 1], data: rand::random() }
    }

    /// The message by which the phone gives it to a device that was just linked.
    pub(crate) fn share(&self) -> Message {
        let fingerprint =
            AppStateSyncKeyFingerprint { raw_id: Some(1), current_index: Some(0), device_indexes: vec![0] };
        let key = AppStateSyncKey {
            key_id: MessageField::some(AppStateSyncKeyId { key_id: Some(self.id.clone()) }),
            key_data: MessageField::some(AppStateSyncKeyData {
                key_data: Some(self.data.to_vec()),
                fingerprint: MessageField::some(fingerprint),
                timestamp: i64::try_from(time::seconds()).ok(),
            }),
        };
        let shared = ProtocolMessage {
            r#type: Some(Type::AppStateSyncKeyShare),
            app_state_sync_key_share: MessageField::some(AppStateSyncKeyShare { keys: vec![key] }),
            ..Default::default()
        };
        Message { protocol_message: MessageField::some(shared), ..Default::default() }
    }
}

/// One collection: its running hash, and the patches that a client can ask for.
#[derive(Default)]
pub(crate) struct Collection {
    state: HashState,
    values: HashMap<Vec<u8>, Vec<u8>>,
    patches: Vec<Vec<u8>>,
}

/// What is set, and where.
pub(crate) struct Setting {
    /// The collection that it is in.
    pub(crate) collection: &'static str,
    index: Vec<String>,
    schema: i32,
    value: SyncActionValue,
}

impl Setting {
    pub(crate) fn push_name(name: &str) -> Self {
        let name = PushNameSetting { name: Some(name.to_owned()) };
        let value = SyncActionValue { push_name_setting: MessageField::some(name), ..Default::default() };
        Self { collection: "critical_block", index: vec!["setting_pushName".to_owned()], schema: 1, value }
    }

    pub(crate) fn muted(chat: &str, muted: bool) -> Self {
        let end = if muted { -1 } else { 0 };
        let action = MuteAction { muted: Some(muted), mute_end_timestamp: Some(end), ..Default::default() };
        let value = SyncActionValue { mute_action: MessageField::some(action), ..Default::default() };
        Self { collection: "regular_high", index: vec!["mute".to_owned(), chat.to_owned()], schema: 2, value }
    }

    pub(crate) fn archived(chat: &str, archived: bool) -> Self {
        let action = ArchiveChatAction { archived: Some(archived), ..Default::default() };
        let value = SyncActionValue { archive_chat_action: MessageField::some(action), ..Default::default() };
        Self {
            collection: "regular_low",
            index: vec!["archive".to_owned(), chat.to_owned()],
            schema: 3,
            value,
        }
    }
}

impl Collection {
    pub(crate) fn version(&self) -> u64 {
        self.patches.len() as u64
    }

    /// The patches after this version.
    pub(crate) fn after(&self, version: u64) -> &[Vec<u8>] {
        let known = usize::try_from(version).unwrap_or(usize::MAX);
        self.patches.get(known..).unwrap_or_default()
    }

    pub(crate) fn set(&mut self, key: &SyncKey, setting: Setting) -> Result<()> {
        let Setting { collection, index, schema, mut value } = setting;
        value.timestamp = i64::try_from(time::seconds() * 1000).ok();
        let keys = expand_app_state_keys(&key.data);
        let index = serde_json::to_vec(&index).map_err(broken("the index of a setting"))?;
        let random = rand::random();
        let (mutation, mac) =
            encode_record(SyncdOperation::SET, &index, &value, &keys, &key.id, &random, schema);
        let values = &self.values;
        let (_, hashed) = self
            .state
            .update_hash(std::slice::from_ref(&mutation), |index, _| Ok(values.get(index).cloned()));
        hashed.map_err(broken("the hash of a collection"))?;
        if let Some(index) = mutation.record.index.blob.clone() {
            self.values.insert(index, mac.to_vec());
        }
        let version = self.version() + 1;
        self.state.version = version;
        let mut patch = SyncdPatch {
            version: MessageField::some(SyncdVersion { version: Some(version) }),
            mutations: vec![mutation],
            key_id: MessageField::some(KeyId { id: Some(key.id.clone()) }),
            snapshot_mac: Some(self.state.generate_snapshot_mac(collection, &keys.snapshot_mac)),
            ..Default::default()
        };
        patch.patch_mac = Some(generate_patch_mac(&patch, collection, &keys.patch_mac, version));
        self.patches.push(patch.encode_to_vec());
        Ok(())
    }
}
