//! What can be done with messages on each channel.

use super::{Client, ClientError};
use manifest_schema::manifest::MessageAction;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the tool `message` can do on a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelActions {
    /// The channel.
    pub channel: String,
    /// Its accounts.
    pub instances: Vec<String>,
    /// What can be done.
    pub actions: Vec<ActionInfo>,
}

/// One action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionInfo {
    /// The action.
    pub action: MessageAction,
    /// The JSON Schema of the input, without `action`.
    pub input: Value,
    /// The members of the input of which one names a file; empty where the action sends none.
    pub media: Vec<String>,
}

impl Client {
    /// What can be done on each channel, or on one.
    ///
    /// # Errors
    /// Where the host does not answer.
    pub fn message_actions(&self, channel: Option<&str>) -> Result<Vec<ChannelActions>, ClientError> {
        self.call("message.describe", &json!({ "channel": channel }))
    }
}
