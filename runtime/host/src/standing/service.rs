//! One service: started, watched, started again as its restart policy says, stopped.

use crate::{
    core::{Core, raw},
    identity,
    notice::Notice,
    timing::Timing,
    worker::{CallContext, CallError, Patience, PluginCall, Supervisor},
};
use manifest_schema::manifest::{Restart, Service};
use runtime_protocol::{CallKind, ErrorCode};
use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::{sync::watch, time::Instant};

/// Answers of `health` in a row that are not `ok` until the service is started anew.
const UNHEALTHY: u32 = 3;

/// How a service is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceState {
    /// `starting`, `running`, `unhealthy`, `waiting` (for its next start), `ended`, `failed` or `stopped`.
    pub state: String,
    /// Why, where there is a reason.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// How often it was started again.
    pub restarts: u64,
}

/// Keeps one service.
pub(super) struct Keeper {
    core: Weak<Core>,
    supervisor: Arc<Supervisor>,
    service: Service,
    stop: watch::Receiver<bool>,
    state: Arc<Mutex<ServiceState>>,
    timing: Timing,
}

/// How one run of a service came to its end.
enum Ended {
    Returned,
    Failed(String),
    /// Nothing will help it.
    GivenUp(String),
    Stopped,
}

#[derive(Deserialize)]
struct Health {
    ok: bool,
    #[serde(default)]
    message: String,
}

impl Keeper {
    pub(super) fn new(
        core: &Arc<Core>,
        supervisor: &Arc<Supervisor>,
        service: Service,
        stop: watch::Receiver<bool>,
        state: Arc<Mutex<ServiceState>>,
    ) -> Self {
        let (timing, supervisor) = (core.environment.timing.clone(), Arc::clone(supervisor));
        Self { core: Arc::downgrade(core), supervisor, service, stop, state, timing }
    }

    /// Runs the service until it is stopped, has ended, or is given up.
    pub(super) async fn run(self) {
        let mut failures: u32 = 0;
        loop {
            self.set("starting", "");
            let begun = Instant::now();
            let ended = self.run_once().await;
            if begun.elapsed() > self.timing.breaker_window {
                failures = 0;
            }
            let again = match &ended {
                Ended::Stopped => return self.set("stopped", ""),
                Ended::GivenUp(why) => return self.end("failed", why),
                Ended::Returned if self.service.restart != Restart::Always => return self.set("ended", ""),
                Ended::Failed(why) if self.service.restart == Restart::Never => {
                    return self.end("failed", why);
                }
                Ended::Returned => "it ended",
                Ended::Failed(why) => why,
            };
            let doubled = self.timing.backoff.saturating_mul(1 << failures.min(16));
            let pause = doubled.min(self.timing.backoff_max);
            failures += 1;
            self.end("waiting", again);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stopped(self.stop.clone()) => return self.set("stopped", ""),
            }
            self.state.lock().unwrap_or_else(PoisonError::into_inner).restarts += 1;
        }
    }

    async fn run_once(&self) -> Ended {
        let (end, ending) = watch::channel(false);
        let start = self.call("start", Some(ending));
        tokio::pin!(start);
        self.set("running", "");
        let why = tokio::select! {
            result = &mut start => return ended(result),
            why = self.unhealthy() => Some(why),
            () = stopped(self.stop.clone()) => None,
        };
        end.send_replace(true);
        // Whether it has a `stop` or not, and whatever that does.
        let _ = self.call("stop", None).await;
        if tokio::time::timeout(self.supervisor.plugin.timeout(), start).await.is_err() {
            let id = &self.service.id;
            self.supervisor.end_worker(&format!("its service `{id}` did not come to an end")).await;
        }
        why.map_or(Ended::Stopped, Ended::Failed)
    }

    /// Resolves with the reason once the service has said several times that it is not well.
    async fn unhealthy(&self) -> String {
        let mut bad = 0;
        loop {
            tokio::time::sleep(self.timing.health).await;
            let answer = match self.call("health", None).await {
                Ok(answer) => serde_json::from_str::<Health>(answer.get())
                    .map_err(|error| format!("its `health` answers wrongly: {error}")),
                // It has none: that its `start` goes on is all that can be known.
                Err(CallError::Failed(failure)) if failure.code == ErrorCode::NoHandler => {
                    return std::future::pending().await;
                }
                Err(error) => Err(error.to_string()),
            };
            let reason = match answer {
                Ok(Health { ok: true, .. }) => {
                    bad = 0;
                    self.set("running", "");
                    continue;
                }
                Ok(Health { message, .. }) => message,
                Err(reason) => reason,
            };
            bad += 1;
            self.set("unhealthy", &reason);
            if bad == UNHEALTHY {
                return format!("it said {UNHEALTHY} times that it is not well: {reason}");
            }
        }
    }

    fn call(
        &self,
        part: &str,
        stop: Option<watch::Receiver<bool>>,
    ) -> impl Future<Output = Result<Box<RawValue>, CallError>> + Send + use<> {
        let (supervisor, name) = (Arc::clone(&self.supervisor), format!("{}/{part}", self.service.id));
        async move {
            let cause = identity::random_id("service").map_err(|_| CallError::Stopping)?;
            let mut context = CallContext::new(cause);
            context.stop = stop;
            let call = PluginCall {
                kind: CallKind::Service,
                name,
                payload: raw(&json!({})),
                timeout: supervisor.plugin.timeout(),
                context: Arc::new(context),
                patience: Patience::Wait,
            };
            supervisor.call(call).await
        }
    }

    fn end(&self, state: &str, reason: &str) {
        self.set(state, reason);
        if let Some(core) = self.core.upgrade() {
            let (plugin, service) = (self.supervisor.plugin.id.clone(), self.service.id.clone());
            let (state, reason) = (state.to_owned(), reason.to_owned());
            core.environment.notices.send(Notice::ServiceEnded { plugin, service, state, reason });
        }
    }

    fn set(&self, state: &str, reason: &str) {
        let mut now = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.clone_into(&mut now.state);
        reason.clone_into(&mut now.reason);
    }
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

fn ended(result: Result<Box<RawValue>, CallError>) -> Ended {
    match result {
        Ok(_) => Ended::Returned,
        Err(CallError::Stopping) => Ended::Stopped,
        Err(error @ (CallError::Quarantined(_) | CallError::NoPlugin(_))) => {
            Ended::GivenUp(error.to_string())
        }
        Err(error) => Ended::Failed(error.to_string()),
    }
}
