//! WhatsApp accounts: each a channel instance. What an account is and how it speaks to WhatsApp is `channel_whatsapp`'s; here are the
//! rules of the host: what is passed over on the way in, how fast things go out, what state it is in.

mod intake;
mod name;
mod pace;
mod state;

use state::Condition;
pub use state::InboundCounters;

use super::{Channel, Delivery, DeliveryError, TurnRules};
use crate::{clock::millis, core::Core, journal::OutboundRow, notice::Notice};
use channel_whatsapp::{
    Account, AccountError, AccountEvent, AccountOptions, Outbound, SendError, Server, Session,
};
use intake::Intake;
use manifest_schema::project::{OnTimeout, Project, Typing, WhatsAppChannel};
use pace::Pace;
use sha2::{Digest as _, Sha256};
use state::Tracked;
use std::{
    pin::Pin,
    sync::{Arc, Weak},
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
    state: Tracked,
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
        Arc::new(Self {
            core: weak.clone(),
            session: Session::of(&project.whatsapp_session(&core.layout, account)),
            server,
            agent: project.whatsapp_agent(&instance).map(ToString::to_string),
            pace: Pace::new(&rate_limit),
            turn_rules: turn_rules(account),
            intake: Arc::new(Intake::new(weak, name.clone(), acl, behavior)),
            state: Tracked::new(core.environment.clock.now()),
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

    /// Takes note of what happened; whether it was the last thing.
    async fn hear(self: &Arc<Self>, event: AccountEvent) -> bool {
        match event {
            AccountEvent::Connected => {
                self.became(Condition::Connected, String::new());
                if let Some(core) = self.core.upgrade() {
                    core.resume(CHANNEL, &self.instance).await;
                }
                false
            }
            AccountEvent::Disconnected { reason } => {
                self.became(Condition::Reconnecting, reason);
                false
            }
            AccountEvent::Expired { reason } => {
                let hint = format!("{reason}; pair it again with `{} --replace`", self.pairing_command());
                self.became(Condition::CredentialsExpired, hint);
                self.close().await;
                true
            }
        }
    }

    fn became(&self, condition: Condition, reason: String) {
        let Some(core) = self.core.upgrade() else { return };
        self.state.set(condition, reason.clone(), core.environment.clock.now());
        core.environment.notices.send(Notice::ChannelChanged {
            channel: CHANNEL,
            instance: self.instance.clone(),
            state: condition.word(),
            reason,
        });
    }

    fn pairing_command(&self) -> String {
        let agent = self.agent.as_deref().unwrap_or("AGENT");
        format!("wa setup pair whatsapp --agent {agent}")
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
            let now = self.core.upgrade().map_or(0, |core| millis(core.environment.clock.now()));
            let outbound = outbound(message, &self.intake, now).map_err(DeliveryError::Failed)?;
            self.pace.turn(chat).await;
            let account = self.account.read().await;
            let Some(account) = &*account else { return Err(DeliveryError::NotReady) };
            match account.send(chat, &message_id(&message.id), &outbound).await {
                Ok(()) => Ok(()),
                Err(SendError::NotConnected) => Err(DeliveryError::NotReady),
                Err(SendError::Failed(reason) | SendError::Impossible(reason)) => {
                    Err(DeliveryError::Failed(reason))
                }
            }
        })
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

    fn address(&self, to: &str) -> Result<String, String> {
        channel_whatsapp::address(to).map_err(|error| error.to_string())
    }
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

/// WhatsApp's id of a message, in the form that its own clients give: the same for the same message of the outbox.
fn message_id(id: &str) -> String {
    let digest = Sha256::digest(id.as_bytes());
    digest[..9].iter().fold("3EB0".to_owned(), |text, byte| format!("{text}{byte:02X}"))
}

fn outbound(message: &OutboundRow, intake: &Intake, at: u64) -> Result<Outbound, String> {
    let field = |name: &str| message.draft.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    let need = |name: &str| field(name).ok_or_else(|| format!("the message has no `{name}`"));
    match field("kind").as_deref() {
        Some("text") => Ok(Outbound::Text { text: need("text")? }),
        Some("reply") => {
            let to = need("reply_to")?;
            Ok(Outbound::Reply { text: need("text")?, author: intake.author(&to), to })
        }
        Some("reaction") => {
            let target = need("reply_to")?;
            let at = i64::try_from(at).unwrap_or(i64::MAX);
            Ok(Outbound::Reaction { emoji: need("emoji")?, author: intake.group_author(&target), target, at })
        }
        other => Err(format!("WhatsApp takes no message of the kind {other:?}")),
    }
}
