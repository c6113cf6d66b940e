//! Programs that load, and the many that must not.

use runtime_protocol::{Enforcement, Limits, Program, Start, StartFailed};
use serde_json::{Value, json};

use crate::driver::{Process, Worker, modules, program, value};

fn refused(start: Start) -> StartFailed {
    match Worker::try_start(start) {
        Ok(_) => panic!("it loaded"),
        Err(refusal) => {
            let (failed, mut process) = *refusal;
            let (code, words) = process.wait();
            assert_eq!(code, Some(1), "{words}");
            assert!(words.contains(failed.message.lines().next().unwrap()), "{words}");
            failed
        }
    }
}

#[test]
fn a_program_imports_its_own_files() {
    let mut worker = Worker::start(modules(&[
        (
            "src/main.ts",
            "import { two } from './lib/numbers.ts'; import * as wa from 'wa';
            export default wa.definePlugin({ tools: {
                two: () => two,
                later: async () => (await import('../late.ts')).default,
                exports: () => Object.keys(wa).sort(),
            } });",
        ),
        ("src/lib/numbers.ts", "import { one } from '../one.js'; export const two = one + 1;"),
        ("src/one.js", "export const one = 1;"),
        ("late.ts", "export default 'late';"),
    ]));
    assert_eq!(value(worker.tool("two", &Value::Null)), 2);
    assert_eq!(value(worker.tool("later", &Value::Null)), "late");
    assert_eq!(value(worker.tool("exports", &Value::Null)), json!(["block", "definePlugin"]));
}

#[test]
fn nothing_else_can_be_imported() {
    for specifier in [
        "fs",
        "node:fs",
        "std",
        "os",
        "qjs:std",
        "qjs:os",
        "bjson",
        "/etc/passwd",
        "../other.js",
        "./none.js",
        "file:///etc/passwd",
        "https://example.org/x.js",
        "data:text/javascript,export default 1",
        "",
    ] {
        let failed = refused(program(&format!("import x from {specifier:?}; export default {{}};")));
        assert!(failed.message.contains(specifier), "{specifier}: {}", failed.message);
        let mut worker = Worker::with_tools(&format!(
            "load: async () => {{ try {{ await import({specifier:?}); return 'loaded' }} catch (e) {{ return 'refused' }} }}"
        ));
        assert_eq!(value(worker.tool("load", &Value::Null)), "refused", "{specifier}");
    }
}

#[test]
fn there_is_no_host_environment() {
    let mut worker = Worker::with_tools(
        "globals: () => Object.getOwnPropertyNames(globalThis).filter((name) => /^[a-z_]/.test(name)).sort(),
         zone: () => new Date(0).getTimezoneOffset()",
    );
    assert_eq!(
        value(worker.tool("globals", &Value::Null)),
        json!([
            "atob",
            "btoa",
            "console",
            "decodeURI",
            "decodeURIComponent",
            "encodeURI",
            "encodeURIComponent",
            "escape",
            "eval",
            "globalThis",
            "isFinite",
            "isNaN",
            "parseFloat",
            "parseInt",
            "performance",
            "queueMicrotask",
            "undefined",
            "unescape"
        ])
    );
    assert_eq!(value(worker.tool("zone", &Value::Null)), 0);
}

#[test]
fn a_program_that_does_not_load_says_where_and_why() {
    for (code, expected) in [
        ("export default {", "SyntaxError: "),
        ("let x = 1;\nthrow new TypeError('bad');", "TypeError: bad\nat <anonymous> (main.js:2:"),
        ("throw 'a string'", "a string"),
        ("export const a = 1;", "main.js has no default export"),
        ("export default 5;", "main.js has no default export"),
        ("export default { tool: {} };", "unknown key `tool` in definePlugin"),
        ("export default { tools: 5 };", "`tools` in definePlugin is not an object of handlers"),
        ("export default { tools: { a: 'b' } };", "the handler `a` in tools is not a function"),
        ("export default { agent: {} };", "in agent is not a function"),
        (
            "export default { get tools() { throw new Error('getter') } };",
            "definePlugin cannot be read: getter",
        ),
        ("await new Promise(() => {}); export default {};", "waits at its top level"),
        ("for (;;) {}", "loading took more than its 200 ms"),
        ("await 0; for (;;) {}", "loading took more than its 200 ms"),
        ("for (;;) await 0; export default {};", "loading took more than its 200 ms"),
        ("const all = []; for (;;) all.push(new Array(1e5).fill(0));", "InternalError: out of memory"),
        ("const f = () => f() + 1; f();", "RangeError: Maximum call stack size exceeded"),
        ("import './main.js'; export { default } from './none.js';", "no such module"),
    ] {
        let mut start = program(code);
        start.limits.budget_ms = 200;
        let failed = refused(start);
        assert!(failed.message.contains(expected), "{code}: {}", failed.message);
    }
}

#[test]
fn what_the_top_level_logs_comes_before_ready() {
    let worker = Worker::start(program("console.warn('loading'); export default {};"));
    assert_eq!(worker.logs[0].message, "loading");
}

#[test]
fn a_syntax_error_names_its_place() {
    let failed = refused(modules(&[
        ("main.js", "import './lib/broken.js'; export default {};"),
        ("lib/broken.js", "\n\nlet 1x = 2;"),
    ]));
    assert!(failed.message.contains("lib/broken.js:3"), "{}", failed.message);
}

#[test]
fn the_start_frame_is_checked() {
    let mut start = program("export default {};");
    start.v = 99;
    assert!(refused(start).message.contains("version 99"));
    let mut start = program("export default {};");
    let Program::Js { entry, .. } = &mut start.program else { unreachable!("it is JavaScript") };
    *entry = "other.js".into();
    assert!(refused(start).message.contains("no module other.js"));
}

/// An environment that is not empty stands for any part of the sandbox that is missing.
#[test]
fn a_sandbox_that_is_not_whole_runs_nothing_unless_told_to() {
    let spawn = || Process::spawn_with("worker", &[("TOKEN", "x")]);
    let mut start = program("console.log('ran'); export default {};");
    let Err(refusal) = Worker::start_in(spawn(), start.clone()) else { panic!("it loaded") };
    assert_eq!(refusal.0.message, "the sandbox is not whole: environment: 1 variables were passed on");
    start.sandbox = Enforcement::BestEffort;
    let worker = Worker::start_in(spawn(), start).unwrap_or_else(|refusal| panic!("{:?}", refusal.0));
    assert_eq!(worker.ready.sandbox.as_ref().unwrap().missing().len(), 1);
    assert_eq!(worker.logs[0].message, "ran");
}

#[test]
fn a_large_program_loads() {
    let data = format!("export default {:?};", "x".repeat(12 << 20));
    let mut start = modules(&[
        ("main.js", "import data from './data.js'; export default { tools: { size: () => data.length } };"),
        ("data.js", &data),
    ]);
    start.limits = Limits { memory: 60 << 20, budget_ms: 10_000, ..Limits::default() };
    let mut worker = Worker::start(start);
    assert_eq!(value(worker.tool("size", &Value::Null)), 12 << 20);
}
