//! Gates: plugins that look at a message before it goes on, and may change or stop it.

use super::{
    Core,
    approvals::{Decision, Question},
    deliver::raw,
};
use crate::{
    bus::Bus as _,
    payload,
    set::GateKeeper,
    worker::{CallContext, CallError, Patience, PluginCall},
};
use audit_log::{Action, Actor, Detail, Event, Outcome};
use manifest_schema::{
    manifest::{HookMode, OnFailure},
    names::PluginId,
};
use runtime_protocol::CallKind;
use serde_json::{Map, Value, value::RawValue};
use std::sync::Arc;

/// The fields that a gate may change. Who gets a message, through what and in answer to what is not a gate's to decide, nor is which
/// tool is called, or who calls it.
fn changeable(gate: &str) -> &'static [&'static str] {
    match gate {
        "tool.calling" => &["input"],
        "prompt.building" => &["instructions", "context"],
        "model.resolving" => &["provider", "model"],
        "agent.starting" => &[],
        _ => &["text", "emoji", "caption"],
    }
}

/// What the gates said together.
pub(super) enum GateOutcome {
    /// Go on, with this.
    Pass(Map<String, Value>),
    /// A gate stopped it.
    Blocked { by: PluginId, reason: String },
    /// A gate failed, and its `onFailure` is `block`.
    Failed { by: PluginId, reason: String },
    /// The host is stopping; nothing was decided.
    Stopping,
}

/// What one gate said.
enum Answer {
    Unchanged,
    Changed(Map<String, Value>),
    Block(String),
    /// A person is to decide.
    Ask(Question),
}

impl Core {
    /// Asks the plugins at a gate one after the other, each with what the one before it has left.
    pub(super) async fn run_gates(
        self: &Arc<Self>,
        gate: &'static str,
        mut message: Map<String, Value>,
        context: CallContext,
    ) -> GateOutcome {
        let set = self.bus.set();
        let context = Arc::new(context);
        for keeper in set.gate(gate) {
            if keeper.mode == HookMode::Observe {
                self.show(gate, keeper, &message, &context);
                continue;
            }
            let answer = match self.ask(gate, keeper, &message, &context).await {
                Ok(answer) => read(&answer, keeper.mode, gate, &message),
                Err(CallError::Stopping) => return GateOutcome::Stopping,
                Err(error) => Err(error.to_string()),
            };
            if answer.is_err() {
                self.note_gate(gate, keeper, &context, Action::GateFail);
            }
            match answer {
                Ok(Answer::Unchanged) => {}
                Ok(Answer::Changed(changed)) => {
                    self.note_gate(gate, keeper, &context, Action::GateChange);
                    message = changed;
                }
                Ok(Answer::Block(reason)) => {
                    self.note_gate(gate, keeper, &context, Action::GateBlock);
                    return GateOutcome::Blocked { by: keeper.plugin.clone(), reason };
                }
                Ok(Answer::Ask(question)) => {
                    let asked = self.approve(gate, &keeper.plugin, question, &message, &context);
                    if let Decision::Deny(reason) = asked.await {
                        return GateOutcome::Blocked { by: keeper.plugin.clone(), reason };
                    }
                }
                Err(reason) if keeper.on_failure == OnFailure::Block => {
                    return GateOutcome::Failed { by: keeper.plugin.clone(), reason };
                }
                Err(reason) => {
                    self.trouble(format!(
                        "the gate {gate} of plugin `{}` failed and let pass: {reason}",
                        keeper.plugin
                    ));
                }
            }
        }
        GateOutcome::Pass(message)
    }

    /// Records what a gate decided, without its words: they may be those of the message.
    fn note_gate(&self, gate: &'static str, keeper: &GateKeeper, context: &CallContext, action: Action) {
        let outcome = match action {
            Action::GateBlock => Outcome::Refused,
            Action::GateFail => Outcome::Failed,
            _ => Outcome::Done,
        };
        let event = Event::new(Actor::Plugin(keeper.plugin.to_string()), action, outcome);
        let event = event.plugin(&keeper.plugin).about(&context.cause).with(Detail::Gate, gate);
        self.environment.audit.note(event);
    }

    /// An observer gets its copy and nobody waits for it.
    fn show(
        self: &Arc<Self>,
        gate: &'static str,
        keeper: &GateKeeper,
        message: &Map<String, Value>,
        context: &Arc<CallContext>,
    ) {
        let (core, keeper, context) = (Arc::clone(self), keeper.clone(), Arc::clone(context));
        let message = message.clone();
        tokio::spawn(async move {
            if let Err(error) = core.ask(gate, &keeper, &message, &context).await {
                core.trouble(format!("plugin `{}` could not observe {gate}: {error}", keeper.plugin));
            }
        });
    }

    async fn ask(
        &self,
        gate: &'static str,
        keeper: &GateKeeper,
        message: &Map<String, Value>,
        context: &Arc<CallContext>,
    ) -> Result<Box<RawValue>, CallError> {
        let call = PluginCall {
            kind: CallKind::Hook,
            name: gate.to_owned(),
            payload: raw(message),
            timeout: keeper.timeout,
            context: Arc::clone(context),
            patience: Patience::Fail,
        };
        self.bus.request(&keeper.plugin, call).await
    }
}

/// Reads a gate's answer, as far as its mode and the payload's schema allow it.
fn read(
    answer: &RawValue,
    mode: HookMode,
    gate: &str,
    before: &Map<String, Value>,
) -> Result<Answer, String> {
    let after = match serde_json::from_str(answer.get()) {
        Ok(Value::Null) => return Ok(Answer::Unchanged),
        Ok(Value::Object(object)) => object,
        _ => return Err("it answered with something that is not an object".into()),
    };
    if after.len() == 1
        && let Some(Value::String(reason)) = after.get("block")
    {
        return Ok(Answer::Block(reason.clone()));
    }
    if after.len() == 1
        && let Some(question) = after.get("approve")
    {
        if gate != "tool.calling" {
            return Err("only calls of tools can wait for a person".into());
        }
        return Question::read(question).map(Answer::Ask);
    }
    if after == *before {
        return Ok(Answer::Unchanged);
    }
    if mode == HookMode::Block {
        return Err("it changed the message; `mode: modify` in its manifest would allow it".into());
    }
    let keys = before.keys().chain(after.keys());
    if let Some(key) =
        keys.into_iter().find(|key| before.get(*key) != after.get(*key) && !may_change(gate, before, key))
    {
        return Err(format!("it changed `{key}`, which a gate may not change"));
    }
    payload::check(gate, &Value::Object(after.clone()))
        .map_err(|problem| format!("its answer does not fit: {problem}"))?;
    Ok(Answer::Changed(after))
}

fn may_change(gate: &str, before: &Map<String, Value>, key: &str) -> bool {
    changeable(gate).contains(&key) && before.contains_key(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn draft() -> Map<String, Value> {
        let draft = json!({ "id": "out_1", "channel": "console", "instance": "default", "to": "me", "kind": "text",
            "text": "hi", "origin": { "kind": "cli", "name": "cli" } });
        draft.as_object().unwrap().clone()
    }

    fn answer(mode: HookMode, answer: Value) -> Result<Answer, String> {
        read(&raw(&answer), mode, "message.sending", &draft())
    }

    fn changed(key: &str, value: Value) -> Value {
        let mut draft = draft();
        draft.insert(key.into(), value);
        Value::Object(draft)
    }

    #[test]
    fn what_each_mode_may_answer() {
        assert!(matches!(answer(HookMode::Modify, Value::Null), Ok(Answer::Unchanged)));
        assert!(matches!(answer(HookMode::Block, Value::Object(draft())), Ok(Answer::Unchanged)));
        assert!(
            matches!(answer(HookMode::Block, json!({ "block": "no" })), Ok(Answer::Block(why)) if why == "no")
        );
        assert!(matches!(answer(HookMode::Modify, json!({ "block": "no" })), Ok(Answer::Block(_))));
        assert!(matches!(answer(HookMode::Modify, changed("text", json!("bye"))), Ok(Answer::Changed(_))));
        assert!(answer(HookMode::Block, changed("text", json!("bye"))).is_err());
    }

    #[test]
    fn a_gate_cannot_redirect_or_malform_a_message() {
        for (key, value) in [
            ("to", json!("other")),
            ("channel", json!("other")),
            ("id", json!("out_2")),
            ("origin", json!({ "kind": "agent", "name": "ana" })),
            ("emoji", json!("!")),
            ("extra", json!(1)),
            ("text", json!(7)),
        ] {
            assert!(answer(HookMode::Modify, changed(key, value)).is_err(), "{key}");
        }
        for other in [json!("text"), json!([1]), json!(true)] {
            assert!(answer(HookMode::Modify, other).is_err());
        }
    }
}
