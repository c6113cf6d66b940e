//! Tool calls: found, allowed, checked, made, checked again.

use super::{Core, deliver::raw, gates::GateOutcome};
use crate::{
    bus::Bus as _,
    client::ToolInfo,
    notice::Notice,
    set::RunningSet,
    tool::ToolError,
    worker::{CallContext, Patience, PluginCall},
};
use audit_log::{Action, Actor, Event};
use manifest_schema::{manifest, names::AgentName};
use runtime_protocol::CallKind;
use serde_json::{Value, json, value::RawValue};
use std::sync::Arc;
use tokio::time::Instant;

/// Tool calls inside tool calls.
const MAX_DEPTH: u8 = 4;

/// On whose behalf a tool is called.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// An agent: its `tools.allow` decides.
    Agent(AgentName),
    /// The holder of the gateway's token, who may call them all.
    Operator,
}

impl Caller {
    /// As the audit log names it.
    fn actor(&self) -> Actor {
        match self {
            Self::Agent(name) => Actor::Agent(name.to_string()),
            Self::Operator => Actor::Rpc,
        }
    }
}

impl std::fmt::Display for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Agent(name) => write!(f, "agent:{name}"),
            Self::Operator => f.write_str("operator"),
        }
    }
}

impl Core {
    /// Calls a tool. Input and output are checked here, whatever the plugin's code does.
    pub(crate) async fn call_tool(
        self: &Arc<Self>,
        name: &str,
        input: Box<RawValue>,
        caller: &Caller,
        context: CallContext,
    ) -> Result<Box<RawValue>, ToolError> {
        let begun = Instant::now();
        let result = self.try_tool(name, input, caller, context).await;
        let (tool, took) = (name.to_owned(), begun.elapsed());
        let ok = result.is_ok();
        self.notices().send(Notice::ToolCalled { tool, caller: caller.to_string(), ok, took });
        self.announce("tool.called", json!({ "tool": name, "caller": caller.to_string(), "ok": ok }));
        result
    }

    async fn try_tool(
        self: &Arc<Self>,
        name: &str,
        input: Box<RawValue>,
        caller: &Caller,
        context: CallContext,
    ) -> Result<Box<RawValue>, ToolError> {
        let unknown = || ToolError::Unknown(name.to_owned());
        let set = self.bus.set();
        if context.depth > MAX_DEPTH {
            return Err(ToolError::TooDeep(MAX_DEPTH));
        }
        if let Some(tool) = self.message_tool().filter(|tool| tool.declared.name.as_str() == name) {
            allow(&set, caller, name, tool.declared.optional)?;
            let value = read(name, &input)?;
            drop(set);
            return self.call_message_tool(tool, value, caller, &context).await;
        }
        if let Some(tool) = self.skill_tool(&set).filter(|tool| tool.declared.name.as_str() == name) {
            allow(&set, caller, name, tool.declared.optional)?;
            let value = self.gate_tool(name, read(name, &input)?, caller, &context).await?;
            return Ok(raw(&self.read_skill(&set, tool, &value)?));
        }
        if let Some(known) = self.channel_tool(name) {
            allow(&set, caller, name, known.tool.declared.optional)?;
            let value = read(name, &input)?;
            drop(set);
            let value = self.gate_tool(name, value, caller, &context).await?;
            return self.call_channel_tool(known, &value, caller, &context).await;
        }
        let id = set.tools.get(name).ok_or_else(unknown)?;
        let plugin = Arc::clone(&set.plugins.get(id).ok_or_else(unknown)?.plugin);
        let tool = plugin.tools.get(name).ok_or_else(unknown)?;
        allow(&set, caller, name, tool.declared.optional)?;
        let value = read(name, &input)?;
        tool.check_input(&value)?;
        tool.take(Instant::now())?;
        drop(set);
        let value = self.gate_tool(name, value, caller, &context).await?;
        tool.check_input(&value)?;
        let call = PluginCall {
            kind: CallKind::Tool,
            name: name.to_owned(),
            payload: raw(&value),
            timeout: plugin.timeout(),
            context: Arc::new(context),
            patience: Patience::Fail,
        };
        let event = Event::done(caller.actor(), Action::ToolCall).plugin(&plugin.id).about(name);
        if tool.declared.side_effects {
            self.environment.audit.record(event.clone()).await?;
        }
        let output = self.bus.request(&plugin.id, call).await;
        if tool.declared.side_effects && output.is_err() {
            self.environment.audit.note(event.but(audit_log::Outcome::Failed));
        }
        let output = output.map_err(|source| ToolError::Call { tool: name.to_owned(), source })?;
        let value: Value = serde_json::from_str(output.get())
            .map_err(|error| ToolError::Output { tool: name.to_owned(), violations: error.to_string() })?;
        tool.check_output(&value)?;
        Ok(output)
    }
}

impl Core {
    /// Asks the gates before a tool is called; the input that they leave.
    async fn gate_tool(
        self: &Arc<Self>,
        name: &str,
        input: Value,
        caller: &Caller,
        context: &CallContext,
    ) -> Result<Value, ToolError> {
        let (kind, who) = match caller {
            Caller::Agent(agent) => ("agent", agent.as_str()),
            Caller::Operator => ("operator", "operator"),
        };
        let call = json!({ "tool": name, "input": input, "caller": { "kind": kind, "name": who } });
        let call = call.as_object().cloned().unwrap_or_default();
        let mut own = context.nested_at(context.depth);
        own.deadline.clone_from(&context.deadline);
        match self.run_gates("tool.calling", call, own).await {
            GateOutcome::Pass(mut call) => Ok(call.remove("input").unwrap_or_default()),
            GateOutcome::Stopping => Err(ToolError::Stopping),
            GateOutcome::Blocked { by, reason } => {
                self.blocked("tool.calling", by.clone(), &reason);
                Err(ToolError::Blocked { tool: name.to_owned(), by, reason })
            }
            GateOutcome::Failed { by, reason } => {
                self.blocked("tool.calling", by.clone(), &reason);
                Err(ToolError::GateFailed { tool: name.to_owned(), by, reason })
            }
        }
    }
}

impl Core {
    /// The tools that the caller may call.
    pub(crate) fn tools_for(&self, caller: &Caller) -> Vec<ToolInfo> {
        let set = self.bus.set();
        let info = |declared: &manifest::Tool, owner: &str| ToolInfo {
            name: declared.name.to_string(),
            plugin: owner.to_owned(),
            description: declared.description.clone(),
            input: declared.input.clone(),
            output: declared.output.clone(),
            optional: declared.optional,
        };
        let of_channels =
            self.channel_tools().iter().map(|known| info(&known.tool.declared, super::CHANNEL_TOOLS_OWNER));
        let of_plugins = set.tools.iter().filter_map(|(name, id)| {
            Some(info(&set.plugins.get(id)?.plugin.tools.get(name)?.declared, id.as_str()))
        });
        let message = self.message_tool().map(|tool| info(&tool.declared, super::message_tool::OWNER));
        let skills = self.skill_tool(&set).map(|tool| info(&tool.declared, super::skills::OWNER));
        let all = message.into_iter().chain(skills).chain(of_channels).chain(of_plugins);
        all.filter(|tool| allow(&set, caller, &tool.name, tool.optional).is_ok()).collect()
    }
}

/// Whether the caller may call a tool.
pub(super) fn allow(set: &RunningSet, caller: &Caller, name: &str, optional: bool) -> Result<(), ToolError> {
    let Caller::Agent(agent) = caller else { return Ok(()) };
    if set.agents.get(agent).is_some_and(|agent| agent.tools.allows(name, optional)) {
        return Ok(());
    }
    Err(ToolError::NotAllowed { agent: agent.to_string(), tool: name.to_owned() })
}

fn read(name: &str, input: &RawValue) -> Result<Value, ToolError> {
    serde_json::from_str(input.get())
        .map_err(|error| ToolError::Input { tool: name.to_owned(), violations: error.to_string() })
}
