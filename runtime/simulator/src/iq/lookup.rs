//! Who somebody is, with which devices; who is in a group.

use crate::connection::Connection;
use crate::error::Result;
use crate::server::Simulator;
use crate::stanza::{attribute, bytes, error, result, user};
use crate::world::{World, lid_jid, phone_jid};
use crate::{identity, time};
use std::sync::Arc;
use whatsapp_rs::wacore_binary::Node;
use whatsapp_rs::wacore_binary::builder::NodeBuilder;

/// What is known of a user.
struct Known {
    phone: String,
    lid: Option<String>,
    /// Linked devices.
    devices: Vec<u16>,
    /// The account's signed list of them.
    list: Option<Vec<u8>>,
}

fn find(world: &mut World, user: &str) -> Result<Option<Known>> {
    if world.contacts.contains_key(user) {
        return Ok(Some(Known { phone: user.to_owned(), lid: None, devices: Vec::new(), list: None }));
    }
    let Some(account) = world.account_of(user) else { return Ok(None) };
    let devices: Vec<u16> = account.devices.keys().copied().collect();
    let indexes = devices.iter().map(|device| u32::from(*device)).chain([0]).collect();
    let list = identity::device_list(account.endpoint.identity(), account.raw_id, indexes)?;
    let (phone, lid) = (account.phone.clone(), Some(account.lid.clone()));
    Ok(Some(Known { phone, lid, list: (!devices.is_empty()).then_some(list), devices }))
}

/// Answers a query about users, by address or by phone number.
pub(super) async fn users(
    simulator: &Arc<Simulator>,
    connection: &Connection,
    id: &str,
    query: &Node,
) -> Result<()> {
    let asked = query.get_optional_child("query").and_then(|query| query.children()).unwrap_or_default();
    let asked: Vec<String> = asked.iter().map(|part| part.tag.to_string()).collect();
    let mut world = simulator.world().await;
    let mut users = Vec::new();
    for wanted in
        query.get_optional_child("list").into_iter().flat_map(|list| list.get_children_by_tag("user"))
    {
        let jid = wanted.attrs().optional_jid("jid");
        let phone = wanted.get_optional_child("contact").and_then(bytes);
        let phone = phone.map(|phone| String::from_utf8_lossy(phone).trim_start_matches('+').to_owned());
        let Some(name) = jid.as_ref().map(|jid| jid.user.to_string()).or(phone) else { continue };
        let known = find(&mut world, &name)?;
        let jid = jid.unwrap_or_else(|| phone_jid(&name, 0));
        let parts = asked.iter().filter_map(|part| said(part, known.as_ref()));
        let mut user = NodeBuilder::new("user").attr("jid", &jid).children(parts);
        if let Some(known) = &known {
            user = user.attr("pn_jid", phone_jid(&known.phone, 0));
        }
        users.push(user.build());
    }
    let list = NodeBuilder::new("list").children(users).build();
    connection.send(result(id, vec![NodeBuilder::new("usync").children([list]).build()]));
    Ok(())
}

/// What is said of one thing that was asked.
fn said(asked: &str, known: Option<&Known>) -> Option<Node> {
    match (asked, known) {
        ("contact", known) => {
            let kind = if known.is_some() { "in" } else { "out" };
            Some(NodeBuilder::new("contact").attr("type", kind).build())
        }
        ("devices", Some(known)) => Some(devices(known)),
        ("lid", Some(Known { lid: Some(lid), .. })) => {
            Some(NodeBuilder::new("lid").attr("val", lid_jid(lid, 0)).build())
        }
        ("status", Some(_)) => Some(NodeBuilder::new("status").build()),
        _ => None,
    }
}

fn devices(known: &Known) -> Node {
    let phone = NodeBuilder::new("device").attr("id", 0_u32).build();
    let linked = known.devices.iter().map(|device| {
        let device = u32::from(*device);
        NodeBuilder::new("device").attr("id", device).attr("key-index", device).build()
    });
    let mut parts =
        vec![NodeBuilder::new("device-list").children(std::iter::once(phone).chain(linked)).build()];
    if let Some(list) = &known.list {
        let signed = NodeBuilder::new("key-index-list").attr("ts", time::seconds()).bytes(list.clone());
        parts.push(signed.build());
    }
    NodeBuilder::new("devices").children(parts).build()
}

/// Answers a query about a group.
pub(super) async fn group(
    simulator: &Arc<Simulator>,
    connection: &Connection,
    request: &Node,
    id: &str,
) -> Result<()> {
    let to = attribute(request, "to");
    let world = simulator.world().await;
    let Some(group) = world.groups.get(user(&to)) else {
        connection.send(error(id, 404, "item-not-found"));
        return Ok(());
    };
    let since = time::seconds() - 1000;
    let owner = phone_jid(group.members.first().map_or("", String::as_str), 0);
    let members = group
        .members
        .iter()
        .map(|member| NodeBuilder::new("participant").attr("jid", phone_jid(member, 0)).build());
    let answer = NodeBuilder::new("group")
        .attr("id", user(&to))
        .attr("subject", group.subject.as_str())
        .attr("creation", since)
        .attr("creator", &owner)
        .attr("s_t", since)
        .attr("s_o", &owner)
        .children(members)
        .build();
    connection.send(result(id, vec![answer]));
    Ok(())
}
