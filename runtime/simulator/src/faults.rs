//! What can go wrong on command.

use crate::app_state::Setting;
use crate::error::Result;
use crate::server::Simulator;
use crate::stanza::notification;
use crate::world::Out;
use serde::{Deserialize, Serialize};
use whatsapp_rs::wacore_binary::builder::NodeBuilder;

/// What goes wrong by chance, in percent of the messages, and how slow the line is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// To a device: comes twice.
    pub twice: u8,
    /// To a device: is lost until it connects again.
    pub lost: u8,
    /// To a device: comes after the next.
    pub overtaken: u8,
    /// From a device: is lost, and the connection breaks.
    pub swallowed: u8,
    /// To a device: how long each stanza takes, in milliseconds.
    pub delay_ms: u16,
}

/// What becomes of a message to a device.
pub(crate) enum Fate {
    Delivered,
    Twice,
    Lost,
    Overtaken,
}

impl Faults {
    pub(crate) fn fate(&self) -> Fate {
        let chance = rand::random::<u8>() % 100;
        let (twice, lost) = (self.twice, self.twice.saturating_add(self.lost));
        match chance {
            chance if chance < twice => Fate::Twice,
            chance if chance < lost => Fate::Lost,
            chance if chance < lost.saturating_add(self.overtaken) => Fate::Overtaken,
            _ => Fate::Delivered,
        }
    }

    /// Whether a message from a device is lost.
    pub(crate) fn swallows(&self) -> bool {
        rand::random::<u8>() % 100 < self.swallowed
    }
}

impl Simulator {
    /// Sets what goes wrong from now on.
    pub async fn set_faults(&self, faults: Faults) {
        self.world().await.faults = faults;
    }

    /// The owner removes all linked devices on the phone: those that are connected are told so.
    ///
    /// # Errors
    /// [`crate::SimulatorError::Unknown`].
    pub async fn unlink(&self, account: &str) -> Result<()> {
        let mut world = self.world().await;
        for (_, device) in world.account(account)?.devices.drain() {
            let Some((_, outbox)) = device.connection else { continue };
            let removed = NodeBuilder::new("conflict").attr("type", "device_removed").build();
            let error = NodeBuilder::new("stream:error").attr("code", "401").children([removed]).build();
            let _ = outbox.send(Out::Stanza(error));
            let _ = outbox.send(Out::Close);
        }
        Ok(())
    }

    /// Cuts the connections of an account's devices.
    ///
    /// # Errors
    /// The same.
    pub async fn cut(&self, account: &str) -> Result<()> {
        self.world().await.account(account)?.devices.values_mut().for_each(crate::world::Device::cut);
        Ok(())
    }

    /// The connections of an account's devices stay open, and nothing passes any more. What they are sent waits for the next.
    ///
    /// # Errors
    /// The same.
    pub async fn freeze(&self, account: &str) -> Result<()> {
        self.world().await.account(account)?.devices.values_mut().for_each(crate::world::Device::freeze);
        Ok(())
    }

    /// Somebody else connects as an account's devices: WhatsApp ends their connections for it.
    ///
    /// # Errors
    /// The same.
    pub async fn replace(&self, account: &str) -> Result<()> {
        self.world().await.account(account)?.devices.values_mut().for_each(crate::world::Device::replaced);
        Ok(())
    }

    /// The owner mutes a chat on the phone, or ends that.
    ///
    /// # Errors
    /// The same.
    pub async fn mute(&self, account: &str, chat: &str, muted: bool) -> Result<()> {
        self.set(account, Setting::muted(chat, muted)).await
    }

    /// The owner archives a chat on the phone, or takes it back.
    ///
    /// # Errors
    /// The same.
    pub async fn archive(&self, account: &str, chat: &str, archived: bool) -> Result<()> {
        self.set(account, Setting::archived(chat, archived)).await
    }

    async fn set(&self, account: &str, setting: Setting) -> Result<()> {
        let name = setting.collection;
        let mut world = self.world().await;
        let account = world.account(account)?;
        account.set(setting)?;
        let version = account.collections.get(name).map_or(0, crate::app_state::Collection::version);
        for device in account.devices.values_mut() {
            let collection =
                NodeBuilder::new("collection").attr("name", name).attr("version", version).build();
            device.deliver(notification(&self.next_id(), "server_sync", collection));
        }
        Ok(())
    }
}
