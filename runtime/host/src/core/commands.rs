//! Commands that plugins add to `wa`.

use super::{Core, deliver::raw};
use crate::{
    bus::Bus as _,
    client::CommandOutput,
    identity,
    lazy_schema::{LazySchema, Misfit},
    worker::{CallContext, CallError, Patience, PluginCall},
};
use manifest_schema::catalog::Need;
use runtime_protocol::CallKind;
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};
use std::sync::Arc;

/// Why a command was not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error("no plugin has the command `{0}`")]
    Unknown(String),
    #[error("the arguments of `{command}` are wrong: {problem}")]
    Arguments { command: String, problem: String },
    #[error("the answer of `{command}` is none of a command: {problem}")]
    Answer { command: String, problem: String },
    #[error("the command `{command}` failed")]
    Call { command: String, source: CallError },
}

/// What a handler answers: a text, an object, or nothing.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Nothing,
    Text(String),
    Output(CommandOutput),
}

impl Core {
    /// Runs a command with its arguments by name.
    pub(crate) async fn run_command(
        &self,
        name: &str,
        args: Map<String, Value>,
    ) -> Result<CommandOutput, CommandError> {
        let command = || name.to_owned();
        let unknown = || CommandError::Unknown(command());
        let set = self.bus.set();
        let plugin = set.commands.get(name).and_then(|id| set.plugins.get(id)).ok_or_else(unknown)?;
        let plugin = Arc::clone(&plugin.plugin);
        drop(set);
        let declared = plugin.manifest.commands.iter().find(|one| one.name == name).ok_or_else(unknown)?;
        self.warm_for(&Need::Command(command()));
        let args = Value::Object(args);
        LazySchema::new(declared.arguments_schema()).check(&args).map_err(|misfit| {
            let (Misfit::Value(problem) | Misfit::Schema(problem)) = misfit;
            CommandError::Arguments { command: command(), problem }
        })?;
        let failed = |source| CommandError::Call { command: command(), source };
        let cause = identity::random_id("command").map_err(|_| failed(CallError::Stopping))?;
        let call = PluginCall {
            kind: CallKind::Command,
            name: command(),
            payload: raw(&json!({ "args": args })),
            timeout: plugin.timeout(),
            context: Arc::new(CallContext::new(cause)),
            patience: Patience::Fail,
        };
        let answer = self.bus.request(&plugin.id, call).await.map_err(failed)?;
        read(&answer).map_err(|problem| CommandError::Answer { command: command(), problem })
    }
}

fn read(answer: &RawValue) -> Result<CommandOutput, String> {
    let answer = serde_json::from_str(answer.get())
        .map_err(|_| "it is no text, no `{ text }`, no `{ json }` and not nothing".to_owned())?;
    let output = match answer {
        Answer::Nothing => CommandOutput::default(),
        Answer::Text(text) => CommandOutput { text: Some(text), ..CommandOutput::default() },
        Answer::Output(output) => output,
    };
    match output {
        CommandOutput { text: Some(_), json: Some(_), .. } => Err("it has both `text` and `json`".to_owned()),
        CommandOutput { status: 3.., .. } => Err("its `status` is not 0, 1 or 2".to_owned()),
        output => Ok(output),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_handler_may_answer() {
        let read = |value: Value| read(&raw(&value));
        assert_eq!(read(Value::Null), Ok(CommandOutput::default()));
        assert_eq!(read(json!("hi")).unwrap().text.as_deref(), Some("hi"));
        assert_eq!(read(json!({ "json": [1], "status": 1 })).unwrap().status, 1);
        for wrong in
            [json!(1), json!({ "text": "a", "json": 1 }), json!({ "status": 3 }), json!({ "txt": "a" })]
        {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
