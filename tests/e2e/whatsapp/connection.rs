//! An account whose connection is lost, slow, taken or ended.

use serde_json::json;

use super::{CHAT, SESSION, place, start, status};
use crate::support::Running;
use crate::support::whatsapp::{OWN, Simulator};

#[test]
fn a_lost_connection_comes_back_and_nothing_is_lost() {
    let place = place("");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let mut host = start(&place, &simulator);
    simulator.command(&json!({ "do": "cut", "account": OWN }));
    host.event(|event| event["event"] == "channelChanged" && event["state"] == "reconnecting");
    simulator.write("after the cut");
    assert_eq!(simulator.heard()["text"], "echo: after the cut");
    host.stop();
}

#[test]
fn an_account_that_the_phone_removed_says_so_once_and_waits() {
    let place = place("");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let mut host = start(&place, &simulator);
    simulator.command(&json!({ "do": "unlink", "account": OWN }));
    let expired = host.event(|event| event["state"] == "credentials_expired");
    let reason = expired["reason"].as_str().unwrap();
    assert!(reason.contains("wa setup pair whatsapp --agent ana --replace"), "{reason}");
    // What is to go out waits for a new pairing.
    place.wa(["send", "--channel", "whatsapp", "--to", CHAT, "later"]).succeeds();
    let status = place.wa(["status", "--json"]).succeeds().json();
    assert_eq!(status["host"]["channels"][0]["state"], "credentials_expired");
    assert_eq!(status["host"]["queues"]["outbox_queued"], 1);
    let again = host.events().iter().filter(|event| event["state"] == "credentials_expired").count();
    assert_eq!(again, 0, "once is enough");
    host.stop();
}

#[test]
fn an_account_that_is_not_paired_says_which_command_pairs_it() {
    let place = place("");
    let mut host = Running::start(&place);
    let said = host.event(|event| event["event"] == "channelChanged");
    assert_eq!(said["state"], "not_paired");
    assert_eq!(said["reason"], "pair it with `wa setup pair whatsapp --agent ana`");
    assert_eq!(status(&place)["state"], "not_paired");
    host.stop();
}

#[test]
fn one_process_has_an_account() {
    let place = place("");
    let simulator = Simulator::start(&place, &[SESSION]);
    let host = start(&place, &simulator);
    let pair =
        ["setup", "pair", "whatsapp", "--agent", "ana", "--replace", "--simulator", &simulator.address];
    let refused = place.wa(pair).exits(1);
    let holder = format!("the account is in use by process {} (wa run)", host.pid());
    assert!(refused.stderr().contains(&holder), "{refused}");
    host.kill();
    // Nobody has it any more, whatever the file says.
    let host = start(&place, &simulator);
    host.stop();
}

#[test]
fn a_slow_line_is_only_slow() {
    let place = place("");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    simulator.command(&json!({ "do": "faults", "delay_ms": 150 }));
    let host = start(&place, &simulator);
    for text in ["one", "two"] {
        simulator.write(text);
        assert_eq!(simulator.heard()["text"], format!("echo: {text}"));
    }
    host.stop();
}

#[test]
fn a_device_that_somebody_else_uses_is_given_up() {
    let place = place("");
    let mut simulator = Simulator::start(&place, &[SESSION]);
    let mut host = start(&place, &simulator);
    simulator.command(&json!({ "do": "replace", "account": OWN }));
    let expired = host.event(|event| event["state"] == "credentials_expired");
    assert!(expired["reason"].as_str().unwrap().starts_with("another process uses this device"), "{expired}");
    host.stop();
}
