//! A device that is linked already: what a normal build starts from, since it pairs with WhatsApp itself only.

use crate::error::{Result, broken};
use crate::identity;
use crate::noise::public_key;
use crate::server::Simulator;
use crate::world::{Device as Linked, SignedKey, lid_jid, phone_jid};
use std::sync::Arc;
use whatsapp_rs::wacore::store::Device;
use whatsapp_rs::wacore::store::device::{CachedNoiseCert, CachedServerCertChain};

impl Simulator {
    /// Links a new device to an account and gives all that the client must know of it.
    ///
    /// # Errors
    /// [`crate::SimulatorError::Unknown`].
    pub async fn prepare(&self, phone: &str) -> Result<Device> {
        let mut device = Device::new();
        let mut world = self.world().await;
        let account = world.account(phone)?;
        let number = account.next_device;
        account.next_device += 1;
        let own = public_key(&device.identity_key);
        let endpoint = &account.endpoint;
        let vouched = identity::vouch(endpoint.identity(), &own, account.raw_id, u32::from(number))?;
        let text = identity::device_text(endpoint.identity(), &own, &vouched.details);
        let signature = device.identity_key.private_key.calculate_signature(&text, &mut rand::rng());
        let mut signed = vouched.signed;
        signed.device_signature = Some(signature.map_err(broken("a signature"))?.to_vec());

        let mut linked = Linked::new(public_key(&device.noise_key), own, device.registration_id);
        linked.signed = Some(SignedKey {
            id: device.signed_pre_key_id,
            key: device.signed_pre_key.public_key,
            signature: device.signed_pre_key_signature.to_vec(),
        });
        account.devices.insert(number, linked);

        let certificate = |key| CachedNoiseCert { key, not_before: 0, not_after: i64::MAX };
        device.server_cert_chain = Some(CachedServerCertChain {
            intermediate: certificate([0xCC; 32]),
            leaf: certificate(self.key().public()),
        });
        device.pn = Some(phone_jid(phone, number));
        device.lid = Some(lid_jid(&account.lid, number));
        device.account = Some(Arc::new(signed));
        device.push_name.clone_from(&account.name);
        Ok(device)
    }
}
