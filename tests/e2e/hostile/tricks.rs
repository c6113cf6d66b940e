//! Games with the language under the feet of the host's own code: a plugin confuses itself at most.

use serde_json::{Value, json};

use super::{are_stopped, attempt, gives};

#[test]
fn polluted_prototypes_stay_with_the_plugin() {
    gives(
        "Object.prototype.polluted = 1; Array.prototype.polluted = 1; return { ok: ({}).polluted }",
        &json!({ "ok": 1 }),
    );
    gives(
        "Object.prototype.block = 'blocked'; Object.prototype.error = 'x'; return { ok: 1 }",
        &json!({ "ok": 1 }),
    );
    let own: Value =
        serde_json::from_str(r#"{ "__proto__": { "admin": true }, "constructor": { "prototype": {} } }"#)
            .unwrap();
    gives(r#"return JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{}}}')"#, &own);
}

#[test]
fn replaced_builtins_stay_with_the_plugin() {
    let evil = "const evil = () => { throw new Error('evil') };";
    for replaced in [
        "JSON.stringify = evil; JSON.parse = evil;",
        "Object.freeze = Object.values = Object.hasOwn = Object.keys = evil;",
        "Array.prototype.push = Array.prototype.map = Array.prototype.join = evil;",
        "globalThis.Promise = globalThis.Error = globalThis.Object = evil;",
        "Function.prototype.call = Function.prototype.apply = evil;",
        "Object.defineProperty(Object.prototype, 'id', { get: evil, set: evil, configurable: true });",
    ] {
        gives(&format!("{evil} {replaced} return 7"), &json!(7));
    }
}

#[test]
fn results_that_strike_back_fail_their_own_call() {
    are_stopped(&[
        attempt("return { get value() { throw new Error('trap') } }", &["trap"]),
        attempt(
            "return new Proxy({}, { get() { throw new Error('trap') }, ownKeys() { throw new Error('trap') } })",
            &["trap"],
        ),
        attempt("return { toJSON() { throw new Error('trap') } }", &["trap"]),
        attempt("return { toJSON() { while (true); } }", &["used up its budget", "no answer within"]),
        attempt("const a = {}; a.a = a; return a", &["circular"]),
        attempt("return 1n", &["BigInt", "bigint"]),
        attempt("return () => 1", &["the handler returned a function, which is not JSON"]),
        attempt("throw new Proxy({}, { get() { throw new Error('again') } })", &["handler failed"]),
        attempt("throw { get message() { while (true); } }", &["used up its budget", "no answer within"]),
        attempt("throw undefined", &["handler failed"]),
        attempt("return Promise.reject(new Error('late'))", &["late"]),
    ]);
}

#[test]
fn species_and_thenables_change_nothing() {
    gives(
        "class Odd extends Array { static get [Symbol.species]() { return Object } } return Odd.from([1, 2]).map((n) => n) // an Object made of the length\n",
        &json!(2),
    );
    gives("return { then(resolve) { resolve({ then: undefined, value: 1 }) } }", &json!({ "value": 1 }));
    gives("return { toJSON() { return { toJSON() { return 1 } } } }", &json!({}));
}
