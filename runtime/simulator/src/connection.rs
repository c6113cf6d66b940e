//! One client's connection: who it is, then stanza after stanza.

use crate::error::{Result, broken, missing};
use crate::noise::{self, Accepted, Reader, Writer};
use crate::server::Simulator;
use crate::stanza::{self, attribute, leaf, number};
use crate::world::{ChatState, Device, Out, Outbox, SignedKey, Unpaired, Who, lid_jid};
use crate::{iq, messages, receipts, time};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use whatsapp_rs::wacore::libsignal::protocol::PublicKey;
use whatsapp_rs::wacore_binary::Node;
use whatsapp_rs::wacore_binary::builder::NodeBuilder;
use whatsapp_rs::waproto::whatsapp::ClientPayload;

/// How many QR codes a client gets to show, one after the other.
const CODES: u32 = 6;

/// A connection that is open.
pub(crate) struct Connection {
    pub(crate) number: u64,
    pub(crate) outbox: Outbox,
    /// `None` until it is paired.
    pub(crate) who: Option<Who>,
}

impl Connection {
    pub(crate) fn send(&self, stanza: Node) {
        let _ = self.outbox.send(Out::Stanza(stanza));
    }
}

/// Serves a client until it leaves.
pub(crate) async fn serve(simulator: Arc<Simulator>, stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let (_, socket) =
        tokio_websockets::ServerBuilder::new().accept(stream).await.map_err(broken("the WebSocket"))?;
    let Accepted { mut reader, mut writer, key, payload } = noise::accept(socket, simulator.key()).await?;
    let (outbox, outgoing) = mpsc::unbounded_channel();
    let mut connection = Connection { number: simulator.next_number(), outbox, who: None };
    if payload.device_pairing_data.is_set() {
        offer_codes(&simulator, &connection, &payload, key).await?;
    } else if !log_in(&simulator, &mut connection, &payload, key).await? {
        let refused = NodeBuilder::new("failure").attr("reason", "401").attr("location", "frc").build();
        writer.stanza(&refused).await?;
        writer.close().await;
        return Ok(());
    }
    simulator.changed();
    let ended = converse(&simulator, &connection, &mut reader, &mut writer, outgoing).await;
    forget(&simulator, &connection).await;
    ended
}

/// To a client that is not paired, references for its QR codes.
async fn offer_codes(
    simulator: &Simulator,
    connection: &Connection,
    payload: &ClientPayload,
    noise: noise::Key32,
) -> Result<()> {
    let data = payload.device_pairing_data.as_option().ok_or_else(|| missing("the pairing data"))?;
    let signed = match (&data.e_skey_id, &data.e_skey_val, &data.e_skey_sig) {
        (Some(id), Some(key), Some(signature)) => Some(SignedKey {
            id: number(id),
            key: PublicKey::from_djb_public_key_bytes(key).map_err(broken("its signed key"))?,
            signature: signature.clone(),
        }),
        _ => None,
    };
    let registration = number(data.e_regid.as_deref().unwrap_or_default());
    let references: Vec<String> = (0..CODES)
        .map(|code| format!("2@{}-{code}-{:016x}", connection.number, rand::random::<u64>()))
        .collect();
    let mut world = simulator.world().await;
    for reference in &references {
        let unpaired = Unpaired {
            connection: connection.number,
            outbox: connection.outbox.clone(),
            noise,
            registration,
            signed: signed.clone(),
        };
        world.unpaired.insert(reference.clone(), unpaired);
    }
    drop(world);
    let references = references.into_iter().map(|reference| leaf("ref", reference.into_bytes()));
    let offer = NodeBuilder::new("pair-device").children(references).build();
    connection.send(stanza::request(&simulator.next_id(), offer));
    Ok(())
}

/// Whether the client is a linked device. A second connection of one ends the first.
async fn log_in(
    simulator: &Simulator,
    connection: &mut Connection,
    payload: &ClientPayload,
    noise: noise::Key32,
) -> Result<bool> {
    let phone = payload.username.unwrap_or_default().to_string();
    let number = u16::try_from(payload.device.unwrap_or_default()).unwrap_or_default();
    let mut world = simulator.world().await;
    let Some(account) = world.accounts.get_mut(&phone) else { return Ok(false) };
    let lid = account.lid.clone();
    let Some(device) = account.devices.get_mut(&number).filter(|device| device.noise == noise) else {
        return Ok(false);
    };
    device.replaced();
    device.connection = Some((connection.number, connection.outbox.clone()));
    device.is_active = false;
    let Device { waiting, unacknowledged, .. } = device;
    while let Some(stanza) = unacknowledged.pop_back() {
        waiting.push_front(stanza);
    }
    let success = NodeBuilder::new("success")
        .attr("t", time::seconds())
        .attr("creation", time::seconds() - 86_400)
        .attr("lid", lid_jid(&lid, number))
        .attr("location", "sim")
        .build();
    connection.send(success);
    connection.who = Some(Who { phone, device: number });
    Ok(true)
}

async fn converse(
    simulator: &Arc<Simulator>,
    connection: &Connection,
    reader: &mut Reader,
    writer: &mut Writer,
    mut outgoing: mpsc::UnboundedReceiver<Out>,
) -> Result<()> {
    loop {
        tokio::select! {
            biased;
            out = outgoing.recv() => match out {
                Some(Out::Stanza(stanza)) => {
                    let delay = simulator.world().await.faults.delay_ms;
                    // No delay is none at all: a timer takes a millisecond even for nothing.
                    if delay > 0 {
                        tokio::time::sleep(Duration::from_millis(delay.into())).await;
                    }
                    writer.stanza(&stanza).await?;
                }
                Some(Out::Freeze) => return freeze(outgoing).await,
                Some(Out::Close) | None => {
                    writer.close().await;
                    return Ok(());
                }
            },
            stanza = reader.stanza() => {
                let Some(stanza) = stanza? else { return Ok(()) };
                take(simulator, connection, &stanza).await?;
                simulator.changed();
            }
        }
    }
}

/// Keeps the connection open and does nothing with it.
async fn freeze(mut outgoing: mpsc::UnboundedReceiver<Out>) -> Result<()> {
    while !matches!(outgoing.recv().await, None | Some(Out::Close)) {}
    Ok(())
}

async fn take(simulator: &Arc<Simulator>, connection: &Connection, stanza: &Node) -> Result<()> {
    match (stanza.tag.as_ref(), &connection.who) {
        ("iq", _) => iq::answer(simulator, connection, stanza).await,
        ("message", Some(who)) => messages::take(simulator, connection, who, stanza).await,
        ("receipt", Some(who)) => receipts::take(simulator, connection, who, stanza).await,
        ("ack", Some(who)) => {
            let mut world = simulator.world().await;
            if let Some(device) = world.device(who) {
                device.acknowledge(&[attribute(stanza, "id")].into());
            }
            Ok(())
        }
        ("chatstate", Some(_)) => {
            let state = stanza.children().and_then(|children| children.first());
            let state = state.map(|state| state.tag.to_string()).unwrap_or_default();
            simulator.world().await.chat_states.push(ChatState { to: attribute(stanza, "to"), state });
            Ok(())
        }
        // Presence,  statistics: nothing to answer.
        _ => Ok(()),
    }
}

async fn forget(simulator: &Simulator, connection: &Connection) {
    let mut world = simulator.world().await;
    world.unpaired.retain(|_, unpaired| unpaired.connection != connection.number);
    world.codes.retain(|_, code| code.connection != connection.number);
    world.linking.remove(&connection.number);
    if let Some(device) = connection.who.as_ref().and_then(|who| world.device(who))
        && device.connection.as_ref().is_some_and(|(number, _)| *number == connection.number)
    {
        device.connection = None;
        device.is_active = false;
    }
    drop(world);
    simulator.changed();
}
