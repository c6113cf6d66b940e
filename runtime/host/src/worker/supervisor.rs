//! Keeps one plugin's worker: starts it when something is for it, watches it, pauses after a failure, gives up after too many.

mod condition;
mod requests;
mod starting;

pub(crate) use requests::HostCalls;

use super::{
    call::{CallError, Patience, PluginCall},
    log_gate::{LogGate, Verdict},
    process::{BROKE_PROTOCOL, End, Worker},
    spawner::Spawner,
};
use crate::{
    audit::Audit,
    clock::{Clock, millis},
    compiled::Compiled,
    health::{Counters, Health, HealthWriter, LastFailure, State},
    native::Native,
    notice::{Activation, Notice, Notices},
    plugin::Plugin,
    rehearsal::Rehearsal,
    timing::Timing,
    trace::Trace,
};
use audit_log::{Action, Actor, Detail, Event, Outcome};
use condition::{Condition, Tally};
use runtime_protocol::{CallKind, Failure};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use tokio::{
    sync::{Mutex as AsyncMutex, Semaphore, SemaphorePermit},
    time::Instant,
};

/// What a stopped worker gets to end by itself.
const STOP: Duration = Duration::from_secs(1);
/// Between two writes of a health record for failed calls alone.
const FAILURES_WRITTEN: Duration = Duration::from_secs(1);

/// What all supervisors share.
pub(crate) struct Environment {
    pub(crate) spawner: Spawner,
    pub(crate) compiled: Arc<Compiled>,
    pub(crate) native: Native,
    pub(crate) timing: Timing,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) notices: Notices,
    pub(crate) audit: Audit,
    pub(crate) health: HealthWriter,
    pub(crate) trace: Option<Trace>,
    pub(crate) rehearsal: Option<Arc<Rehearsal>>,
}

impl Environment {
    /// The time that plugin code is told, in milliseconds since the epoch; `None` where it has the machine's.
    fn told_time(&self) -> Option<u64> {
        let tells = self.rehearsal.as_ref().is_some_and(|rehearsal| rehearsal.tells_time());
        tells.then(|| millis(self.clock.now()))
    }
}

/// The keeper of one plugin's worker. Dropping it kills the worker.
pub(crate) struct Supervisor {
    pub(crate) plugin: Arc<Plugin>,
    environment: Arc<Environment>,
    host: Weak<dyn HostCalls>,
    /// Held while a worker starts, so that everybody waits for the same one.
    slot: AsyncMutex<Slot>,
    /// The state that anyone may read without waiting.
    condition: Mutex<Condition>,
    tally: Arc<Tally>,
    /// Places in front of the worker.
    queue: Semaphore,
    /// Places in the worker.
    in_flight: Semaphore,
    /// Places in the worker for gates. A call that sends waits for them, so they must not wait for such calls; gates themselves cannot
    /// send. Who waits here is bounded by the intake and by the calls in flight.
    gates: Semaphore,
    /// How much of what its code throws is told.
    thrown: Mutex<LogGate>,
}

#[derive(Default)]
struct Slot {
    worker: Option<(Arc<Worker>, Instant)>,
    crashes: u32,
    not_before: Option<Instant>,
    last_failure: String,
    quarantine: Option<String>,
    stopped: bool,
}

impl Supervisor {
    /// A supervisor that has started nothing.
    pub(crate) fn new(
        plugin: Arc<Plugin>,
        environment: Arc<Environment>,
        host: Weak<dyn HostCalls>,
    ) -> Arc<Self> {
        let (queue, in_flight) = (environment.timing.queue, environment.timing.in_flight);
        Arc::new(Self {
            plugin,
            environment,
            host,
            slot: AsyncMutex::default(),
            condition: Mutex::default(),
            tally: Arc::default(),
            queue: Semaphore::new(queue),
            in_flight: Semaphore::new(in_flight),
            gates: Semaphore::new(in_flight),
            thrown: Mutex::new(LogGate::new(Instant::now())),
        })
    }

    /// Makes one call, starting a worker where none runs.
    pub(crate) async fn call(
        self: &Arc<Self>,
        call: PluginCall,
    ) -> Result<Box<serde_json::value::RawValue>, CallError> {
        let _places = self.places(&call).await?;
        let worker = self.worker(&call.activation(), call.patience).await?;
        Tally::count(&self.tally.calls);
        let activation = call.activation();
        let (grace, now) = (self.environment.timing.grace, self.environment.told_time());
        let result = worker.call(call, grace, now).await;
        let result = result.and_then(|outcome| outcome.map_err(CallError::Failed));
        result.map_err(|error| self.failed(&activation, error))
    }

    /// What is known of the plugin now.
    pub(crate) fn condition(&self) -> (Condition, Counters, u64) {
        let busy = self.environment.timing.queue - self.queue.available_permits();
        (self.lock_condition().clone(), self.tally.counters(), busy as u64)
    }

    /// Whether it has been given up.
    pub(crate) fn is_quarantined(&self) -> bool {
        self.lock_condition().state == Some(State::Quarantined)
    }

    /// Ends the worker for good; calls in flight are lost, so wait for them first.
    pub(crate) async fn stop(&self) {
        let mut slot = self.slot.lock().await;
        slot.stopped = true;
        if let Some((worker, _)) = slot.worker.take() {
            worker.stop(STOP).await;
            self.note_end(Outcome::Done, "the host was stopped");
            self.record(State::Stopped, "the host was stopped", &worker.ended().await.last_words);
        }
    }

    /// Starts a worker before anything is for it; that it cannot be started shows in its condition.
    pub(crate) async fn warm(self: &Arc<Self>) {
        let _ = self.worker(&Activation::Startup, Patience::Fail).await;
    }

    /// Kills the worker, as if it had failed.
    pub(crate) async fn end_worker(&self, why: &str) {
        let worker = self.slot.lock().await.worker.as_ref().map(|(worker, _)| Arc::clone(worker));
        if let Some(worker) = worker {
            worker.kill(why, false);
        }
    }

    /// The places that a call holds while it waits and runs.
    async fn places(&self, call: &PluginCall) -> Result<[Option<SemaphorePermit<'_>>; 2], CallError> {
        let stopping = |_| CallError::Stopping;
        if call.kind == CallKind::Hook {
            return Ok([Some(self.gates.acquire().await.map_err(stopping)?), None]);
        }
        // A service would hold a place for ever, and its stop must not wait behind it.
        if call.kind == CallKind::Service {
            return Ok([None, None]);
        }
        let waiting = match call.patience {
            Patience::Wait => self.queue.acquire().await.map_err(stopping)?,
            Patience::Fail => self.queue.try_acquire().map_err(|_| {
                Tally::count(&self.tally.queue_full);
                CallError::QueueFull
            })?,
        };
        // A tool call inside a turn runs while its caller holds a place, so it must not wait for one.
        let running = match call.context.depth {
            0 => Some(self.in_flight.acquire().await.map_err(stopping)?),
            _ => None,
        };
        Ok([Some(waiting), running])
    }

    /// The running worker, or a new one.
    async fn worker(
        self: &Arc<Self>,
        reason: &Activation,
        patience: Patience,
    ) -> Result<Arc<Worker>, CallError> {
        loop {
            let mut slot = self.slot.lock().await;
            if slot.stopped {
                return Err(CallError::Stopping);
            }
            if let Some((worker, since)) = &slot.worker {
                if worker.is_alive() {
                    return Ok(Arc::clone(worker));
                }
                let (end, since) = (worker.ended().await, *since);
                self.settle(&mut slot, &end, since);
            }
            if let Some(why) = &slot.quarantine {
                return Err(CallError::Quarantined(why.clone()));
            }
            let pause = slot.not_before.map(|then| then.saturating_duration_since(Instant::now()));
            match (pause.filter(|pause| !pause.is_zero()), patience) {
                (Some(pause), Patience::Fail) => {
                    return Err(CallError::Paused { pause, reason: slot.last_failure.clone() });
                }
                (Some(pause), Patience::Wait) => {
                    drop(slot);
                    tokio::time::sleep(pause).await;
                }
                (None, _) => return self.start(&mut slot, reason).await,
            }
        }
    }

    /// Draws the consequences of a worker's end, once.
    fn settle(&self, slot: &mut Slot, end: &End, since: Instant) {
        slot.worker = None;
        let outcome = if end.wanted { Outcome::Done } else { Outcome::Failed };
        self.note_end(outcome, &end.reason);
        if end.wanted {
            return self.record(State::Stopped, &end.reason, &end.last_words);
        }
        let timing = &self.environment.timing;
        if since.elapsed() > timing.breaker_window {
            slot.crashes = 0;
        }
        slot.crashes += 1;
        Tally::count(&self.tally.crashes);
        slot.last_failure.clone_from(&end.reason);
        if slot.crashes >= timing.breaker_crashes {
            let why = format!("it failed {} times in a row; the last time: {}", slot.crashes, end.reason);
            return self.quarantine(slot, why, &end.last_words);
        }
        let doubled = timing.backoff.saturating_mul(1 << (slot.crashes - 1).min(16));
        let pause = doubled.min(timing.backoff_max);
        slot.not_before = Some(Instant::now() + pause);
        let (plugin, End { reason, last_words, .. }) = (self.plugin.id.clone(), end.clone());
        self.environment.notices.send(Notice::WorkerFailed { plugin, reason, last_words, pause });
        self.record(State::Backoff, &end.reason, &end.last_words);
    }

    /// What is recorded of this plugin's workers.
    fn event(&self, outcome: Outcome, action: Action) -> Event {
        Event::new(Actor::Host, action, outcome).plugin(&self.plugin.id)
    }

    fn note_end(&self, outcome: Outcome, reason: &str) {
        // What is wrong with a frame may quote it, and with it what somebody wrote.
        let reason = if reason.starts_with(BROKE_PROTOCOL) { BROKE_PROTOCOL } else { reason };
        self.environment.audit.note(self.event(outcome, Action::WorkerEnd).with(Detail::Reason, reason));
    }

    fn quarantine(&self, slot: &mut Slot, why: String, last_words: &str) {
        let event = self.event(Outcome::Done, Action::WorkerQuarantine);
        self.environment.audit.note(event.with(Detail::Count, slot.crashes));
        self.record(State::Quarantined, &why, last_words);
        let (plugin, reason, last_words) = (self.plugin.id.clone(), why.clone(), last_words.to_owned());
        self.environment.notices.send(Notice::Quarantined { plugin, reason, last_words });
        slot.quarantine = Some(why);
    }

    fn record(&self, state: State, reason: &str, last_words: &str) {
        let mut condition = self.lock_condition();
        condition.state = Some(state);
        condition.reason = reason.to_owned();
        condition.since = millis(self.environment.clock.now());
        condition.last_words = last_words.to_owned();
        if state != State::Running {
            condition.sandbox = None;
        }
        self.write_health(&condition);
    }

    /// Counts a failure, keeps it and tells of it.
    fn failed(&self, call: &Activation, mut error: CallError) -> CallError {
        Tally::count(&self.tally.failures);
        if let CallError::Failed(Failure { message, stack: Some(stack), .. }) = &mut error {
            self.plugin.in_written_code(stack);
            let verdict = self.thrown.lock().unwrap_or_else(PoisonError::into_inner).line(Instant::now());
            if verdict == Verdict::Keep {
                let (plugin, message, stack) = (self.plugin.id.clone(), message.clone(), stack.clone());
                self.environment.notices.send(Notice::Threw { plugin, call: call.clone(), message, stack });
            }
        }
        self.note_failure(call, &error);
        error
    }

    /// Keeps why a call failed. A plugin that fails all the time is not written down all the time.
    fn note_failure(&self, call: &Activation, error: &CallError) {
        let at = millis(self.environment.clock.now());
        let mut condition = self.lock_condition();
        condition.last_failure = Some(LastFailure { at, call: call.to_string(), reason: error.to_string() });
        if condition.failure_written.is_none_or(|then| then.elapsed() > FAILURES_WRITTEN) {
            condition.failure_written = Some(Instant::now());
            self.write_health(&condition);
        }
    }

    fn write_health(&self, condition: &Condition) {
        let Some(state) = condition.state else { return };
        let (id, version) = (self.plugin.id.clone(), self.plugin.version.clone());
        let mut health = Health::new(id, version, state, condition.reason.clone(), condition.since);
        health.last_words.clone_from(&condition.last_words);
        health.last_failure.clone_from(&condition.last_failure);
        health.sandbox.clone_from(&condition.sandbox);
        health.counters = self.tally.counters();
        self.environment.health.write(health);
    }

    fn lock_condition(&self) -> MutexGuard<'_, Condition> {
        self.condition.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        if let Some((worker, _)) = self.slot.get_mut().worker.take() {
            let reason = "its plugin was replaced or removed";
            worker.kill(reason, true);
            self.note_end(Outcome::Done, reason);
        }
    }
}

/// Settles a worker's end as soon as it comes, also where nobody calls.
async fn watch(supervisor: Weak<Supervisor>, worker: Arc<Worker>) {
    let end = worker.ended().await;
    let Some(supervisor) = supervisor.upgrade() else { return };
    let mut slot = supervisor.slot.lock().await;
    if let Some((current, since)) = &slot.worker
        && Arc::ptr_eq(current, &worker)
    {
        let since = *since;
        supervisor.settle(&mut slot, &end, since);
    }
}
