//! What clients say of messages that they got.

use crate::connection::Connection;
use crate::error::Result;
use crate::server::Simulator;
use crate::stanza::attribute;
use crate::world::Who;
use std::collections::HashSet;
use whatsapp_rs::wacore_binary::Node;
use whatsapp_rs::wacore_binary::builder::NodeBuilder;

/// Takes a receipt: delivered, read, or that the message could not be decrypted and is wanted again.
pub(crate) async fn take(
    simulator: &Simulator,
    connection: &Connection,
    who: &Who,
    receipt: &Node,
) -> Result<()> {
    let (kind, id) = (attribute(receipt, "type"), attribute(receipt, "id"));
    // One receipt may speak for many: its own id, and those of a list.
    let mut ids = HashSet::from([id.clone()]);
    if let Some(list) = receipt.get_optional_child("list") {
        ids.extend(list.get_children_by_tag("item").map(|item| attribute(item, "id")));
    }
    let mut world = simulator.world().await;
    world.receipts.extend(ids.iter().map(|id| (kind.clone(), id.clone())));
    if kind != "retry"
        && let Some(device) = world.device(who)
    {
        device.acknowledge(&ids);
    }
    drop(world);
    let mut taken = NodeBuilder::new("ack").attr("class", "receipt").attr("id", id.as_str());
    taken = taken.attr("from", attribute(receipt, "to"));
    if !kind.is_empty() {
        taken = taken.attr("type", kind.as_str());
    }
    connection.send(taken.build());
    if kind == "retry" { simulator.send_again(who, &id).await } else { Ok(()) }
}
