//! Frames over the WebSocket: plain during the handshake, then encrypted stanzas.

use crate::error::{Result, SimulatorError, broken, missing};
use bytes::{Bytes, BytesMut};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_websockets::{CloseCode, Message, WebSocketStream};
use whatsapp_rs::wacore::framing::{FrameDecoder, encode_frame};
use whatsapp_rs::wacore::handshake::NoiseHandshake;
use whatsapp_rs::wacore::noise::NoiseCipher;
use whatsapp_rs::wacore_binary::consts::WA_CONN_HEADER;
use whatsapp_rs::wacore_binary::node::OwnedNodeRef;
use whatsapp_rs::wacore_binary::util::unpack_bytes;
use whatsapp_rs::wacore_binary::{Node, marshal};

pub(super) type Socket = WebSocketStream<TcpStream>;

/// Where the routing hint before the header ends that a client may send: `ED`, a version, three bytes of length.
const ROUTING: &[u8] = b"ED\0\x01";

#[derive(Default)]
struct Cipher {
    cipher: Option<NoiseCipher>,
    count: u32,
}

impl Cipher {
    fn next(&mut self) -> Result<(&NoiseCipher, u32)> {
        let count = self.count;
        self.count += 1;
        Ok((self.cipher.as_ref().ok_or_else(|| missing("the handshake"))?, count))
    }
}

/// What a client sends.
pub(crate) struct Reader {
    socket: SplitStream<Socket>,
    frames: FrameDecoder,
    cipher: Cipher,
    /// The first bytes, until the header is whole.
    start: Option<Vec<u8>>,
}

/// What a client gets.
pub(crate) struct Writer {
    socket: SplitSink<Socket, Message>,
    cipher: Cipher,
}

/// The handshake is done; from here on all is encrypted.
pub(super) fn encrypt(reader: &mut Reader, writer: &mut Writer, noise: NoiseHandshake) -> Result<()> {
    let (from_client, to_client) = noise.finish().map_err(broken("the end of the handshake"))?;
    reader.cipher = Cipher { cipher: Some(from_client), count: 0 };
    writer.cipher = Cipher { cipher: Some(to_client), count: 0 };
    Ok(())
}

impl Reader {
    pub(super) fn new(socket: SplitStream<Socket>) -> Self {
        Self { socket, frames: FrameDecoder::new(), cipher: Cipher::default(), start: Some(Vec::new()) }
    }

    /// The next frame as it came; `None` at the end.
    pub(super) async fn frame(&mut self) -> Result<Option<BytesMut>> {
        loop {
            if self.start.is_none()
                && let Some(frame) = self.frames.decode_frame()
            {
                return Ok(Some(frame));
            }
            match self.socket.next().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(broken("the WebSocket")(error)),
                Some(Ok(message)) if message.is_close() => return Ok(None),
                Some(Ok(message)) if message.is_binary() => self.feed(&message.into_payload())?,
                Some(Ok(_)) => {}
            }
        }
    }

    fn feed(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(start) = &mut self.start else {
            self.frames.feed(bytes);
            return Ok(());
        };
        start.extend_from_slice(bytes);
        let hint = match start.strip_prefix(ROUTING) {
            Some([a, b, c, ..]) => {
                ROUTING.len() + 3 + usize::from(*a) * 65_536 + usize::from(*b) * 256 + usize::from(*c)
            }
            Some(_) => return Ok(()),
            None => 0,
        };
        let Some((header, rest)) =
            start.get(hint..).and_then(|rest| rest.split_at_checked(WA_CONN_HEADER.len()))
        else {
            return Ok(());
        };
        if header != WA_CONN_HEADER {
            return Err(SimulatorError::Protocol(format!("the header is {header:?}")));
        }
        let rest = rest.to_vec();
        self.start = None;
        self.frames.feed(&rest);
        Ok(())
    }

    /// The next stanza; `None` at the end.
    pub(crate) async fn stanza(&mut self) -> Result<Option<Node>> {
        let Some(mut frame) = self.frame().await? else { return Ok(None) };
        let (cipher, count) = self.cipher.next()?;
        cipher.decrypt_in_place_with_counter(count, &mut frame).map_err(broken("a frame"))?;
        let bytes = unpack_bytes(frame).map_err(broken("a frame"))?;
        Ok(Some(OwnedNodeRef::new(bytes).map_err(broken("a stanza"))?.to_owned_node()))
    }
}

impl Writer {
    pub(super) fn new(socket: SplitSink<Socket, Message>) -> Self {
        Self { socket, cipher: Cipher::default() }
    }

    pub(super) async fn raw(&mut self, payload: &[u8]) -> Result<()> {
        let frame = encode_frame(payload, None).map_err(broken("a frame"))?;
        self.socket.send(Message::binary(Bytes::from(frame))).await.map_err(broken("the WebSocket"))
    }

    pub(crate) async fn stanza(&mut self, stanza: &Node) -> Result<()> {
        let mut bytes = marshal(stanza).map_err(broken("a stanza"))?;
        let (cipher, count) = self.cipher.next()?;
        cipher.encrypt_in_place_with_counter(count, &mut bytes).map_err(broken("a frame"))?;
        self.raw(&bytes).await
    }

    pub(crate) async fn close(&mut self) {
        let _ = self.socket.send(Message::close(Some(CloseCode::NORMAL_CLOSURE), "")).await;
    }
}
