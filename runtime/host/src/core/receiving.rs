//! What comes in on a channel that a plugin provides: journalled first, then the same way as all messages.

use super::{
    Core,
    arrival::{Arrival, What},
    inbound::AcceptError,
};
use crate::{channel::PluginChannel, plugin::Plugin};
use runtime_protocol::{ErrorCode, Failure, Receive, Received, ReceivedKind};
use std::sync::Arc;

impl Core {
    /// Takes what a plugin's channel has received; durable when this returns.
    pub(super) async fn plugin_receives(
        self: &Arc<Self>,
        channel: String,
        received: Receive,
    ) -> Result<Received, Failure> {
        let arrival = arrival(channel, received).map_err(invalid)?;
        let failed = |error: AcceptError| match error {
            AcceptError::Malformed(problem) => invalid(problem.to_string()),
            other => Failure::new(ErrorCode::Unavailable, other.to_string()),
        };
        let accepted = self.accept(arrival).await.map_err(failed)?.await.map_err(failed)?;
        Ok(Received { event_id: accepted.event_id, new: accepted.new })
    }
}

/// The channel that something came in on: named, or the only one of the plugin.
pub(super) fn channel_of(plugin: &Plugin, named: Option<&str>) -> Result<String, Failure> {
    match (named, plugin.manifest.channels.as_slice()) {
        (Some(name), _) => Ok(name.to_owned()),
        (None, [only]) => Ok(only.to_string()),
        (None, _) => {
            Err(invalid("the plugin does not provide one channel, so `channel` must be named".to_owned()))
        }
    }
}

fn arrival(channel: String, received: Receive) -> Result<Arrival, String> {
    let what = what(&received)?;
    let Receive { chat, from, from_name, id, is_group, timestamp, .. } = received;
    Ok(Arrival {
        channel,
        instance: PluginChannel::INSTANCE.to_owned(),
        chat,
        key: id.clone(),
        external_id: id,
        from,
        from_name: from_name.as_deref().and_then(crate::channel::harmless),
        is_group,
        timestamp,
        what,
    })
}

fn what(received: &Receive) -> Result<What, String> {
    let need = |name: &str, value: &Option<String>| {
        value.clone().ok_or_else(|| format!("a message of this kind needs `{name}`"))
    };
    let target = || need("target", &received.target);
    let text = || need("text", &received.text);
    Ok(match received.kind {
        ReceivedKind::Text => What::Text { text: text()?, reply_to: received.reply_to.clone() },
        ReceivedKind::Reaction => {
            What::Reaction { target: target()?, emoji: received.emoji.clone().unwrap_or_default() }
        }
        ReceivedKind::Edit => What::Edit { target: target()?, text: text()? },
        ReceivedKind::Revoke => What::Revoke { target: target()? },
        ReceivedKind::Vote => What::Vote { target: target()?, options: received.options.clone() },
    })
}

fn invalid(problem: String) -> Failure {
    Failure::new(ErrorCode::InvalidParams, problem)
}
