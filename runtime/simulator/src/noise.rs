//! The server's side of WhatsApp's Noise handshakes: XX to pair, IK to come back, XXfallback where IK is refused.

mod frames;

pub(crate) use frames::{Reader, Writer};

use crate::error::{Result, broken, missing};
use frames::Socket;
use futures_util::StreamExt as _;
use whatsapp_rs::buffa::{Message as _, MessageField};
use whatsapp_rs::wacore::handshake::NoiseHandshake;
use whatsapp_rs::wacore::libsignal::protocol::KeyPair;
use whatsapp_rs::wacore_binary::consts::{
    NOISE_PATTERN_IK, NOISE_PATTERN_XX, NOISE_PATTERN_XXFALLBACK, WA_CONN_HEADER,
};
use whatsapp_rs::waproto::whatsapp::cert_chain::{NoiseCertificate, noise_certificate::Details};
use whatsapp_rs::waproto::whatsapp::handshake_message::{ClientHello, ServerHello};
use whatsapp_rs::waproto::whatsapp::{CertChain, ClientPayload, HandshakeMessage};

pub(crate) type Key32 = [u8; 32];

pub(crate) fn public_key(pair: &KeyPair) -> Key32 {
    pair.public_key.public_key_bytes().try_into().unwrap_or_default()
}

/// The server's long-lived key, and a chain of certificates for it that nobody has signed.
pub(crate) struct ServerKey {
    pair: KeyPair,
    chain: Vec<u8>,
}

impl ServerKey {
    pub(crate) fn new(pair: KeyPair) -> Self {
        let certificate = |serial, issuer, key: Key32| {
            let details = Details {
                serial: Some(serial),
                issuer_serial: Some(issuer),
                key: Some(key.to_vec()),
                not_before: Some(1_700_000_000),
                not_after: Some(4_000_000_000),
            };
            let signature = Some(vec![0; 64]);
            MessageField::some(NoiseCertificate { details: Some(details.encode_to_vec()), signature })
        };
        let chain = CertChain {
            leaf: certificate(2, 1, public_key(&pair)),
            intermediate: certificate(1, 0, [0xCC; 32]),
        };
        Self { chain: chain.encode_to_vec(), pair }
    }

    pub(crate) fn public(&self) -> Key32 {
        public_key(&self.pair)
    }
}

/// A client that has shaken hands.
pub(crate) struct Accepted {
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
    /// The client's long-lived key.
    pub(crate) key: Key32,
    /// Who it says to be.
    pub(crate) payload: Box<ClientPayload>,
}

/// Shakes hands with a client, as it wishes.
pub(crate) async fn accept(socket: Socket, server: &ServerKey) -> Result<Accepted> {
    let (write, read) = socket.split();
    let (mut reader, mut writer) = (Reader::new(read), Writer::new(write));
    let hello = handshake(&mut reader).await?.client_hello.into_option();
    let hello = hello.ok_or_else(|| missing("client_hello"))?;
    let ephemeral: Key32 = key(hello.ephemeral.as_deref(), "its ephemeral key")?;
    let (key, payload) = match resume(server, &hello, &ephemeral)? {
        Some(resumed) => {
            writer.raw(&resumed.answer).await?;
            frames::encrypt(&mut reader, &mut writer, resumed.noise)?;
            (resumed.key, resumed.payload)
        }
        None => introduce(&mut reader, &mut writer, server, &hello, &ephemeral).await?,
    };
    let payload = ClientPayload::decode_from_slice(&payload).map_err(broken("its payload"))?;
    Ok(Accepted { reader, writer, key, payload: Box::new(payload) })
}

struct Resumed {
    noise: NoiseHandshake,
    key: Key32,
    payload: Vec<u8>,
    answer: Vec<u8>,
}

/// IK: the client knows the server's key and says all at once. `None` where it does not, or knows another server's.
fn resume(server: &ServerKey, hello: &ClientHello, ephemeral: &Key32) -> Result<Option<Resumed>> {
    let (Some(encrypted_key), Some(encrypted_payload)) = (&hello.r#static, &hello.payload) else {
        return Ok(None);
    };
    let own = KeyPair::generate(&mut rand::rng());
    let mut noise = NoiseHandshake::new(NOISE_PATTERN_IK, &WA_CONN_HEADER).map_err(broken("IK"))?;
    noise.authenticate(&server.public());
    noise.authenticate(ephemeral);
    mix(&mut noise, &server.pair, ephemeral)?;
    let Ok(client) = noise.decrypt(encrypted_key) else { return Ok(None) };
    let client: Key32 = key(Some(&client), "its static key")?;
    mix(&mut noise, &server.pair, &client)?;
    let payload = noise.decrypt(encrypted_payload).map_err(broken("its payload"))?;
    noise.authenticate(&public_key(&own));
    mix(&mut noise, &own, ephemeral)?;
    mix(&mut noise, &own, &client)?;
    let chain = noise.encrypt(&server.chain).map_err(broken("the certificates"))?;
    let answer = server_hello(&own, None, chain);
    Ok(Some(Resumed { noise, key: client, payload, answer }))
}

/// XX, or XXfallback for a client that has tried IK.
async fn introduce(
    reader: &mut Reader,
    writer: &mut Writer,
    server: &ServerKey,
    hello: &ClientHello,
    ephemeral: &Key32,
) -> Result<(Key32, Vec<u8>)> {
    let pattern = if hello.r#static.is_some() { NOISE_PATTERN_XXFALLBACK } else { NOISE_PATTERN_XX };
    let own = KeyPair::generate(&mut rand::rng());
    let mut noise = NoiseHandshake::new(pattern, &WA_CONN_HEADER).map_err(broken("XX"))?;
    noise.authenticate(ephemeral);
    noise.authenticate(&public_key(&own));
    mix(&mut noise, &own, ephemeral)?;
    let encrypted_key = noise.encrypt(&server.public()).map_err(broken("the static key"))?;
    mix(&mut noise, &server.pair, ephemeral)?;
    let chain = noise.encrypt(&server.chain).map_err(broken("the certificates"))?;
    writer.raw(&server_hello(&own, Some(encrypted_key), chain)).await?;

    let finish = handshake(reader).await?.client_finish.into_option();
    let finish = finish.ok_or_else(|| missing("client_finish"))?;
    let client = noise.decrypt(&finish.r#static.unwrap_or_default()).map_err(broken("its static key"))?;
    let client: Key32 = key(Some(&client), "its static key")?;
    mix(&mut noise, &own, &client)?;
    let payload = noise.decrypt(&finish.payload.unwrap_or_default()).map_err(broken("its payload"))?;
    frames::encrypt(reader, writer, noise)?;
    Ok((client, payload))
}

async fn handshake(reader: &mut Reader) -> Result<HandshakeMessage> {
    let frame = reader.frame().await?.ok_or_else(|| missing("the next part of the handshake"))?;
    HandshakeMessage::decode_from_slice(&frame).map_err(broken("the handshake"))
}

fn server_hello(own: &KeyPair, encrypted_key: Option<Vec<u8>>, chain: Vec<u8>) -> Vec<u8> {
    let hello = ServerHello {
        ephemeral: Some(public_key(own).to_vec()),
        r#static: encrypted_key,
        payload: Some(chain),
        ..Default::default()
    };
    HandshakeMessage { server_hello: MessageField::some(hello), ..Default::default() }.encode_to_vec()
}

fn mix(noise: &mut NoiseHandshake, own: &KeyPair, theirs: &Key32) -> Result<()> {
    noise.mix_shared_secret(own.private_key.serialize(), theirs).map_err(broken("a shared secret"))
}

fn key(bytes: Option<&[u8]>, what: &'static str) -> Result<Key32> {
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| missing(what))
}
