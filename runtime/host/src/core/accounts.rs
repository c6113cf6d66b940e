//! What plugins ask of an account: who it is, whom it knows, its chats.

use super::{
    Core,
    host_calls::{account, permit, read, write},
};
use crate::{error_chain::chain, journal::JournalError, permission::Wanted, plugin::Plugin, worker::Ongoing};
use manifest_schema::permissions::ChannelPermission;
use runtime_protocol::{Account, ErrorCode, Failure, HostMethod, OneChat, OneContact, Outcome};
use serde_json::value::RawValue;

impl Core {
    pub(super) async fn plugin_asks_account(
        &self,
        plugin: &Plugin,
        ongoing: &Ongoing,
        method: HostMethod,
        params: &RawValue,
    ) -> Outcome {
        let permitted = |channel: Option<String>, instance, permission| {
            let (channel, instance) = account(channel, instance, ongoing)?;
            permit(plugin, ongoing, Wanted::Channel(&channel, permission))?;
            if self.channel(&channel, &instance).is_none() {
                let why = format!("there is no channel `{channel}` with the instance `{instance}`");
                return Err(Failure::new(ErrorCode::NotFound, why));
            }
            Ok((channel, instance))
        };
        let failed = |error: JournalError| Failure::new(ErrorCode::Unavailable, chain(&error));
        match method {
            HostMethod::SendSeen => {
                let OneChat { channel, instance, chat } = read(params)?;
                let (channel, instance) = permitted(channel, instance, ChannelPermission::Send)?;
                self.mark_seen(&channel, &instance, &chat).await?;
                write(&())
            }
            HostMethod::GetContact => {
                let OneContact { channel, instance, id } = read(params)?;
                let (channel, instance) = permitted(channel, instance, ChannelPermission::ContactsRead)?;
                write(&self.journal.contact(channel, instance, id).await.map_err(failed)?)
            }
            _ => {
                let Account { channel, instance } = read(params)?;
                let (channel, instance) = permitted(channel, instance, ChannelPermission::ContactsRead)?;
                match method {
                    HostMethod::GetContacts => {
                        write(&self.journal.contacts(channel, instance).await.map_err(failed)?)
                    }
                    HostMethod::GetChats => {
                        write(&self.journal.chats(channel, instance).await.map_err(failed)?)
                    }
                    _ => write(&self.channel(&channel, &instance).and_then(|account| account.number())),
                }
            }
        }
    }

    async fn mark_seen(&self, channel: &str, instance: &str, chat: &str) -> Result<(), Failure> {
        let Some(account) = self.channel(channel, instance) else { return Ok(()) };
        let chat = account.address(chat).map_err(|why| Failure::new(ErrorCode::InvalidParams, why))?;
        let failed = |why: String| Failure::new(ErrorCode::Unavailable, why);
        let received = self.journal.received_in(channel.to_owned(), instance.to_owned(), chat.clone()).await;
        let received = received.map_err(|error| failed(chain(&error)))?;
        account.mark_seen(&chat, &received).await.map_err(failed)
    }
}
