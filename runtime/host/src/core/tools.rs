//! Tool calls: found, allowed, checked, made, checked again.

use super::{Core, deliver::raw};
use crate::{
    bus::Bus as _,
    notice::Notice,
    set::RunningSet,
    tool::ToolError,
    worker::{CallContext, Patience, PluginCall},
};
use audit_log::{Action, Actor, Event};
use manifest_schema::names::AgentName;
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
        let called = json!({ "tool": name, "caller": caller.to_string(), "ok": ok });
        self.publish("tool.called", called.as_object().cloned().unwrap_or_default());
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
        if let Some(known) = self.channel_tool(name) {
            allow(&set, caller, name, known.tool.declared.optional)?;
            let value = read(name, &input)?;
            drop(set);
            return self.call_channel_tool(known, &value, caller, &context).await;
        }
        let id = set.tools.get(name).ok_or_else(unknown)?;
        let plugin = Arc::clone(&set.plugins.get(id).ok_or_else(unknown)?.plugin);
        let tool = plugin.tools.get(name).ok_or_else(unknown)?;
        allow(&set, caller, name, tool.declared.optional)?;
        let value = read(name, &input)?;
        tool.check_input(&value)?;
        tool.take(Instant::now())?;
        let call = PluginCall {
            kind: CallKind::Tool,
            name: name.to_owned(),
            payload: raw(&value),
            timeout: plugin.timeout(),
            context: Arc::new(context),
            patience: Patience::Fail,
        };
        drop(set);
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

/// Whether the caller may call a tool.
fn allow(set: &RunningSet, caller: &Caller, name: &str, optional: bool) -> Result<(), ToolError> {
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
