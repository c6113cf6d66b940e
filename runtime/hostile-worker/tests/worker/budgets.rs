//! Plugins that take too much: each is stopped, and the worker answers other calls as long as it can.

use std::time::{Duration, Instant};

use runtime_protocol::{CallKind, ErrorCode, HostMethod, ToHost};
use serde_json::{Value, json};

use crate::driver::{LITTLE, PLENTY, Worker, failure, raw, value};

#[test]
fn a_loop_is_stopped_wherever_it_runs() {
    let mut worker = Worker::with_tools(
        r#"
        sync: () => { for (;;) {} },
        async: async () => { await 0; for (;;) {} },
        caught: () => { try { for (;;) {} } catch { return "caught" } finally { for (;;) {} } },
        later: async () => { await 0; await 0; await Promise.resolve().then(() => { for (;;) {} }); },
        logs: (_, wa) => { for (;;) wa.log.info("x", { toJSON() { for (;;) {} } }) },
        prints: () => { for (;;) console.log({ toJSON() { for (;;) {} } }) },
        errors: () => { const e = new Error(); Object.defineProperty(e, "message", { get() { for (;;) {} } }); for (;;) console.log(e) },
        asks: (_, wa) => { for (;;) try { wa.storage.set("k", { toJSON() { for (;;) {} } }) } catch {} },
        asyncs: () => { for (;;) (async () => { for (;;) {} })() },
        finals: () => { for (;;) try { for (;;) {} } finally { continue } },
        iterators: () => { for (;;) try { for (const x of { [Symbol.iterator]: () => ({ next: () => ({}), return() { for (;;) {} } }) }) break } catch {} },
        coercions: () => { for (;;) try { `${{ toString() { for (;;) {} } }}` } catch {} },
        dynamic: async () => { for (;;) try { await import({ toString() { for (;;) {} } }) } catch {} },
        many: () => { const f = async () => { await 0; for (;;) {} }; return Promise.all(Array.from({ length: 10 }, f)) },
        generator: () => { function* f() { for (;;) yield 1 } for (const x of f()) ; },
        getter: () => ({ get x() { for (;;) {} } }),
        toJson: () => ({ toJSON() { for (;;) {} } }),
        message: () => { throw { get message() { for (;;) {} } } },
        proxy: () => new Proxy({}, { ownKeys() { for (;;) {} } }),
        then: () => ({ then() { for (;;) {} } }),
        regexp: () => /^(a+)+$/.test("a".repeat(40) + "b"),
        sort: () => [3, 1, 2].sort(() => { for (;;) {} }),
        log: (_, wa) => wa.log.info("x", { toJSON() { for (;;) {} } }),
        ask: (_, wa) => wa.storage.set("k", { toJSON() { for (;;) {} } }),
        ok: () => "ok",
        "#,
    );
    let names = worker.ready.handlers.tools.clone();
    for name in names.iter().filter(|name| *name != "ok") {
        let started = Instant::now();
        assert_eq!(worker.slow_tool(name).code, ErrorCode::Budget, "{name}");
        assert!(started.elapsed() < Duration::from_secs(10), "{name} took {:?}", started.elapsed());
        assert_eq!(value(worker.tool("ok", &Value::Null)), "ok", "after {name}");
    }
}

#[test]
fn a_loop_after_an_answer_is_paid_by_its_call() {
    let mut worker = Worker::with_tools(
        r#"
        loop: async (_, wa) => { await wa.storage.get("k"); for (;;) {} },
        wait: async (_, wa) => wa.storage.get("k"),
        "#,
    );
    let waiting = worker.begin(CallKind::Tool, "wait", &Value::Null, PLENTY);
    let asked_by_waiting = worker.host_call();
    let looping = worker.begin(CallKind::Tool, "loop", &Value::Null, LITTLE);
    let asked = worker.host_call();
    worker.answer(asked.id, Ok(raw("null")));
    assert_eq!(failure(worker.result(looping)).code, ErrorCode::Budget);
    worker.answer(asked_by_waiting.id, Ok(raw("7")));
    assert_eq!(value(worker.result(waiting)), 7);
}

#[test]
fn a_budget_is_the_sum_of_all_turns() {
    let mut worker = Worker::with_tools(
        r#"
        slices: async (_, wa) => { for (;;) { await wa.storage.get("k"); const end = Date.now() + 10; while (Date.now() < end); } },
        "#,
    );
    let call = worker.begin(CallKind::Tool, "slices", &Value::Null, LITTLE);
    let mut turns = 0;
    let outcome = loop {
        match worker.next().unwrap() {
            ToHost::Host(asked) => worker.answer(asked.id, Ok(raw("null"))),
            ToHost::Result(reply) => break reply,
            frame => panic!("unexpected {frame:?}"),
        }
        turns += 1;
    };
    assert_eq!(outcome.id, call);
    assert_eq!(failure(outcome.outcome).code, ErrorCode::Budget);
    assert!(turns >= 3, "{turns} turns");
}

/// The engine's own `Promise` swallows an interrupt of its executor, so a loop around one is not stopped by
/// it.
#[test]
fn swallowing_interrupts_ends_the_worker_but_loses_no_call() {
    let mut worker = Worker::with_tools(
        "loop: () => { for (;;) new Promise(() => { for (;;) {} }) }, wait: (_, wa) => wa.storage.get('k')",
    );
    let waiting = worker.begin(CallKind::Tool, "wait", &Value::Null, PLENTY);
    worker.host_call();
    assert_eq!(worker.slow_tool("loop").code, ErrorCode::Budget);
    assert_eq!(failure(worker.result(waiting)).code, ErrorCode::Aborted);
    assert!(worker.next().is_none());
    assert_eq!(worker.process.wait(), (Some(2), "the plugin's code did not end\n".to_owned()));
}

/// Where an interrupt falls decides whether these swallow it: the call ends by its budget, the worker may end
/// with it.
#[test]
fn swallowing_some_interrupts_ends_the_call() {
    for code in [
        "loop: () => { for (;;) Promise.resolve({ get then() { for (;;) {} } }) }",
        "loop: () => { Error.prepareStackTrace = () => { for (;;) {} }; for (;;) try { for (;;) {} } catch {} }",
    ] {
        let mut worker = Worker::with_tools(code);
        assert_eq!(worker.slow_tool("loop").code, ErrorCode::Budget, "{code}");
        // It may be gone already.
        drop(worker.process.socket.shutdown(std::net::Shutdown::Write));
        assert!(worker.next().is_none());
        assert!(matches!(worker.process.wait().0, Some(0 | 2)), "{code}");
    }
}

/// Where the end of the budget falls decides: between two jobs, the worker cannot drop the rest and ends; inside
/// a job, the interrupt cuts the chain and the worker goes on. Either way every call gets its result.
#[test]
fn endless_promise_jobs_may_end_the_worker_but_lose_no_call() {
    for code in [
        "jobs: async () => { for (;;) await 0 }",
        "jobs: () => { const f = () => { Promise.resolve().then(f) }; f(); return 'done' }",
        "jobs: () => new Promise(() => { const f = () => queueMicrotask(f); f() })",
        "jobs: () => { const f = () => { queueMicrotask(f); queueMicrotask(f) }; f(); return new Promise(() => {}) }",
    ] {
        let mut worker = Worker::with_tools(&format!("{code}, wait: (_, wa) => wa.storage.get('k')"));
        let waiting = worker.begin(CallKind::Tool, "wait", &Value::Null, PLENTY);
        let asked = worker.host_call();
        let jobs = worker.begin(CallKind::Tool, "jobs", &Value::Null, LITTLE);
        let ended = worker.result(jobs);
        if !code.contains("'done'") {
            assert_eq!(failure(ended).code, ErrorCode::Budget, "{code}");
        }
        let is_told = worker.try_answer(asked.id, Ok(raw("7")));
        match worker.result(waiting) {
            Ok(seven) => {
                assert!(is_told && seven.get() == "7", "{code}");
                drop(worker.process.socket.shutdown(std::net::Shutdown::Write));
                assert!(worker.next().is_none());
                assert_eq!(worker.process.wait().0, Some(0), "{code}");
            }
            Err(failure) => {
                assert_eq!(failure.code, ErrorCode::Aborted, "{code}");
                assert!(worker.next().is_none());
                let ended = (Some(2), "the plugin's code did not end\n".to_owned());
                assert_eq!(worker.process.wait(), ended, "{code}");
            }
        }
    }
}

#[test]
fn a_memory_bomb_fails_its_call_only() {
    let mut worker = Worker::with_tools(
        r#"
        arrays: () => { const all = []; for (;;) all.push(new Array(1e5).fill(1)) },
        strings: () => { let s = "x"; for (;;) s += s },
        buffer: () => new ArrayBuffer(1e9),
        repeat: () => "x".repeat(5e8),
        shared: () => new Uint8Array(new SharedArrayBuffer(5e8)).length,
        async: async () => { await 0; const all = []; for (;;) { all.push(new Array(1e5).fill(1)); await 0 } },
        promises: () => { const all = []; for (;;) all.push(new Promise(() => {})) },
        ok: () => "ok",
        "#,
    );
    let names = worker.ready.handlers.tools.clone();
    for name in names.iter().filter(|name| *name != "ok") {
        let failed = failure(worker.tool(name, &Value::Null));
        let is_expected = failed.code == ErrorCode::Memory
            || failed.message.starts_with("RangeError: ")
            || failed.message == "InternalError: string too long"
            // So full that the engine cannot even make an error of it.
            || failed.message.starts_with("null, thrown");
        assert!(is_expected, "{name}: {failed:?}");
        assert_eq!(value(worker.tool("ok", &Value::Null)), "ok", "after {name}");
    }
}

#[test]
fn deep_recursion_fails_its_call_only() {
    let mut worker = Worker::with_tools(
        r#"
        calls: () => { const f = (n) => f(n + 1) + 1; return f(0) },
        json: () => { let a = []; for (let i = 0; i < 1e6; i++) a = [a]; return a },
        parse: () => JSON.parse("[".repeat(1e6)),
        getter: () => { const a = { get b() { return this.b } }; return a.b },
        proxy: () => { let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.x },
        regexp: () => new RegExp("(".repeat(1e5)),
        source: () => Function("return " + "(".repeat(1e6)),
        bind: () => { let f = () => 1; for (let i = 0; i < 1e5; i++) f = f.bind(null); return f() },
        ok: () => "ok",
        "#,
    );
    let names = worker.ready.handlers.tools.clone();
    for name in names.iter().filter(|name| *name != "ok") {
        let failed = failure(worker.tool(name, &Value::Null));
        assert!(
            ["Threw", "Stack", "Memory", "InvalidResult"].contains(&format!("{:?}", failed.code).as_str()),
            "{name}: {failed:?}"
        );
        assert_eq!(value(worker.tool("ok", &Value::Null)), "ok", "after {name}");
    }
    assert_eq!(failure(worker.tool("calls", &Value::Null)).code, ErrorCode::Stack);
}

#[test]
fn a_flood_of_output_is_capped() {
    let mut worker = Worker::with_tools(
        r#"
        lines: (_, wa) => { for (let i = 0; i < 1e5; i++) console.log("line " + i); return "done" },
        long: (_, wa) => { wa.log.warn("é".repeat(1e6), { more: "x".repeat(1e6) }); return "done" },
        asks: async (_, wa) => {
          const all = []; for (let i = 0; i < 2000; i++) all.push(wa.storage.get("k").catch((e) => e.code));
          return (await all.at(-1));
        },
        "#,
    );
    assert_eq!(value(worker.tool("lines", &Value::Null)), "done");
    let bytes: usize = worker.logs.iter().map(|log| log.message.len()).sum();
    assert!(bytes < 70 << 10, "{bytes} bytes");
    assert_eq!(worker.logs.last().unwrap().message, "log over 64 KiB in one call; the rest of it is dropped");
    worker.logs.clear();
    assert_eq!(value(worker.tool("long", &Value::Null)), "done");
    assert!(worker.logs[0].message.len() < 9 << 10 && worker.logs[0].message.ends_with("é…"));
    assert_eq!(worker.logs[0].fields.get(), r#""too long""#);
    let call = worker.begin(CallKind::Tool, "asks", &Value::Null, PLENTY);
    let mut asked = 0;
    let reply = loop {
        match worker.next().unwrap() {
            ToHost::Host(call) => {
                assert_eq!(call.method, HostMethod::StorageGet);
                asked += 1;
            }
            ToHost::Result(reply) => break reply,
            frame => panic!("unexpected {frame:?}"),
        }
    };
    assert_eq!((reply.id, asked), (call, 1024));
    assert_eq!(value(reply.outcome), json!("limit"));
}

#[test]
fn a_promise_that_never_settles_holds_up_nobody() {
    let mut worker = Worker::with_tools("never: () => new Promise(() => {}), ok: () => 'ok'");
    for _ in 0..100 {
        worker.begin(CallKind::Tool, "never", &Value::Null, PLENTY);
        assert_eq!(value(worker.tool("ok", &Value::Null)), "ok");
    }
}

/// The engine looks at its budget between instructions, so these are the host's to end, by SIGKILL at its own
/// deadline.
#[test]
fn a_long_native_call_is_killed_and_others_do_not_notice() {
    let mut other = Worker::with_tools("ok: () => 'ok'");
    for code in [
        "native: () => ('a'.repeat(1e7) + 'b').indexOf('a'.repeat(5e6) + 'c')",
        "native: () => { let a = []; for (let i = 0; i < 40; i++) a = [a, a]; return a }",
    ] {
        let mut stuck = Worker::with_tools(code);
        stuck.begin(CallKind::Tool, "native", &Value::Null, LITTLE);
        stuck.process.socket.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        assert!(stuck.is_silent(), "the engine stopped it by itself: {code}");
        assert_eq!(value(other.tool("ok", &Value::Null)), "ok");
        stuck.process.kill();
        stuck.process.socket.set_read_timeout(None).unwrap();
        assert!(stuck.next().is_none());
        assert_eq!(value(other.tool("ok", &Value::Null)), "ok");
    }
}
