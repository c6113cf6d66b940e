//! What an account's phone does to link a device: it scans a QR code, or its owner types eight characters.

use crate::error::{Result, SimulatorError, broken, missing, unknown};
use crate::identity::{self, QrCode};
use crate::noise::{Key32, public_key};
use crate::server::Simulator;
use crate::signal::address;
use crate::stanza::{leaf, notification, request};
use crate::time;
use crate::world::{Device, Linking, Out, Unpaired, Who, World, lid_jid, meet, phone_jid};
use whatsapp_rs::wacore::crypto::hkdf_sha256_into;
use whatsapp_rs::wacore::libsignal::crypto::aes_256_gcm_decrypt;
use whatsapp_rs::wacore::libsignal::protocol::{KeyPair, PublicKey};
use whatsapp_rs::wacore::pair_code::PairCodeUtils;
use whatsapp_rs::wacore_binary::builder::NodeBuilder;

/// What the parts of the client's bundle are: a salt, a nonce, and the rest encrypted.
const SALT: usize = 32;
const NONCE: usize = 12;
/// The random part of the bundle that is in it.
const RANDOM: std::ops::Range<usize> = 64..96;

impl Simulator {
    /// The account's phone scans the QR code of a client.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`], where no client shows this code any more or there is no such account.
    pub async fn scan(&self, account: &str, code: &str) -> Result<()> {
        let code = QrCode::parse(code)?;
        let mut world = self.world().await;
        world.account(account)?;
        let unpaired =
            world.unpaired.remove(&code.reference).ok_or_else(|| unknown("QR code", &code.reference))?;
        if unpaired.noise != code.noise {
            return Err(SimulatorError::Protocol("the QR code is another client's".to_owned()));
        }
        self.link(&mut world, account, unpaired, &code.identity, &code.secret)
    }

    /// The owner types the eight characters that a client shows.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`], where no client has asked for this account; a wrong code shows only later.
    pub async fn type_code(&self, account: &str, code: &str) -> Result<()> {
        let code = code.replace('-', "");
        let mut world = self.world().await;
        let identity = world.account(account)?.endpoint.identity_key();
        let shown = world.codes.get_mut(account).ok_or_else(|| unknown("code for", account))?;
        let theirs = PairCodeUtils::decrypt_primary_ephemeral_pub(&shown.wrapped, &code)
            .map_err(broken("the client's key"))?;
        let own = KeyPair::generate(&mut rand::rng());
        let wrapped = PairCodeUtils::encrypt_ephemeral_pub(&public_key(&own), &code);
        shown.keys = Some((own, theirs));
        let (connection, reference) = (shown.connection, shown.reference.clone());
        let hello = NodeBuilder::new("link_code_companion_reg").attr("stage", "primary_hello").children([
            leaf("link_code_pairing_wrapped_primary_ephemeral_pub", wrapped.to_vec()),
            leaf("primary_identity_pub", identity.to_vec()),
            leaf("link_code_pairing_ref", reference),
        ]);
        let hello = notification(&self.next_id(), "link_code_companion_reg", hello.build());
        let client = world.unpaired.values().find(|client| client.connection == connection);
        let _ = client.ok_or_else(|| missing("the client"))?.outbox.send(Out::Stanza(hello));
        Ok(())
    }

    /// The client's answer to the typed code: with the right code, both now know one secret.
    pub(crate) fn finish_code(
        &self,
        world: &mut World,
        connection: u64,
        bundle: &[u8],
        identity: Key32,
    ) -> Result<()> {
        let found = world.codes.iter().find(|(_, shown)| shown.connection == connection);
        let account = found.map(|(account, _)| account.clone()).ok_or_else(|| missing("the code"))?;
        let shown = world.codes.remove(&account).ok_or_else(|| missing("the code"))?;
        let (own, theirs) = shown.keys.ok_or_else(|| missing("the phone's hello"))?;
        let shared = agree(&own, &theirs)?;
        let random = open_bundle(&shared, bundle)?;
        let endpoint = &world.account(&account)?.endpoint;
        let client = PublicKey::from_djb_public_key_bytes(&identity).map_err(broken("its identity"))?;
        let identities = endpoint.identity().private_key().calculate_agreement(&client);
        let identities = identities.map_err(broken("its identity"))?;
        let mut secret = [0; 32];
        let all = [&shared[..], &identities[..], &random[..]].concat();
        hkdf_sha256_into(&all, None, b"adv_secret", &mut secret).map_err(broken("the secret"))?;
        let reference = world.unpaired.iter().find(|(_, client)| client.connection == connection);
        let reference =
            reference.map(|(reference, _)| reference.clone()).ok_or_else(|| missing("the client"))?;
        let unpaired = world.unpaired.remove(&reference).ok_or_else(|| missing("the client"))?;
        self.link(world, &account, unpaired, &identity, &secret)
    }

    fn link(
        &self,
        world: &mut World,
        phone: &str,
        client: Unpaired,
        identity: &Key32,
        secret: &Key32,
    ) -> Result<()> {
        let account = world.account(phone)?;
        let number = account.next_device;
        account.next_device += 1;
        let vouched =
            identity::vouch(account.endpoint.identity(), identity, account.raw_id, u32::from(number))?;
        let mut device = Device::new(client.noise, *identity, client.registration);
        device.signed = client.signed;
        account.devices.insert(number, device);
        let device = NodeBuilder::new("device").attr("jid", phone_jid(phone, number));
        let success = NodeBuilder::new("pair-success").children([
            leaf("device-identity", vouched.sealed(secret)),
            NodeBuilder::new("platform").attr("name", "android").build(),
            device.attr("lid", lid_jid(&account.lid, number)).build(),
        ]);
        let id = self.next_id();
        let linking = Linking {
            phone: phone.to_owned(),
            details: vouched.details,
            identity: *identity,
            request: id.clone(),
        };
        world.linking.insert(client.connection, linking);
        let _ = client.outbox.send(Out::Stanza(request(&id, success.build())));
        Ok(())
    }

    /// The phone gives a new device the key to what they synchronise.
    pub(crate) async fn share_sync_key(&self, world: &mut World, who: &Who) -> Result<()> {
        let account = world.account(&who.phone)?;
        let (message, name) = (account.sync_key.share(), account.name.clone());
        let jid = phone_jid(&who.phone, who.device);
        let device = account.devices.get_mut(&who.device).ok_or_else(|| missing("the device"))?;
        meet(&mut account.endpoint, &jid, device).await?;
        let encrypted = account.endpoint.encrypt(&address(&jid), &message).await?;
        let stanza = NodeBuilder::new("message")
            .attr("id", self.next_id())
            .attr("from", phone_jid(&who.phone, 0))
            .attr("type", "text")
            .attr("category", "peer")
            .attr("t", time::seconds())
            .attr("notify", name)
            .children([crate::people::enc(encrypted.kind, encrypted.bytes)])
            .build();
        // It comes at once, before the device says that it is ready.
        match &device.connection {
            Some((_, outbox)) => drop(outbox.send(Out::Stanza(stanza))),
            None => device.waiting.push_back(stanza),
        }
        Ok(())
    }
}

fn agree(own: &KeyPair, theirs: &Key32) -> Result<Vec<u8>> {
    let theirs = PublicKey::from_djb_public_key_bytes(theirs).map_err(broken("its key"))?;
    Ok(own.private_key.calculate_agreement(&theirs).map_err(broken("its key"))?.to_vec())
}

fn open_bundle(shared: &[u8], bundle: &[u8]) -> Result<Vec<u8>> {
    let short = || missing("a part of the bundle");
    let (salt, rest) = bundle.split_at_checked(SALT).ok_or_else(short)?;
    let (nonce, encrypted) = rest.split_at_checked(NONCE).ok_or_else(short)?;
    let mut key = [0; 32];
    let purpose = b"link_code_pairing_key_bundle_encryption_key";
    hkdf_sha256_into(shared, Some(salt), purpose, &mut key).map_err(broken("the bundle's key"))?;
    let mut plain = Vec::new();
    let nonce = nonce.try_into().map_err(|_| short())?;
    aes_256_gcm_decrypt(&key, nonce, b"", encrypted, &mut plain).map_err(broken("the bundle"))?;
    plain.get(RANDOM).map(<[u8]>::to_vec).ok_or_else(short)
}
