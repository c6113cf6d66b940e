//! Pre-keys: uploaded, counted, compared, handed out.

use crate::connection::Connection;
use crate::error::{Result, broken, missing};
use crate::server::Simulator;
use crate::stanza::{bytes, child_bytes, error, leaf, number, result};
use crate::world::{Device, SignedKey, Who, World};
use std::sync::Arc;
use whatsapp_rs::Jid;
use whatsapp_rs::wacore::iq::prekeys::{PreKeyBundleUserNode, SignedPreKeyNode};
use whatsapp_rs::wacore::libsignal::protocol::PublicKey;
use whatsapp_rs::wacore::prekeys::compute_key_bundle_digest;
use whatsapp_rs::wacore::protocol::ProtocolNode as _;
use whatsapp_rs::wacore_binary::Node;
use whatsapp_rs::wacore_binary::builder::NodeBuilder;

/// Signal's kind of key.
const DJB: u8 = 5;

pub(super) async fn answer(
    simulator: &Arc<Simulator>,
    connection: &Connection,
    request: &Node,
    id: &str,
    tag: &str,
) -> Result<()> {
    let who = connection.who.as_ref().ok_or_else(|| missing("the login"))?;
    let mut world = simulator.world().await;
    let child = request.children().and_then(|children| children.first());
    let answer = match (tag, child) {
        ("count", _) => {
            let count = world.device(who).map_or(0, |device| device.pre_keys.len() as u64);
            result(id, vec![NodeBuilder::new("count").attr("value", count).build()])
        }
        ("digest", _) => match world.device(who).filter(|device| !device.pre_keys.is_empty()) {
            Some(device) => result(id, vec![digest(device)?]),
            None => error(id, 404, "item-not-found"),
        },
        ("key", Some(wanted)) => result(id, vec![bundles(&mut world, wanted)?]),
        ("rotate", Some(rotate)) => {
            if let (Some(device), Some(key)) = (world.device(who), signed_key(rotate)) {
                device.signed = Some(key);
            }
            result(id, Vec::new())
        }
        _ => {
            let is_first = upload(&mut world, who, request)?;
            connection.send(result(id, Vec::new()));
            return if is_first { simulator.share_sync_key(&mut world, who).await } else { Ok(()) };
        }
    };
    connection.send(answer);
    Ok(())
}

fn signed_key(node: &Node) -> Option<SignedKey> {
    let key = node.get_optional_child("skey")?;
    Some(SignedKey {
        id: number(&child_bytes(key, "id")?),
        key: PublicKey::from_djb_public_key_bytes(&child_bytes(key, "value")?).ok()?,
        signature: child_bytes(key, "signature")?,
    })
}

/// Takes a client's keys; whether they are its first.
fn upload(world: &mut World, who: &Who, request: &Node) -> Result<bool> {
    let Some(device) = world.device(who) else { return Ok(false) };
    if let Some(registration) = request.get_optional_child("registration").and_then(bytes) {
        device.registration = number(registration);
    }
    device.signed = signed_key(request).or(device.signed.take());
    for key in request.get_optional_child("list").into_iter().flat_map(|list| list.get_children_by_tag("key"))
    {
        if let (Some(id), Some(value)) = (child_bytes(key, "id"), child_bytes(key, "value")) {
            let key = PublicKey::from_djb_public_key_bytes(&value).map_err(broken("a pre-key"))?;
            device.pre_keys.push_back((number(&id), key));
        }
    }
    Ok(!std::mem::replace(&mut device.has_uploaded, true))
}

/// What the server has of a device's keys, for the client to compare.
fn digest(device: &Device) -> Result<Node> {
    let signed = device.signed.clone().ok_or_else(|| missing("its signed key"))?;
    let keys: Vec<&[u8]> = device.pre_keys.iter().map(|(_, key)| key.public_key_bytes()).collect();
    let value = signed.key.public_key_bytes();
    let hash = compute_key_bundle_digest(&device.identity, value, &signed.signature, &keys);
    let ids = device.pre_keys.iter().map(|(id, _)| leaf("id", id.to_be_bytes()[1..].to_vec()));
    let children = [
        leaf("registration", device.registration.to_be_bytes().to_vec()),
        leaf("type", vec![DJB]),
        leaf("identity", device.identity.to_vec()),
        SignedPreKeyNode::new(signed.id, value.to_vec(), signed.signature.clone()).into_node(),
        NodeBuilder::new("list").children(ids).build(),
        leaf("hash", hash),
    ];
    Ok(NodeBuilder::new("digest").children(children).build())
}

fn bundles(world: &mut World, wanted: &Node) -> Result<Node> {
    let jids = wanted.get_children_by_tag("user").filter_map(|user| user.attrs().optional_jid("jid"));
    let users = jids.map(|jid| bundle(world, jid)).collect::<Result<Vec<Node>>>()?;
    Ok(NodeBuilder::new("list").children(users).build())
}

fn bundle(world: &mut World, jid: Jid) -> Result<Node> {
    let endpoint = match world.contacts.get_mut(jid.user.as_str()) {
        Some(contact) => Some(&mut contact.endpoint),
        None => world.account_of(&jid.user).filter(|_| jid.device == 0).map(|account| &mut account.endpoint),
    };
    let Some(endpoint) = endpoint else {
        let refused = NodeBuilder::new("error").attr("code", 406_u16).attr("text", "not-acceptable").build();
        return Ok(NodeBuilder::new("user").attr("jid", &jid).children([refused]).build());
    };
    let bundle = endpoint.bundle()?;
    Ok(PreKeyBundleUserNode::from_bundle(jid, &bundle, None).map_err(broken("a bundle"))?.into_node())
}
