//! The host is killed at random moments while messages go to a phone and come from it over a line that loses, doubles and
//! reorders them, breaks, and stays open with nothing passing: what either side was promised arrives, and no message under two ids.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::support::whatsapp::{ANA, OWN, Simulator};
use crate::support::{Place, Random, Running};

const SESSION: &str = ".wa/agents/ana/whatsapp/default";
const KILLS: u32 = 200;

#[test]
fn nothing_is_lost_or_doubled_between_host_and_phone() {
    let mut random = Random::seeded();
    let place = Place::with_echo(&[]);
    place.edit("wa.yaml", "channel: console", "channel: whatsapp");
    let pace = "rate_limit: { global_per_sec: 1000, per_jid_per_sec: 1000, burst: 1000 }";
    place.configure(&format!(
        "channels: {{ whatsapp: {{ {pace}, behavior: {{ skip_backlog_age_secs: 0 }} }} }}"
    ));
    let mut simulator = Simulator::start(&place, &[SESSION]);
    simulator.command(&json!({ "do": "faults", "twice": 15, "lost": 10, "overtaken": 10, "swallowed": 10 }));
    let mut promised = BTreeSet::new();
    for kill in 0..KILLS {
        let host = Running::start_with(&place, &["--simulator", &simulator.address]);
        for message in 0..random.within(1..4) {
            let text = format!("in {kill}.{message}");
            simulator.write(&text);
            promised.insert(format!("echo: {text}"));
        }
        match random.within(0..6) {
            0 | 1 => drop(simulator.command(&json!({ "do": "cut", "account": OWN }))),
            // The host goes on sending into a line that takes everything and passes nothing.
            2 => drop(simulator.command(&json!({ "do": "freeze", "account": OWN }))),
            _ => {}
        }
        let text = format!("out {kill}");
        let sent = place.wa(["send", "--channel", "whatsapp", "--to", ANA, "--id", &text, &text]);
        if sent.status() == Some(0) {
            promised.insert(text);
        }
        thread::sleep(Duration::from_millis(random.within(0..120)));
        host.kill();
    }
    simulator.command(&json!({ "do": "faults" }));
    let mut host = Running::start_with(&place, &["--simulator", &simulator.address]);
    let mut heard: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    while !promised.iter().all(|text| heard.contains_key(text)) {
        let Some(message) = simulator.next_heard() else {
            let missing: Vec<&String> = promised.iter().filter(|text| !heard.contains_key(*text)).collect();
            panic!("{missing:?} did not come; the host:\n{:#?}", host.events());
        };
        let [text, id] = ["text", "id"].map(|name| message[name].as_str().unwrap().to_owned());
        heard.entry(text).or_default().insert(id);
    }
    host.stop();
    let doubled: Vec<_> = heard.iter().filter(|(_, ids)| ids.len() > 1).collect();
    assert!(doubled.is_empty(), "under two ids: {doubled:?}");
    let foreign: Vec<_> = heard.keys().filter(|text| !promised.contains(*text)).collect();
    assert!(foreign.iter().all(|text| text.starts_with("out ")), "{foreign:?}");
    println!("{} messages over {KILLS} kills", promised.len());
    assert!(promised.len() > KILLS as usize, "there was hardly any load");
}
