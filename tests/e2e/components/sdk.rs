//! The SDK for Rust against the real host: a plugin that does with each part of it whatever can be done.

use serde_json::{Value, json};

use super::building::build;
use crate::support::{Place, Running, repository};

#[test]
fn every_part_of_the_sdk_meets_the_host() {
    let place = Place::with_echo(&[]);
    place.copy(&repository("tests/e2e/components/everything"), "plugins/everything");
    build(&place, "plugins/everything").succeeds();
    let tested = place.wa(["plugins", "test", "plugins/everything"]).succeeds();
    assert!(tested.stderr().contains("16 passed, 0 failed"), "{tested}");
    answers_in_pieces(&place);
}

/// Who asks a capability, and who writes on a plugin's channel, are outside of scenarios.
fn answers_in_pieces(place: &Place) {
    let host = Running::start(place);
    let request = json!({ "messages": [{ "role": "user", "text": "hi" }] }).to_string();
    let asked = place.wa(["capability", "call", "textInference", &request, "--stream"]).succeeds();
    let lines: Vec<Value> = asked.stdout().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], json!({ "chunk": { "text": "hi" } }));
    assert_eq!(lines[1]["response"], json!({ "text": "hi", "finish_reason": "stop" }));
    let bearer = format!("Bearer {}", host.token());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let message = json!({ "id": "m1", "chat": "garden", "from": "ana", "text": "hello" }).to_string();
    for answer in ["new", "a repeat"] {
        let inbound = host.http("POST", "/plugins/everything/inbound", &headers, message.as_bytes());
        assert_eq!((inbound.status, inbound.body.as_str()), (200, answer));
    }
    host.stop();
}
