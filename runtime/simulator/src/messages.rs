//! Messages that clients send: decrypted for whom they are meant.

use crate::connection::Connection;
use crate::error::Result;
use crate::server::Simulator;
use crate::signal::address;
use crate::stanza::{attribute, bytes, user};
use crate::time;
use crate::world::{Received, Who, World, phone_jid};
use whatsapp_rs::wacore_binary::Node;
use whatsapp_rs::wacore_binary::builder::NodeBuilder;

const GROUP: &str = "@g.us";

/// Takes a message of a client, acknowledges it, and says that it was delivered.
pub(crate) async fn take(
    simulator: &Simulator,
    connection: &Connection,
    who: &Who,
    message: &Node,
) -> Result<()> {
    let (id, to) = (attribute(message, "id"), attribute(message, "to"));
    let mut world = simulator.world().await;
    if world.faults.swallows() {
        if let Some(device) = world.device(who) {
            device.cut();
        }
        return Ok(());
    }
    let taken = NodeBuilder::new("ack").attr("class", "message").attr("id", id.as_str());
    connection.send(taken.attr("from", to.as_str()).attr("t", time::seconds()).build());

    for (jid, encrypted) in recipients(message, &to) {
        if let Err(error) = open(&mut world, who, &id, &to, &jid, encrypted).await {
            world.troubles.push(format!("{id} for {jid}: {error}"));
        }
    }
    if let Some(encrypted) = message.get_optional_child("enc").filter(|_| to.ends_with(GROUP)) {
        open_for_group(&mut world, who, &id, &to, encrypted).await;
    }
    drop(world);
    if !to.ends_with(GROUP) {
        let delivered = NodeBuilder::new("receipt").attr("from", to).attr("id", id);
        connection.send(delivered.attr("t", time::seconds()).build());
    }
    Ok(())
}

/// Each device that a message is encrypted for by itself.
fn recipients<'a>(message: &'a Node, to: &str) -> Vec<(String, &'a Node)> {
    if let Some(participants) = message.get_optional_child("participants") {
        let each = participants.get_children_by_tag("to");
        return each
            .filter_map(|one| Some((attribute(one, "jid"), one.get_optional_child("enc")?)))
            .collect();
    }
    let one = message.get_optional_child("enc").filter(|_| !to.ends_with(GROUP));
    one.map(|encrypted| (to.to_owned(), encrypted)).into_iter().collect()
}

async fn open(world: &mut World, who: &Who, id: &str, to: &str, jid: &str, encrypted: &Node) -> Result<()> {
    let sender = address(&phone_jid(&who.phone, who.device));
    let (kind, content) = (attribute(encrypted, "type"), bytes(encrypted).unwrap_or_default());
    let user = user(jid);
    let Some(contact) = world.contacts.get_mut(user) else {
        // The account's own phone gets a copy of what its devices send.
        if let Some(account) = world.account_of(user) {
            account.endpoint.decrypt(&sender, &kind, content).await?;
        }
        return Ok(());
    };
    let message = contact.endpoint.decrypt(&sender, &kind, content).await?;
    if let Some(key) = message.sender_key_distribution_message.as_option() {
        let announced = key.axolotl_sender_key_distribution_message.as_deref().unwrap_or_default();
        return contact.endpoint.learn(to, &who.phone, announced).await;
    }
    let (id, from, message) = (id.to_owned(), who.phone.clone(), Box::new(message));
    contact.inbox.push(Received { id, group: None, from, message });
    Ok(())
}

async fn open_for_group(world: &mut World, who: &Who, id: &str, to: &str, encrypted: &Node) {
    let World { contacts, groups, troubles, .. } = world;
    let members = groups.get(user(to)).map(|group| group.members.clone()).unwrap_or_default();
    for member in members {
        let Some(contact) = contacts.get_mut(&member) else { continue };
        let content = bytes(encrypted).unwrap_or_default();
        match contact.endpoint.decrypt_of_group(to, &who.phone, content).await {
            Ok(message) => contact.inbox.push(Received {
                id: id.to_owned(),
                group: Some(to.to_owned()),
                from: who.phone.clone(),
                message: Box::new(message),
            }),
            Err(error) => troubles.push(format!("{id} for {member}: {error}")),
        }
    }
}
