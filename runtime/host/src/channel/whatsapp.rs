//! WhatsApp accounts: each a channel instance. What an account is and how it speaks to WhatsApp is `channel_whatsapp`'s; here are the
//! rules of the host: what is passed over on the way in, how fast things go out, what state it is in.

mod intake;
mod name;
mod news;
mod outgoing;
mod pace;
mod state;

pub(crate) use name::harmless;
use state::Condition;
pub use state::InboundCounters;

use super::{Channel, Delivery, DeliveryError, MediaDirectory, Transcriber, TurnRules};
use crate::{core::Core, journal::OutboundRow};
use channel_whatsapp::{Account, AccountError, AccountOptions, SendError, Server, Session};
use intake::Intake;
use manifest_schema::names::AgentName;
use manifest_schema::project::{OnTimeout, Project, Typing, WhatsAppChannel};
use pace::Pace;
use serde_json::Value;
use state::Tracked;
use std::{
    fs::File,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Weak, atomic::AtomicU32},
    time::Duration,
};
use tokio::sync::{RwLock, mpsc};

/// The channel's name.
pub(crate) const CHANNEL: &str = "whatsapp";

/// One account.
pub(crate) struct WhatsApp {
    core: Weak<Core>,
    pub(crate) instance: String,
    session: Session,
    server: Server,
    /// The agent that it answers for, to say which command pairs it.
    agent: Option<String>,
    pace: Pace,
    intake: Arc<Intake>,
    turn_rules: TurnRules,
    transcriber: Option<Transcriber>,
    media: MediaDirectory,
    allow_agents: Vec<AgentName>,
    state: Tracked,
    /// Lost connections since the last good one.
    lost: AtomicU32,
    account: RwLock<Option<Account>>,
}

impl WhatsApp {
    /// The enabled accounts of a project, not connected yet.
    pub(crate) fn of(project: &Project, core: &Arc<Core>, server: Server) -> Vec<Arc<Self>> {
        let accounts = project.channels.whatsapp.iter().filter(|account| account.enabled);
        accounts.map(|account| Self::new(project, account, core, server)).collect()
    }

    fn new(project: &Project, account: &WhatsAppChannel, core: &Arc<Core>, server: Server) -> Arc<Self> {
        let WhatsAppChannel { instance, mut acl, behavior, rate_limit, .. } = account.clone();
        for entry in &mut acl.allow_list {
            // The project's schema lets nothing else pass.
            *entry = channel_whatsapp::address(entry).unwrap_or_else(|_| entry.clone());
        }
        let (weak, name) = (Arc::downgrade(core), instance.to_string());
        let shown = PathBuf::from(&account.media_dir);
        Arc::new(Self {
            core: weak.clone(),
            session: Session::of(&project.whatsapp_session(&core.layout, account)),
            server,
            agent: project.whatsapp_agent(&instance).map(ToString::to_string),
            pace: Pace::new(&rate_limit),
            turn_rules: turn_rules(account),
            transcriber: transcriber(account),
            intake: Arc::new(Intake::new(weak, name.clone(), acl, behavior)),
            media: MediaDirectory { path: core.layout.root().join(&shown), shown },
            allow_agents: account.allow_agents.clone(),
            state: Tracked::new(core.environment.clock.now()),
            lost: AtomicU32::new(0),
            instance: name,
            account: RwLock::default(),
        })
    }

    /// Connects. An account that cannot is said to be so, and the host goes on without it.
    pub(crate) async fn open(self: &Arc<Self>) {
        let (told, mut events) = mpsc::unbounded_channel();
        let options = AccountOptions {
            session: self.session.clone(),
            server: self.server,
            command: "wa run".to_owned(),
        };
        match Account::start(options, self.intake.clone(), told).await {
            Ok(account) => *self.account.write().await = Some(account),
            Err(AccountError::NotPaired) => {
                return self
                    .became(Condition::NotPaired, format!("pair it with `{}`", self.pairing_command()));
            }
            Err(error) => return self.became(Condition::Unusable, crate::error_chain::chain(&error)),
        }
        let this = Arc::clone(self);
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if this.hear(event).await {
                    return;
                }
            }
        });
    }

    /// Disconnects.
    pub(crate) async fn close(&self) {
        if let Some(account) = self.account.write().await.take() {
            account.stop().await;
        }
    }

    /// State, since when, why, and what was passed over.
    pub(crate) fn condition(&self) -> (state::State, InboundCounters) {
        (self.state.get(), self.intake.counters())
    }
}

impl Channel for WhatsApp {
    fn deliver<'a>(&'a self, message: &'a OutboundRow, chat: &'a str) -> Delivery<'a> {
        Box::pin(async move {
            let core = self.core.upgrade().ok_or(DeliveryError::NotReady)?;
            let outbound = outgoing::outbound(&core, &self.intake, &self.instance, message).await;
            let outbound = outbound.map_err(DeliveryError::Failed)?;
            self.pace.turn(chat).await;
            let account = self.account.read().await;
            let Some(account) = &*account else { return Err(DeliveryError::NotReady) };
            let id = outgoing::message_id(&message.id);
            account.send(chat, &id, &outbound).await.map_err(not_delivered)
        })
    }

    fn is_ready(&self) -> bool {
        self.state.get().condition == Condition::Connected
    }

    fn takes(&self, _kind: &str) -> bool {
        true
    }

    fn allows(&self, agent: &AgentName) -> bool {
        self.allow_agents.is_empty() || self.allow_agents.contains(agent)
    }

    fn message_id(&self, id: &str) -> String {
        outgoing::message_id(id)
    }

    fn media_directory(&self) -> Option<MediaDirectory> {
        Some(self.media.clone())
    }

    fn fetch<'a>(&'a self, place: &'a Value, into: File) -> Delivery<'a> {
        Box::pin(async move {
            let media = serde_json::from_value(place.clone());
            let media = media.map_err(|error| DeliveryError::Failed(error.to_string()))?;
            let account = self.account.read().await;
            let Some(account) = &*account else { return Err(DeliveryError::NotReady) };
            account.fetch(&media, into).await.map_err(not_delivered)
        })
    }

    fn transcriber(&self) -> Option<Transcriber> {
        self.transcriber.clone()
    }

    fn turn_rules(&self) -> TurnRules {
        self.turn_rules.clone()
    }

    fn show_typing<'a>(
        &'a self,
        chat: &'a str,
        typing: bool,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            if let Some(account) = &*self.account.read().await {
                account.show_typing(chat, typing).await;
            }
        })
    }

    fn number(&self) -> Option<String> {
        self.account.try_read().ok()?.as_ref()?.number()
    }

    fn mark_seen<'a>(
        &'a self,
        chat: &'a str,
        messages: &'a [(String, Option<String>)],
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(async move {
            match &*self.account.read().await {
                Some(account) => account.mark_read(chat, messages).await.map_err(|error| error.to_string()),
                None => Err("the account is not connected".to_owned()),
            }
        })
    }

    fn address(&self, to: &str) -> Result<String, String> {
        channel_whatsapp::address(to).map_err(|error| error.to_string())
    }
}

fn not_delivered(error: SendError) -> DeliveryError {
    match error {
        SendError::NotConnected => DeliveryError::NotReady,
        SendError::Failed(reason) | SendError::Impossible(reason) => DeliveryError::Failed(reason),
    }
}

fn transcriber(account: &WhatsAppChannel) -> Option<Transcriber> {
    let wanted = &account.transcriber;
    let limit = Duration::from_millis(wanted.timeout_ms);
    wanted.enabled.then(|| Transcriber { skill: wanted.skill.clone(), limit })
}

/// When a chat shows that an agent, which is thinking, writes.
const THINKING: Duration = Duration::from_secs(2);

fn turn_rules(account: &WhatsAppChannel) -> TurnRules {
    let bridge = &account.bridge;
    TurnRules {
        limit: Some(Duration::from_millis(bridge.response_timeout_ms)),
        apology: (bridge.on_timeout == OnTimeout::ApologyText).then(|| bridge.apology_text.clone()),
        typing_after: match account.typing {
            Typing::Instant => Some(Duration::ZERO),
            Typing::Thinking => Some(THINKING),
            Typing::Never => None,
        },
    }
}
