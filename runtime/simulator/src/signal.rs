//! Signal endpoints of phones that are not there, in memory.

mod stores;

use crate::error::{Result, SimulatorError, broken};
use crate::noise::Key32;
use std::time::{SystemTime, UNIX_EPOCH};
use stores::{Identities, PreKeys, SenderKeys, Sessions, SignedPreKeys};
use whatsapp_rs::Jid;
use whatsapp_rs::wacore::libsignal::protocol::{
    self as signal, CiphertextMessage, DeviceId, GenericSignedPreKey as _, IdentityKey, IdentityKeyPair,
    KeyPair, PreKeyBundle, PreKeyRecord, PreKeySignalMessage, ProtocolAddress, SenderKeyDistributionMessage,
    SenderKeyName, SignalMessage, SignedPreKeyRecord, Timestamp, UsePQRatchet,
};
use whatsapp_rs::wacore::messages::{MessageUtils, decode_plaintext};
use whatsapp_rs::wacore::types::jid::JidExt as _;
use whatsapp_rs::waproto::whatsapp::Message;

/// The version of WhatsApp's padding that the plaintexts have.
const PADDING: u8 = 2;
/// The number of an endpoint's only signed pre-key.
const SIGNED: u32 = 1;

pub(crate) fn address(jid: &Jid) -> ProtocolAddress {
    jid.to_protocol_address()
}

/// The random numbers of `rand::rng()` cannot be held across an await.
fn random() -> rand::rngs::StdRng {
    rand::make_rng()
}

fn milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// An encrypted message and what kind it is.
pub(crate) struct Encrypted {
    pub(crate) kind: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// One phone's keys and sessions.
pub(crate) struct Endpoint {
    identities: Identities,
    sessions: Sessions,
    pre_keys: PreKeys,
    signed: SignedPreKeys,
    sender_keys: SenderKeys,
    signed_pair: KeyPair,
    signature: Vec<u8>,
    next_pre_key: u32,
}

impl Endpoint {
    pub(crate) fn new() -> Result<Self> {
        let mut random = random();
        let own = IdentityKeyPair::generate(&mut random);
        let signed_pair = KeyPair::generate(&mut random);
        let signature =
            own.private_key().calculate_signature(&signed_pair.public_key.serialize(), &mut random);
        let signature = signature.map_err(broken("a signature"))?.to_vec();
        let time = Timestamp::from_epoch_millis(milliseconds());
        let record = SignedPreKeyRecord::new(SIGNED.into(), time, &signed_pair, &signature);
        Ok(Self {
            identities: Identities::new(own),
            sessions: Sessions::default(),
            pre_keys: PreKeys::default(),
            signed: SignedPreKeys::with(SIGNED, record),
            sender_keys: SenderKeys::default(),
            signed_pair,
            signature,
            next_pre_key: 1,
        })
    }

    pub(crate) fn identity(&self) -> &IdentityKeyPair {
        &self.identities.own
    }

    pub(crate) fn identity_key(&self) -> Key32 {
        self.identity().public_key().public_key_bytes().try_into().unwrap_or_default()
    }

    /// What somebody needs to begin a session with this endpoint; a one-time key goes with it.
    pub(crate) fn bundle(&mut self) -> Result<PreKeyBundle> {
        let id = self.next_pre_key;
        self.next_pre_key += 1;
        let pair = KeyPair::generate(&mut random());
        self.pre_keys.insert(id, PreKeyRecord::new(id.into(), &pair));
        PreKeyBundle::new(
            self.identities.registration,
            DeviceId::new(0),
            Some((id.into(), pair.public_key)),
            SIGNED.into(),
            self.signed_pair.public_key,
            self.signature.clone(),
            *self.identity().identity_key(),
        )
        .map_err(broken("a bundle"))
    }

    pub(crate) fn has_session(&self, with: &ProtocolAddress) -> bool {
        self.sessions.has(with)
    }

    pub(crate) fn forget(&mut self, with: &ProtocolAddress) {
        self.sessions.forget(with);
    }

    pub(crate) async fn begin(&mut self, with: &ProtocolAddress, bundle: &PreKeyBundle) -> Result<()> {
        let (sessions, identities) = (&mut self.sessions, &mut self.identities);
        signal::process_prekey_bundle(with, sessions, identities, bundle, &mut random(), UsePQRatchet::No)
            .await
            .map(drop)
            .map_err(broken("the beginning of a session"))
    }

    pub(crate) async fn encrypt(&mut self, to: &ProtocolAddress, message: &Message) -> Result<Encrypted> {
        let plain = MessageUtils::encode_and_pad(message);
        let encrypted = signal::message_encrypt(&plain, to, &mut self.sessions, &mut self.identities).await;
        let encrypted = encrypted.map_err(broken("encrypting"))?;
        let kind = match &encrypted {
            CiphertextMessage::PreKeySignalMessage(_) => "pkmsg",
            _ => "msg",
        };
        Ok(Encrypted { kind, bytes: encrypted.serialize().to_vec() })
    }

    pub(crate) async fn decrypt(
        &mut self,
        from: &ProtocolAddress,
        kind: &str,
        bytes: &[u8],
    ) -> Result<Message> {
        let encrypted = match kind {
            "pkmsg" => PreKeySignalMessage::try_from(bytes).map(CiphertextMessage::PreKeySignalMessage),
            "msg" => SignalMessage::try_from(bytes).map(CiphertextMessage::SignalMessage),
            other => return Err(SimulatorError::Protocol(format!("a message of kind {other:?}"))),
        };
        let decrypted = signal::message_decrypt(
            &encrypted.map_err(broken("a message"))?,
            from,
            &mut self.sessions,
            &mut self.identities,
            &mut self.pre_keys,
            &self.signed,
            &mut random(),
            UsePQRatchet::No,
        )
        .await
        .map_err(broken("decrypting"))?;
        if let Some(used) = decrypted.consumed_prekey_id {
            self.pre_keys.forget(used.into());
        }
        decode_plaintext(&decrypted.plaintext, PADDING).map_err(broken("a plaintext"))
    }

    /// The announcement of this endpoint's key in a group.
    pub(crate) async fn announce(&mut self, group: &str) -> Result<Vec<u8>> {
        let name = SenderKeyName::from_parts(group, "me");
        let announced =
            signal::create_sender_key_distribution_message(&name, &mut self.sender_keys, &mut random()).await;
        Ok(announced.map_err(broken("a sender key"))?.serialized().to_vec())
    }

    pub(crate) async fn encrypt_for_group(&mut self, group: &str, message: &Message) -> Result<Vec<u8>> {
        let (name, plain) = (SenderKeyName::from_parts(group, "me"), MessageUtils::encode_and_pad(message));
        let encrypted = signal::group_encrypt(&mut self.sender_keys, &name, &plain, &mut random()).await;
        Ok(encrypted.map_err(broken("encrypting for a group"))?.serialized().to_vec())
    }

    pub(crate) async fn learn(&mut self, group: &str, sender: &str, announced: &[u8]) -> Result<()> {
        let name = SenderKeyName::from_parts(group, sender);
        let announced = SenderKeyDistributionMessage::try_from(announced).map_err(broken("a sender key"))?;
        signal::process_sender_key_distribution_message(&name, &announced, &mut self.sender_keys)
            .await
            .map_err(broken("a sender key"))
    }

    pub(crate) async fn decrypt_of_group(
        &mut self,
        group: &str,
        sender: &str,
        bytes: &[u8],
    ) -> Result<Message> {
        let name = SenderKeyName::from_parts(group, sender);
        let plain = signal::group_decrypt(bytes, &mut self.sender_keys, &name).await;
        decode_plaintext(&plain.map_err(broken("decrypting for a group"))?, PADDING)
            .map_err(broken("a plaintext"))
    }
}

/// The bundle of a client that is linked, from what it has uploaded.
pub(crate) fn bundle_of(
    registration: u32,
    identity: IdentityKey,
    signed: &crate::world::SignedKey,
    one_time: Option<(u32, signal::PublicKey)>,
) -> Result<PreKeyBundle> {
    PreKeyBundle::new(
        registration,
        DeviceId::new(0),
        one_time.map(|(id, key)| (id.into(), key)),
        signed.id.into(),
        signed.key,
        signed.signature.clone(),
        identity,
    )
    .map_err(broken("the client's bundle"))
}
