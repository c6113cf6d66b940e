//! The console channel: chat without a phone. Clients attach in process or over a loopback socket; a message counts as sent when
//! one of them acknowledges it.

use super::{Channel, Delivery, DeliveryError, wire::ToClient};
use crate::{
    core::{AcceptError, Core, Inbound},
    journal::{Accepted, OutboundRow},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot, watch};

/// The channel's name.
pub(crate) const CHANNEL: &str = "console";
/// Its only instance.
pub(crate) const INSTANCE: &str = "default";
/// Lines that may wait for a client to read them.
const QUEUE: usize = 256;

/// The channel.
pub(crate) struct Console {
    core: Weak<Core>,
    clients: Mutex<Clients>,
    ack_within: Duration,
    closed: watch::Sender<bool>,
}

#[derive(Default)]
struct Clients {
    last: u64,
    attached: BTreeMap<u64, Client>,
    /// Messages shown and not acknowledged, by id.
    shown: HashMap<String, Shown>,
}

struct Client {
    /// Empty: all of them.
    chats: BTreeSet<String>,
    lines: mpsc::Sender<ToClient>,
}

struct Shown {
    chat: String,
    acknowledged: oneshot::Sender<()>,
}

impl Client {
    fn wants(&self, chat: &str) -> bool {
        self.chats.is_empty() || self.chats.contains(chat)
    }
}

/// One attached client; dropping it detaches it.
pub(crate) struct Attached {
    console: Arc<Console>,
    id: u64,
}

impl Console {
    pub(crate) fn new(core: Weak<Core>, ack_within: Duration) -> Arc<Self> {
        Arc::new(Self { core, clients: Mutex::default(), ack_within, closed: watch::Sender::new(false) })
    }

    /// Attaches a client for some chats, or for all where none is named. What waits for them comes at once.
    pub(crate) fn attach(self: &Arc<Self>, chats: Vec<String>) -> (Attached, mpsc::Sender<ToClient>, mpsc::Receiver<ToClient>) {
        let (lines, receiver) = mpsc::channel(QUEUE);
        let mut clients = self.lock();
        clients.last += 1;
        let id = clients.last;
        let client = Client { chats: chats.into_iter().collect(), lines: lines.clone() };
        clients.attached.insert(id, client);
        drop(clients);
        if let Some(core) = self.core.upgrade() {
            tokio::spawn(async move { core.resume(CHANNEL, INSTANCE).await });
        }
        (Attached { console: Arc::clone(self), id }, lines, receiver)
    }

    /// Ends all connections and the deliveries that wait for them.
    pub(crate) fn close(&self) {
        self.closed.send_replace(true);
        let mut clients = self.lock();
        clients.attached.clear();
        clients.shown.clear();
    }

    /// Resolves when the channel closes.
    pub(crate) async fn closed(&self) {
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    fn lock(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows a message to whoever wants its chat.
    fn show(&self, message: &OutboundRow, chat: &str) -> Result<oneshot::Receiver<()>, DeliveryError> {
        let mut members = message.draft.clone();
        members.remove("id");
        let line = ToClient::Message { id: message.id.clone(), chat: chat.to_owned(), message: members };
        let mut clients = self.lock();
        let mut wanted = clients.attached.values().filter(|client| client.wants(chat)).peekable();
        if wanted.peek().is_none() {
            return Err(DeliveryError::NotReady);
        }
        if wanted.filter(|client| client.lines.try_send(line.clone()).is_ok()).count() == 0 {
            return Err(DeliveryError::Failed("no attached client reads its lines".into()));
        }
        let (acknowledged, answer) = oneshot::channel();
        clients.shown.insert(message.id.clone(), Shown { chat: chat.to_owned(), acknowledged });
        Ok(answer)
    }
}

impl Channel for Console {
    fn deliver<'a>(&'a self, message: &'a OutboundRow, chat: &'a str) -> Delivery<'a> {
        Box::pin(async move {
            let answer = self.show(message, chat)?;
            let acknowledged = tokio::time::timeout(self.ack_within, answer).await;
            self.lock().shown.remove(&message.id);
            match acknowledged {
                Ok(Ok(())) => Ok(()),
                // The last client that could have acknowledged it has gone, or is silent.
                Ok(Err(_)) | Err(_) => Err(DeliveryError::NotReady),
            }
        })
    }
}

impl Attached {
    /// Takes a message from the client. Waits for room, then returns the future of its commit.
    pub(crate) async fn say(
        &self,
        chat: String,
        id: String,
        from: Option<String>,
        text: String,
    ) -> Result<impl Future<Output = Result<Accepted, AcceptError>> + Send + use<>, AcceptError> {
        let core = self.console.core.upgrade().ok_or(AcceptError::Stopping)?;
        let message = Inbound {
            channel: CHANNEL.to_owned(),
            instance: INSTANCE.to_owned(),
            from: from.unwrap_or_else(|| chat.clone()),
            chat,
            external_id: id,
            text,
            is_group: false,
        };
        core.accept(message).await
    }

    /// Takes an acknowledgement.
    pub(crate) fn acknowledge(&self, id: &str) {
        if let Some(shown) = self.console.lock().shown.remove(id) {
            let _ = shown.acknowledged.send(());
        }
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let mut clients = self.console.lock();
        clients.attached.remove(&self.id);
        let Clients { attached, shown, .. } = &mut *clients;
        shown.retain(|_, shown| attached.values().any(|client| client.wants(&shown.chat)));
    }
}
