//! Services that are asked whether they are well, and schedules under a clock that the test sets.

use crate::{
    rig::{PROJECT, options, plugin},
    trial,
};
use libtest_mimic::Trial;
use runtime_host::{Host, Notice, Timing, notice::NoticeStream};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("a_service_that_is_not_well_is_started_anew", a_service_that_is_not_well_is_started_anew),
        trial(
            "a_schedule_runs_when_its_time_has_come_and_once",
            a_schedule_runs_when_its_time_has_come_and_once,
        ),
    ]
}

async fn logged(notices: &mut NoticeStream, wanted: &str) {
    loop {
        match notices.next().await {
            Some(Notice::Log { message, .. }) if message == wanted => return,
            Some(_) => {}
            None => panic!("the host ended before `{wanted}` was logged"),
        }
    }
}

async fn a_service_that_is_not_well_is_started_anew() {
    let code = "export default definePlugin({ services: { pump: {
        start: async (_, wa) => { wa.log.info('started'); for (;;) await wa.sleep(60_000); },
        stop: (_, wa) => wa.log.info('stopped'),
        health: () => ({ ok: false, message: 'no pressure' }),
    } } });";
    let directory = tempfile::tempdir().unwrap();
    let timing = Timing { health: Duration::from_millis(10), ..Timing::default() };
    let plugins = vec![plugin("pumps", "services: [{ id: pump }]", code)];
    let (options, mut notices) = options(&directory, PROJECT, plugins, timing);
    let host = Host::start(options).await.unwrap();
    for _ in 0..2 {
        logged(&mut notices, "started").await;
        logged(&mut notices, "stopped").await;
    }
    let status = host.status().await.unwrap();
    let pump = &status.plugins[0].services["pump"];
    assert!(pump.restarts >= 1, "{pump:?}");
    host.stop().await;
}

async fn a_schedule_runs_when_its_time_has_come_and_once() {
    let code = "export default definePlugin({ schedules: {
        hourly: (due, wa) => wa.log.info(`${due.scheduled_at} ${due.missed}`),
    } });";
    let manifest = "schedules: [{ id: hourly, cron: '0 * * * *' }]";
    let directory = tempfile::tempdir().unwrap();
    let seconds = Arc::new(AtomicU64::new(10 * 3600 + 1));
    let clock = {
        let seconds = Arc::clone(&seconds);
        move || SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.load(Ordering::Relaxed))
    };
    let timing = Timing { schedule_check: Duration::from_millis(5), ..Timing::default() };
    let (mut options, mut notices) =
        options(&directory, PROJECT, vec![plugin("clock", manifest, code)], timing);
    options.clock = Arc::new(clock);
    let host = Host::start(options).await.unwrap();
    seconds.store(11 * 3600, Ordering::Relaxed);
    logged(&mut notices, "1970-01-01T11:00:00.000Z 0").await;
    // The clock jumps: a suspended machine, or a correction.
    seconds.store(14 * 3600 + 59, Ordering::Relaxed);
    logged(&mut notices, "1970-01-01T14:00:00.000Z 2").await;
    // Backwards, and to the same hour again: it has been done.
    seconds.store(13 * 3600, Ordering::Relaxed);
    seconds.store(14 * 3600 + 60, Ordering::Relaxed);
    seconds.store(15 * 3600, Ordering::Relaxed);
    logged(&mut notices, "1970-01-01T15:00:00.000Z 0").await;
    host.stop().await;
}
