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
    /// Its id, unique among all plugins for its kind.
    pub id: String,
}
