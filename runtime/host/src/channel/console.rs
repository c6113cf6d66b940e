//! The console channel: chat without a phone. Clients attach in process or over a loopback socket; a message counts as sent when
//! one of them acknowledges it.

use super::{Channel, Delivery, DeliveryError, wire::ToClient};
use crate::{
    core::{AcceptError, Arrival, Core, What},
    journal::{Accepted, OutboundRow},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
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
    /// A message was shown and nobody answered in time.
    unanswered: AtomicBool,
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
    answer: oneshot::Sender<Answer>,
}

/// What a client says of a message: shown, or why it cannot be.
type Answer = Result<(), String>;

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
        let closed = watch::Sender::new(false);
        Arc::new(Self {
            core,
            clients: Mutex::default(),
            ack_within,
            closed,
            unanswered: AtomicBool::new(false),
        })
    }

    /// Attaches a client for some chats, or for all where none is named. What waits for them comes at once.
    pub(crate) fn attach(
        self: &Arc<Self>,
        chats: Vec<String>,
    ) -> (Attached, mpsc::Sender<ToClient>, mpsc::Receiver<ToClient>) {
        let (lines, receiver) = mpsc::channel(QUEUE);
        let mut clients = self.lock();
        clients.last += 1;
        let id = clients.last;
        let client = Client { chats: chats.into_iter().collect(), lines: lines.clone() };
        clients.attached.insert(id, client);
        drop(clients);
        self.resume();
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

    /// Shows a message to whoever wants its chat; the answer is theirs.
    async fn show(&self, message: &OutboundRow, chat: &str) -> Result<Answer, DeliveryError> {
        let mut members = message.draft.clone();
        members.remove("id");
        let line = ToClient::Message { id: message.id.clone(), chat: chat.to_owned(), message: members };
        let (answer, waiting) = oneshot::channel();
        let clients: Vec<mpsc::Sender<ToClient>> = {
            let mut clients = self.lock();
            clients.shown.insert(message.id.clone(), Shown { chat: chat.to_owned(), answer });
            let wanted = clients.attached.values().filter(|client| client.wants(chat));
            wanted.map(|client| client.lines.clone()).collect()
        };
        let Some(first) = clients.first() else { return Err(DeliveryError::NotReady) };
        let taken = clients.iter().filter(|client| client.try_send(line.clone()).is_ok()).count();
        if taken == 0 {
            // All are busy reading: wait for one of them.
            first.send(line).await.map_err(|_| DeliveryError::NotReady)?;
        }
        waiting.await.map_err(|_| DeliveryError::NotReady)
    }

    fn answer(&self, id: &str, answer: Answer) {
        let shown = self.lock().shown.remove(id);
        if let Some(shown) = shown {
            let _ = shown.answer.send(answer);
        }
        if self.unanswered.swap(false, Ordering::Relaxed) {
            self.resume();
        }
    }

    /// What waits in the outbox may find a client now.
    fn resume(&self) {
        if let Some(core) = self.core.upgrade() {
            tokio::spawn(async move { core.resume(CHANNEL, INSTANCE).await });
        }
    }
}

impl Channel for Console {
    fn takes(&self, kind: &str) -> bool {
        matches!(kind, "text" | "reply" | "reaction")
    }

    /// A client that is silent loses nothing: the message waits until one attaches, or until that one answers again.
    fn deliver<'a>(&'a self, message: &'a OutboundRow, chat: &'a str) -> Delivery<'a> {
        Box::pin(async move {
            let answer = tokio::time::timeout(self.ack_within, self.show(message, chat)).await;
            self.lock().shown.remove(&message.id);
            match answer {
                Ok(Ok(answer)) => answer.map_err(DeliveryError::Failed),
                Ok(Err(error)) => Err(error),
                Err(_) => {
                    self.unanswered.store(true, Ordering::Relaxed);
                    Err(DeliveryError::NotReady)
                }
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
        let message = Arrival {
            channel: CHANNEL.to_owned(),
            instance: INSTANCE.to_owned(),
            from: from.unwrap_or_else(|| chat.clone()),
            chat,
            key: id.clone(),
            external_id: id,
            from_name: None,
            is_group: false,
            timestamp: None,
            what: What::Text { text, reply_to: None },
        };
        core.accept(message).await
    }

    /// The message was shown.
    pub(crate) fn acknowledge(&self, id: &str) {
        self.console.answer(id, Ok(()));
    }

    /// The message cannot be shown.
    pub(crate) fn refuse(&self, id: &str, reason: String) {
        self.console.answer(id, Err(reason));
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
