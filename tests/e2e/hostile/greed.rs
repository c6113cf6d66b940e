//! More than a plugin's share: memory, processor time, stack, output.

use super::{are_stopped, attempt};

/// A busy machine may end a call by the clock before the engine finds its limit.
const MEMORY: &[&str] = &[
    "out of memory",
    "used up its budget",
    "no answer within 300 ms",
    "InvalidArrayIndex",
    "nvalid array buffer length",
];
const TIME: &[&str] = &["used up its budget", "no answer within 300 ms", "worker ended"];
const STACK: &[&str] = &[
    "Maximum call stack size exceeded",
    "stack overflow",
    "used up its budget",
    "no answer within 300 ms",
    "out of memory",
];

#[test]
fn memory_has_an_end() {
    are_stopped(&[
        attempt("const all = []; for (;;) all.push(new Array(1000).fill(1))", MEMORY),
        attempt(
            "let text = 'x'; for (;;) text += text",
            &["out of memory", "string too long", "used up", "no answer"],
        ),
        attempt("const all = []; for (;;) all.push(new Uint8Array(1 << 20))", MEMORY),
        attempt("return new ArrayBuffer(2 ** 31 - 1).byteLength", MEMORY),
        attempt("const all = new Map(); for (let n = 0; ; n++) all.set(n, `${n}`.repeat(100))", MEMORY),
    ]);
}

#[test]
fn loops_have_an_end() {
    are_stopped(&[
        attempt("while (true);", TIME),
        attempt("try { while (true); } finally { while (true); }", TIME),
        attempt("await wa.storage.get('k'); while (true);", TIME),
        attempt("await null; for (;;) await null", TIME),
        attempt(
            "const again = () => { Promise.resolve().then(again) }; again(); await new Promise(() => {})",
            TIME,
        ),
        attempt("return { get value() { while (true); } }", TIME),
        attempt("return new Proxy({}, { ownKeys() { while (true); } })", TIME),
        attempt("await new Promise(() => {})", &["no answer within 300 ms"]),
    ]);
}

#[test]
fn native_functions_that_cannot_be_interrupted_end_by_the_clock() {
    are_stopped(&[
        attempt("const text = 'a'.repeat(1 << 22); return text.indexOf('a'.repeat(1 << 21) + 'b')", TIME),
        attempt("return /^(a+)+$/.test('a'.repeat(40) + 'b')", TIME),
        attempt(
            "return `${2n ** 100000000n}`.length",
            &["used up", "no answer", "out of memory", "BigInt", "worker ended"],
        ),
        attempt(
            "const all = Array.from({ length: 300000 }, (_, n) => n % 7); for (;;) all.sort(() => Math.random() - 0.5)",
            TIME,
        ),
        attempt("const all = Array.from({ length: 100000 }, () => ({})); for (;;) JSON.stringify(all)", TIME),
        attempt(
            "return Array.prototype.join.call({ length: 2 ** 32 })",
            &["used up", "no answer", "out of memory", "invalid string length", "worker ended"],
        ),
    ]);
}

#[test]
fn the_stack_has_an_end() {
    are_stopped(&[
        attempt("const down = () => down() + 1; return down()", STACK),
        attempt("const o = { toString() { return `${this}` } }; return `${o}`", STACK),
        attempt(
            "return JSON.parse('['.repeat(1000000))",
            &["Maximum call stack", "stack overflow", "SyntaxError", "unexpected", "used up", "no answer"],
        ),
        attempt(
            "let deep = []; for (let n = 0; n < 200000; n++) deep = [deep]; return JSON.stringify(deep)",
            STACK,
        ),
        attempt("let p = {}; for (let n = 0; n < 100000; n++) p = new Proxy(p, {}); return p.x", STACK),
    ]);
}

#[test]
fn output_has_an_end() {
    are_stopped(&[
        attempt("for (;;) console.log('x'.repeat(1000))", TIME),
        attempt("for (;;) wa.log.error('x'.repeat(100000), { more: 'y'.repeat(100000) })", TIME),
        attempt("return 'x'.repeat(2 << 20)", &["the result is", "too large"]),
        attempt("await wa.storage.set('k', 'x'.repeat(2 << 20))", &["parameters of storage.set are"]),
        attempt(
            "await Promise.all(Array.from({ length: 5000 }, () => wa.storage.get('k')))",
            &["host calls"],
        ),
    ]);
}
