//! What a phone signs when a device is linked to its account, and what the QR code says.

use crate::error::{Result, SimulatorError, broken, missing};
use crate::noise::Key32;
use crate::time;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use whatsapp_rs::buffa::Message as _;
use whatsapp_rs::wacore::libsignal::crypto::hmac_sha256;
use whatsapp_rs::wacore::libsignal::protocol::{IdentityKeyPair, PublicKey};
use whatsapp_rs::waproto::whatsapp::{
    ADVDeviceIdentity, ADVEncryptionType, ADVKeyIndexList, ADVSignedDeviceIdentity,
    ADVSignedDeviceIdentityHMAC, ADVSignedKeyIndexList,
};

/// What each kind of signature begins with.
const ACCOUNT: [u8; 2] = [6, 0];
const DEVICE: [u8; 2] = [6, 1];
const KEY_INDEX: [u8; 2] = [6, 2];

/// What a QR code shows: `<ref>,<noise key>,<identity>,<secret>,<kind of client>`, perhaps behind a link and a `#`.
pub(crate) struct QrCode {
    pub(crate) reference: String,
    pub(crate) noise: Key32,
    pub(crate) identity: Key32,
    pub(crate) secret: Key32,
}

impl QrCode {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let body = text.rsplit_once('#').map_or(text, |(_, body)| body);
        let [reference, noise, identity, secret, ..] = body.split(',').collect::<Vec<_>>()[..] else {
            return Err(SimulatorError::Protocol("the QR code has too few fields".to_owned()));
        };
        Ok(Self {
            reference: reference.to_owned(),
            noise: key(noise)?,
            identity: key(identity)?,
            secret: key(secret)?,
        })
    }
}

fn key(text: &str) -> Result<Key32> {
    let bytes = BASE64_STANDARD.decode(text).map_err(broken("a key of the QR code"))?;
    bytes.try_into().map_err(|_| missing("a key of the QR code"))
}

/// A device as its account's phone vouches for it.
pub(crate) struct Vouched {
    pub(crate) details: Vec<u8>,
    pub(crate) signed: ADVSignedDeviceIdentity,
}

fn sign(account: &IdentityKeyPair, parts: &[&[u8]]) -> Result<Vec<u8>> {
    let signature = account.private_key().calculate_signature(&parts.concat(), &mut rand::rng());
    Ok(signature.map_err(broken("a signature"))?.to_vec())
}

pub(crate) fn vouch(account: &IdentityKeyPair, device: &Key32, raw_id: u32, index: u32) -> Result<Vouched> {
    let details = ADVDeviceIdentity {
        raw_id: Some(raw_id),
        timestamp: Some(time::seconds()),
        key_index: Some(index),
        account_type: Some(ADVEncryptionType::E2EE),
        device_type: Some(ADVEncryptionType::E2EE),
    }
    .encode_to_vec();
    let signed = ADVSignedDeviceIdentity {
        account_signature: Some(sign(account, &[&ACCOUNT, &details, device])?),
        account_signature_key: Some(account.public_key().public_key_bytes().to_vec()),
        details: Some(details.clone()),
        device_signature: None,
    };
    Ok(Vouched { details, signed })
}

impl Vouched {
    /// As the server passes it on: proof that the phone has seen the code.
    pub(crate) fn sealed(&self, secret: &Key32) -> Vec<u8> {
        let signed = self.signed.encode_to_vec();
        let hmac = Some(hmac_sha256(secret, &signed).to_vec());
        ADVSignedDeviceIdentityHMAC { details: Some(signed), hmac, account_type: None }.encode_to_vec()
    }
}

/// What the device signs back.
pub(crate) fn device_text(account: &IdentityKeyPair, device: &Key32, details: &[u8]) -> Vec<u8> {
    [&DEVICE[..], details, device, account.public_key().public_key_bytes()].concat()
}

/// Checks the device's answer.
pub(crate) fn check_answer(
    account: &IdentityKeyPair,
    device: &Key32,
    details: &[u8],
    answer: &[u8],
) -> Result<()> {
    let answer = ADVSignedDeviceIdentity::decode_from_slice(answer).map_err(broken("the device's answer"))?;
    let key = PublicKey::from_djb_public_key_bytes(device).map_err(broken("the device's key"))?;
    let text = device_text(account, device, details);
    if key.verify_signature(&text, answer.device_signature.as_deref().unwrap_or_default()) {
        Ok(())
    } else {
        Err(SimulatorError::Protocol("the device's signature is wrong".to_owned()))
    }
}

/// The list of an account's devices, signed by its phone.
pub(crate) fn device_list(account: &IdentityKeyPair, raw_id: u32, indexes: Vec<u32>) -> Result<Vec<u8>> {
    let details = ADVKeyIndexList {
        raw_id: Some(raw_id),
        timestamp: Some(time::seconds()),
        current_index: indexes.iter().max().copied(),
        valid_indexes: indexes,
        ..Default::default()
    }
    .encode_to_vec();
    let list = ADVSignedKeyIndexList {
        account_signature: Some(sign(account, &[&KEY_INDEX, &details])?),
        account_signature_key: Some(account.public_key().public_key_bytes().to_vec()),
        details: Some(details),
    };
    Ok(list.encode_to_vec())
}
