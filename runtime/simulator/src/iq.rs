//! Answers to the requests of clients.

mod keys;
mod linking;
mod lookup;
mod state;

use crate::connection::Connection;
use crate::error::Result;
use crate::media::{AUTHORISATION, MEDIA_HOST};
use crate::server::Simulator;
use crate::stanza::{attribute, result};
use std::sync::Arc;
use whatsapp_rs::wacore::iq::mediaconn::{HostType, MediaConnHostExtended, MediaConnResponseExtended};
use whatsapp_rs::wacore::protocol::ProtocolNode as _;
use whatsapp_rs::wacore_binary::Node;
use whatsapp_rs::wacore_binary::builder::NodeBuilder;

/// For how long the word on the media host is good, in seconds.
const MEDIA_SECONDS: u64 = 3600;

/// Answers a request, or takes the answer to one of the server's own.
pub(crate) async fn answer(
    simulator: &Arc<Simulator>,
    connection: &Connection,
    request: &Node,
) -> Result<()> {
    let (id, kind, space) =
        (attribute(request, "id"), attribute(request, "type"), attribute(request, "xmlns"));
    let child = request.children().and_then(|children| children.first());
    let tag = child.map(|child| child.tag.to_string()).unwrap_or_default();
    if kind == "result" {
        return linking::confirmed(simulator, connection, request, &id).await;
    }
    match (space.as_str(), tag.as_str(), child) {
        ("encrypt", _, _) => keys::answer(simulator, connection, request, &id, &tag).await,
        ("passive", "active", _) => state::activate(simulator, connection, &id).await,
        ("w:sync:app:state", "sync", Some(sync)) => state::sync(simulator, connection, &id, sync).await,
        ("usync", _, Some(query)) => lookup::users(simulator, connection, &id, query).await,
        ("w:g2", "query", _) => lookup::group(simulator, connection, request, &id).await,
        ("md", "link_code_companion_reg", Some(step)) => {
            linking::by_code(simulator, connection, &id, step).await
        }
        ("md", "remove-companion-device", _) => linking::remove(simulator, connection, &id).await,
        _ => {
            connection.send(result(&id, plain(&space, &tag)));
            Ok(())
        }
    }
}

/// What the simulator has nothing to say about, answered as WhatsApp does where there is nothing.
fn plain(space: &str, tag: &str) -> Vec<Node> {
    match (space, tag) {
        ("abt", _) => {
            let props = NodeBuilder::new("props").attr("protocol", "1").attr("ab_key", "k").attr("hash", "h");
            vec![props.attr("refresh", 86_400_u32).attr("refresh_id", 1_u32).build()]
        }
        ("blocklist", _) => vec![NodeBuilder::new("list").attr("dhash", "d").build()],
        ("privacy", "privacy") => {
            let all = |name| NodeBuilder::new("category").attr("name", name).attr("value", "all").build();
            vec![NodeBuilder::new("privacy").children(["readreceipts", "last", "online"].map(all)).build()]
        }
        ("w:m", _) => {
            let primary = MediaConnHostExtended::simple(MEDIA_HOST.into(), HostType::Primary);
            let host = MediaConnHostExtended { upload: true, download: true, ..primary };
            vec![MediaConnResponseExtended::mock(AUTHORISATION.into(), MEDIA_SECONDS, vec![host]).into_node()]
        }
        _ => Vec::new(),
    }
}
