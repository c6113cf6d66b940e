//! What a worker asks of its host, with what is known of its plugin.

use super::{
    super::{
        call::Ongoing,
        log_gate::{LogGate, Verdict},
        process::Requests,
    },
    condition::Tally,
};
use crate::{
    notice::{Notice, Notices},
    plugin::Plugin,
};
use runtime_protocol::{ErrorCode, Failure, HostCall, Log, Outcome};
use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::time::Instant;

/// Characters of a log message that are kept.
const MAX_LOG: usize = 4 << 10;

/// Who answers the host calls of plugins.
pub(crate) trait HostCalls: Send + Sync + 'static {
    /// Does what `call` asks, as far as the plugin may.
    fn answer<'a>(
        &'a self,
        plugin: &'a Plugin,
        call: HostCall,
        ongoing: &'a Ongoing,
    ) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;
}

/// The plugin's side of [`Requests`].
pub(super) struct PluginRequests {
    pub(super) plugin: Arc<Plugin>,
    pub(super) host: Weak<dyn HostCalls>,
    pub(super) notices: Notices,
    pub(super) tally: Arc<Tally>,
    pub(super) logs: Mutex<LogGate>,
}

impl Requests for PluginRequests {
    fn host_call(&self, call: HostCall, ongoing: Ongoing) -> impl Future<Output = Outcome> + Send + 'static {
        let (host, plugin) = (self.host.upgrade(), Arc::clone(&self.plugin));
        let (notices, tally) = (self.notices.clone(), Arc::clone(&self.tally));
        async move {
            let Some(host) = host else {
                return Err(Failure::new(ErrorCode::Unavailable, "the host is stopping"));
            };
            let method = call.method.as_str();
            let outcome = host.answer(&plugin, call, &ongoing).await;
            if let Err(failure) = &outcome
                && failure.code == ErrorCode::Denied
            {
                Tally::count(&tally.refused_host_calls);
                let (plugin, reason) = (plugin.id.clone(), failure.message.clone());
                notices.send(Notice::HostCallRefused { plugin, method, reason });
            }
            outcome
        }
    }

    fn log(&self, mut log: Log) -> bool {
        let verdict = self.logs.lock().unwrap_or_else(PoisonError::into_inner).line(Instant::now());
        match verdict {
            Verdict::Keep => {
                self.plugin.in_written_code(&mut log.message);
                // Before anything is cut, or half a secret would be left.
                let redaction = self.notices.redaction();
                redaction.mend([&mut log.message]);
                log.fields = redaction.redactor().json(log.fields);
                let message = log.message.chars().take(MAX_LOG).collect();
                let fields = log.fields.get();
                let fields = if fields.len() > MAX_LOG { "null" } else { fields };
                self.notices.send(Notice::Log {
                    plugin: self.plugin.id.clone(),
                    level: log.level,
                    message,
                    fields: fields.to_owned(),
                });
            }
            Verdict::Drop | Verdict::Flood => Tally::count(&self.tally.dropped_logs),
        }
        verdict != Verdict::Flood
    }
}
