//! The tools of channels: what an agent can do on WhatsApp by name, as with a plugin's tools. They go the way of every message.

use super::{Caller, Core, Outgoing, Sender, deliver::raw};
use crate::{
    channel::whatsapp::CHANNEL,
    identity,
    tool::{Tool, ToolError},
    worker::CallContext,
};
use manifest_schema::{manifest, names::AgentName};
use runtime_protocol::{Body, FileToSend};
use serde_json::{Value, json, value::RawValue};
use std::sync::{Arc, LazyLock};

/// The owner that is named beside these tools.
pub(crate) const OWNER: &str = CHANNEL;

/// One of them.
pub(crate) struct ChannelTool {
    pub(crate) tool: Tool,
    body: fn(&Input<'_>) -> Option<Body>,
}

/// An input that fits its schema.
struct Input<'a>(&'a Value);

impl Input<'_> {
    /// The first of these members that is there.
    fn text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.0.get(name)?.as_str().map(str::to_owned))
    }

    fn chat(&self) -> Option<String> {
        self.text(&["to", "chat"])
    }

    fn message(&self) -> Option<String> {
        self.text(&["reply_to_msg_id", "msg_id"])
    }
}

static TOOLS: LazyLock<Vec<ChannelTool>> = LazyLock::new(|| {
    let chat = [
        ("to", "The chat: a phone number such as +573001112233, or a WhatsApp address."),
        ("chat", "The same under another name."),
    ];
    let message = [("msg_id", "The id of the message."), ("reply_to_msg_id", "The same under another name.")];
    let text = [("text", "What to say.")];
    let emoji = [("emoji", "The emoji; none takes a reaction back.")];
    let file =
        [("file_path", "A file that came in, by its `local_path`."), ("url", "A file on the network.")];
    let about = [
        ("caption", "What to say about it."),
        ("mime", "Its type, such as image/png."),
        ("file_name", "Its name."),
    ];
    let made = [
        make("whatsapp_send_message", "Sends a text on WhatsApp", &[&chat, &text], &[], |input| {
            Some(Body::Text { text: input.text(&["text"])? })
        }),
        make(
            "whatsapp_send_reply",
            "Answers a message on WhatsApp",
            &[&chat, &message, &text],
            &[],
            |input| Some(Body::Reply { reply_to: input.message()?, text: input.text(&["text"])? }),
        ),
        make(
            "whatsapp_send_reaction",
            "Reacts to a message on WhatsApp",
            &[&chat, &message, &emoji],
            &[],
            |input| Some(Body::Reaction { message_id: input.message()?, emoji: input.text(&["emoji"])? }),
        ),
        make("whatsapp_send_media", "Sends a file on WhatsApp", &[&chat, &file], &about, |input| {
            Some(Body::Media(FileToSend {
                file_path: input.text(&["file_path"]),
                url: input.text(&["url"]),
                base64: None,
                mime: input.text(&["mime"]),
                file_name: input.text(&["file_name"]),
                caption: input.text(&["caption"]),
            }))
        }),
    ];
    made.into_iter().flatten().collect()
});

/// A tool whose input has a member of each group, and may have the others. `None` only for a declaration that no plugin could make either.
fn make(
    name: &str,
    description: &str,
    groups: &[&[(&str, &str)]],
    others: &[(&str, &str)],
    body: fn(&Input<'_>) -> Option<Body>,
) -> Option<ChannelTool> {
    let mut properties =
        json!({ "instance": { "type": "string", "description": "The account, where there are several." } });
    for (member, meaning) in groups.concat().iter().chain(others) {
        properties[*member] = json!({ "type": "string", "description": meaning });
    }
    let one_of_each: Vec<Value> = groups
        .iter()
        .map(|group| json!({ "anyOf": group.iter().map(|(name, _)| json!({ "required": [name] })).collect::<Vec<_>>() }))
        .collect();
    let input = json!({ "type": "object", "additionalProperties": false, "properties": properties, "allOf": one_of_each });
    let output =
        json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": "string" } } });
    let declared = manifest::Tool {
        name: name.parse().ok()?,
        description: format!("{description}. Done means that it is in the durable outbox."),
        input,
        output: Some(output),
        optional: false,
        side_effects: true,
        rate_limit: None,
    };
    Some(ChannelTool { tool: Tool::new(declared), body })
}

impl Core {
    /// The channels' tools, as far as there are such channels.
    pub(crate) fn channel_tools(&self) -> &'static [ChannelTool] {
        if self.has_channel(CHANNEL) { &TOOLS } else { &[] }
    }

    pub(super) fn channel_tool(&self, name: &str) -> Option<&'static ChannelTool> {
        self.channel_tools().iter().find(|known| known.tool.declared.name.as_str() == name)
    }

    /// Sends what a call of a channel's tool says.
    pub(super) async fn call_channel_tool(
        self: &Arc<Self>,
        known: &ChannelTool,
        value: &Value,
        caller: &Caller,
        context: &CallContext,
    ) -> Result<Box<RawValue>, ToolError> {
        known.tool.check_input(value)?;
        let (name, input) = (known.tool.declared.name.to_string(), Input(value));
        let (to, body) = input.chat().zip((known.body)(&input)).ok_or_else(|| ToolError::Input {
            tool: name.clone(),
            violations: "a member is missing".to_owned(),
        })?;
        let agent = match caller {
            Caller::Agent(agent) => Some(agent.clone()),
            Caller::Operator => None,
        };
        let instance = input.text(&["instance"]).or_else(|| self.own_instance(agent.as_ref(), context));
        let outgoing = Outgoing {
            id: identity::outbound_id(
                &context.cause,
                &caller.to_string(),
                &context.next_ordinal().to_string(),
            ),
            channel: CHANNEL.to_owned(),
            instance: instance.unwrap_or_else(|| "default".to_owned()),
            to,
            body,
            sender: agent.clone().map_or(Sender::Rpc, Sender::Agent),
            agent,
        };
        let sent = self.send(outgoing).await;
        let id = sent.map_err(|source| ToolError::Send { tool: name, source })?;
        Ok(raw(&json!({ "id": id })))
    }

    /// The account that the message in hand came in on, or the one that the agent is bound to.
    fn own_instance(&self, agent: Option<&AgentName>, context: &CallContext) -> Option<String> {
        let in_hand = context.account.as_ref().filter(|(channel, _)| channel == CHANNEL);
        if let Some((_, instance)) = in_hand {
            return Some(instance.clone());
        }
        let set = self.bus.set();
        let bound = set.agents.get(agent?)?.bindings.iter().find(|bound| bound.channel.as_str() == CHANNEL);
        bound.map(|bound| bound.instance.to_string())
    }
}
