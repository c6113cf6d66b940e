//! What a plugin can do for the host and for others.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The kinds of capability; each has one [`Contract`](crate::contract::Contract).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are those of the schema, which describes them")]
pub enum CapabilityKind {
    TextInference,
    CliBackend,
    Speech,
    RealtimeTranscription,
    RealtimeVoice,
    MediaUnderstanding,
    ImageGeneration,
    MusicGeneration,
    VideoGeneration,
    WebFetch,
    WebSearch,
    Channel,
    GatewayDiscovery,
}

/// A text that is no [`CapabilityKind`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no kind of capability `{0}`")]
pub struct UnknownKind(String);

impl CapabilityKind {
    /// All kinds, in the order of the documentation.
    pub const ALL: [Self; 13] = [
        Self::TextInference,
        Self::CliBackend,
        Self::Speech,
        Self::RealtimeTranscription,
        Self::RealtimeVoice,
        Self::MediaUnderstanding,
        Self::ImageGeneration,
        Self::MusicGeneration,
        Self::VideoGeneration,
        Self::WebFetch,
        Self::WebSearch,
        Self::Channel,
        Self::GatewayDiscovery,
    ];

    /// The name in a manifest, such as `textInference`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TextInference => "textInference",
            Self::CliBackend => "cliBackend",
            Self::Speech => "speech",
            Self::RealtimeTranscription => "realtimeTranscription",
            Self::RealtimeVoice => "realtimeVoice",
            Self::MediaUnderstanding => "mediaUnderstanding",
            Self::ImageGeneration => "imageGeneration",
            Self::MusicGeneration => "musicGeneration",
            Self::VideoGeneration => "videoGeneration",
            Self::WebFetch => "webFetch",
            Self::WebSearch => "webSearch",
            Self::Channel => "channel",
            Self::GatewayDiscovery => "gatewayDiscovery",
        }
    }
}

impl fmt::Display for CapabilityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for CapabilityKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == text);
        known.ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// One capability that a plugin provides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capability {
    /// Its id, unique among all plugins for its kind; of a `channel`, the channel's name.
    pub id: String,
    /// Of a `channel`: what can be done there; see [`Capability::takes`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<MessageAction>,
}

impl Capability {
    /// What can be done on the channel that this is: to send texts, where nothing else is declared.
    pub fn takes(&self) -> &[MessageAction] {
        if self.actions.is_empty() { &[MessageAction::Send] } else { &self.actions }
    }
}

/// What can be done with a message on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageAction {
    /// Send a text.
    Send,
    /// Answer a message.
    Reply,
    /// React to a message with an emoji.
    React,
    /// Send a picture, a sound or a file.
    Media,
    /// Send sound, as if it were spoken into the phone.
    VoiceNote,
    /// Change the text of a message that was sent.
    Edit,
    /// Delete a message that was sent, for everyone.
    Revoke,
    /// Ask a question with answers to choose from.
    Poll,
}

impl MessageAction {
    /// All actions, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Send,
        Self::Reply,
        Self::React,
        Self::Media,
        Self::VoiceNote,
        Self::Edit,
        Self::Revoke,
        Self::Poll,
    ];

    /// The name, such as `voice_note`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Reply => "reply",
            Self::React => "react",
            Self::Media => "media",
            Self::VoiceNote => "voice_note",
            Self::Edit => "edit",
            Self::Revoke => "revoke",
            Self::Poll => "poll",
        }
    }

    /// The kind of the message that it makes, as in `message.sending`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Send => "text",
            Self::React => "reaction",
            other => other.name(),
        }
    }
}
