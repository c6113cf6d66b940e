//! HTTP routes of plugins: declared ones only, behind the token, for this machine.

use serde_json::{Value, json};

use crate::support::{Place, Running};

const ROUTES: &str = "
routes:
  - { path: /private }
  - { path: /open, methods: [GET, POST], auth: public }
  - { path: /answer, methods: [POST], auth: public }";

const HANDLERS: &str = "routes: {
    'GET /private': (request) => ({ json: request }),
    'GET /open': ({ query }) => ({ json: query }),
    'POST /open': ({ body }) => ({ text: `${body.length}` }),
    'POST /answer': ({ body }) => JSON.parse(body),
}";

fn with_routes() -> (Place, Running) {
    let place = Place::with_echo(&[("web", ROUTES, HANDLERS)]);
    let host = Running::start(&place);
    (place, host)
}

#[test]
fn a_route_needs_the_token_unless_it_is_declared_public() {
    let (_place, host) = with_routes();
    let bearer = format!("Bearer {}", host.token());
    assert_eq!(host.http("GET", "/plugins/web/private", &[], b"").status, 401);
    assert_eq!(
        host.http("GET", "/plugins/web/private", &[("authorization", "Bearer wrong")], b"").status,
        401
    );
    let headers = [("authorization", &*bearer), ("cookie", "session=1"), ("x-mine", "kept")];
    let answer = host.http("GET", "/plugins/web/private?a=1&b=%20", &headers, b"");
    assert_eq!(answer.status, 200, "{answer:?}");
    let seen: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(
        (&seen["method"], &seen["path"], &seen["query"]),
        (&json!("GET"), &json!("/private"), &json!({ "a": "1", "b": " " }))
    );
    assert_eq!(seen["headers"]["x-mine"], "kept");
    // The plugin sees neither the token nor other pages' cookies.
    assert!(!answer.body.contains(host.token()) && !answer.body.contains("session=1"), "{answer:?}");
    let answer = host.http("GET", "/plugins/web/open?a=1", &[], b"");
    assert_eq!((answer.status, &*answer.body), (200, r#"{"a":"1"}"#));
    host.stop();
}

#[test]
fn what_is_not_declared_is_not_there() {
    let (_place, mut host) = with_routes();
    let bearer = format!("Bearer {}", host.token());
    for (method, path, status) in [
        ("GET", "/plugins/web/other", 404),
        ("GET", "/plugins/web/open/", 404),
        ("GET", "/plugins/web/OPEN", 404),
        ("GET", "/plugins/web/private/../open", 404),
        ("GET", "/plugins/web/%2e%2e/api", 404),
        ("GET", "/plugins/web//open", 404),
        ("GET", "/plugins/desk/open", 404),
        ("GET", "/plugins/nobody/open", 404),
        ("GET", "/open", 404),
        ("POST", "/plugins/web/private", 405),
        ("DELETE", "/plugins/web/open", 405),
    ] {
        let answer = host.http(method, path, &[("authorization", &bearer)], b"");
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
    }
    // Nothing of that started the plugin.
    assert!(!host.events().iter().any(|event| event["event"] == "workerStarted"), "{:?}", host.events());
    host.stop();
}

#[test]
fn a_foreign_name_or_page_is_refused() {
    let (_place, host) = with_routes();
    let own = format!("http://{}", host.gateway());
    for (headers, status) in [
        (vec![("host", "evil.example")], 403),
        (vec![("host", "localhost.evil.example")], 403),
        (vec![("host", "127.0.0.1.nip.io")], 403),
        (vec![("origin", "https://evil.example")], 403),
        (vec![("origin", "null")], 403),
        (vec![("origin", own.as_str())], 200),
        (vec![("host", "localhost")], 200),
    ] {
        for path in ["/plugins/web/open", "/healthz"] {
            let answer = host.http("GET", path, &headers, b"");
            assert_eq!(answer.status, status, "{path} {headers:?}: {answer:?}");
        }
    }
    host.stop();
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let (_place, host) = with_routes();
    let limit = 256 << 10;
    let answer = host.http("POST", "/plugins/web/open", &[], &vec![b'x'; limit]);
    assert_eq!((answer.status, &*answer.body), (200, "262144"));
    let answer = host.http("POST", "/plugins/web/open", &[], &vec![b'x'; limit + 1]);
    assert_eq!(answer.status, 413, "{answer:?}");
    let answer = host.http("POST", "/plugins/web/open", &[], b"\xff\xfe");
    assert_eq!(answer.status, 415, "{answer:?}");
    host.stop();
}

#[test]
fn a_plugin_answers_with_what_http_has_and_no_more() {
    let (_place, host) = with_routes();
    let answer = |wanted: Value| host.http("POST", "/plugins/web/answer", &[], wanted.to_string().as_bytes());
    let made = answer(
        json!({ "status": 201, "headers": { "x-mine": "yes", "content-type": "text/html" }, "text": "<script>1</script>" }),
    );
    assert_eq!((made.status, &*made.body), (201, "<script>1</script>"));
    let head = made.head.to_lowercase();
    // A page of a plugin gets no rights on the gateway's origin.
    for line in ["x-mine: yes", "content-security-policy: sandbox", "x-content-type-options: nosniff"] {
        assert!(head.contains(line), "{head}");
    }
    let forged = answer(
        json!({ "headers": { "set-cookie": "a=b", "content-length": "1", "content-security-policy": "default-src *" }, "text": "long" }),
    );
    assert_eq!((forged.status, &*forged.body), (200, "long"));
    let head = forged.head.to_lowercase();
    assert!(!head.contains("set-cookie") && !head.contains("default-src *"), "{head}");
    assert_eq!(answer(Value::Null).status, 204);
    for wrong in [
        json!({ "status": 99 }),
        json!({ "status": 100 }),
        json!({ "status": 70000 }),
        json!({ "text": "a", "json": 1 }),
        json!({ "headers": { "x": "a\r\nset-cookie: b" } }),
        json!({ "headers": { "bad name": "a" } }),
        json!({ "body": "?" }),
        json!("text"),
    ] {
        let refused = answer(wrong.clone());
        assert_eq!(refused.status, 502, "{wrong}: {refused:?}");
    }
    let thrown = host.http("POST", "/plugins/web/answer", &[], b"no json");
    assert_eq!(thrown.status, 502, "{thrown:?}");
    host.stop();
}

#[test]
fn the_api_is_for_the_token_and_says_what_is_wrong() {
    let (_place, host) = with_routes();
    assert_eq!(host.http("POST", "/api", &[], b"{}").status, 401);
    assert_eq!(host.http("GET", "/api", &[], b"").status, 400);
    let bearer = format!("Bearer {}", host.token());
    for (body, code) in [
        ("", -32600),
        ("[]", -32600),
        (r#"{"jsonrpc":"1.0","id":1,"method":"status"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"stop"}"#, -32601),
    ] {
        let answer = host.http("POST", "/api", &[("authorization", &bearer)], body.as_bytes());
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(answer["error"]["code"], code, "{body}: {answer}");
    }
    let wrong = host
        .rpc("message.send", &json!({ "channel": "console", "to": "me", "text": "x", "origin": "agent" }))
        .unwrap_err();
    assert_eq!(wrong["code"], -32602, "{wrong}");
    host.stop();
}

#[test]
fn a_route_that_declares_it_answers_in_pieces() {
    let manifest =
        "routes: [{ path: /ticks, auth: public, stream: text/event-stream }, { path: /whole, auth: public }]";
    let handlers = "routes: {
        'GET /ticks': async ({ query }, wa) => {
            if (query.whole) return { text: 'whole' };
            for (let n = 0; n < 3; n++) await wa.emit(`data: ${n}\\n\\n`);
            try { await wa.emit(7) } catch (error) { await wa.emit(`data: ${error.code}\\n\\n`) }
            if (query.fail) throw new Error('in the middle');
        },
        'GET /whole': async (request, wa) => {
            try { await wa.emit('x') } catch (error) { return { text: error.code } }
        },
    }";
    let place = Place::with_echo(&[("ticker", manifest, handlers)]);
    let host = Running::start(&place);
    let answer = host.http("GET", "/plugins/ticker/ticks", &[], b"");
    assert_eq!(answer.header("content-type").as_deref(), Some("text/event-stream"));
    for piece in ["data: 0\n\n", "data: 1\n\n", "data: 2\n\n", "data: invalid_params\n\n"] {
        assert!(answer.body.contains(piece), "{answer:?}");
    }
    assert!(answer.body.ends_with("0\r\n\r\n"), "the last chunk of HTTP is there: {answer:?}");
    let cut = host.http("GET", "/plugins/ticker/ticks?fail=1", &[], b"");
    assert!(!cut.body.ends_with("0\r\n\r\n"), "{cut:?}");
    assert_eq!(host.http("GET", "/plugins/ticker/ticks?whole=1", &[], b"").body, "whole");
    assert_eq!(host.http("GET", "/plugins/ticker/whole", &[], b"").body, "denied");
    host.stop();
}
