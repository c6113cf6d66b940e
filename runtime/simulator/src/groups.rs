//! What people do about groups: who is in them, and what they are called.

use crate::error::{Result, unknown};
use crate::server::Simulator;
use crate::time;
use crate::world::{World, phone_jid};
use serde::{Deserialize, Serialize};
use whatsapp_rs::wacore_binary::Node;
use whatsapp_rs::wacore_binary::builder::NodeBuilder;

/// What somebody does about a group; members are phone numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GroupChange {
    /// Takes these in.
    Add(Vec<String>),
    /// Puts these out.
    Remove(Vec<String>),
    /// Makes administrators of these.
    Promote(Vec<String>),
    /// Gives it this name.
    Rename(String),
    /// Lets administrators alone write.
    Lock,
}

impl GroupChange {
    /// As the server tells it.
    fn node(&self) -> Node {
        let people = |tag: &'static str, members: &[String]| {
            let one =
                |member: &String| NodeBuilder::new("participant").attr("jid", phone_jid(member, 0)).build();
            NodeBuilder::new(tag).children(members.iter().map(one)).build()
        };
        match self {
            Self::Add(members) => people("add", members),
            Self::Remove(members) => people("remove", members),
            Self::Promote(members) => people("promote", members),
            Self::Rename(subject) => NodeBuilder::new("subject").attr("subject", subject.as_str()).build(),
            Self::Lock => NodeBuilder::new("announcement").build(),
        }
    }
}

impl Simulator {
    /// A contact changes a group, and the devices of an account in it are told.
    ///
    /// # Errors
    /// [`crate::SimulatorError::Unknown`].
    pub async fn change_group(
        &self,
        contact: &str,
        account: &str,
        group: &str,
        change: &GroupChange,
    ) -> Result<()> {
        let id = self.next_id();
        let mut world = self.world().await;
        let World { accounts, contacts, groups, .. } = &mut *world;
        let changed = groups.get_mut(group).ok_or_else(|| unknown("group", group))?;
        let contact = contacts.get(contact).ok_or_else(|| unknown("contact", contact))?;
        let account = accounts.get_mut(account).ok_or_else(|| unknown("account", account))?;
        match change {
            GroupChange::Add(members) => changed.members.extend_from_slice(members),
            GroupChange::Remove(members) => changed.members.retain(|member| !members.contains(member)),
            GroupChange::Rename(subject) => changed.subject.clone_from(subject),
            GroupChange::Promote(_) | GroupChange::Lock => {}
        }
        for device in account.devices.values_mut() {
            let told = NodeBuilder::new("notification")
                .attr("id", id.as_str())
                .attr("type", "w:gp2")
                .attr("from", format!("{group}@g.us"))
                .attr("participant", phone_jid(&contact.phone, 0))
                .attr("t", time::seconds())
                .children([change.node()]);
            device.deliver(told.build());
        }
        drop(world);
        self.changed();
        Ok(())
    }
}
