//! A paired account, connected.

use crate::credentials::HowPaired;
use crate::groups::{self, GroupChange};
use crate::inbound::Inbox;
use crate::link::{Link, LinkError, LinkOptions};
use crate::media::{self, Media};
use crate::outbound::{self, Outbound};
use crate::polls;
use crate::server::Server;
use crate::session::{Held, Session, SessionError};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use whatsapp_rs::Jid;
use whatsapp_rs::send::SendOptions;
use whatsapp_rs::types::events::{Event, Receipt, ServerAck};
use whatsapp_rs::types::presence::ReceiptType;
use whatsapp_rs::waproto::whatsapp::Message;

/// From a message on the wire to the server's word that it has it.
const ACKNOWLEDGED: Duration = Duration::from_secs(20);

/// What happens to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountEvent {
    /// It is connected and logged in.
    Connected,
    /// The connection is lost; it will be tried again.
    Disconnected {
        /// Why.
        reason: String,
    },
    /// Messages that the account sent got further.
    Receipt {
        /// Their ids.
        ids: Vec<String>,
        /// How far.
        kind: ReceiptKind,
        /// Whose device says so.
        by: String,
        /// When, in seconds since 1970.
        at: i64,
    },
    /// A group that the account is in has changed. Told once, and not again after a crash.
    Group(GroupChange),
    /// WhatsApp does not know this device any more, for good: it must be paired again. Nothing follows.
    Expired {
        /// Why.
        reason: String,
    },
}

/// How far a message got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptKind {
    /// It is on the other's phone.
    Delivered,
    /// It was read.
    Read,
    /// It was heard or seen.
    Played,
}

/// How to connect.
#[derive(Debug, Clone)]
pub struct AccountOptions {
    /// Where the account lives.
    pub session: Session,
    /// The server.
    pub server: Server,
    /// What this process is, for others that want the account.
    pub command: String,
}

/// Why an account cannot be used.
#[derive(Debug, Error)]
pub enum AccountError {
    /// Nothing is paired.
    #[error("no account is paired")]
    NotPaired,
    /// Another process has it, or its directory cannot be used.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The client library could not start.
    #[error(transparent)]
    Link(#[from] LinkError),
}

/// Why a message was not sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SendError {
    /// There is no connection now.
    #[error("there is no connection")]
    NotConnected,
    /// It failed, and may succeed later.
    #[error("{0}")]
    Failed(String),
    /// It can never be sent.
    #[error("{0}")]
    Impossible(String),
}

type Acknowledged = Result<(), SendError>;

/// Messages that the server has not acknowledged.
#[derive(Default)]
struct Unacknowledged(Mutex<HashMap<String, oneshot::Sender<Acknowledged>>>);

impl Unacknowledged {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, oneshot::Sender<Acknowledged>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heard(&self, ack: &ServerAck) {
        let Some(waiting) = self.lock().remove(&ack.id) else { return };
        let refused = |code: &String| SendError::Failed(format!("WhatsApp refused it with {code}"));
        let _ = waiting.send(ack.error.as_ref().map_or(Ok(()), |code| Err(refused(code))));
    }

    fn lost(&self) {
        self.lock().drain().for_each(|(_, waiting)| drop(waiting.send(Err(SendError::NotConnected))));
    }
}

/// The account; connected, or trying to be.
pub struct Account {
    link: Link,
    unacknowledged: Arc<Unacknowledged>,
    _held: Held,
}

impl Account {
    /// Starts the account. It connects, and connects again, until it is stopped or [`AccountEvent::Expired`].
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn start(
        options: AccountOptions,
        inbox: Arc<dyn Inbox>,
        events: mpsc::UnboundedSender<AccountEvent>,
    ) -> Result<Self, AccountError> {
        let credentials = options.session.credentials().map_err(SessionError::from)?;
        let credentials = credentials.filter(crate::Credentials::is_paired).ok_or(AccountError::NotPaired)?;
        let held = options.session.hold(&options.command)?;
        let unacknowledged = Arc::new(Unacknowledged::default());
        let heard = Arc::clone(&unacknowledged);
        let how: HowPaired = credentials.how_paired;
        let link = LinkOptions { session: &options.session, server: options.server, how, phone: None };
        let link = Link::start(link, inbox, move |event| match &*event {
            Event::ServerAck(ack) => heard.heard(ack),
            other => {
                let Some(event) = of_account(other) else { return };
                if matches!(event, AccountEvent::Disconnected { .. } | AccountEvent::Expired { .. }) {
                    heard.lost();
                }
                let _ = events.send(event);
            }
        })
        .await?;
        Ok(Self { link, unacknowledged, _held: held })
    }

    /// Sends a message; `Ok` once the server has it. A repeat with the same id is the same message.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(&self, chat: &str, id: &str, outbound: &Outbound) -> Result<(), SendError> {
        let jid: Jid = chat.parse().map_err(|_| SendError::Impossible(format!("`{chat}` is no address")))?;
        if !self.link.client.is_logged_in() {
            return Err(SendError::NotConnected);
        }
        let message = self.compose(chat, id, outbound).await?;
        let (acknowledge, acknowledged) = oneshot::channel();
        self.unacknowledged.lock().insert(id.to_owned(), acknowledge);
        let options = SendOptions::default().with_message_id(id);
        let sent = self.link.client.send_message_with_options(jid, message, options).await;
        let answer = match sent {
            Ok(_) => tokio::time::timeout(ACKNOWLEDGED, acknowledged).await,
            Err(error) => Ok(Ok(Err(SendError::Failed(error.to_string())))),
        };
        self.unacknowledged.lock().remove(id);
        match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(SendError::NotConnected),
            Err(_) => Err(SendError::Failed("WhatsApp did not acknowledge it".to_owned())),
        }
    }

    /// The message as the protocol has it; its file is brought to WhatsApp for that.
    async fn compose(&self, chat: &str, id: &str, outbound: &Outbound) -> Result<Message, SendError> {
        match outbound {
            Outbound::Media { kind, mime, file_name, caption, file } => {
                let file = file.clone();
                let bytes = tokio::task::spawn_blocking(move || std::fs::read(file)).await;
                let bytes = bytes.unwrap_or_else(|stopped| Err(stopped.into()));
                let bytes =
                    bytes.map_err(|error| SendError::Impossible(format!("the file is gone: {error}")))?;
                let brought = media::bring(&self.link.client, *kind, bytes).await?;
                Ok(outbound::media(*kind, mime, file_name.clone(), caption.clone(), brought))
            }
            Outbound::Poll { question, options, choices } => {
                let asked = polls::ask(&self.link.store, id, options);
                let asked = asked.map_err(|error| SendError::Failed(error.to_string()))?;
                Ok(outbound::poll(question, asked, *choices))
            }
            plain => {
                let own = self.link.client.pn().map(|own| own.to_non_ad().to_string()).unwrap_or_default();
                let message = outbound::message(chat, &own, plain);
                message.ok_or_else(|| SendError::Impossible("it cannot be written".to_owned()))
            }
        }
    }

    /// Fetches a file that somebody sent into `file`, which stays empty where that fails.
    ///
    /// # Errors
    /// [`SendError`]: [`SendError::Impossible`] for a file beyond [`crate::LARGEST_FILE`].
    pub async fn fetch(&self, media: &Media, file: File) -> Result<(), SendError> {
        if !self.link.client.is_logged_in() {
            return Err(SendError::NotConnected);
        }
        media::fetch(&self.link.client, media, file).await
    }

    /// Shows in a chat that an answer is being written, or that it is not any more. Nobody minds if that fails.
    pub async fn show_typing(&self, chat: &str, typing: bool) {
        let Ok(jid) = chat.parse::<Jid>() else { return };
        let states = self.link.client.chatstate();
        let _ = if typing { states.send_composing(&jid).await } else { states.send_paused(&jid).await };
    }

    /// The account's own number, digits only.
    pub fn number(&self) -> Option<String> {
        self.link.client.pn().map(|own| own.user.to_string())
    }

    /// Shows those who wrote `messages` (ids, and in groups their authors) in a chat that they were read.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn mark_read(
        &self,
        chat: &str,
        messages: &[(String, Option<String>)],
    ) -> Result<(), SendError> {
        let read = |text: &str| {
            text.parse::<Jid>().map_err(|_| SendError::Impossible(format!("`{text}` is no address")))
        };
        let chat = read(chat)?;
        let mut by_author: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
        for (id, author) in messages {
            by_author.entry(author.as_deref()).or_default().push(id);
        }
        for (author, ids) in by_author {
            let author = author.map(read).transpose()?;
            let sent = self.link.client.mark_as_read(&chat, author.as_ref(), &ids).await;
            sent.map_err(|error| SendError::Failed(error.to_string()))?;
        }
        Ok(())
    }

    /// Disconnects.
    pub async fn stop(self) {
        self.link.stop().await;
    }
}

fn of_account(event: &Event) -> Option<AccountEvent> {
    let expired = |reason: String| Some(AccountEvent::Expired { reason });
    match event {
        Event::Connected(_) => Some(AccountEvent::Connected),
        Event::Receipt(receipt) => of_receipt(receipt),
        Event::GroupUpdate(update) => Some(AccountEvent::Group(groups::read(update))),
        Event::Disconnected(lost) => Some(AccountEvent::Disconnected { reason: lost.reason.to_string() }),
        Event::LoggedOut(out) => expired(format!("{:?}", out.reason)),
        Event::StreamReplaced(_) => expired("another process uses this device".to_owned()),
        Event::TemporaryBan(ban) => expired(format!("banned: {:?}", ban.code)),
        Event::PairingQrCode(_) => expired("the device is not paired".to_owned()),
        Event::ConnectFailure(failure) if failure.reason.is_logged_out() => {
            expired(format!("{:?}", failure.reason))
        }
        _ => None,
    }
}

/// `None` for what says nothing of a message's way.
fn of_receipt(receipt: &Receipt) -> Option<AccountEvent> {
    let kind = match receipt.r#type {
        ReceiptType::Delivered => ReceiptKind::Delivered,
        ReceiptType::Read => ReceiptKind::Read,
        ReceiptType::Played => ReceiptKind::Played,
        _ => return None,
    };
    let by = receipt.source.sender.to_non_ad().to_string();
    Some(AccountEvent::Receipt {
        ids: receipt.message_ids.clone(),
        kind,
        by,
        at: receipt.timestamp.timestamp(),
    })
}
