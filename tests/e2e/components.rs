//! Plugins that are WebAssembly components, from hand-written text and from Rust.

pub(crate) mod building;
mod cache;
mod hostile;
mod wat;
mod world;

use serde_json::json;

use crate::support::{Place, Running, processes};
use wat::Module;

/// Answers with what it was given.
const ECHO: &str = "(call $answer (local.get $payload) (local.get $payload_len))";

#[test]
fn a_component_answers_as_any_plugin_does() {
    let place = Place::with_echo(&[]);
    place.component(
        "parrot",
        "tools: [{ name: parrot, description: Repeats, input: { type: object } }]",
        &Module::tool("parrot", ECHO),
    );
    let checked = place.wa(["plugins", "validate", "plugins/parrot"]).succeeds();
    assert!(checked.stderr().contains("nothing wrong, 1 worth knowing"), "{checked}");
    let host = Running::start(&place);
    for n in 0..20 {
        assert_eq!(host.tool("parrot", &json!({ "n": n })), Ok(json!({ "n": n })));
    }
    host.stop();
}

#[test]
fn what_a_component_imports_must_be_permitted() {
    let place = Place::with_project();
    let tool = "tools: [{ name: keep, description: Keeps, input: { type: object } }]";
    let module = Module::tool("keep", ECHO).importing("storage", "set");
    place.component("keeper", tool, &module);
    let refused = place.wa(["plugins", "validate", "plugins/keeper"]);
    assert_eq!(refused.status(), Some(1));
    assert!(
        refused.stdout().contains(
            "error[WA0215]: the component imports `wa:plugin/storage`, which the manifest does not permit"
        ),
        "{refused}"
    );
    place.component("keeper", &format!("{tool}\npermissions: {{ storage: 1MiB }}"), &module);
    place.wa(["plugins", "validate", "plugins/keeper"]).succeeds();
}

#[test]
fn what_a_component_handles_is_compared_without_running_it() {
    let place = Place::with_project();
    let tools = "tools: [{ name: one, description: One, input: { type: object } }]";
    place.component("desk", tools, &Module::tool("two", ECHO).saying("tool two\n"));
    let refused = place.wa(["plugins", "validate", "plugins/desk"]);
    assert_eq!(refused.status(), Some(1));
    for wanted in [
        "error[WA0213]: the component has no handler for the tool `one`",
        "error[WA0214]: the component handles the tool `two`",
    ] {
        assert!(refused.stdout().contains(wanted), "{refused}");
    }
    // Without the section it is not known before the component starts.
    place.component("desk", tools, &Module::tool("two", ECHO));
    let unknown = place.wa(["plugins", "validate", "plugins/desk"]).succeeds();
    assert!(unknown.stdout().contains("info[WA0211]"), "{unknown}");
}

#[test]
fn a_component_without_what_its_manifest_declares_is_not_run() {
    let place = Place::with_echo(&[]);
    let tools = "tools: [{ name: one, description: One, input: { type: object } }]";
    place.component("other", tools, &Module::tool("two", ECHO));
    let host = Running::start(&place);
    let refused = host.tool("one", &json!({})).unwrap_err();
    assert!(refused.contains("declares handlers that its code does not have: tool `one`"), "{refused}");
    host.stop();
}

#[test]
fn a_core_module_and_a_component_of_another_world_are_refused() {
    let place = Place::with_project();
    let tool = "tools: [{ name: keep, description: Keeps, input: { type: object } }]";
    for (text, why) in [
        ("(module)", "it is a core module, not a component"),
        (
            "(component (import \"wasi:filesystem/preopens@0.2.0\" (instance)))",
            "it imports `wasi:filesystem/preopens@0.2.0`",
        ),
        ("(component)", "it does not fit the world `wa:plugin`"),
    ] {
        place.component_bytes("other", tool, &::wat::parse_str(text).unwrap());
        let refused = place.wa(["plugins", "validate", "plugins/other"]);
        assert_eq!(refused.status(), Some(1), "{text}");
        assert!(
            refused.stdout().contains("error[WA0220]") && refused.stdout().contains(why),
            "{text}: {refused}"
        );
    }
}

#[test]
fn a_handler_that_waits_holds_no_other_of_its_component() {
    let place = Place::with_echo(&[]);
    // What it is given is for the host's clock, unless it is a short text.
    let body = "(if (result i32) (i32.lt_u (local.get $payload_len) (i32.const 4))
        (then (call $answer (local.get $payload) (local.get $payload_len)))
        (else (call $import (local.get $payload) (local.get $payload_len) (i32.const 64)) (i32.const 64)))";
    let tool = "tools: [{ name: wait, description: Waits, input: { type: object } }]\nruntime: { kind: wasm, entry: plugin.wasm, timeout: 60s }";
    place.component("waiter", tool, &Module::tool("wait", body).importing("clock", "sleep"));
    let host = Running::start(&place);
    std::thread::scope(|scope| {
        let long = scope.spawn(|| place.wa(["tools", "call", "wait", "{\"ms\":600000}"]));
        // Once the first is known to be there, the second must come through.
        while host.rpc("status", &json!({})).unwrap()["plugins"]
            .as_array()
            .unwrap()
            .iter()
            .all(|plugin| plugin["id"] != "waiter" || plugin["counters"]["calls"] == 0)
        {}
        assert_eq!(host.tool("wait", &json!({})), Ok(json!({})));
        let worker = processes::children(host.pid())[0];
        processes::kill(worker);
        let long = long.join().unwrap();
        assert!(long.stderr().contains("worker ended"), "{long}");
    });
    host.kill();
}

#[test]
fn a_component_asks_the_host_and_gets_its_answers() {
    let place = Place::with_echo(&[]);
    // The outcome of a host call has the shape of a handler's own.
    let pass = "(call $import (local.get $payload) (local.get $payload_len) (i32.const 64)) (i32.const 64)";
    for (id, function) in [("set", "set"), ("get", "get")] {
        let tool = format!(
            "tools: [{{ name: {id}, description: Stores, input: {{ type: object }} }}]\npermissions: {{ storage: 1MiB }}"
        );
        place.component(id, &tool, &Module::tool(id, pass).importing("storage", function));
    }
    let host = Running::start(&place);
    assert_eq!(host.tool("set", &json!({ "key": "a", "value": [1, 2] })), Ok(json!(null)));
    assert_eq!(host.tool("get", &json!({ "key": "a" })), Ok(json!(null)), "a plugin's storage is its own");
    let wrong = host.tool("set", &json!({ "kee": "a" })).unwrap_err();
    assert!(wrong.contains("kee"), "{wrong}");
    host.stop();
}

#[test]
fn a_worker_with_a_component_is_locked_down() {
    let place = Place::with_echo(&[]);
    place.component(
        "parrot",
        "tools: [{ name: parrot, description: Repeats, input: { type: object } }]",
        &Module::tool("parrot", ECHO),
    );
    let host = Running::start(&place);
    host.tool("parrot", &json!({})).unwrap();
    let workers = processes::children(host.pid());
    assert_eq!(workers.len(), 1);
    let status = processes::status(workers[0]);
    for (field, value) in
        [("NoNewPrivs", "1"), ("Seccomp", "2"), ("Threads", "1"), ("CapEff", "0000000000000000")]
    {
        assert_eq!(status[field], value, "{field}: {status:?}");
    }
    assert_eq!(processes::descriptors(workers[0]), ["0", "1", "2"]);
    host.kill();
    processes::wait_until_gone(&workers);
}
