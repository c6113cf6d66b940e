//! An agent without a handler of its own: a language model, asked until it has answered, with the agent's tools.

use super::{Delivery, Failed};
use crate::{
    capability::CapabilityError,
    core::{Caller, CapabilityCall, gates::GateOutcome},
    error_chain::chain,
    worker::CallContext,
};
use manifest_schema::{
    manifest::CapabilityKind,
    names::AgentName,
    project::{Agent, AgentModel},
};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};

/// What the model says.
#[derive(Deserialize)]
struct Said {
    text: String,
    #[serde(default)]
    tool_calls: Vec<ToolCall>,
}

#[derive(Deserialize)]
struct ToolCall {
    id: String,
    name: String,
    input: Box<RawValue>,
}

/// A gate's word on a turn.
enum Gated {
    Pass(Map<String, Value>),
    /// The turn does not take place.
    Blocked,
}

impl Delivery {
    /// One turn: which model, what it is told, what it says, what its tools say, until it has nothing more to ask.
    pub(super) async fn ask_model(
        &self,
        name: &AgentName,
        agent: &Agent,
        model: &AgentModel,
    ) -> Result<Option<String>, Failed> {
        let resolving = json!({ "agent": name, "provider": model.provider, "model": model.name });
        let Gated::Pass(resolved) = self.gate(name, "model.resolving", resolving).await? else {
            return Ok(None);
        };
        let building = json!({ "agent": name, "instructions": agent.instructions, "context": "" });
        let Gated::Pass(prompt) = self.gate(name, "prompt.building", building).await? else {
            return Ok(None);
        };
        let mut messages = self.conversation(name, &prompt, model).await?;
        let tools = self.tools_of(name);
        for _ in 0..model.steps {
            let mut request = json!({ "messages": messages });
            set(&mut request, "tools", (!tools.is_empty()).then(|| json!(tools)));
            set(&mut request, "model", resolved.get("model").filter(|name| name.is_string()).cloned());
            set(&mut request, "max_tokens", model.max_tokens.map(|most| json!(most)));
            set(&mut request, "temperature", model.temperature.map(|value| json!(value)));
            let call = CapabilityCall {
                kind: CapabilityKind::TextInference,
                id: resolved.get("provider").and_then(Value::as_str).map(str::to_owned),
                request,
                context: self.agent_context(name),
                limit: None,
                listener: None,
                from_outbox: false,
            };
            let answered = self.core.call_capability(call).await.map_err(|error| failed(&error))?;
            let said: Said = serde_json::from_value(answered.response.clone())
                .map_err(|error| Failed::Finally(format!("the model's answer cannot be read: {error}")))?;
            if said.tool_calls.is_empty() {
                return Ok(Some(said.text).filter(|text| !text.is_empty()));
            }
            messages.push(json!({
                "role": "assistant", "text": said.text, "tool_calls": answered.response.get("tool_calls"),
            }));
            for call in said.tool_calls {
                messages.push(self.call_tool(name, call).await);
            }
        }
        Err(Failed::Finally(format!(
            "the model still asks for tools after {} steps; `agents.{name}.model.steps` in wa.yaml allows more",
            model.steps
        )))
    }

    /// Asks the gates of a turn.
    pub(super) async fn gate_turn(&self, name: &AgentName) -> Result<bool, Failed> {
        let starting = json!({ "agent": name, "message": self.event });
        Ok(matches!(self.gate(name, "agent.starting", starting).await?, Gated::Pass(_)))
    }

    async fn gate(&self, name: &AgentName, gate: &'static str, payload: Value) -> Result<Gated, Failed> {
        let payload = payload.as_object().cloned().unwrap_or_default();
        match self.core.run_gates(gate, payload, self.agent_context(name)).await {
            GateOutcome::Pass(passed) => Ok(Gated::Pass(passed)),
            GateOutcome::Stopping => Err(Failed::Stopping),
            GateOutcome::Blocked { by, reason } => {
                self.core.blocked(gate, by, &reason);
                Ok(Gated::Blocked)
            }
            GateOutcome::Failed { by, reason } => {
                Err(Failed::Again(format!("the gate {gate} of plugin `{by}` failed: {reason}")))
            }
        }
    }

    fn agent_context(&self, name: &AgentName) -> CallContext {
        let mut context = self.context();
        context.agent = Some(name.clone());
        context
    }

    /// What the model is told first, and what was said in the chat before.
    async fn conversation(
        &self,
        agent: &AgentName,
        prompt: &Map<String, Value>,
        model: &AgentModel,
    ) -> Result<Vec<Value>, Failed> {
        let text = |key: &str| prompt.get(key).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        let skills = self.core.skills_for(agent).unwrap_or_default();
        let parts = [text("instructions"), text("context"), skills];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let system = parts.join("\n\n");
        let mut messages = Vec::new();
        if !system.is_empty() {
            messages.push(json!({ "role": "system", "text": system }));
        }
        let key = (self.field("channel"), self.field("instance"), self.field("chat"));
        let before = self.core.journal.conversation(key, self.seq, model.history).await;
        let before = before.map_err(|error| Failed::Again(error.to_string()))?;
        messages.extend(before.into_iter().map(|(role, text)| json!({ "role": role, "text": text })));
        messages.push(json!({ "role": "user", "text": self.field("text") }));
        Ok(messages)
    }

    fn tools_of(&self, name: &AgentName) -> Vec<Value> {
        let tools = self.core.tools_for(&Caller::Agent(name.clone())).into_iter();
        tools
            .map(|tool| json!({ "name": tool.name, "description": tool.description, "input": tool.input }))
            .collect()
    }

    /// The result of a tool for the model, or why there is none.
    async fn call_tool(&self, name: &AgentName, call: ToolCall) -> Value {
        let context = self.agent_context(name).nested();
        let caller = Caller::Agent(name.clone());
        match self.core.call_tool(&call.name, call.input, &caller, context).await {
            Ok(output) => json!({ "role": "tool", "tool_call_id": call.id, "text": output.get() }),
            Err(error) => {
                json!({ "role": "tool", "tool_call_id": call.id, "text": chain(&error), "is_error": true })
            }
        }
    }
}

fn set(request: &mut Value, key: &str, value: Option<Value>) {
    if let (Some(request), Some(value)) = (request.as_object_mut(), value) {
        request.insert(key.to_owned(), value);
    }
}

fn failed(error: &CapabilityError) -> Failed {
    match error {
        CapabilityError::Call { source, .. } => Failed::from(source.clone()),
        error if error.may_try_another() => Failed::Again(chain(error)),
        CapabilityError::All { .. } => Failed::Again(chain(error)),
        error => Failed::Finally(chain(error)),
    }
}
