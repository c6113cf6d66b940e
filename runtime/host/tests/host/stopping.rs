//! A clean stop: what is in hand ends, what cannot end is cut off, and nothing is lost either way.

use crate::{
    rig::{PROJECT, Rig, echo_agent, hear, plugin, quick, text_of},
    trial,
};
use libtest_mimic::Trial;
use runtime_host::{
    Notice, Timing,
    health::{self, State},
};
use std::{sync::Arc, time::Duration};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("stopping::a_call_in_flight_finishes", a_call_in_flight_finishes),
        trial("stopping::a_hanging_call_is_cut_off_and_resumed", a_hanging_call_is_cut_off_and_resumed),
        trial("stopping::an_idle_host_stops_at_once", an_idle_host_stops_at_once),
    ]
}

async fn started(rig: &mut Rig) {
    rig.notice(|notice| matches!(notice, Notice::WorkerStarted { .. }).then_some(())).await;
}

async fn a_call_in_flight_finishes() {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let slow = "export default definePlugin({ agent: ({ message }) => {
        const end = Date.now() + 300; while (Date.now() < end);
        return { text: 'slow ' + message.text };
    } });";
    let mut rig =
        Rig::on(Arc::clone(&directory), PROJECT, vec![plugin("desk", "agent: true", slow)], quick()).await;
    rig.console().say("me", None, "hi").await.unwrap();
    started(&mut rig).await;
    let layout = rig.layout();
    rig.host.stop().await;
    assert_eq!(health::read(&layout, &"desk".parse().unwrap()).unwrap().unwrap().state, State::Stopped);
    // The turn ended before the stop, so its answer waits in the outbox, and no plugin is needed any more.
    let rig = Rig::on(directory, PROJECT, vec![], quick()).await;
    assert_eq!(text_of(&hear(&mut rig.console()).await), "slow hi");
    rig.host.stop().await;
}

async fn a_hanging_call_is_cut_off_and_resumed() {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let head = "agent: true\nruntime: { kind: js, entry: index.js, timeout: 30s }";
    let hanging = plugin(
        "desk",
        head,
        "export default definePlugin({ agent: async () => { await new Promise(() => {}); } });",
    );
    let timing = Timing { drain: Duration::from_millis(100), ..quick() };
    let mut rig = Rig::on(Arc::clone(&directory), PROJECT, vec![hanging], timing).await;
    rig.console().say("me", None, "hi").await.unwrap();
    started(&mut rig).await;
    let begun = tokio::time::Instant::now();
    rig.host.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let rig = Rig::on(directory, PROJECT, vec![echo_agent()], quick()).await;
    assert_eq!(text_of(&hear(&mut rig.console()).await), "echo: hi");
    rig.host.stop().await;
}

async fn an_idle_host_stops_at_once() {
    let rig = Rig::new(vec![echo_agent()]).await;
    let silent = rig.client(|client| client.chat(&[]).unwrap()).await;
    let begun = tokio::time::Instant::now();
    rig.host.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    drop(silent);
}
