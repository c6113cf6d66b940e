//! A linked device, as the server knows it.

use super::{Out, Outbox, SignedKey};
use crate::error::{Result, broken, unknown};
use crate::faults::{Fate, Faults};
use crate::noise::Key32;
use crate::signal;
use crate::stanza::attribute;
use std::collections::{HashSet, VecDeque};
use whatsapp_rs::wacore::libsignal::protocol::{IdentityKey, PreKeyBundle, PublicKey};
use whatsapp_rs::wacore_binary::Node;
use whatsapp_rs::wacore_binary::builder::NodeBuilder;

/// A linked device: the client.
pub(crate) struct Device {
    pub(crate) noise: Key32,
    pub(crate) identity: Key32,
    pub(crate) registration: u32,
    pub(crate) signed: Option<SignedKey>,
    pub(crate) pre_keys: VecDeque<(u32, PublicKey)>,
    /// It has uploaded keys before.
    pub(crate) has_uploaded: bool,
    /// The connection that it has.
    pub(crate) connection: Option<(u64, Outbox)>,
    /// It has said that it is ready for messages.
    pub(crate) is_active: bool,
    /// What came while it was away.
    pub(crate) waiting: VecDeque<Node>,
    /// What it was sent and has not acknowledged: sent again when it comes back.
    pub(crate) unacknowledged: VecDeque<Node>,
    /// What was overtaken on its way, and goes after the next.
    late: VecDeque<Node>,
}

impl Device {
    pub(crate) fn new(noise: Key32, identity: Key32, registration: u32) -> Self {
        Self {
            noise,
            identity,
            registration,
            signed: None,
            pre_keys: VecDeque::new(),
            has_uploaded: false,
            connection: None,
            is_active: false,
            waiting: VecDeque::new(),
            unacknowledged: VecDeque::new(),
            late: VecDeque::new(),
        }
    }

    /// Sends a stanza, or keeps it until the device can take it.
    pub(crate) fn deliver(&mut self, stanza: Node) {
        match &self.connection {
            Some((_, outbox)) if self.is_active => {
                if stanza.tag == "message" {
                    self.unacknowledged.push_back(stanza.clone());
                }
                let _ = outbox.send(Out::Stanza(stanza));
            }
            _ => self.waiting.push_back(stanza),
        }
    }

    /// Delivers a message as the wire does that has these faults.
    pub(crate) fn deliver_over(&mut self, faults: &Faults, message: Node) {
        let late = std::mem::take(&mut self.late);
        match faults.fate() {
            Fate::Delivered => self.deliver(message),
            Fate::Twice => {
                self.deliver(message.clone());
                self.deliver(message);
            }
            // It was sent, as far as the server knows.
            Fate::Lost if self.is_active => self.unacknowledged.push_back(message),
            Fate::Overtaken if self.is_active => self.late.push_back(message),
            Fate::Lost | Fate::Overtaken => self.deliver(message),
        }
        late.into_iter().for_each(|message| self.deliver(message));
    }

    /// Takes acknowledged messages off the list.
    pub(crate) fn acknowledge(&mut self, ids: &HashSet<String>) {
        self.unacknowledged.retain(|stanza| !ids.contains(&attribute(stanza, "id")));
    }

    /// Ends its connection without a word.
    pub(crate) fn cut(&mut self) {
        self.waiting.extend(self.late.drain(..));
        if let Some((_, outbox)) = self.connection.take() {
            self.is_active = false;
            let _ = outbox.send(Out::Close);
        }
    }

    /// Ends its connection because another took its place.
    pub(crate) fn replaced(&mut self) {
        if let Some((_, outbox)) = self.connection.take() {
            self.is_active = false;
            let conflict = NodeBuilder::new("conflict").attr("type", "replaced").build();
            let _ = outbox.send(Out::Stanza(NodeBuilder::new("stream:error").children([conflict]).build()));
            let _ = outbox.send(Out::Close);
        }
    }

    /// Lets nothing pass any more.
    pub(crate) fn freeze(&mut self) {
        self.waiting.extend(self.late.drain(..));
        if let Some((_, outbox)) = &self.connection {
            self.is_active = false;
            let _ = outbox.send(Out::Freeze);
        }
    }

    pub(super) fn bundle(&mut self) -> Result<PreKeyBundle> {
        let signed = self.signed.clone().ok_or_else(|| unknown("signed key of device", ""))?;
        let identity = PublicKey::from_djb_public_key_bytes(&self.identity).map_err(broken("its key"))?;
        signal::bundle_of(self.registration, IdentityKey::new(identity), &signed, self.pre_keys.pop_front())
    }
}
