//! Checks of a host at work and of what hosts have left.

use std::net::TcpListener;

use super::{finds, well};
use crate::support::{Place, Running};

#[test]
fn all_is_well_beside_a_running_host() {
    let place = well();
    let host = Running::start(&place);
    assert_eq!(host.console().ask("me", "hello"), "echo: hello");
    finds(&place, 0, &[]);
    let said = place.wa(["doctor", "--only", "host,port,queue"]).succeeds();
    let pid = format!("[ok] running host           pid {}, http://{}\n", host.pid(), host.gateway());
    assert!(said.stdout().contains(&pid), "{said}");
    assert!(said.stdout().contains("[ok] gateway port           held by the running host\n"), "{said}");
    assert!(
        said.stdout().contains("[ok] message queue          0 to handle, 0 to send, 0 given up\n"),
        "{said}"
    );
    host.stop();
    finds(&place, 0, &[]);
}

#[test]
fn what_a_killed_host_has_left_is_found_and_its_record_removed() {
    let place = well();
    let host = Running::start(&place);
    place.wa(["send", "--to", "me", "hello"]).succeeds();
    host.kill();
    let said = finds(&place, 0, &["host WA0515 warning .wa/run/host.json"]);
    assert!(said.stdout().contains("1 message in the queue, and no host runs"), "{said}");
    place.wa(["doctor", "--only", "host", "--fix"]).succeeds();
    assert!(!place.path(".wa/run/host.json").exists());
    finds(&place, 0, &[]);
}

#[test]
fn a_quarantined_plugin_and_its_dead_letters_are_found() {
    let place = Place::with_plugins(&[]);
    let code = "import { definePlugin } from 'wa';
        if (true) throw new Error('no');
        export default definePlugin({ agent: () => ({ text: 'x' }) });";
    place.plugin_code("desk", "agent: true", code);
    place.edit("wa.yaml", ", tools: { allow: ['*'] }", "");
    let mut host = Running::start(&place);
    host.console().say_as("me", "m-1", "hello");
    host.event(|event| event["event"] == "deadLetter");
    host.stop();
    let said = finds(
        &place,
        1,
        &["health WA0510 error .wa/health/desk.json", "queue WA0512 warning .wa/journal.db"],
    );
    let findings = &said.json()["findings"];
    assert!(findings.to_string().contains("`desk` 1.0.0 is quarantined"), "{said}");

    // What is disabled can be as it likes.
    place.edit("wa.yaml", "paths: [./plugins]", "paths: [./plugins], deny: [desk]");
    place.edit("wa.yaml", "handler: desk, ", "");
    finds(&place, 0, &["queue WA0512 warning .wa/journal.db"]);
}

#[test]
fn a_plugin_in_backoff_and_an_unreadable_record_are_found() {
    let place = well();
    let health = r#"{ "schema": 1, "plugin": "desk", "version": "1.0.0", "state": "backoff", "reason": "it crashed",
        "last_words": "", "since": 0, "counters": { "starts": 1, "calls": 0, "failures": 0, "crashes": 1, "queue_full": 0,
        "refused_host_calls": 0, "dropped_logs": 0 } }"#;
    place.write(".wa/health/desk.json", health);
    finds(&place, 0, &["health WA0511 warning .wa/health/desk.json"]);
    place.write(".wa/health/desk.json", health.replace("1.0.0", "0.9.0"));
    finds(&place, 0, &[]);
    place.write(".wa/health/desk.json", "{");
    finds(&place, 1, &["health WA0514 error .wa/health/desk.json"]);
}

#[test]
fn a_journal_that_is_none_is_found() {
    let place = well();
    place.write(".wa/journal.db", "no database, but long enough to be taken for one: ".repeat(20));
    finds(&place, 1, &["queue WA0514 error .wa/journal.db"]);
}

#[test]
fn a_port_that_another_program_has_is_found() {
    let place = well();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    place.edit("wa.yaml", "127.0.0.1:0", &other.local_addr().unwrap().to_string());
    let line = place.read("wa.yaml").lines().position(|line| line.starts_with("server:")).unwrap() + 1;
    finds(&place, 1, &[&format!("port WA0516 error wa.yaml:{line}")]);
    drop(other);
    finds(&place, 0, &[]);
}
