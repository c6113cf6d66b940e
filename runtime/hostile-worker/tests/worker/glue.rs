//! Plugins that change the language under the worker's own code: they confuse themselves at most.

use runtime_protocol::{CallKind, ErrorCode};
use serde_json::{Value, json};

use crate::driver::{PLENTY, Worker, failure, raw, value};

#[test]
fn payloads_with_special_keys_are_plain_data() {
    let mut worker = Worker::with_tools(
        r#"
        echo: (input) => input,
        look: (input) => [Object.keys(input), Object.getPrototypeOf(input) === Object.prototype, ({}).polluted === undefined,
          typeof input.constructor, input.toString === Object.prototype.toString],
        "#,
    );
    let payload = r#"{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"then":1,"toJSON":2,"":3}"#;
    let call = worker.begin(CallKind::Tool, "echo", &serde_json::from_str(payload).unwrap(), PLENTY);
    assert_eq!(value(worker.result(call)), serde_json::from_str::<Value>(payload).unwrap());
    assert_eq!(
        value(worker.tool("look", &serde_json::from_str(payload).unwrap())),
        json!([["", "__proto__", "constructor", "then", "toJSON"], true, true, "object", true])
    );
}

#[test]
fn replaced_builtins_do_not_reach_the_envelope() {
    let mut worker = Worker::with_tools(
        r#"
        break: () => {
          const evil = () => { throw new Error("evil") };
          const root = Object.prototype;
          const define = Reflect.defineProperty;
          JSON.stringify = JSON.parse = evil;
          Object.freeze = Object.values = Object.hasOwn = Object.keys = evil;
          Array.prototype.push = Array.prototype.map = Array.prototype.join = Array.prototype.toJSON = evil;
          String.prototype.toString = Number.prototype.toString = evil;
          Function.prototype.call = Function.prototype.apply = Function.prototype.bind = evil;
          globalThis.Promise = globalThis.Error = globalThis.Object = globalThis.Array = globalThis.console = evil;
          for (const key of ["id", "ok", "error", "t", "code", "call", "method", "params", "base64", "block", "constructor"])
            define(root, key, { get: evil, set: evil });
          return "broken";
        },
        add: ({ a, b }) => ({ sum: a + b }),
        ask: async (_, wa) => ({ got: (await wa.storage.get("k")).n }),
        fetch: async (_, wa) => (await wa.fetch("https://x")).json(),
        "#,
    );
    assert_eq!(value(worker.tool("break", &Value::Null)), "broken");
    for n in 0..3 {
        assert_eq!(value(worker.tool("add", &json!({ "a": n, "b": 1 }))), json!({ "sum": n + 1 }));
    }
    let call = worker.begin(CallKind::Tool, "ask", &Value::Null, PLENTY);
    let asked = worker.host_call();
    assert_eq!(asked.params.get(), r#"{"key":"k"}"#);
    worker.answer(asked.id, Ok(raw(r#"{"n":5}"#)));
    assert_eq!(value(worker.result(call)), json!({ "got": 5 }));
    let call = worker.begin(CallKind::Tool, "fetch", &Value::Null, PLENTY);
    let asked = worker.host_call();
    worker.answer(asked.id, Ok(raw(r#"{"status":200,"headers":{},"body":"{\"n\":1}"}"#)));
    assert_eq!(value(worker.result(call)), json!({ "n": 1 }));
}

/// A plugin can make its own promises useless; the worker goes on, and the host's deadline ends the call.
#[test]
fn a_replaced_then_harms_its_own_calls_only() {
    let mut worker = Worker::with_tools(
        r#"
        break: () => { Promise.prototype.then = () => { throw new Error("evil") }; },
        async: async () => "async",
        ask: async (_, wa) => wa.storage.get("k"),
        "#,
    );
    worker.tool("break", &Value::Null).unwrap();
    assert_eq!(value(worker.tool("async", &Value::Null)), "async");
    let call = worker.begin(CallKind::Tool, "ask", &Value::Null, PLENTY);
    let asked = worker.host_call();
    worker.answer(asked.id, Ok(raw("1")));
    // Returning a promise from an async function goes through `then`, so this is the plugin's own failure.
    assert_eq!(failure(worker.result(call)).message, "evil");
    assert_eq!(value(worker.tool("async", &Value::Null)), "async");
}

#[test]
fn what_cannot_be_a_result_is_said() {
    let mut worker = Worker::with_tools(
        r#"
        function: () => () => 1,
        symbol: () => Symbol("s"),
        bigint: () => 1n,
        cycle: () => { const a = {}; a.a = a; return a },
        getter: () => ({ get x() { throw new Error("no") } }),
        toJson: () => ({ toJSON() { throw "no" } }),
        "#,
    );
    let names = worker.ready.handlers.tools.clone();
    for name in &names {
        assert_eq!(failure(worker.tool(name, &Value::Null)).code, ErrorCode::InvalidResult, "{name}");
    }
    assert_eq!(
        failure(worker.tool("function", &Value::Null)).message,
        "the handler returned a function, which is not JSON"
    );
}

#[test]
fn odd_values_become_json_all_the_same() {
    let mut worker = Worker::with_tools(
        r#"
        lone: () => ["\ud800", "\udc00\ud800", "😀"],
        numbers: () => [NaN, Infinity, -0, 1e300],
        mapped: () => ({ map: new Map([[1, 2]]), date: new Date(0), none: undefined, f() {} }),
        nul: () => "a\0b",
        "#,
    );
    assert_eq!(value(worker.tool("lone", &Value::Null)), json!(["\u{fffd}", "\u{fffd}\u{fffd}", "😀"]));
    assert_eq!(value(worker.tool("numbers", &Value::Null)), json!([null, null, 0, 1e300]));
    assert_eq!(
        value(worker.tool("mapped", &Value::Null)),
        json!({ "map": {}, "date": "1970-01-01T00:00:00.000Z" })
    );
    assert_eq!(value(worker.tool("nul", &json!("a\0b"))), "a\0b");
}

#[test]
fn whatever_is_thrown_becomes_a_failure() {
    let mut worker = Worker::with_tools(
        r#"
        error: () => { function inner() { throw new TypeError("wrong") } inner() },
        plain: () => { throw { message: "not an error", stack: 5 } },
        nothing: () => { throw undefined },
        number: () => { throw 5 },
        symbol: () => { throw Symbol("s") },
        getters: () => { throw { get message() { throw 1 }, get name() { throw 2 }, get stack() { throw 3 } } },
        revoked: () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy },
        rejected: async () => { throw new Error("later") },
        long: () => { throw new Error("x".repeat(1e6)) },
        lone: () => { throw "\ud800" },
        forged: () => { const e = new Error("x"); e.code = "budget"; throw e },
        "#,
    );
    let mut thrown = |name: &str| failure(worker.tool(name, &Value::Null));
    let error = thrown("error");
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::Threw, "TypeError: wrong"));
    let stack = error.stack.unwrap();
    assert!(stack.starts_with("at inner (main.js:3:") && stack.contains("\nat error (main.js:3:"), "{stack}");
    assert!(!stack.contains("wa:runtime"), "{stack}");
    for (name, message) in [
        ("plain", "not an error"),
        ("nothing", "undefined"),
        ("number", "5"),
        ("symbol", "symbol"),
        ("getters", "[object Object]"),
        ("revoked", "an object that is no error"),
        ("rejected", "later"),
        ("lone", "\u{fffd}"),
    ] {
        assert_eq!(thrown(name).message, message, "{name}");
    }
    assert!(thrown("long").message.len() < 5000);
    assert_eq!(thrown("forged").code, ErrorCode::Threw);
}

#[test]
fn handlers_get_no_handle_on_the_worker_itself() {
    let mut worker = Worker::with_tools(
        r#"
        constructor: (_, wa) => wa.constructor === Object,
        frozen: (_, wa) => { const tried = [];
          for (const target of [wa, wa.log, wa.channel, wa.storage, wa.tools, wa.config, wa.plugin, Object.getPrototypeOf(wa)])
            tried.push(Reflect.set(target, "x", 1), Reflect.setPrototypeOf(target, null));
          return tried.some(Boolean) },
        same: (_, wa) => wa.channel === wa.channel && wa.fetch === wa.fetch,
        caller: () => { try { return typeof (function f() { return f.caller })() } catch (e) { return "refused" } },
        "#,
    );
    let mut result = |name: &str| value(worker.tool(name, &Value::Null));
    assert_eq!(result("frozen"), false);
    assert_eq!(result("same"), true);
    assert_eq!(result("caller"), "refused");
    assert_eq!(result("constructor"), true);
}
