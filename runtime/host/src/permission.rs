//! The one place that decides whether a plugin may make a host call.

use crate::{plugin::Plugin, worker::Ongoing};
use manifest_schema::{manifest::CapabilityKind, names::ChannelName, permissions::ChannelPermission};
use runtime_protocol::CallKind;

/// What a host call wants to reach.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted<'a> {
    /// To send, reply or react on a channel.
    Channel(&'a str, ChannelPermission),
    /// To keep data.
    Storage,
    /// To fetch from the network; the origin itself is judged with each request, redirects too.
    Network,
    /// To call a tool.
    Tool,
    /// To call a capability of this kind.
    Capability(CapabilityKind),
    /// To receive on this channel.
    Receive(&'a str),
}

/// Why a host call is refused, and what would allow it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Denied {
    #[error(
        "the plugin may not {} on {channel}; `permissions.channel.{channel}: [{}]` in its manifest, granted at install, would allow it",
        .permission.name(), .permission.name()
    )]
    Channel { channel: String, permission: ChannelPermission },
    #[error("a gate may not send; it changes the message that it was given, or blocks it")]
    GateSends,
    #[error("a plugin may not send in answer to the `message.sent` of its own message")]
    Echo,
    #[error(
        "the plugin may not store; `permissions.storage: 1MiB` in its manifest, granted at install, would allow it"
    )]
    Storage,
    #[error(
        "the plugin may not use the network; `permissions.network: [\"https://…\"]` in its manifest, granted at install, would allow it"
    )]
    Network,
    #[error("tools can be called only inside an `agent` call; `agent: true` in the manifest declares one")]
    Tool,
    #[error(
        "the plugin may not call `{0}`; `permissions.capabilities: [{0}]` in its manifest, granted at install, would allow it"
    )]
    Capability(CapabilityKind),
    #[error(
        "the plugin does not provide the channel `{0}`; `channels: [{0}]` in its manifest would declare it"
    )]
    Receive(String),
    #[error("a channel may not send while it delivers a message")]
    Delivering,
}

/// Declared ∩ granted ∩ policy (already in [`Plugin::permissions`]), and what the call in hand permits.
pub(crate) fn check(plugin: &Plugin, ongoing: &Ongoing, wanted: Wanted<'_>) -> Result<(), Denied> {
    let permissions = &plugin.permissions;
    match wanted {
        Wanted::Channel(..) if ongoing.kind == CallKind::Hook => Err(Denied::GateSends),
        Wanted::Channel(..) if delivers(ongoing) => Err(Denied::Delivering),
        Wanted::Channel(..) if ongoing.context.echo_of.as_deref() == Some(plugin.id.as_str()) => {
            Err(Denied::Echo)
        }
        Wanted::Channel(channel, permission) => {
            let allowed = channel
                .parse::<ChannelName>()
                .is_ok_and(|name| permissions.allows_channel(&name, permission));
            if allowed { Ok(()) } else { Err(Denied::Channel { channel: channel.to_owned(), permission }) }
        }
        Wanted::Storage => permissions.storage.map(drop).ok_or(Denied::Storage),
        Wanted::Network if permissions.network.is_empty() => Err(Denied::Network),
        Wanted::Network => Ok(()),
        Wanted::Tool if ongoing.kind == CallKind::Agent => Ok(()),
        Wanted::Tool => Err(Denied::Tool),
        Wanted::Receive(channel) if plugin.manifest.channels.iter().any(|own| own.as_str() == channel) => {
            Ok(())
        }
        Wanted::Receive(channel) => Err(Denied::Receive(channel.to_owned())),
        Wanted::Capability(kind) if permissions.capabilities.contains(&kind) => Ok(()),
        Wanted::Capability(kind) => Err(Denied::Capability(kind)),
    }
}

/// Whether a channel of a plugin is being asked to deliver on the way here: a message that sends another would never end.
fn delivers(ongoing: &Ongoing) -> bool {
    ongoing.context.capabilities.iter().any(|key| key.starts_with("channel/"))
}
