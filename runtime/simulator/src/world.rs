//! Who there is: accounts and their devices, other people, groups, and what they have got.

mod device;

pub(crate) use device::Device;

use crate::app_state::{Collection, Setting, SyncKey};
use crate::error::{Result, unknown};
use crate::faults::Faults;
use crate::noise::Key32;
use crate::signal::{self, Endpoint};
use std::collections::HashMap;
use tokio::sync::mpsc;
use whatsapp_rs::wacore::libsignal::protocol::{KeyPair, PublicKey};
use whatsapp_rs::wacore_binary::Node;
use whatsapp_rs::waproto::whatsapp::Message;
use whatsapp_rs::{Jid, Server};

/// What a connection is to send, or that it is to end.
pub(crate) enum Out {
    Stanza(Node),
    /// Nothing passes any more, either way.
    Freeze,
    Close,
}

pub(crate) type Outbox = mpsc::UnboundedSender<Out>;

/// A pre-key that its owner has signed.
#[derive(Clone)]
pub(crate) struct SignedKey {
    pub(crate) id: u32,
    pub(crate) key: PublicKey,
    pub(crate) signature: Vec<u8>,
}

/// An account whose phone is simulated; its linked devices are the clients.
pub(crate) struct Account {
    pub(crate) phone: String,
    pub(crate) lid: String,
    pub(crate) name: String,
    pub(crate) endpoint: Endpoint,
    pub(crate) raw_id: u32,
    pub(crate) devices: HashMap<u16, Device>,
    pub(crate) next_device: u16,
    pub(crate) sync_key: SyncKey,
    pub(crate) collections: HashMap<&'static str, Collection>,
}

impl Account {
    pub(crate) fn new(phone: &str, name: &str) -> Result<Self> {
        let mut account = Self {
            phone: phone.to_owned(),
            lid: format!("1{phone}"),
            name: name.to_owned(),
            endpoint: Endpoint::new()?,
            raw_id: rand::random::<u32>() >> 1,
            devices: HashMap::new(),
            next_device: 1,
            sync_key: SyncKey::generate(),
            collections: HashMap::new(),
        };
        account.set(Setting::push_name(name))?;
        Ok(account)
    }

    pub(crate) fn set(&mut self, setting: Setting) -> Result<()> {
        self.collections.entry(setting.collection).or_default().set(&self.sync_key, setting)
    }
}

/// Somebody that the client can talk to.
pub(crate) struct Contact {
    pub(crate) phone: String,
    pub(crate) name: String,
    pub(crate) endpoint: Endpoint,
    /// What it got, oldest first.
    pub(crate) inbox: Vec<Received>,
}

/// A group, and the phone numbers of all in it.
pub(crate) struct Group {
    pub(crate) subject: String,
    pub(crate) members: Vec<String>,
}

/// A message that somebody got from a client.
#[derive(Debug, Clone)]
pub struct Received {
    /// The message's id.
    pub id: String,
    /// The group that it was sent to, such as `120363@g.us`.
    pub group: Option<String>,
    /// The account that sent it, by its phone number.
    pub from: String,
    /// The message, decrypted.
    pub message: Box<Message>,
}

/// That a client writes in a chat, or not any more.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ChatState {
    /// The chat.
    pub to: String,
    /// `composing` or `paused`.
    pub state: String,
}

/// A client that shows codes and waits for a phone.
pub(crate) struct Unpaired {
    pub(crate) connection: u64,
    pub(crate) outbox: Outbox,
    pub(crate) noise: Key32,
    pub(crate) registration: u32,
    pub(crate) signed: Option<SignedKey>,
}

/// A client that waits for its eight characters to be typed.
pub(crate) struct CodeShown {
    pub(crate) connection: u64,
    pub(crate) wrapped: Vec<u8>,
    pub(crate) reference: Vec<u8>,
    /// The phone's key and the client's, once the code was typed.
    pub(crate) keys: Option<(KeyPair, Key32)>,
}

/// A link that the client must still confirm.
pub(crate) struct Linking {
    pub(crate) phone: String,
    pub(crate) details: Vec<u8>,
    pub(crate) identity: Key32,
    pub(crate) request: String,
}

/// A message that may be asked for again.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) contact: String,
    pub(crate) account: String,
    pub(crate) message: Box<Message>,
}

/// All of it.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) accounts: HashMap<String, Account>,
    pub(crate) contacts: HashMap<String, Contact>,
    pub(crate) groups: HashMap<String, Group>,
    pub(crate) sent: HashMap<String, Sent>,
    /// Clients that show a QR code, by its reference.
    pub(crate) unpaired: HashMap<String, Unpaired>,
    /// Clients that show a code, by the phone number that they named.
    pub(crate) codes: HashMap<String, CodeShown>,
    /// By connection.
    pub(crate) linking: HashMap<u64, Linking>,
    /// Acknowledgements and receipts of clients: what of, by message id.
    pub(crate) receipts: Vec<(String, String)>,
    /// Who writes where, oldest first.
    pub(crate) chat_states: Vec<ChatState>,
    /// What goes wrong on purpose.
    pub(crate) faults: Faults,
    /// What went wrong, in words.
    pub(crate) troubles: Vec<String>,
}

impl World {
    pub(crate) fn account(&mut self, phone: &str) -> Result<&mut Account> {
        self.accounts.get_mut(phone).ok_or_else(|| unknown("account", phone))
    }

    /// By phone number or by the hidden one.
    pub(crate) fn account_of(&mut self, user: &str) -> Option<&mut Account> {
        self.accounts.values_mut().find(|account| account.phone == user || account.lid == user)
    }

    pub(crate) fn device(&mut self, who: &Who) -> Option<&mut Device> {
        self.accounts.get_mut(&who.phone)?.devices.get_mut(&who.device)
    }
}

/// The linked device of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) phone: String,
    pub(crate) device: u16,
}

/// The address of a phone number's device; 0 is the phone itself.
pub(crate) fn phone_jid(user: &str, device: u16) -> Jid {
    Jid { user: user.into(), server: Server::Pn, agent: 0, device, integrator: 0 }
}

/// The same by the hidden number.
pub(crate) fn lid_jid(user: &str, device: u16) -> Jid {
    Jid { user: user.into(), server: Server::Lid, agent: 0, device, integrator: 0 }
}

/// Makes sure that an endpoint has a session with a device.
pub(crate) async fn meet(endpoint: &mut Endpoint, jid: &Jid, device: &mut Device) -> Result<()> {
    let address = signal::address(jid);
    if endpoint.has_session(&address) {
        return Ok(());
    }
    let bundle = device.bundle()?;
    endpoint.begin(&address, &bundle).await
}
