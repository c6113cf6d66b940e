//! What plugins do by themselves, while the host runs: services and schedules.

mod schedule;
mod service;

use crate::{core::Core, set::RunningSet, worker::Supervisor};
use manifest_schema::names::PluginId;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{sync::watch, task::JoinHandle};

pub(crate) use schedule::call as schedule_call;
pub use service::ServiceState;

/// All services and schedules of the running set.
#[derive(Default)]
pub(crate) struct Standing(Mutex<BTreeMap<PluginId, Duties>>);

/// The services and schedules of one plugin.
struct Duties {
    supervisor: Arc<Supervisor>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    services: BTreeMap<String, Arc<Mutex<ServiceState>>>,
}

impl Standing {
    /// Stops what the new set has no more or has in another version, and begins what is new in it.
    pub(crate) async fn follow(&self, core: &Arc<Core>, set: &RunningSet) {
        let gone: Vec<Duties> = {
            let mut all = self.lock();
            let is_gone = |(id, duties): &(&PluginId, &Duties)| {
                !set.plugins.get(*id).is_some_and(|now| Arc::ptr_eq(now, &duties.supervisor))
            };
            let gone: Vec<PluginId> = all.iter().filter(is_gone).map(|(id, _)| id.clone()).collect();
            gone.iter().filter_map(|id| all.remove(id)).collect()
        };
        stop_all(gone).await;
        let mut all = self.lock();
        for (id, supervisor) in &set.plugins {
            let manifest = &supervisor.plugin.manifest;
            let has_duties = !manifest.services.is_empty() || !manifest.schedules.is_empty();
            if has_duties && !all.contains_key(id) {
                all.insert(id.clone(), begin(core, supervisor));
            }
        }
    }

    /// Stops everything, and waits for it.
    pub(crate) async fn stop(&self) {
        let all = std::mem::take(&mut *self.lock());
        stop_all(all.into_values().collect()).await;
    }

    /// The services of a plugin, by id.
    pub(crate) fn services(&self, plugin: &PluginId) -> BTreeMap<String, ServiceState> {
        let all = self.lock();
        let services = all.get(plugin).into_iter().flat_map(|duties| &duties.services);
        services.map(|(id, state)| (id.clone(), read(state))).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PluginId, Duties>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(state: &Mutex<ServiceState>) -> ServiceState {
    state.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn begin(core: &Arc<Core>, supervisor: &Arc<Supervisor>) -> Duties {
    let (stop, stopped) = watch::channel(false);
    let (mut tasks, mut services) = (Vec::new(), BTreeMap::new());
    for service in &supervisor.plugin.manifest.services {
        let state = Arc::new(Mutex::new(ServiceState::default()));
        services.insert(service.id.clone(), Arc::clone(&state));
        let keeper = service::Keeper::new(core, supervisor, service.clone(), stopped.clone(), state);
        tasks.push(tokio::spawn(keeper.run()));
    }
    // In the test of a plugin, time passes where the test says so.
    let schedules = match core.environment.rehearsal {
        None => supervisor.plugin.manifest.schedules.as_slice(),
        Some(_) => &[],
    };
    for schedule in schedules {
        tasks.push(tokio::spawn(schedule::keep(
            Arc::downgrade(core),
            Arc::clone(supervisor),
            schedule.clone(),
            core.now(),
            stopped.clone(),
        )));
    }
    Duties { supervisor: Arc::clone(supervisor), stop, tasks, services }
}

async fn stop_all(all: Vec<Duties>) {
    for duties in &all {
        duties.stop.send_replace(true);
    }
    for task in all.into_iter().flat_map(|duties| duties.tasks) {
        let _ = task.await;
    }
}
