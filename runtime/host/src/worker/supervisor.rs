//! Keeps one plugin's worker: starts it when something is for it, watches it, pauses after a failure, gives up after too many.

use super::{
    call::{CallError, Ongoing, Patience, PluginCall},
    log_gate::{LogGate, Verdict},
    process::{BROKE_PROTOCOL, End, Requests, StartError, Worker},
    spawner::Spawner,
};
use crate::{
    audit::Audit,
    clock::{Clock, millis},
    compiled::Compiled,
    health::{Counters, Health, HealthWriter, LastFailure, State},
    native::{self, Native},
    notice::{Activation, Notice, Notices},
    plugin::Plugin,
    rehearsal::Rehearsal,
    timing::Timing,
    trace::Trace,
};
use audit_log::{Action, Actor, Detail, Event, Outcome};
use manifest_schema::units::ByteSize;
use runtime_protocol::{CallKind, ErrorCode, Failure, HostCall, Log};
use std::{
    path::PathBuf,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Mutex as AsyncMutex, Semaphore, SemaphorePermit},
    time::Instant,
};

/// Characters of a log message that are kept.
const MAX_LOG: usize = 4 << 10;
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

/// Who answers the host calls of plugins.
pub(crate) trait HostCalls: Send + Sync + 'static {
    /// Does what `call` asks, as far as the plugin may.
    fn answer<'a>(
        &'a self,
        plugin: &'a Plugin,
        call: HostCall,
        ongoing: &'a Ongoing,
    ) -> Pin<Box<dyn Future<Output = runtime_protocol::Outcome> + Send + 'a>>;
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

/// What is known without asking the slot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Condition {
    /// `None` before the first start.
    pub(crate) state: Option<State>,
    pub(crate) reason: String,
    since: u64,
    last_words: String,
    last_failure: Option<LastFailure>,
    failure_written: Option<Instant>,
}

#[derive(Debug, Default)]
pub(crate) struct Tally {
    starts: AtomicU64,
    calls: AtomicU64,
    failures: AtomicU64,
    crashes: AtomicU64,
    queue_full: AtomicU64,
    pub(crate) refused_host_calls: AtomicU64,
    dropped_logs: AtomicU64,
}

impl Tally {
    fn counters(&self) -> Counters {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counters {
            starts: read(&self.starts),
            calls: read(&self.calls),
            failures: read(&self.failures),
            crashes: read(&self.crashes),
            queue_full: read(&self.queue_full),
            refused_host_calls: read(&self.refused_host_calls),
            dropped_logs: read(&self.dropped_logs),
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
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
        count(&self.tally.calls);
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
                count(&self.tally.queue_full);
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

    async fn start(self: &Arc<Self>, slot: &mut Slot, reason: &Activation) -> Result<Arc<Worker>, CallError> {
        count(&self.tally.starts);
        let begun = Instant::now();
        let worker = match self.try_start(reason).await {
            Ok(worker) => worker,
            Err(StartError::NotRecorded(error)) => return Err(error.into()),
            Err(StartError::Program(mut why)) => {
                self.plugin.in_written_code(&mut why);
                self.quarantine(slot, why.clone(), "");
                return Err(CallError::Quarantined(why));
            }
            Err(StartError::Process(why, last_words)) => {
                self.settle(slot, &End { reason: why.clone(), last_words, wanted: false }, begun);
                return Err(CallError::WorkerEnded(why));
            }
        };
        let (plugin, took) = (self.plugin.id.clone(), begun.elapsed());
        self.environment.notices.send(Notice::WorkerStarted { plugin, reason: reason.clone(), took });
        slot.worker = Some((Arc::clone(&worker), Instant::now()));
        self.record(State::Running, &reason.to_string(), "");
        tokio::spawn(watch(Arc::downgrade(self), Arc::clone(&worker)));
        Ok(worker)
    }

    async fn try_start(&self, reason: &Activation) -> Result<Arc<Worker>, StartError> {
        let program = self.plugin.program().await.map_err(StartError::Program)?;
        let start = self.plugin.start(program, self.environment.told_time());
        let arguments = program.arguments(&self.environment, start.sandbox).await;
        let arguments = arguments.map_err(StartError::Program)?;
        let opening = self.environment.native.open(&self.plugin, program, start).await?;
        let own_files = opening.launch.is_some().then(|| self.plugin.own_files.directory().to_owned());
        let event = self.event(Outcome::Done, Action::WorkerStart);
        let event = event
            .with(Detail::Reason, reason.to_string())
            .with(Detail::Version, self.plugin.version.as_str());
        // The process may come up meanwhile: it gets no code before its start is on record.
        let recorded = self.environment.audit.secure(event);
        let (recorded, spawned) = tokio::join!(recorded, self.environment.spawner.spawn(arguments));
        recorded.map_err(StartError::NotRecorded)?;
        let spawned = spawned.map_err(|error| {
            StartError::Process(format!("it could not be started: {error}"), String::new())
        })?;
        let trace = self.environment.trace.clone().filter(|trace| trace.plugin == self.plugin.id);
        let requests = Arc::new(PluginRequests {
            plugin: Arc::clone(&self.plugin),
            host: Weak::clone(&self.host),
            notices: self.environment.notices.clone(),
            tally: Arc::clone(&self.tally),
            logs: Mutex::new(LogGate::new(Instant::now())),
        });
        let notices = self.environment.notices.clone();
        let (worker, ready) =
            Worker::start(spawned, opening, &self.environment.timing, trace, requests, notices).await?;
        if let Some(directory) = own_files {
            let quota = self.plugin.permissions.storage.map_or(0, ByteSize::bytes);
            let every = self.environment.timing.files_check;
            tokio::spawn(end_at_quota(Arc::downgrade(&worker), directory, quota, every));
        }
        if let Err(why) = self.plugin.compare(&ready.handlers) {
            worker.kill("its code and its manifest differ", true);
            return Err(StartError::Program(why));
        }
        Ok(worker)
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
        count(&self.tally.crashes);
        slot.last_failure.clone_from(&end.reason);
        if slot.crashes >= timing.breaker_crashes {
            let why = format!("it failed {} times in a row; the last time: {}", slot.crashes, end.reason);
            return self.quarantine(slot, why, &end.last_words);
        }
        let doubled = timing.backoff.saturating_mul(1 << (slot.crashes - 1).min(16));
        let pause = doubled.min(timing.backoff_max);
        slot.not_before = Some(Instant::now() + pause);
        let (plugin, reason) = (self.plugin.id.clone(), end.reason.clone());
        self.environment.notices.send(Notice::WorkerFailed { plugin, reason, pause });
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
        let notice = Notice::Quarantined { plugin: self.plugin.id.clone(), reason: why.clone() };
        self.environment.notices.send(notice);
        slot.quarantine = Some(why);
    }

    fn record(&self, state: State, reason: &str, last_words: &str) {
        let mut condition = self.lock_condition();
        condition.state = Some(state);
        condition.reason = reason.to_owned();
        condition.since = millis(self.environment.clock.now());
        condition.last_words = last_words.to_owned();
        self.write_health(&condition);
    }

    /// Counts a failure, keeps it and tells of it.
    fn failed(&self, call: &Activation, mut error: CallError) -> CallError {
        count(&self.tally.failures);
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

/// Ends a command whose own files have outgrown their quota; the kernel bounds single files only.
async fn end_at_quota(worker: Weak<Worker>, directory: PathBuf, quota: u64, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let Some(worker) = worker.upgrade().filter(|worker| worker.is_alive()) else { return };
        if let Some(why) = native::over_quota(directory.clone(), quota).await {
            worker.kill(&why, false);
        }
    }
}

/// The plugin's side of [`Requests`].
struct PluginRequests {
    plugin: Arc<Plugin>,
    host: Weak<dyn HostCalls>,
    notices: Notices,
    tally: Arc<Tally>,
    logs: Mutex<LogGate>,
}

impl Requests for PluginRequests {
    fn host_call(
        &self,
        call: HostCall,
        ongoing: Ongoing,
    ) -> impl Future<Output = runtime_protocol::Outcome> + Send + 'static {
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
                count(&tally.refused_host_calls);
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
            Verdict::Drop | Verdict::Flood => count(&self.tally.dropped_logs),
        }
        verdict != Verdict::Flood
    }
}
