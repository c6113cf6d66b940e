//! A client that becomes ready, and what it synchronises with its phone.

use crate::connection::Connection;
use crate::error::{Result, missing};
use crate::server::Simulator;
use crate::stanza::{attribute, leaf, result};
use std::sync::Arc;
use whatsapp_rs::wacore_binary::builder::NodeBuilder;
use whatsapp_rs::wacore_binary::{Node, SERVER_JID};

/// The client is ready: it gets what came while it was away.
pub(super) async fn activate(simulator: &Arc<Simulator>, connection: &Connection, id: &str) -> Result<()> {
    connection.send(result(id, Vec::new()));
    let word = |child: Node| NodeBuilder::new("ib").attr("from", SERVER_JID).children([child]).build();
    let mut world = simulator.world().await;
    let Some(device) = connection.who.as_ref().and_then(|who| world.device(who)) else { return Ok(()) };
    device.is_active = true;
    let waiting = std::mem::take(&mut device.waiting);
    let count = waiting.len() as u64;
    if count > 0 {
        let preview = NodeBuilder::new("offline_preview").attr("count", count).attr("message", count);
        connection.send(word(preview.build()));
    }
    for mut stanza in waiting {
        stanza.attrs.insert("offline", "0");
        device.deliver(stanza);
    }
    connection.send(word(NodeBuilder::new("offline").attr("count", count).build()));
    Ok(())
}

/// The client asks for changes since the versions that it has.
pub(super) async fn sync(
    simulator: &Arc<Simulator>,
    connection: &Connection,
    id: &str,
    sync: &Node,
) -> Result<()> {
    let who = connection.who.as_ref().ok_or_else(|| missing("the login"))?;
    let mut world = simulator.world().await;
    let account = world.account(&who.phone)?;
    let collections = sync.get_children_by_tag("collection").map(|asked| {
        let name = attribute(asked, "name");
        let version: u64 = attribute(asked, "version").parse().unwrap_or_default();
        let known = account.collections.get(name.as_str());
        let newest = known.map_or(version, |collection| collection.version().max(version));
        let answer = NodeBuilder::new("collection").attr("name", name.as_str()).attr("type", "result");
        let answer = answer.attr("version", newest);
        let patches = known.map(|collection| collection.after(version)).unwrap_or_default();
        if patches.is_empty() {
            return answer.build();
        }
        let patches = patches.iter().map(|patch| leaf("patch", patch.clone()));
        answer.children([NodeBuilder::new("patches").children(patches).build()]).build()
    });
    let answer = NodeBuilder::new("sync").children(collections.collect::<Vec<_>>()).build();
    connection.send(result(id, vec![answer]));
    Ok(())
}
