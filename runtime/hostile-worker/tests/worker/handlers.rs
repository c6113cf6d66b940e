//! Events, gates, tools, routes and agents, and what they see of the host.

use runtime_protocol::{CallKind, ErrorCode, Failure, HostMethod, LogLevel, ToWorker};
use serde_json::{Value, json};

use crate::driver::{LITTLE, PLENTY, Worker, failure, program, raw, value};

const PLUGIN: &str = r#"
import { definePlugin, block } from "wa";
let seen = 0;
export default definePlugin({
  events: { "message.received": async (message, wa) => { seen++; wa.log.info("got", { id: message.id }); } },
  hooks: {
    "message.sending": (draft) => {
      if (draft.text === "secret") return block("no secrets");
      if (draft.text === "as is") return undefined;
      return { ...draft, text: draft.text.trim() };
    },
  },
  tools: {
    add: ({ a, b }) => a + b,
    seen: () => seen,
    nothing: async () => {},
    context: (_, wa) => ({ plugin: wa.plugin, config: wa.config, keys: Object.isFrozen(wa) && Object.isFrozen(wa.config.nested.list) }),
  },
  routes: { "GET /health": (request) => ({ status: 201, json: { path: request.path } }) },
  capabilities: { "mediaUnderstanding/ears": ({ mime }) => ({ text: mime }) },
  agent: async ({ message }, wa) => ({ text: "echo " + (await wa.tools.call("upper", { text: message.text })).text }),
});
"#;

#[test]
fn every_kind_of_handler_answers() {
    let mut worker = Worker::start(program(PLUGIN));
    let handlers = &worker.ready.handlers;
    assert_eq!(
        serde_json::to_value(handlers).unwrap(),
        json!({ "events": ["message.received"], "hooks": ["message.sending"],
            "tools": ["add", "context", "nothing", "seen"], "routes": ["GET /health"],
            "capabilities": ["mediaUnderstanding/ears"], "agent": true })
    );
    for (kind, name, payload, expected) in [
        (CallKind::Event, "message.received", json!({ "id": "m1" }), Value::Null),
        (CallKind::Tool, "seen", Value::Null, json!(1)),
        (CallKind::Tool, "add", json!({ "a": 1, "b": 2 }), json!(3)),
        (CallKind::Tool, "nothing", json!({}), Value::Null),
        (
            CallKind::Hook,
            "message.sending",
            json!({ "text": " x ", "to": "y" }),
            json!({ "text": "x", "to": "y" }),
        ),
        (CallKind::Hook, "message.sending", json!({ "text": "as is" }), Value::Null),
        (CallKind::Hook, "message.sending", json!({ "text": "secret" }), json!({ "block": "no secrets" })),
        (
            CallKind::Http,
            "GET /health",
            json!({ "path": "/health" }),
            json!({ "status": 201, "json": { "path": "/health" } }),
        ),
        (
            CallKind::Capability,
            "mediaUnderstanding/ears",
            json!({ "mime": "audio/ogg" }),
            json!({ "text": "audio/ogg" }),
        ),
        (
            CallKind::Tool,
            "context",
            Value::Null,
            json!({ "plugin": { "id": "test", "version": "1.2.3" }, "keys": true,
                "config": { "url": "https://example.org", "nested": { "list": [1, 2] } } }),
        ),
    ] {
        assert_eq!(value(worker.run(kind, name, &payload)), expected, "{name}");
    }
    assert_eq!((worker.logs[0].level, worker.logs[0].message.as_str()), (LogLevel::Info, "got"));
    assert_eq!(worker.logs[0].fields.get(), r#"{"id":"m1"}"#);
    let unknown = failure(worker.tool("missing", &Value::Null));
    assert_eq!(unknown.code, ErrorCode::NoHandler);
}

#[test]
fn an_agent_asks_for_a_tool() {
    let mut worker = Worker::start(program(PLUGIN));
    let call =
        worker.begin(CallKind::Agent, "", &json!({ "agent": "ana", "message": { "text": "hi" } }), PLENTY);
    let asked = worker.host_call();
    assert_eq!((asked.call, asked.method), (call, HostMethod::ToolCall));
    assert_eq!(asked.params.get(), r#"{"name":"upper","input":{"text":"hi"}}"#);
    worker.answer(asked.id, Ok(raw(r#"{"text":"HI"}"#)));
    assert_eq!(value(worker.result(call)), json!({ "text": "echo HI" }));
}

#[test]
fn every_host_call_has_its_method_and_parameters() {
    let mut worker = Worker::with_tools(
        r#"
        text: (_, { channel }) => channel.sendText({ to: "a", text: "b" }),
        reply: (_, { channel }) => channel.sendReply({ to: "a", reply_to: "m", text: "b" }),
        reaction: (_, { channel }) => channel.sendReaction({ to: "a", message_id: "m", emoji: "x" }),
        media: (_, { channel }) => channel.sendMedia({ to: "a", base64: "eA==" }),
        voice: (_, { channel }) => channel.sendVoiceNote({ to: "a", url: "u" }),
        poll: (_, { channel }) => channel.sendPoll({ to: "a", question: "q", options: ["x", "y"] }),
        edit: (_, { channel }) => channel.editMessage({ to: "a", message_id: "m", text: "b" }),
        revoke: (_, { channel }) => channel.revokeMessage({ to: "a", message_id: "m" }),
        read: (_, { channel }) => channel.readMedia({ local_path: "p" }),
        get: (_, { storage }) => storage.get("k"),
        set: (_, { storage }) => storage.set("k", { v: [1] }),
        unset: (_, { storage }) => storage.set("k"),
        remove: (_, { storage }) => storage.delete("k"),
        list: (_, { storage }) => storage.list({ prefix: "a/", limit: 2 }),
        listAll: (_, { storage }) => storage.list(),
        "#,
    );
    for (tool, method, params) in [
        ("text", "channel.sendText", r#"{"to":"a","text":"b"}"#),
        ("reply", "channel.sendReply", r#"{"to":"a","reply_to":"m","text":"b"}"#),
        ("reaction", "channel.sendReaction", r#"{"to":"a","message_id":"m","emoji":"x"}"#),
        ("media", "channel.sendMedia", r#"{"to":"a","base64":"eA=="}"#),
        ("voice", "channel.sendVoiceNote", r#"{"to":"a","url":"u"}"#),
        ("poll", "channel.sendPoll", r#"{"to":"a","question":"q","options":["x","y"]}"#),
        ("edit", "channel.editMessage", r#"{"to":"a","message_id":"m","text":"b"}"#),
        ("revoke", "channel.revokeMessage", r#"{"to":"a","message_id":"m"}"#),
        ("read", "channel.readMedia", r#"{"local_path":"p"}"#),
        ("get", "storage.get", r#"{"key":"k"}"#),
        ("set", "storage.set", r#"{"key":"k","value":{"v":[1]}}"#),
        ("unset", "storage.set", r#"{"key":"k","value":null}"#),
        ("remove", "storage.delete", r#"{"key":"k"}"#),
        ("list", "storage.list", r#"{"prefix":"a/","limit":2}"#),
        ("listAll", "storage.list", "{}"),
    ] {
        let call = worker.begin(CallKind::Tool, tool, &Value::Null, PLENTY);
        let asked = worker.host_call();
        assert_eq!((asked.call, asked.method.as_str(), asked.params.get()), (call, method, params));
        worker.answer(asked.id, Ok(raw(r#"{"n":1}"#)));
        assert_eq!(value(worker.result(call)), json!({ "n": 1 }));
    }
}

#[test]
fn a_response_is_read_as_text_or_json() {
    let mut worker = Worker::with_tools(
        r#"
        json: async (_, wa) => { const r = await wa.fetch(`${wa.config.url}/x`, { method: "POST", headers: { a: "b" }, body: "c" });
          return { status: r.status, ok: r.ok, type: r.headers["content-type"], body: r.json(), text: r.text() }; },
        binary: async (_, { fetch }) => (await fetch("https://x")).text(),
        "#,
    );
    let call = worker.begin(CallKind::Tool, "json", &Value::Null, PLENTY);
    let asked = worker.host_call();
    assert_eq!(
        (asked.method, asked.params.get()),
        (
            HostMethod::Fetch,
            r#"{"url":"https://example.org/x","method":"POST","headers":{"a":"b"},"body":"c"}"#
        )
    );
    let answer = r#"{"status":404,"headers":{"content-type":"application/json"},"body":"{\"x\":1}"}"#;
    worker.answer(asked.id, Ok(raw(answer)));
    assert_eq!(
        value(worker.result(call)),
        json!({ "status": 404, "ok": false, "type": "application/json", "body": { "x": 1 }, "text": "{\"x\":1}" })
    );
    let binary = r#"{"status":200,"headers":{},"body":"AP8=","base64":true}"#;
    let call = worker.begin(CallKind::Tool, "binary", &Value::Null, PLENTY);
    let asked = worker.host_call();
    assert_eq!(asked.params.get(), r#"{"url":"https://x"}"#);
    worker.answer(asked.id, Ok(raw(binary)));
    assert_eq!(failure(worker.result(call)).message, "TypeError: the body is not UTF-8 text");
}

#[test]
fn a_refused_host_call_is_an_error_with_a_code() {
    let mut worker = Worker::with_tools(
        r#"
        caught: async (_, wa) => { try { await wa.storage.get("k") } catch (e) { return [e instanceof Error, e.code, e.message] } },
        thrown: (_, wa) => wa.storage.get("k"),
        "#,
    );
    let refusal = || Err(Failure::new(ErrorCode::Denied, "storage is not granted"));
    let call = worker.begin(CallKind::Tool, "caught", &Value::Null, PLENTY);
    let asked = worker.host_call();
    worker.answer(asked.id, refusal());
    assert_eq!(value(worker.result(call)), json!([true, "denied", "storage is not granted"]));
    let call = worker.begin(CallKind::Tool, "thrown", &Value::Null, PLENTY);
    let asked = worker.host_call();
    worker.answer(asked.id, refusal());
    let threw = Failure::new(ErrorCode::Threw, "storage is not granted");
    assert_eq!(failure(worker.result(call)), Failure { thrown: Some("denied".into()), ..threw });
}

#[test]
fn calls_in_flight_end_in_the_order_of_their_answers() {
    let mut worker = Worker::with_tools("wait: async ({ n }, wa) => [n, await wa.storage.get(`${n}`)]");
    let calls: Vec<u64> =
        (0..50).map(|n| worker.begin(CallKind::Tool, "wait", &json!({ "n": n }), PLENTY)).collect();
    let asked: Vec<_> = calls.iter().map(|_| worker.host_call()).collect();
    for (asked, call) in asked.iter().zip(&calls).rev() {
        assert_eq!(asked.call, *call);
        worker.answer(asked.id, Ok(raw(&asked.id.to_string())));
        let result = value(worker.result(*call));
        assert_eq!(result[1], asked.id);
    }
}

#[test]
fn a_context_ends_with_its_call() {
    let mut worker = Worker::with_tools(
        r#"
        keep: (_, wa) => { globalThis.kept = wa; },
        use: async () => { try { await kept.storage.get("k") } catch (e) { return e.code } },
        float: (_, wa) => { wa.storage.get("k").then(() => { globalThis.late = true }); },
        late: () => globalThis.late ?? false,
        "#,
    );
    worker.tool("keep", &Value::Null).unwrap();
    assert_eq!(value(worker.tool("use", &Value::Null)), "denied");
    // A host call that nobody waited for went out while its call was running; its answer runs no code any
    // more.
    let call = worker.begin(CallKind::Tool, "float", &Value::Null, PLENTY);
    let asked = worker.host_call();
    worker.result(call).unwrap();
    worker.answer(asked.id, Ok(raw("1")));
    assert_eq!(value(worker.tool("late", &Value::Null)), false);
}

#[test]
fn stop_and_the_end_of_the_stream_end_the_worker() {
    let mut worker = Worker::with_tools("add: () => 1");
    worker.send(&ToWorker::Stop);
    assert!(worker.next().is_none());
    assert_eq!(worker.process.wait(), (Some(0), String::new()));
    let mut worker = Worker::with_tools("add: () => 1");
    worker.process.socket.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(worker.next().is_none());
    assert_eq!(worker.process.wait(), (Some(0), String::new()));
}

#[test]
fn a_frame_that_is_none_ends_the_worker() {
    let mut worker = Worker::with_tools("add: () => 1");
    std::io::Write::write_all(&mut worker.process.socket, b"\x02\0\0\0{}").unwrap();
    assert!(worker.next().is_none());
    let (code, words) = worker.process.wait();
    assert_eq!(code, Some(3));
    assert!(words.contains("malformed frame"), "{words}");
}

#[test]
fn console_lines_are_logged() {
    let mut worker = Worker::with_tools(
        r#"print: () => { console.log("a", 1, { b: [2] }, undefined, null, new Error("bad"), "\ud800"); console.error("x"); }"#,
    );
    worker.tool("print", &Value::Null).unwrap();
    let lines: Vec<_> = worker.logs.iter().map(|log| (log.level, log.message.as_str())).collect();
    assert_eq!(lines[0].0, LogLevel::Info);
    assert!(lines[0].1.starts_with("a 1 {\"b\":[2]} undefined null bad\nat print (main.js:2:"), "{lines:?}");
    assert!(lines[0].1.ends_with(" \u{fffd}"), "{lines:?}");
    assert_eq!(lines[1], (LogLevel::Error, "x"));
}

#[test]
fn a_rejection_that_nothing_handles_is_logged() {
    let mut worker = Worker::with_tools(
        r#"
        forgotten: (_, wa) => { wa.storage.get("k"); (async () => { throw new TypeError("lost") })(); return wa.storage.get("l") },
        handled: async () => { const p = Promise.reject(new Error("kept")); await 0; await p.catch(() => {}); await Promise.reject(1).catch(() => {}) },
        flood: () => { for (let i = 0; i < 1e4; i++) Promise.reject(i) },
        endless: () => { Promise.reject({ get message() { for (;;) {} } }) },
        "#,
    );
    let call = worker.begin(CallKind::Tool, "forgotten", &Value::Null, PLENTY);
    let (forgotten, awaited) = (worker.host_call(), worker.host_call());
    worker.answer(forgotten.id, Err(Failure::new(ErrorCode::Denied, "storage is not granted")));
    worker.answer(awaited.id, Ok(raw("1")));
    worker.result(call).unwrap();
    let lines: Vec<_> = worker.logs.iter().map(|log| log.message.lines().next().unwrap()).collect();
    let heading = "a promise was rejected and nothing handles it:";
    assert_eq!(lines, [format!("{heading} TypeError: lost"), format!("{heading} storage is not granted")]);
    worker.logs.clear();
    worker.tool("handled", &Value::Null).unwrap();
    assert!(worker.logs.is_empty(), "{:?}", worker.logs);
    worker.tool("flood", &Value::Null).unwrap();
    let call = worker.begin(CallKind::Tool, "endless", &Value::Null, LITTLE);
    assert_eq!(value(worker.result(call)), Value::Null);
    worker.tool("handled", &Value::Null).unwrap();
    assert_eq!(worker.logs.len(), 16 + 1);
}

#[test]
fn the_first_frame_from_the_host_is_start() {
    let mut process = crate::driver::Process::spawn("worker");
    let mut stop = Vec::new();
    runtime_protocol::encode(&ToWorker::Stop, &mut stop).unwrap();
    std::io::Write::write_all(&mut process.socket, &stop).unwrap();
    let (code, words) = process.wait();
    assert_eq!((code, words.as_str()), (Some(3), "the host did not begin with a start frame\n"));
}

#[test]
fn results_come_in_one_piece_or_not_at_all() {
    let mut worker = Worker::with_tools(
        r#"
        big: ({ n }) => "x".repeat(n),
        ask: async ({ n }, wa) => { try { await wa.storage.set("k", "x".repeat(n)) } catch (e) { return e.code } },
        "#,
    );
    let fits = value(worker.tool("big", &json!({ "n": 1_000_000 })));
    assert_eq!(fits.as_str().unwrap().len(), 1_000_000);
    let failed = failure(worker.tool("big", &json!({ "n": 1_100_000 })));
    assert_eq!(failed.code, ErrorCode::TooLarge);
    assert_eq!(value(worker.tool("ask", &json!({ "n": 1_100_000 }))), "too_large");
    assert_eq!(value(worker.tool("big", &json!({ "n": 1 }))), "x");
}
