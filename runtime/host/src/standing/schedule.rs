//! One schedule: waits until it is due, runs it, remembers.

use crate::{
    clock::rfc3339,
    core::{Core, raw},
    worker::{CallContext, Patience, PluginCall, Supervisor},
};
use manifest_schema::{
    manifest::{Missed, Schedule},
    timetable::Timetable,
};
use runtime_protocol::CallKind;
use serde_json::json;
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::sync::watch;

/// Missed runs that are counted.
const MOST_MISSED: u64 = 10_000;
/// How late a run may be that is not called missed.
const LATE: u64 = 60_000;

/// Keeps a schedule until it is stopped. One that was never looked at counts from `began`.
pub(super) async fn keep(
    core: Weak<Core>,
    supervisor: Arc<Supervisor>,
    schedule: Schedule,
    began: u64,
    mut stop: watch::Receiver<bool>,
) {
    let Ok(timetable) = Timetable::new(&schedule.cron, schedule.timezone.as_deref()) else { return };
    let (plugin, id) = (supervisor.plugin.id.to_string(), schedule.id.clone());
    let mut done = match core.upgrade() {
        Some(core) => core.journal.schedule_done(&plugin, &id).await.ok().flatten().unwrap_or(began),
        None => return,
    };
    // What is new begins with its next time.
    if let Some(core) = core.upgrade() {
        let _ = core.journal.set_schedule_done(&plugin, &id, done).await;
    }
    loop {
        let Some(due) = timetable.after(done) else { return };
        let Some(now) = wait(&core, due, &mut stop).await else { return };
        let (latest, missed) = latest(&timetable, due, now);
        let Some(core) = core.upgrade() else { return };
        if schedule.missed == Missed::Once || now.saturating_sub(latest) <= LATE {
            run(&core, &supervisor, &id, latest, missed, &mut stop).await;
            if *stop.borrow() {
                return;
            }
        }
        done = latest;
        if let Err(error) = core.journal.set_schedule_done(&plugin, &id, done).await {
            core.trouble(format!("schedule `{id}` of plugin `{plugin}`: {error}"));
        }
    }
}

/// Waits for a time of the wall clock, which may jump; the time that it is then. `None` where the schedule is stopped before.
async fn wait(core: &Weak<Core>, due: u64, stop: &mut watch::Receiver<bool>) -> Option<u64> {
    loop {
        let (now, check) = {
            let core = core.upgrade()?;
            (core.now(), core.environment.timing.schedule_check)
        };
        if now >= due {
            return Some(now);
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(due - now).min(check)) => {}
            _ = stop.wait_for(|stop| *stop) => return None,
        }
    }
}

/// The last time that was due until now, and how many were before it.
fn latest(timetable: &Timetable, due: u64, now: u64) -> (u64, u64) {
    let (mut latest, mut missed) = (due, 0);
    while let Some(next) = timetable.after(latest).filter(|next| *next <= now && missed < MOST_MISSED) {
        latest = next;
        missed += 1;
    }
    (latest, missed)
}

/// Runs it, and again where that fails, as often as any delivery. A run that is repeated has the same id.
async fn run(
    core: &Arc<Core>,
    supervisor: &Arc<Supervisor>,
    id: &str,
    due: u64,
    missed: u64,
    stop: &mut watch::Receiver<bool>,
) {
    let plugin = &supervisor.plugin;
    let timing = &core.environment.timing;
    let mut pause = timing.retry;
    for attempt in 1..=timing.attempts {
        let result = tokio::select! {
            result = supervisor.call(call(supervisor, id, due, missed)) => result,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let Err(error) = result else { return };
        if attempt == timing.attempts {
            core.trouble(format!("schedule `{id}` of plugin `{}` failed: {error}", plugin.id));
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => pause *= 2,
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// The call of one run; the same for each repeat of it.
pub(crate) fn call(supervisor: &Supervisor, id: &str, due: u64, missed: u64) -> PluginCall {
    let plugin = &supervisor.plugin;
    let run_id = format!("run_{}_{id}_{due}", plugin.id);
    let payload = json!({ "run_id": run_id, "scheduled_at": rfc3339(due), "missed": missed });
    PluginCall {
        kind: CallKind::Schedule,
        name: id.to_owned(),
        payload: raw(&payload),
        timeout: plugin.timeout(),
        context: Arc::new(CallContext::new(run_id)),
        patience: Patience::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_run_makes_up_for_all_that_were_missed() {
        let hourly = Timetable::new("0 * * * *", None).unwrap();
        let hour = 3_600_000;
        assert_eq!(latest(&hourly, hour, hour), (hour, 0));
        assert_eq!(latest(&hourly, hour, 2 * hour - 1), (hour, 0));
        assert_eq!(latest(&hourly, hour, 5 * hour + 1), (5 * hour, 4));
    }
}
