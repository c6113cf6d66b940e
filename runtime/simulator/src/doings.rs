//! What people do about messages: edit, delete, vote, read.

use crate::error::{Result, broken, unknown};
use crate::server::Simulator;
use crate::time;
use crate::world::{World, phone_jid};
use whatsapp_rs::buffa::MessageField;
use whatsapp_rs::proto_helpers::MessageBuilderExt as _;
use whatsapp_rs::wacore::poll::{compute_option_hash, encrypt_poll_vote_with_secret};
use whatsapp_rs::wacore_binary::builder::NodeBuilder;
use whatsapp_rs::waproto::whatsapp::message::protocol_message::Type;
use whatsapp_rs::waproto::whatsapp::message::{PollEncValue, PollUpdateMessage, ProtocolMessage};
use whatsapp_rs::waproto::whatsapp::{Message, MessageKey};

/// The key of a message in the chat of these two.
pub(crate) fn key(chat: &str, id: &str, from_me: bool) -> MessageKey {
    MessageKey {
        remote_jid: Some(phone_jid(chat, 0).to_string()),
        from_me: Some(from_me),
        id: Some(id.to_owned()),
        participant: None,
    }
}

/// What a contact's phone sends to change the text of its message.
pub(crate) fn edit(account: &str, target: &str, text: &str) -> Message {
    protocol(ProtocolMessage {
        key: MessageField::some(key(account, target, true)),
        r#type: Some(Type::MESSAGE_EDIT),
        edited_message: MessageField::some(Message::text(text)),
        ..Default::default()
    })
}

/// The same to delete it for everyone.
pub(crate) fn revoke(account: &str, target: &str) -> Message {
    protocol(ProtocolMessage {
        key: MessageField::some(key(account, target, true)),
        r#type: Some(Type::REVOKE),
        ..Default::default()
    })
}

fn protocol(message: ProtocolMessage) -> Message {
    Message { protocol_message: MessageField::some(message), ..Default::default() }
}

impl Simulator {
    /// A contact chooses options of a poll that an account has sent to it; the vote's id.
    ///
    /// # Errors
    /// [`crate::SimulatorError::Unknown`] for a poll that the contact did not get.
    pub async fn vote(&self, contact: &str, account: &str, poll: &str, options: &[String]) -> Result<String> {
        let secret = {
            let world = self.world().await;
            let inbox = &world.contacts.get(contact).ok_or_else(|| unknown("contact", contact))?.inbox;
            let asked = inbox.iter().find(|received| received.id == poll);
            let context = asked.and_then(|asked| asked.message.message_context_info.as_option());
            context.and_then(|context| context.message_secret.clone()).ok_or_else(|| unknown("poll", poll))?
        };
        let hashes: Vec<Vec<u8>> =
            options.iter().map(|option| compute_option_hash(option).to_vec()).collect();
        let (creator, voter) = (phone_jid(account, 0).to_string(), phone_jid(contact, 0).to_string());
        let sealed = encrypt_poll_vote_with_secret(&hashes, &secret, poll, &creator, &voter);
        let (payload, iv) = sealed.map_err(broken("a vote"))?;
        let update = PollUpdateMessage {
            poll_creation_message_key: MessageField::some(key(account, poll, false)),
            vote: MessageField::some(PollEncValue { enc_payload: Some(payload), enc_iv: Some(iv.to_vec()) }),
            ..Default::default()
        };
        let message = Message { poll_update_message: MessageField::some(update), ..Default::default() };
        self.write(contact, account, message).await
    }

    /// A contact's phone says what became of an account's message: `read` or `played`.
    ///
    /// # Errors
    /// [`crate::SimulatorError::Unknown`].
    pub async fn say_read(
        &self,
        contact: &str,
        account: &str,
        message: &str,
        kind: &'static str,
    ) -> Result<()> {
        let mut world = self.world().await;
        let World { accounts, contacts, .. } = &mut *world;
        let contact = contacts.get(contact).ok_or_else(|| unknown("contact", contact))?;
        let account = accounts.get_mut(account).ok_or_else(|| unknown("account", account))?;
        for device in account.devices.values_mut() {
            let receipt = NodeBuilder::new("receipt")
                .attr("from", phone_jid(&contact.phone, 0))
                .attr("id", message)
                .attr("type", kind)
                .attr("t", time::seconds());
            device.deliver(receipt.build());
        }
        drop(world);
        self.changed();
        Ok(())
    }
}
