//! What people do: write to an account, alone or in a group.

use crate::error::{Result, unknown};
use crate::server::Simulator;
use crate::signal::{Endpoint, address};
use crate::time;
use crate::world::{Account, ChatState, Contact, Group, Received, Sent, Who, World, meet, phone_jid};
use whatsapp_rs::buffa::MessageField;
use whatsapp_rs::types::message::EditAttribute;
use whatsapp_rs::wacore_binary::Node;
use whatsapp_rs::wacore_binary::builder::NodeBuilder;
use whatsapp_rs::waproto::whatsapp::Message;
use whatsapp_rs::waproto::whatsapp::message::{DeviceSentMessage, SenderKeyDistributionMessage};

pub(crate) fn enc(kind: &'static str, content: Vec<u8>) -> Node {
    NodeBuilder::new("enc").attr("v", "2").attr("type", kind).bytes(content).build()
}

/// What the server is told of a message's content.
fn kind_of(message: &Message) -> &'static str {
    if message.reaction_message.is_set() {
        "reaction"
    } else if message.poll_update_message.is_set() {
        "poll"
    } else if message.image_message.is_set()
        || message.video_message.is_set()
        || message.document_message.is_set()
        || message.audio_message.is_set()
        || message.location_message.is_set()
    {
        "media"
    } else {
        "text"
    }
}

impl Simulator {
    /// Adds an account with a phone. Its number is digits only.
    ///
    /// # Errors
    /// [`crate::SimulatorError::Protocol`], where its keys could not be made.
    pub async fn add_account(&self, phone: &str, name: &str) -> Result<()> {
        let account = Account::new(phone, name)?;
        self.world().await.accounts.insert(phone.to_owned(), account);
        Ok(())
    }

    /// Adds somebody to talk to.
    ///
    /// # Errors
    /// The same.
    pub async fn add_contact(&self, phone: &str, name: &str) -> Result<()> {
        let (phone, name) = (phone.to_owned(), name.to_owned());
        let contact = Contact { phone: phone.clone(), name, endpoint: Endpoint::new()?, inbox: Vec::new() };
        self.world().await.contacts.insert(phone, contact);
        Ok(())
    }

    /// Adds a group of these phone numbers. Its id is the part before `@g.us`.
    pub async fn add_group(&self, id: &str, subject: &str, members: &[String]) {
        let group = Group { subject: subject.to_owned(), members: members.to_vec() };
        self.world().await.groups.insert(id.to_owned(), group);
    }

    /// A contact writes to an account; the message's id.
    ///
    /// # Errors
    /// [`crate::SimulatorError::Unknown`], and what the protocol refuses.
    pub async fn write(&self, contact: &str, account: &str, message: Message) -> Result<String> {
        let id = self.next_id();
        let message = Box::new(message);
        let sent = Sent { contact: contact.to_owned(), account: account.to_owned(), message };
        self.world().await.sent.insert(id.clone(), sent.clone());
        self.deliver(&id, &sent).await?;
        Ok(id)
    }

    /// The same in a group that both are in.
    ///
    /// # Errors
    /// The same.
    pub async fn write_in_group(
        &self,
        contact: &str,
        group: &str,
        account: &str,
        message: &Message,
    ) -> Result<String> {
        let id = self.next_id();
        let jid = format!("{group}@g.us");
        let mut world = self.world().await;
        let World { accounts, contacts, groups, .. } = &mut *world;
        groups.get(group).ok_or_else(|| unknown("group", group))?;
        let sender = contacts.get_mut(contact).ok_or_else(|| unknown("contact", contact))?;
        let account = accounts.get_mut(account).ok_or_else(|| unknown("account", account))?;
        let key = SenderKeyDistributionMessage {
            group_id: Some(jid.clone()),
            axolotl_sender_key_distribution_message: Some(sender.endpoint.announce(group).await?),
        };
        let announcement =
            Message { sender_key_distribution_message: MessageField::some(key), ..Default::default() };
        let encrypted = sender.endpoint.encrypt_for_group(group, message).await?;
        for (number, device) in &mut account.devices {
            let to = phone_jid(&account.phone, *number);
            meet(&mut sender.endpoint, &to, device).await?;
            let announced = sender.endpoint.encrypt(&address(&to), &announcement).await?;
            let stanza = NodeBuilder::new("message")
                .attr("id", id.as_str())
                .attr("from", jid.as_str())
                .attr("participant", phone_jid(&sender.phone, 0))
                .attr("type", kind_of(message))
                .attr("t", time::seconds())
                .attr("notify", sender.name.as_str())
                .children([enc(announced.kind, announced.bytes), enc("skmsg", encrypted.clone())]);
            device.deliver(stanza.build());
        }
        drop(world);
        self.changed();
        Ok(id)
    }

    /// The owner writes to somebody from the phone itself; the linked devices get a copy.
    ///
    /// # Errors
    /// The same.
    pub async fn write_from_phone(&self, account: &str, to: &str, message: Message) -> Result<String> {
        let id = self.next_id();
        let to = phone_jid(to, 0);
        let copy = DeviceSentMessage {
            destination_jid: Some(to.to_string()),
            message: MessageField::some(message),
            ..Default::default()
        };
        let copy = Message { device_sent_message: MessageField::some(copy), ..Default::default() };
        let mut world = self.world().await;
        let account = world.account(account)?;
        for (number, device) in &mut account.devices {
            let own = phone_jid(&account.phone, *number);
            meet(&mut account.endpoint, &own, device).await?;
            let encrypted = account.endpoint.encrypt(&address(&own), &copy).await?;
            let stanza = NodeBuilder::new("message")
                .attr("id", id.as_str())
                .attr("from", phone_jid(&account.phone, 0))
                .attr("recipient", &to)
                .attr("type", "text")
                .attr("t", time::seconds())
                .children([enc(encrypted.kind, encrypted.bytes)]);
            device.deliver(stanza.build());
        }
        drop(world);
        self.changed();
        Ok(id)
    }

    /// Encrypts a message for each device of an account, and sends it.
    async fn deliver(&self, id: &str, sent: &Sent) -> Result<()> {
        let mut world = self.world().await;
        let World { accounts, contacts, faults, .. } = &mut *world;
        let sender = contacts.get_mut(&sent.contact).ok_or_else(|| unknown("contact", &sent.contact))?;
        let account = accounts.get_mut(&sent.account).ok_or_else(|| unknown("account", &sent.account))?;
        for (number, device) in &mut account.devices {
            let to = phone_jid(&account.phone, *number);
            meet(&mut sender.endpoint, &to, device).await?;
            let encrypted = sender.endpoint.encrypt(&address(&to), &sent.message).await?;
            let stanza = NodeBuilder::new("message")
                .attr("id", id)
                .attr("from", phone_jid(&sender.phone, 0))
                .attr("type", kind_of(&sent.message))
                .attr("t", time::seconds())
                .attr("notify", sender.name.as_str())
                .children([enc(encrypted.kind, encrypted.bytes)]);
            let stanza = match EditAttribute::infer_from_message(&sent.message) {
                Some(edit) => stanza.attr("edit", edit.to_string_val()),
                None => stanza,
            };
            device.deliver_over(faults, stanza.build());
        }
        drop(world);
        self.changed();
        Ok(())
    }

    /// A device could not decrypt a message: a new session, and the message once more.
    pub(crate) async fn send_again(&self, who: &Who, id: &str) -> Result<()> {
        let mut world = self.world().await;
        let Some(sent) = world.sent.get(id).cloned() else { return Ok(()) };
        if let Some(contact) = world.contacts.get_mut(&sent.contact) {
            contact.endpoint.forget(&address(&phone_jid(&who.phone, who.device)));
        }
        drop(world);
        self.deliver(id, &sent).await
    }

    /// Who wrote where after the first `known` of it; waits for one.
    pub async fn chat_states(&self, known: usize) -> Vec<ChatState> {
        let found = |world: &mut World| {
            world.chat_states.get(known..).filter(|new| !new.is_empty()).map(<[_]>::to_vec)
        };
        self.until(found).await
    }

    /// What a contact got after the first `known` messages; waits for one.
    ///
    /// # Errors
    /// [`crate::SimulatorError::Unknown`].
    pub async fn received(&self, contact: &str, known: usize) -> Result<Vec<Received>> {
        let found = |world: &mut World| match world.contacts.get(contact) {
            None => Some(Err(unknown("contact", contact))),
            Some(contact) => {
                contact.inbox.get(known..).filter(|new| !new.is_empty()).map(|new| Ok(new.to_vec()))
            }
        };
        self.until(found).await
    }
}
