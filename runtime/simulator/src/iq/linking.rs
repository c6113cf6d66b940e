//! Linking a device: by code, and what follows either way.

use crate::connection::Connection;
use crate::error::{Result, SimulatorError, missing};
use crate::identity;
use crate::server::Simulator;
use crate::stanza::{attribute, bytes, child_bytes, leaf, result, user};
use crate::world::{CodeShown, Out};
use std::sync::Arc;
use whatsapp_rs::wacore_binary::Node;
use whatsapp_rs::wacore_binary::builder::NodeBuilder;

/// A client that pairs by code: it asks for one, and finishes after the phone's answer.
pub(super) async fn by_code(
    simulator: &Arc<Simulator>,
    connection: &Connection,
    id: &str,
    step: &Node,
) -> Result<()> {
    let part = |tag: &'static str| child_bytes(step, tag).ok_or_else(|| missing(tag));
    let mut world = simulator.world().await;
    match attribute(step, "stage").as_str() {
        "companion_hello" => {
            let phone = user(&attribute(step, "jid")).to_owned();
            let reference = format!("link-{}", connection.number).into_bytes();
            let wrapped = part("link_code_pairing_wrapped_companion_ephemeral_pub")?;
            let answer = NodeBuilder::new("link_code_companion_reg")
                .children([leaf("link_code_pairing_ref", reference.clone())])
                .build();
            let shown = CodeShown { connection: connection.number, wrapped, reference, keys: None };
            world.codes.insert(phone, shown);
            connection.send(result(id, vec![answer]));
            Ok(())
        }
        "companion_finish" => {
            let bundle = part("link_code_pairing_wrapped_key_bundle")?;
            let identity = part("companion_identity_public")?;
            let identity = identity.try_into().map_err(|_| missing("its identity"))?;
            connection.send(result(id, Vec::new()));
            simulator.finish_code(&mut world, connection.number, &bundle, identity)
        }
        other => Err(SimulatorError::Protocol(format!("a stage {other:?}"))),
    }
}

/// The client has signed back: it is linked, and must connect again as what it is now.
pub(super) async fn confirmed(
    simulator: &Arc<Simulator>,
    connection: &Connection,
    answer: &Node,
    id: &str,
) -> Result<()> {
    let mut world = simulator.world().await;
    let Some(linking) = world.linking.remove(&connection.number) else { return Ok(()) };
    if linking.request != id {
        world.linking.insert(connection.number, linking);
        return Ok(());
    }
    let signed = answer.get_optional_child_by_tag(&["pair-device-sign", "device-identity"]);
    let signed = signed.and_then(bytes).ok_or_else(|| missing("pair-device-sign"))?;
    let account = world.account(&linking.phone)?;
    identity::check_answer(account.endpoint.identity(), &linking.identity, &linking.details, signed)?;
    drop(world);
    connection.send(NodeBuilder::new("stream:error").attr("code", "515").build());
    let _ = connection.outbox.send(Out::Close);
    Ok(())
}

/// The client logs itself out.
pub(super) async fn remove(simulator: &Arc<Simulator>, connection: &Connection, id: &str) -> Result<()> {
    connection.send(result(id, Vec::new()));
    if let Some(who) = &connection.who {
        simulator.world().await.account(&who.phone)?.devices.remove(&who.device);
    }
    let _ = connection.outbox.send(Out::Close);
    Ok(())
}
