//! Hostile components, one for each attempt, beside healthy plugins. Each is stopped, and the host and the others go on.

use serde_json::json;

use super::wat::Module;
use crate::support::{Place, Running};

/// What a component tries in its handler, and any of the words that say why it got nothing.
const ATTEMPTS: [(&str, &[&str]); 12] = [
    ("(loop (br 0)) unreachable", &["budget of processor time"]),
    (
        "(loop (drop (memory.grow (i32.const 1))) (br 0)) unreachable",
        &["reached its 32 MiB of memory", "budget of processor time"],
    ),
    (
        "(loop (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable",
        &["reached its 32 MiB of memory"],
    ),
    ("unreachable", &["wasm `unreachable` instruction executed"]),
    ("(i32.load (i32.const -16))", &["out of bounds memory access"]),
    ("(i32.div_u (i32.const 1) (i32.const 0))", &["integer divide by zero"]),
    (
        "(call $call (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5)) (drop) (call $call (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5))",
        &["stack overflowed"],
    ),
    // Answers that lie: beyond the memory, not UTF-8, not JSON, larger than a frame.
    ("(i32.const -8)", &["out of bounds", "unaligned"]),
    ("(call $answer (i32.const 65536) (i32.const 0x7fffffff))", &["out of bounds"]),
    (
        "(i32.store8 (i32.const 512) (i32.const 0xff)) (call $answer (i32.const 512) (i32.const 1))",
        &["utf-8"],
    ),
    (
        "(i32.store8 (i32.const 512) (i32.const 0x7b)) (call $answer (i32.const 512) (i32.const 1))",
        &["not JSON"],
    ),
    (
        "(drop (memory.grow (i32.const 64)))
         (memory.fill (i32.const 131072) (i32.const 0x31) (i32.const 2097152))
         (call $answer (i32.const 131072) (i32.const 2097152))",
        &["over the 1048576 allowed"],
    ),
];

/// A budget of processor time that is a small part of what a call may take on the clock, half a second more: also a busy machine spends it.
fn tool(number: usize) -> String {
    format!(
        "tools: [{{ name: attempt_{number}, description: Tries, input: {{ type: object }} }}]\nruntime: {{ kind: wasm, entry: plugin.wasm, timeout: 100ms }}"
    )
}

fn healthy() -> Place {
    let place = Place::with_echo(&[]);
    let ping = "tools: [{ name: ping, description: Pings, input: { type: object } }]";
    place.component("healthy", ping, &Module::tool("ping", super::ECHO));
    place
}

#[track_caller]
fn all_is_well(host: &Running) {
    assert_eq!(host.tool("ping", &json!({})), Ok(json!({})));
    assert_eq!(host.console().ask("me", "hi"), "echo: hi");
}

#[test]
fn what_a_component_tries_is_stopped_and_harms_nobody() {
    let place = healthy();
    for (number, (body, _)) in ATTEMPTS.iter().enumerate() {
        let module = Module::tool(&format!("attempt_{number}"), body);
        place.component(&format!("hostile-{number}"), &tool(number), &module);
    }
    let host = Running::start(&place);
    for (number, (body, whys)) in ATTEMPTS.iter().enumerate() {
        let said = host.tool(&format!("attempt_{number}"), &json!({})).unwrap_err();
        assert!(whys.iter().any(|why| said.to_lowercase().contains(&why.to_lowercase())), "{body}: {said}");
        all_is_well(&host);
        // A component that failed is there for the next call, in an instance that knows nothing of the last.
        let again = host.tool(&format!("attempt_{number}"), &json!({})).unwrap_err();
        assert!(whys.iter().any(|why| again.to_lowercase().contains(&why.to_lowercase())), "{body}: {again}");
    }
    host.stop();
}

#[test]
fn an_instance_is_discarded_after_a_trap() {
    let place = healthy();
    // Counts its calls in its memory, and traps at the third.
    let body = "(i32.store (i32.const 600) (i32.add (i32.load (i32.const 600)) (i32.const 1)))
        (if (i32.gt_u (i32.load (i32.const 600)) (i32.const 2)) (then unreachable))
        (i32.store8 (i32.const 512) (i32.add (i32.const 0x30) (i32.load (i32.const 600))))
        (call $answer (i32.const 512) (i32.const 1))";
    place.component("counter", &tool(0), &Module::tool("attempt_0", body));
    let host = Running::start(&place);
    let count = || host.tool("attempt_0", &json!({}));
    assert_eq!((count(), count()), (Ok(json!(1)), Ok(json!(2))));
    assert!(count().is_err());
    assert_eq!(count(), Ok(json!(1)), "what the trap left behind is used again");
    host.stop();
}

#[test]
fn what_runs_before_the_first_call_is_bounded_too() {
    let place = healthy();
    let endless = "(func $start (loop (br 0)))\n(start $start)";
    for (number, module) in [
        Module::tool("attempt_0", "unreachable").with(endless),
        Module::tool("attempt_1", "unreachable").with_handlers("(loop (br 0)) unreachable"),
        Module::tool("attempt_2", "unreachable").with_handlers(
            "(i32.store (i32.const 8) (i32.const 0)) (i32.store (i32.const 12) (i32.const 3)) (i32.const 8)",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        place.component(&format!("hostile-{number}"), &tool(number), &module);
    }
    let host = Running::start(&place);
    for (number, why) in
        ["budget of processor time", "budget of processor time", "what `handlers` says is wrong"]
            .iter()
            .enumerate()
    {
        let said = host.tool(&format!("attempt_{number}"), &json!({})).unwrap_err();
        assert!(said.contains(why), "{said}");
        all_is_well(&host);
    }
    host.stop();
}

#[test]
fn a_component_that_floods_the_log_is_cut_short() {
    let place = healthy();
    let flood = "(loop (call $log (i32.const 1024) (i32.const 4) (i32.const 1024) (i32.const 60) (i32.const 1024) (i32.const 4)) (br 0)) unreachable";
    place.component("flood", &tool(0), &Module::tool("attempt_0", flood).logging());
    let host = Running::start(&place);
    let said = host.tool("attempt_0", &json!({})).unwrap_err();
    assert!(said.contains("budget of processor time"), "{said}");
    all_is_well(&host);
    host.stop();
}

#[test]
fn a_component_reaches_no_origin_that_is_not_its_own() {
    let place = healthy();
    let pass = "(call $import (local.get $payload) (local.get $payload_len) (i32.const 64)) (i32.const 64)";
    let manifest = format!(
        "{}\npermissions: {{ network: [\"https://api.example.com\"] }}",
        tool(0).replace("100ms", "2s")
    );
    place.component("fetcher", &manifest, &Module::tool("attempt_0", pass).importing("http", "fetch"));
    let host = Running::start(&place);
    let said = host.tool("attempt_0", &json!({ "url": "https://other.example.com/" })).unwrap_err();
    assert!(said.contains("other.example.com"), "{said}");
    all_is_well(&host);
    host.stop();
}
