//! WhatsApp accounts of a project.

use super::{Project, default_instance};
use crate::layout::Layout;
use crate::names::{AgentName, ChannelName, InstanceName};
use serde::{Deserialize, Deserializer, Serialize};
use std::path::PathBuf;

/// The tools that agents have on WhatsApp, by name, where the project has an account.
pub const WHATSAPP_TOOLS: [&str; 4] =
    ["whatsapp_send_message", "whatsapp_send_reply", "whatsapp_send_reaction", "whatsapp_send_media"];

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
    /// Where received files go, relative to the project.
    pub media_dir: String,
    /// The agents that may write from it; empty: any.
    pub allow_agents: Vec<AgentName>,
    /// Who may reach the agent.
    pub acl: Acl,
    /// Which messages are passed over.
    pub behavior: Behavior,
    /// How fast messages go out.
    pub rate_limit: RateLimit,
    /// How long the agent may take.
    pub bridge: Bridge,
    /// When the chat shows that an answer is being written.
    pub typing: Typing,
    /// Who puts voice messages into words.
    pub transcriber: Transcriber,
    /// Whether the pairing page can be reached from outside.
    pub public_tunnel: PublicTunnel,
}

impl Default for WhatsAppChannel {
    fn default() -> Self {
        Self {
            enabled: true,
            instance: default_instance(),
            session_dir: None,
            media_dir: "./data/media/whatsapp".to_owned(),
            allow_agents: Vec::new(),
            acl: Acl::default(),
            behavior: Behavior::default(),
            rate_limit: RateLimit::default(),
            bridge: Bridge::default(),
            typing: Typing::default(),
            transcriber: Transcriber::default(),
            public_tunnel: PublicTunnel::default(),
        }
    }
}

/// Who may reach the agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Acl {
    /// Phone numbers and addresses of people and groups; empty: anybody.
    pub allow_list: Vec<String>,
    /// A variable of the environment that names more of them, with commas between. Whoever reads the project looks there.
    pub from_env: String,
}

impl Default for Acl {
    fn default() -> Self {
        Self { allow_list: Vec::new(), from_env: "WA_AGENT_ALLOW".to_owned() }
    }
}

/// Which messages are passed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Behavior {
    /// What comes in chats that the owner has muted or archived.
    pub ignore_chat_meta: bool,
    /// What the owner writes on the phone.
    pub ignore_from_me: bool,
    /// Whatever is written in groups.
    pub ignore_groups: bool,
    /// What is older than so many seconds when it comes; 0 takes all.
    pub skip_backlog_age_secs: u32,
}

impl Default for Behavior {
    fn default() -> Self {
        Self { ignore_chat_meta: true, ignore_from_me: true, ignore_groups: false, skip_backlog_age_secs: 60 }
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

/// How long the agent may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bridge {
    /// Milliseconds for an answer.
    pub response_timeout_ms: u64,
    /// What happens then.
    pub on_timeout: OnTimeout,
    /// What the writer gets, if anything.
    pub apology_text: String,
}

impl Default for Bridge {
    fn default() -> Self {
        Self {
            response_timeout_ms: 30_000,
            on_timeout: OnTimeout::default(),
            apology_text: "Sorry, I took too long to reply. Please try again.".to_owned(),
        }
    }
}

/// Who puts voice messages into words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Transcriber {
    /// Whether anybody does.
    pub enabled: bool,
    /// The id of a plugin's `mediaUnderstanding`.
    pub skill: String,
    /// Milliseconds for it, with fetching the sound.
    pub timeout_ms: u64,
}

impl Default for Transcriber {
    fn default() -> Self {
        Self { enabled: false, skill: "whisper".to_owned(), timeout_ms: 30_000 }
    }
}

/// Whether the pairing page can be reached from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PublicTunnel {
    /// By the operator's `cloudflared`, with a link that one browser can use.
    pub enabled: bool,
    /// Until the account is paired; otherwise until the command is stopped.
    pub only_until_paired: bool,
}

impl Default for PublicTunnel {
    fn default() -> Self {
        Self { enabled: false, only_until_paired: true }
    }
}

/// What the writer gets when the agent takes too long.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnTimeout {
    /// Nothing.
    #[default]
    Noop,
    /// The apology.
    ApologyText,
}

/// When a chat shows that an answer is being written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Typing {
    /// As soon as the agent has the message.
    #[default]
    Instant,
    /// When it takes a while.
    Thinking,
    /// Never.
    Never,
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
