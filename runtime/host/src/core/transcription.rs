//! Voice messages put into words by a plugin's `mediaUnderstanding`, before anybody else sees them.

use super::{CapabilityCall, Core, LaneKey, arrival::PLACE};
use crate::{
    channel::{DeliveryError, Transcriber},
    worker::CallContext,
};
use base64::Engine as _;
use manifest_schema::manifest::CapabilityKind;
use serde_json::{Map, Value, json};
use std::{
    io::{Read as _, Seek as _},
    sync::Arc,
    time::Duration,
};

/// Bytes of sound that a plugin is given: as base64 they fit a frame.
const MAX_SOUND: u64 = 700 << 10;
/// The pause between two tries to fetch the sound.
const AGAIN: Duration = Duration::from_millis(200);

impl Core {
    /// Takes the file's place out of a message, and puts words in where the message is spoken and the account has somebody for it.
    /// A message without words goes on as it is.
    pub(super) async fn transcribe(
        self: &Arc<Self>,
        key: &LaneKey,
        event_id: &str,
        event: &mut Map<String, Value>,
    ) {
        let Some(place) = event.remove(PLACE) else { return };
        let of_media = |name: &str| event.get("media").and_then(|media| media.get(name)?.as_str());
        if of_media("kind") != Some("voice") {
            return;
        }
        let mime = of_media("mime").unwrap_or_default().to_owned();
        let account = self.channel(&key.channel, &key.instance);
        let Some(Transcriber { skill, limit }) = account.and_then(|account| account.transcriber()) else {
            return;
        };
        let words =
            tokio::time::timeout(limit, self.words(key, event_id, &place, &mime, &skill, limit)).await;
        match words.unwrap_or_else(|_| Err(format!("it took more than {} ms", limit.as_millis()))) {
            Ok(text) => {
                event.insert("text".to_owned(), json!(text));
                if let Some(Value::Object(media)) = event.get_mut("media") {
                    media.insert("transcribed".to_owned(), json!(true));
                }
            }
            Err(reason) => self.trouble(format!("the voice message {event_id} has no words: {reason}")),
        }
    }

    async fn words(
        self: &Arc<Self>,
        key: &LaneKey,
        event_id: &str,
        place: &Value,
        mime: &str,
        skill: &str,
        limit: Duration,
    ) -> Result<String, String> {
        let sound = self.sound(key, place).await?;
        let base64 = base64::engine::general_purpose::STANDARD.encode(sound);
        let request = json!({ "mime": mime, "base64": base64 });
        let context = CallContext::new(event_id.to_owned());
        let mut call = CapabilityCall::new(CapabilityKind::MediaUnderstanding, request, context);
        (call.id, call.limit) = (Some(skill.to_owned()), Some(limit));
        let answered = self.call_capability(call).await.map_err(|error| error.to_string())?;
        Ok(answered.response["text"].as_str().unwrap_or_default().to_owned())
    }

    /// What is in the file; tried until the caller's time is over.
    async fn sound(&self, key: &LaneKey, place: &Value) -> Result<Vec<u8>, String> {
        let mut file = tempfile::tempfile().map_err(|error| error.to_string())?;
        loop {
            let account = self.channel(&key.channel, &key.instance).ok_or("the account is gone")?;
            let into = file.try_clone().map_err(|error| error.to_string())?;
            match account.fetch(place, into).await {
                Ok(()) => break,
                Err(DeliveryError::NotReady | DeliveryError::Failed(_)) => tokio::time::sleep(AGAIN).await,
            }
        }
        let mut bytes = Vec::new();
        file.rewind().map_err(|error| error.to_string())?;
        file.take(MAX_SOUND + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        if bytes.len() as u64 > MAX_SOUND {
            return Err(format!("it has more than {MAX_SOUND} bytes"));
        }
        Ok(bytes)
    }
}
