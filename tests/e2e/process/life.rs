//! How commands begin, fail and end.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::{TOOL, attempt};
use crate::support::{Place, Running, processes};

const PING: &str = "@plugin.tool('attempt')\ndef attempt(input, wa):\n    return 'pong'";

#[test]
fn a_command_dies_with_a_killed_host_and_leaves_nothing_for_the_next() {
    let place = Place::with_echo(&[]);
    place.python("py", TOOL, PING);
    let host = Running::start(&place);
    assert_eq!(attempt(&host, &json!({})), Ok(json!("pong")));
    let workers = processes::children(host.pid());
    assert_eq!(workers.len(), 1);
    host.kill();
    processes::wait_until_gone(&workers);
    let left = || std::fs::read_dir(place.path(".wa/processes")).map_or(0, Iterator::count);
    assert_eq!(left(), 1, "a killed host cannot clean up");
    let host = Running::start(&place);
    assert_eq!(left(), 0);
    assert_eq!(attempt(&host, &json!({})), Ok(json!("pong")));
    host.stop();
    assert_eq!(left(), 0);
}

#[test]
fn a_command_that_is_killed_is_started_again() {
    let place = Place::with_echo(&[]);
    place.python("py", TOOL, PING);
    let mut host = Running::start(&place);
    assert_eq!(attempt(&host, &json!({})), Ok(json!("pong")));
    let worker = processes::children(host.pid())[0];
    kill_process(Pid::from_raw(worker.try_into().unwrap()).unwrap(), Signal::KILL).unwrap();
    let failed = host.event_of("workerFailed", "py");
    assert!(failed["reason"].as_str().unwrap().contains("signal: 9"), "{failed}");
    // Events wait out the pause; a tool call says that there is one.
    let again = (0..200).find_map(|_| attempt(&host, &json!({})).ok());
    assert_eq!(again, Some(json!("pong")));
    host.stop();
}

/// What cannot begin is in quarantine, and `inspect` says why.
#[track_caller]
fn does_not_begin(manifest: &str, code: &str, why: &str) {
    let place = Place::with_echo(&[]);
    place.script("py", &format!("{TOOL}\n{manifest}"), code);
    let host = Running::start(&place);
    let said = attempt(&host, &json!({})).unwrap_err();
    assert!(said.contains(why), "{said}");
    assert_eq!(host.console().ask("me", "hi"), "echo: hi");
    host.stop();
    let inspected = place.wa(["plugins", "inspect", "py"]).succeeds();
    assert!(inspected.stdout().contains(why), "{inspected}");
}

#[test]
fn a_program_that_is_not_installed_is_named() {
    does_not_begin(
        "runtime: { kind: process, command: [no-such-interpreter, main.py] }",
        "",
        "there is no program `no-such-interpreter` on the PATH",
    );
}

#[test]
fn a_script_that_fails_is_told_in_its_own_words() {
    let place = Place::with_echo(&[]);
    place.script("py", TOOL, "raise SystemExit('the model file is missing')");
    let host = Running::start(&place);
    let said = attempt(&host, &json!({})).unwrap_err();
    assert!(said.contains("it ended by itself (exit status: 1)"), "{said}");
    host.stop();
    let inspected = place.wa(["plugins", "inspect", "py"]).succeeds();
    assert!(inspected.stdout().contains("the model file is missing"), "{inspected}");
}

#[test]
fn a_handler_that_is_missing_is_named() {
    let code = "import json, sys
for frame in [{'t': 'hello', 'v': 1}, {'t': 'ready', 'v': 1, 'handlers': {'tools': []}}]:
    print(json.dumps(frame), flush=True)
    sys.stdin.readline()";
    does_not_begin("", code, "declares handlers that its code does not have: tool `attempt`");
}

#[test]
fn a_plugin_that_says_failed_is_told() {
    let code = "import json, sys
print(json.dumps({'t': 'hello', 'v': 1}), flush=True)
sys.stdin.readline()
print(json.dumps({'t': 'failed', 'message': 'no licence for Tuesdays'}), flush=True)";
    does_not_begin("", code, "no licence for Tuesdays");
}

#[test]
fn a_plugin_of_another_version_of_the_protocol_is_told() {
    does_not_begin(
        "",
        "print('{\"t\":\"hello\",\"v\":2}', flush=True)",
        "it speaks version 2 of the protocol",
    );
}

#[test]
fn a_native_program_can_come_with_the_package() {
    let place = Place::with_echo(&[]);
    place.script("py", &format!("{TOOL}\nruntime: {{ kind: process, command: [./bin/true] }}"), "");
    let program = ["/bin/true", "/usr/bin/true"].iter().find_map(|path| std::fs::read(path).ok()).unwrap();
    place.write("plugins/py/bin/true", program);
    let host = Running::start(&place);
    // It runs, and ends without a word.
    let said = attempt(&host, &json!({})).unwrap_err();
    assert!(said.contains("it ended by itself (exit status: 0)"), "{said}");
    host.stop();
    place.write("plugins/py/bin/true", "#!/bin/sh\n");
    let checked = place.wa(["plugins", "validate", "plugins/py"]).exits(1);
    assert!(checked.stdout().contains("WA0156"), "{checked}");
}

/// What `inspect` knows of a plugin's worker, once it is known to be in `state`.
fn known(place: &Place, plugin: &str, state: &str) -> Value {
    let known = || place.wa(["plugins", "inspect", plugin, "--json"]).succeeds().json()["health"].take();
    // The record is written after the worker has answered.
    let found = (0..200).map(|_| known()).find(|health| health["state"] == state);
    found.unwrap_or_else(|| panic!("{plugin} is not {state}: {}", known()))
}

#[test]
fn what_holds_a_worker_is_shown_while_it_runs() {
    let place = Place::with_echo(&[]);
    place.python("py", TOOL, PING);
    let host = Running::start(&place);
    assert_eq!(attempt(&host, &json!({})), Ok(json!("pong")));
    assert_eq!(host.console().ask("me", "hi"), "echo: hi");
    for plugin in ["desk", "py"] {
        let health = known(&place, plugin, "running");
        for part in ["landlock", "system_calls", "no_new_privileges"] {
            assert_eq!(health["sandbox"][part]["state"], "enforced", "{plugin}: {health}");
        }
        let shown = place.wa(["plugins", "inspect", plugin]).succeeds();
        assert!(shown.stdout().contains("held by      ") && shown.stdout().contains("landlock"), "{shown}");
    }
    assert_eq!(known(&place, "py", "running")["sandbox"]["not_dumpable"]["state"], "partial");
    let shown = place.wa(["plugins", "inspect", "py"]).succeeds();
    assert!(shown.stdout().contains("not_dumpable in part: "), "{shown}");
    host.stop();
    assert_eq!(known(&place, "py", "stopped")["sandbox"], Value::Null);
    assert!(!place.wa(["plugins", "inspect", "py"]).succeeds().stdout().contains("held by"));
}
