//! Out of the sandbox: files, network, processes, by every name that some engine has given them.

use serde_json::json;

use super::{all_is_well, are_stopped, attempt, gives, healthy};
use crate::support::Running;
use crate::support::http::{self, Server};

const UNDEFINED: &[&str] = &["is not defined"];
const NO_MODULE: &[&str] =
    &["could not load", "could not resolve", "Error resolving", "no module", "not found", "import"];

#[test]
fn files_are_out_of_reach() {
    are_stopped(&[
        attempt("require('fs').writeFileSync('CANARY', 'x')", UNDEFINED),
        attempt("process.binding('fs').open('CANARY')", UNDEFINED),
        attempt("std.open('CANARY', 'w').puts('x')", UNDEFINED),
        attempt("os.open('CANARY', 0o101)", UNDEFINED),
        attempt("Deno.writeTextFileSync('CANARY', 'x')", UNDEFINED),
        attempt("await Bun.write('CANARY', 'x')", UNDEFINED),
        attempt("loadScript('/etc/passwd')", UNDEFINED),
        attempt("const name = ['f', 's'].join(''); await import(name)", NO_MODULE),
        attempt("const name = '/etc/' + 'passwd'; await import(name)", NO_MODULE),
        attempt("const name = 'file://' + 'CANARY'; await import(name)", NO_MODULE),
        attempt("const name = '../healthy/' + 'index.js'; await import(name)", NO_MODULE),
    ]);
}

#[test]
fn the_network_is_out_of_reach() {
    let server = Server::saying(http::ok("reached"));
    are_stopped(&[
        attempt("await fetch('http://127.0.0.1/')", UNDEFINED),
        attempt("new XMLHttpRequest()", UNDEFINED),
        attempt("new WebSocket('ws://127.0.0.1/')", UNDEFINED),
        attempt("os.connect('127.0.0.1', 80)", UNDEFINED),
        attempt(
            "await wa[['fetch'].join()]('http://127.0.0.1/')",
            &["the plugin may not use the network; `permissions.network:"],
        ),
    ]);
    let place = healthy();
    let code =
        format!("tools: {{ attempt: async (input, wa) => wa[['fetch'].join()]('{}') }}", server.origin());
    place.plugin("evil", super::TOOL, &code);
    let host = Running::start(&place);
    assert!(host.tool("attempt", &json!({})).unwrap_err().contains("`permissions.network:"));
    assert!(server.requests.try_recv().is_err(), "the request went out");
    all_is_well(&place, &host);
    host.stop();
}

#[test]
fn processes_are_out_of_reach() {
    are_stopped(&[
        attempt("os.exec(['touch', 'CANARY'])", UNDEFINED),
        attempt("std.popen('touch CANARY', 'r')", UNDEFINED),
        attempt("require('child_process').execSync('touch CANARY')", UNDEFINED),
        attempt("process.kill(1)", UNDEFINED),
        attempt("std.exit(0)", UNDEFINED),
        attempt("new Worker('data:,1')", UNDEFINED),
        attempt("new os.Worker('data:,1')", UNDEFINED),
        attempt("new Function('return process')().exit(1)", UNDEFINED),
        attempt("(0, eval)('process.exit(1)')", UNDEFINED),
    ]);
}

#[test]
fn there_is_nothing_but_the_language() {
    let names = "['process', 'require', 'module', 'std', 'os', 'scriptArgs', 'print', 'gc', 'bjson', 'fetch', 'setTimeout', 'Deno', 'Bun', 'WebAssembly', 'Worker', 'navigator']";
    gives(&format!("return {names}.filter((name) => name in globalThis)"), &json!([]));
    gives(
        "return [typeof wa.process, Object.isFrozen(wa), Object.isFrozen(wa.plugin)]",
        &json!(["undefined", true, true]),
    );
}
