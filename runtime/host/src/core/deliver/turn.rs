//! The turn of an agent: its handler answers within the rules of the channel, and the answer goes out.

use super::{Delivery, End, Failed, raw};
use crate::{
    channel::TurnRules,
    core::{Outgoing, SendError, Sender},
    notice::Notice,
    set::RunningSet,
};
use manifest_schema::names::{AgentName, PluginId};
use runtime_protocol::{Body, CallKind};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use std::time::Duration;

/// How often a chat is told that the agent is still writing; WhatsApp forgets it after a while.
const STILL_TYPING: Duration = Duration::from_secs(10);

impl Delivery {
    /// One turn of an agent: its handler answers, and the answer goes out.
    pub(super) async fn turn(&self, name: &AgentName) -> Result<(), Failed> {
        let set = self.core.bus.set();
        let Some(agent) = set.agents.get(name) else {
            return Err(Failed::Finally(format!("there is no agent `{name}`")));
        };
        if !self.gate_turn(name).await? {
            return Ok(());
        }
        let text = match (&agent.handler, &agent.model) {
            (Some(handler), _) => self.ask_handler(&set, name, handler).await?,
            (None, Some(model)) => self.ask_model(name, agent, model).await?,
            (None, None) => {
                return Err(Failed::Finally(format!(
                    "agent `{name}` has neither a handler nor a model; `agents.{name}.handler` or `.model` in wa.yaml names one"
                )));
            }
        };
        self.core.announce("agent.finished", json!({ "agent": name, "message_event_id": self.event_id }));
        let Some(text) = text else { return Ok(()) };
        match self.core.send(self.outgoing(name, "reply", text)).await {
            Ok(_) | Err(SendError::Blocked { .. }) => Ok(()),
            Err(SendError::Stopping) => Err(Failed::Stopping),
            Err(
                error @ (SendError::GateFailed { .. } | SendError::Journal(_) | SendError::NotRecorded(_)),
            ) => Err(Failed::Again(error.to_string())),
            Err(error) => Err(Failed::Finally(error.to_string())),
        }
    }

    /// What the plugin says that answers for the agent.
    async fn ask_handler(
        &self,
        set: &RunningSet,
        name: &AgentName,
        handler: &PluginId,
    ) -> Result<Option<String>, Failed> {
        if set.plugins.get(handler).is_some_and(|supervisor| !supervisor.plugin.manifest.agent) {
            let why = format!(
                "plugin `{handler}` is no agent's handler; `agent: true` in its manifest would declare it as one"
            );
            return Err(Failed::Finally(why));
        }
        let mut context = self.context();
        context.agent = Some(name.clone());
        let turn = raw(&json!({ "agent": name, "message": self.event }));
        let answer = self.call(handler, CallKind::Agent, String::new(), turn, context).await?;
        reply(&answer)
    }

    /// An agent's turn as its channel wants it: seen to be typing, and not for ever.
    pub(super) async fn within_rules(&self, agent: &AgentName, turn: impl Future<Output = End>) -> End {
        let (channel, instance, chat) = (self.field("channel"), self.field("instance"), self.field("chat"));
        let Some(account) = self.core.channel(&channel, &instance).cloned() else { return turn.await };
        let TurnRules { limit, apology, typing_after } = account.turn_rules();
        let mut typing_in = typing_after;
        let over = maybe(limit);
        tokio::pin!(turn, over);
        let end = loop {
            tokio::select! {
                end = &mut turn => break Some(end),
                () = &mut over => break None,
                () = maybe(typing_in) => {
                    account.show_typing(&chat, true).await;
                    typing_in = Some(STILL_TYPING);
                }
            }
        };
        if typing_in != typing_after {
            account.show_typing(&chat, false).await;
        }
        match end {
            Some(end) => end,
            None => self.took_too_long(agent, limit.unwrap_or_default(), apology).await,
        }
    }

    /// The agent's time is over.
    async fn took_too_long(&self, agent: &AgentName, waited: Duration, apology: Option<String>) -> End {
        self.core.notices().send(Notice::AgentTimedOut {
            agent: agent.clone(),
            event_id: self.event_id.clone(),
            waited,
        });
        let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
        let (channel, instance, chat) = (self.field("channel"), self.field("instance"), self.field("chat"));
        let told =
            json!({ "agent": agent, "chat": chat, "msg_id": self.field("id"), "waited_ms": waited_ms });
        self.core.tell("bridge.timeout", (&channel, &instance), &chat, &self.event_id, told);
        let Some(text) = apology else { return End::Delivered };
        match self.core.send(self.outgoing(agent, "apology", text)).await {
            Err(SendError::Stopping) => End::Interrupted,
            _ => End::Delivered,
        }
    }

    /// A member of the event; empty where it is no text.
    pub(super) fn field(&self, key: &str) -> String {
        self.event.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// What an agent says to the chat; `what` tells its messages about one event apart.
    fn outgoing(&self, agent: &AgentName, what: &str, text: String) -> Outgoing {
        Outgoing {
            id: crate::identity::outbound_id(&self.event_id, &format!("agent:{agent}"), what),
            channel: self.field("channel"),
            instance: self.field("instance"),
            to: self.field("chat"),
            body: Body::Text { text },
            sender: Sender::Agent(agent.clone()),
            agent: Some(agent.clone()),
        }
    }
}

/// The text of an agent's answer; `None` where it has nothing to say.
fn reply(answer: &RawValue) -> Result<Option<String>, Failed> {
    #[derive(Deserialize)]
    struct Reply {
        text: Option<String>,
    }
    let reply: Option<Reply> = serde_json::from_str(answer.get()).map_err(|error| {
        Failed::Finally(format!("the agent's answer is not `{{text}}` or nothing: {error}"))
    })?;
    Ok(reply.and_then(|reply| reply.text).filter(|text| !text.is_empty()))
}

/// Ends after a time, or never.
async fn maybe(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}
