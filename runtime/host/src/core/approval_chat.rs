//! Approvals by chat: the question goes to one chat, and its answers come from there.

use super::{
    Core, Outgoing, Sender,
    approvals::{ApprovalInfo, Decision},
};
use manifest_schema::project::ApprovalChat;
use runtime_protocol::Body;
use serde_json::{Map, Value};
use std::sync::Arc;

impl Core {
    /// Sends a question to the chat that answers them, if there is one.
    pub(super) fn ask_in_chat(self: &Arc<Self>, info: &ApprovalInfo) {
        let Some(chat) = self.bus.set().approval_chat().cloned() else { return };
        let ApprovalInfo { id, asked_by, title, description, .. } = info;
        let more = if description.is_empty() { String::new() } else { format!("\n{description}") };
        let text = format!("{title}{more}\n(asked by {asked_by})\nAnswer `allow {id}` or `deny {id}`.");
        let outgoing = Outgoing {
            id: format!("out_{id}"),
            channel: chat.channel.to_string(),
            instance: chat.instance.to_string(),
            to: chat.chat,
            body: Body::Text { text },
            sender: Sender::Host,
            agent: None,
        };
        let core = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = core.send(outgoing).await {
                core.trouble(format!("the question could not be put to the chat for approvals: {error}"));
            }
        });
    }

    /// Takes a message as the answer to a question; false where it is none, and anybody's to read.
    pub(super) fn answers_approval(&self, event: &Map<String, Value>) -> bool {
        let set = self.bus.set();
        let Some(chat) = set.approval_chat() else { return false };
        let text = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default();
        let is_there = text("channel") == chat.channel.as_str()
            && text("instance") == chat.instance.as_str()
            && self.is_chat(chat, text("chat"));
        if !is_there {
            return false;
        }
        let mut words = text("text").split_whitespace();
        let (Some(word), Some(id)) = (words.next(), words.next()) else { return false };
        let decision = match word.to_lowercase().as_str() {
            "allow" => Decision::Allow,
            "deny" => Decision::Deny("it was denied in the chat".to_owned()),
            _ => return false,
        };
        self.approvals.answer(id, decision)
    }

    fn is_chat(&self, named: &ApprovalChat, chat: &str) -> bool {
        let account = self.channel(named.channel.as_str(), named.instance.as_str());
        account.is_some_and(|account| account.address(&named.chat).is_ok_and(|address| address == chat))
    }
}
