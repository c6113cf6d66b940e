//! A worker is started: from a plugin's code to a process that has said `ready`.

use super::{
    super::{
        call::CallError,
        log_gate::LogGate,
        process::{End, StartError, Worker},
    },
    Slot, Supervisor,
    condition::Tally,
    requests::PluginRequests,
    watch,
};
use crate::{
    health::State,
    native,
    notice::{Activation, Notice},
};
use audit_log::{Action, Detail, Outcome};
use manifest_schema::units::ByteSize;
use runtime_protocol::SandboxReport;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, Weak},
    time::Duration,
};
use tokio::time::Instant;

impl Supervisor {
    pub(super) async fn start(
        self: &Arc<Self>,
        slot: &mut Slot,
        reason: &Activation,
    ) -> Result<Arc<Worker>, CallError> {
        Tally::count(&self.tally.starts);
        let begun = Instant::now();
        let (worker, sandbox) = match self.try_start(reason).await {
            Ok(started) => started,
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
        self.lock_condition().sandbox = sandbox;
        self.record(State::Running, &reason.to_string(), "");
        tokio::spawn(watch(Arc::downgrade(self), Arc::clone(&worker)));
        Ok(worker)
    }

    async fn try_start(
        &self,
        reason: &Activation,
    ) -> Result<(Arc<Worker>, Option<SandboxReport>), StartError> {
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
        Ok((worker, ready.sandbox))
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
