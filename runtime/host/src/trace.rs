//! `--trace plugin=ID`: the frames of one plugin, without what they carry.

use crate::notice::Notices;
use manifest_schema::names::PluginId;
use runtime_protocol::{Outcome, Program, ToHost, ToWorker};
use std::{fmt, sync::Arc};

/// Whose frames to trace, and where they go. The sink must not block.
#[derive(Clone)]
pub struct Trace {
    /// The plugin.
    pub plugin: PluginId,
    /// Takes one line per frame, such as `-> call id=3 tool order_lookup (41 bytes)`.
    pub sink: Arc<dyn Fn(&str) + Send + Sync>,
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("plugin", &self.plugin).finish_non_exhaustive()
    }
}

impl Trace {
    /// The same trace, whose lines hold no secret.
    pub(crate) fn redacted(self, notices: Notices) -> Self {
        let sink = self.sink;
        let sink = Arc::new(move |line: &str| sink(&notices.redaction().redactor().text(line)));
        Self { plugin: self.plugin, sink }
    }

    pub(crate) fn to_worker(&self, frame: &ToWorker) {
        let line = match frame {
            ToWorker::Launch(launch) => format!("launch {}", launch.program),
            ToWorker::Start(start) => {
                let code = match &start.program {
                    Program::Js { modules, .. } => {
                        let code: usize = modules.iter().map(|module| module.code.len()).sum();
                        format!("{code} bytes of code")
                    }
                    Program::Wasm => "a component".to_owned(),
                    Program::Process { .. } => "a command".to_owned(),
                };
                format!("start {} {} ({code})", start.plugin.id, start.plugin.version)
            }
            ToWorker::Call(call) => {
                let (size, kind) = (call.payload.get().len(), format!("{:?}", call.kind).to_lowercase());
                format!("call id={} {kind} {} ({size} bytes)", call.id, call.name)
            }
            ToWorker::Answer(answer) => format!("answer id={} {}", answer.id, outcome(&answer.outcome)),
            ToWorker::Stop => "stop".to_owned(),
        };
        (self.sink)(&format!("-> {line}"));
    }

    pub(crate) fn to_host(&self, frame: &ToHost) {
        let line = match frame {
            ToHost::Launched(_) => "launched".to_owned(),
            ToHost::Hello(hello) => format!("hello v={}", hello.v),
            ToHost::Ready(ready) => format!(
                "ready ({} events, {} hooks, {} tools, {} routes{})",
                ready.handlers.events.len(),
                ready.handlers.hooks.len(),
                ready.handlers.tools.len(),
                ready.handlers.routes.len(),
                if ready.handlers.agent { ", agent" } else { "" }
            ),
            ToHost::Failed(failed) => format!("failed ({} bytes)", failed.message.len()),
            ToHost::Result(result) => format!("result id={} {}", result.id, outcome(&result.outcome)),
            ToHost::Host(call) => {
                let size = call.params.get().len();
                format!("host id={} call={} {} ({size} bytes)", call.id, call.call, call.method.as_str())
            }
            ToHost::Log(log) => format!("log {:?} ({} bytes)", log.level, log.message.len()).to_lowercase(),
        };
        (self.sink)(&format!("<- {line}"));
    }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Ok(value) => format!("ok ({} bytes)", value.get().len()),
        Err(failure) => format!("error {} ({} bytes)", failure.code.as_str(), failure.message.len()),
    }
}
