//! WhatsApp accounts of a project.

use super::{Project, default_instance};
use crate::layout::Layout;
use crate::names::{AgentName, ChannelName, InstanceName};
use serde::{Deserialize, Deserializer, Serialize};
use std::path::PathBuf;

/// The name of the channel.
const CHANNEL: &str = "whatsapp";

/// One WhatsApp account. Field by field as in `schemas/wa.project.schema.json`, which documents them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WhatsAppChannel {
    /// Whether it is used while the project runs.
    pub enabled: bool,
    /// Tells several accounts apart.
    pub instance: InstanceName,
    /// Where its keys are, relative to the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_dir: Option<String>,
    /// Who may reach the agent.
    pub acl: Acl,
    /// Which messages are passed over.
    pub behavior: Behavior,
    /// How fast messages go out.
    pub rate_limit: RateLimit,
}

impl Default for WhatsAppChannel {
    fn default() -> Self {
        Self {
            enabled: true,
            instance: default_instance(),
            session_dir: None,
            acl: Acl::default(),
            behavior: Behavior::default(),
            rate_limit: RateLimit::default(),
        }
    }
}

/// Who may reach the agent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Acl {
    /// Addresses of people and groups; empty: anybody.
    pub allow_list: Vec<String>,
}

/// Which messages are passed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Behavior {
    /// What the owner writes on the phone.
    pub ignore_from_me: bool,
    /// Whatever is written in groups.
    pub ignore_groups: bool,
    /// What is older than so many seconds when it comes; 0 takes all.
    pub skip_backlog_age_secs: u32,
}

impl Default for Behavior {
    fn default() -> Self {
        Self { ignore_from_me: true, ignore_groups: false, skip_backlog_age_secs: 60 }
    }
}

/// How fast messages go out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RateLimit {
    /// Messages a second of the account.
    pub global_per_sec: f64,
    /// Messages a second to one chat.
    pub per_jid_per_sec: f64,
    /// Messages at once after a pause.
    pub burst: u32,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { global_per_sec: 2.0, per_jid_per_sec: 1.0, burst: 5 }
    }
}

/// A map, or a list of maps.
pub(super) fn one_or_many<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<WhatsAppChannel>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        Many(Vec<WhatsAppChannel>),
        One(Box<WhatsAppChannel>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::Many(many) => many,
        OneOrMany::One(one) => vec![*one],
    })
}

impl Project {
    /// The agent that answers for a WhatsApp account.
    pub fn whatsapp_agent(&self, instance: &InstanceName) -> Option<&AgentName> {
        let channel: ChannelName = CHANNEL.parse().ok()?;
        self.agent_for(&channel, instance).map(|(name, _)| name)
    }

    /// Where the keys of a WhatsApp account are. An account without an agent has them under the name of none.
    pub fn whatsapp_session(&self, layout: &Layout, account: &WhatsAppChannel) -> PathBuf {
        match &account.session_dir {
            Some(named) => layout.root().join(named),
            None => {
                let agent = self.whatsapp_agent(&account.instance).map_or("_", AgentName::as_str);
                layout.agent(agent).join(CHANNEL).join(account.instance.as_str())
            }
        }
    }
}
