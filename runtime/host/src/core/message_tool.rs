//! The tool `message`: one tool for whatever can be done with a message on whichever channel, and what that is on each.

use super::{Caller, Core, Outgoing, Sender, deliver::raw};
use crate::{
    client::{ActionInfo, ChannelActions},
    identity,
    tool::{Tool, ToolError},
    worker::CallContext,
};
use manifest_schema::{
    manifest::{self, MessageAction},
    project::MESSAGE_TOOL,
};
use runtime_protocol::Message;
use serde_json::{Map, Value, json, value::RawValue};
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

/// The owner that is named beside the tool.
pub(super) const OWNER: &str = "wa";

/// Members that name a file: one of them is needed where there is a file.
const MEDIA: [&str; 2] = ["file_path", "url"];

/// What each member of an input means.
const MEMBERS: [(&str, &str, &str); 15] = [
    ("channel", "string", "The channel, such as `whatsapp`; that of the message in hand where absent."),
    ("instance", "string", "The account, where the channel has several."),
    ("to", "string", "The chat."),
    ("text", "string", "What to say."),
    ("reply_to", "string", "The id of the message that is answered."),
    ("message_id", "string", "The id of the message that something is done to."),
    ("emoji", "string", "The emoji; an empty one takes a reaction back."),
    ("file_path", "string", "A file that came in, by its `local_path`."),
    ("url", "string", "A file on the network."),
    ("mime", "string", "The file's type, such as image/png."),
    ("file_name", "string", "The file's name."),
    ("caption", "string", "What to say about the file."),
    ("question", "string", "What to ask."),
    ("options", "array", "The answers to choose from: 2 to 12."),
    ("choices", "integer", "How many may be chosen; one where absent."),
];

/// The members that an action needs, and those that it may have beside the address.
const fn members(action: MessageAction) -> (&'static [&'static str], &'static [&'static str]) {
    match action {
        MessageAction::Send => (&["text"], &[]),
        MessageAction::Reply => (&["reply_to", "text"], &[]),
        MessageAction::React => (&["message_id", "emoji"], &[]),
        MessageAction::Media => (&[], &["file_path", "url", "mime", "file_name", "caption"]),
        MessageAction::VoiceNote => (&[], &["file_path", "url", "mime", "file_name"]),
        MessageAction::Edit => (&["message_id", "text"], &[]),
        MessageAction::Revoke => (&["message_id"], &[]),
        MessageAction::Poll => (&["question", "options"], &["choices"]),
    }
}

const fn takes_file(action: MessageAction) -> bool {
    matches!(action, MessageAction::Media | MessageAction::VoiceNote)
}

static TOOL: LazyLock<Option<Tool>> = LazyLock::new(|| {
    let names = MEMBERS.map(|(name, ..)| name);
    let mut input = schema(&["action", "to"], &names);
    let actions = MessageAction::ALL.map(MessageAction::name);
    input["properties"]["action"] = json!({
        "enum": actions,
        "description": "What to do. Not every channel can do everything; `message.describe` tells what one can.",
    });
    let output =
        json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": "string" } } });
    let description = "Sends on whichever channel: a text, an answer, a reaction, a file, a poll; or changes or takes back what was sent. \
                       Done means that it is in the durable outbox.";
    Some(Tool::new(manifest::Tool {
        name: MESSAGE_TOOL.parse().ok()?,
        description: description.to_owned(),
        input,
        output: Some(output),
        optional: false,
        side_effects: true,
        rate_limit: None,
    }))
});

/// The schema of an object with these members.
fn schema(required: &[&str], names: &[&str]) -> Value {
    let mut properties = Map::new();
    for (name, kind, meaning) in MEMBERS.iter().filter(|(name, ..)| names.contains(name)) {
        let mut property = json!({ "type": kind, "description": meaning });
        if *kind == "array" {
            property["items"] = json!({ "type": "string" });
        }
        properties.insert((*name).to_owned(), property);
    }
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}

impl Core {
    /// The tool, where there is any channel.
    pub(crate) fn message_tool(&self) -> Option<&'static Tool> {
        let any = self.channels.get().is_some_and(|channels| !channels.is_empty());
        TOOL.as_ref().filter(|_| any)
    }

    /// What can be done on each channel, or on one.
    pub(crate) fn message_actions(&self, channel: Option<&str>) -> Vec<ChannelActions> {
        let mut described: BTreeMap<&str, ChannelActions> = BTreeMap::new();
        for ((name, instance), account) in self.channels.get().into_iter().flatten() {
            if channel.is_some_and(|wanted| wanted != name) {
                continue;
            }
            let entry = described.entry(name).or_insert_with(|| ChannelActions {
                channel: name.clone(),
                instances: Vec::new(),
                actions: MessageAction::ALL
                    .into_iter()
                    .filter(|action| account.takes(action.kind()))
                    .map(describe)
                    .collect(),
            });
            entry.instances.push(instance.clone());
        }
        described.into_values().collect()
    }

    /// Does what a call of the tool says, by the way of every message.
    pub(super) async fn call_message_tool(
        self: &Arc<Self>,
        tool: &Tool,
        value: Value,
        caller: &Caller,
        context: &CallContext,
    ) -> Result<Box<RawValue>, ToolError> {
        tool.check_input(&value)?;
        let wrong = |violations: String| ToolError::Input { tool: MESSAGE_TOOL.to_owned(), violations };
        let Value::Object(mut members) = value else { return Err(wrong("it is no object".to_owned())) };
        let action = members.remove("action");
        let action = action.and_then(|action| serde_json::from_value::<MessageAction>(action).ok());
        let action = action.ok_or_else(|| wrong("`action` is missing".to_owned()))?;
        if takes_file(action) && !MEDIA.iter().any(|name| members.contains_key(*name)) {
            return Err(wrong("`file_path` or `url` is missing".to_owned()));
        }
        let message = Message::read(members, action.kind()).map_err(wrong)?;
        let agent = match caller {
            Caller::Agent(agent) => Some(agent.clone()),
            Caller::Operator => None,
        };
        let (channel, instance) = match (message.channel, &context.account) {
            (Some(channel), Some((own, account))) if channel == *own => {
                (channel, message.instance.unwrap_or_else(|| account.clone()))
            }
            (Some(channel), _) => (channel, message.instance.unwrap_or_else(|| "default".to_owned())),
            (None, Some((own, account))) => {
                (own.clone(), message.instance.unwrap_or_else(|| account.clone()))
            }
            (None, None) => {
                return Err(wrong("no message is in hand, so `channel` must be named".to_owned()));
            }
        };
        let ordinal = context.next_ordinal().to_string();
        let outgoing = Outgoing {
            id: identity::outbound_id(&context.cause, &caller.to_string(), &ordinal),
            channel,
            instance,
            to: message.to,
            body: message.body,
            sender: agent.clone().map_or(Sender::Rpc, Sender::Agent),
            agent,
        };
        let sent = self.send(outgoing).await;
        let id = sent.map_err(|source| ToolError::Send { tool: MESSAGE_TOOL.to_owned(), source })?;
        Ok(raw(&json!({ "id": id })))
    }
}

fn describe(action: MessageAction) -> ActionInfo {
    let (needed, others) = members(action);
    let address = ["channel", "instance", "to"];
    let names: Vec<&str> = address.iter().chain(needed).chain(others).copied().collect();
    let required: Vec<&str> = std::iter::once("to").chain(needed.iter().copied()).collect();
    ActionInfo {
        action,
        input: schema(&required, &names),
        media: if takes_file(action) { MEDIA.map(str::to_owned).to_vec() } else { Vec::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_makes_a_message_of_its_members() {
        for action in MessageAction::ALL {
            let (needed, _) = members(action);
            let mut input = Map::new();
            input.insert("to".to_owned(), json!("me"));
            for name in needed {
                let value = if *name == "options" { json!(["a", "b"]) } else { json!("x") };
                input.insert((*name).to_owned(), value);
            }
            let message = Message::read(input.clone(), action.kind()).unwrap();
            assert_eq!(message.body.kind(), action.kind());
            assert!(
                TOOL.as_ref()
                    .unwrap()
                    .check_input(&{
                        input.insert("action".to_owned(), json!(action));
                        Value::Object(input)
                    })
                    .is_ok()
            );
            let described = describe(action).input;
            assert!(
                described["required"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|name| described["properties"].get(name.as_str().unwrap()).is_some())
            );
        }
    }
}
