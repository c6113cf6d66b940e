//! Routes, the token, and who may talk to the gateway.

use crate::{
    rig::{Rig, plugin},
    trial,
};
use libtest_mimic::Trial;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("gateway::declared_routes_and_no_others", declared_routes_and_no_others),
        trial("gateway::the_token_guards_routes_and_the_api", the_token_guards_routes_and_the_api),
        trial(
            "gateway::a_handlers_answer_cannot_misuse_the_origin",
            a_handlers_answer_cannot_misuse_the_origin,
        ),
        trial("gateway::foreign_hosts_and_origins_are_refused", foreign_hosts_and_origins_are_refused),
        trial("gateway::the_api_explains_itself", the_api_explains_itself),
        trial("gateway::health_and_limits", health_and_limits),
    ]
}

const HEAD: &str = "
routes:
  - { path: /open, methods: [GET, POST], auth: public }
  - { path: /closed, methods: [GET] }
  - { path: /hook, methods: [POST], auth: webhook, secret: key }
  - { path: /odd, methods: [GET], auth: public }
configSchema: { type: object, properties: { key: { type: string } } }
";

const CODE: &str = "
const echo = (request) => ({ json: request });
const odd = ({ query }) => ({
  headers: () => ({ text: '<script>', headers: { 'content-type': 'text/html', 'set-cookie': 'a=b', 'x-own': '1' } }),
  both: () => ({ text: 'a', json: 1 }),
  status: () => ({ status: 99 }),
  nothing: () => undefined,
  throws: () => { throw new Error('odd'); },
})[query.case]();
export default definePlugin({ routes: {
  'GET /open': echo, 'POST /open': echo, 'GET /closed': echo, 'POST /hook': echo, 'GET /odd': odd,
} });";

async fn rig() -> Rig {
    Rig::new(vec![plugin("web", HEAD, CODE)]).await
}

fn request(rig: &Rig, method: Method, path: &str) -> RequestBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().build().unwrap();
    client.request(method, format!("http://{}{path}", rig.host.gateway()))
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

async fn declared_routes_and_no_others() {
    let rig = rig().await;
    let sent = request(&rig, Method::POST, "/plugins/web/open?a=1&b=x%20y")
        .header("x-own", "2")
        .header("cookie", "session=1")
        .bearer_auth(rig.host.token())
        .body("the body");
    let answer = sent.send().await.unwrap().text().await.unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((&answer["method"], &answer["path"]), (&json!("POST"), &json!("/open")));
    assert_eq!((&answer["query"], &answer["body"]), (&json!({ "a": "1", "b": "x y" }), &json!("the body")));
    assert_eq!(answer["headers"]["x-own"], "2");
    assert!(answer["headers"].get("authorization").is_none() && answer["headers"].get("cookie").is_none());
    for (method, path, expected) in [
        (Method::GET, "/plugins/web/none", 404),
        (Method::GET, "/plugins/other/open", 404),
        (Method::GET, "/plugins/web/open/more", 404),
        (Method::GET, "/plugins/web/../web/open", 200),
        (Method::DELETE, "/plugins/web/open", 405),
        (Method::POST, "/plugins/web/hook", 503),
        (Method::GET, "/", 404),
    ] {
        assert_eq!(status(request(&rig, method.clone(), path)).await, expected, "{method} {path}");
    }
    rig.host.stop().await;
}

async fn the_token_guards_routes_and_the_api() {
    let rig = rig().await;
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"status"}"#;
    for token in [None, Some("wrong"), Some(rig.host.token())] {
        let with = |request: RequestBuilder| match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let expected = if token == Some(rig.host.token()) { 200 } else { 401 };
        assert_eq!(
            status(with(request(&rig, Method::GET, "/plugins/web/closed"))).await,
            expected,
            "{token:?}"
        );
        assert_eq!(status(with(request(&rig, Method::POST, "/api").body(body))).await, expected, "{token:?}");
    }
    rig.host.stop().await;
}

async fn a_handlers_answer_cannot_misuse_the_origin() {
    let rig = rig().await;
    let odd = |case: &str| request(&rig, Method::GET, &format!("/plugins/web/odd?case={case}"));
    let answer = odd("headers").send().await.unwrap();
    let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("content-type").as_deref(), Some("text/html"));
    assert_eq!(header("x-own").as_deref(), Some("1"));
    assert_eq!(header("set-cookie"), None);
    assert_eq!(header("content-security-policy").as_deref(), Some("sandbox; default-src 'none'"));
    for (case, expected) in [("both", 502), ("status", 502), ("nothing", 204), ("throws", 502)] {
        assert_eq!(status(odd(case)).await, expected, "{case}");
    }
    rig.host.stop().await;
}

async fn foreign_hosts_and_origins_are_refused() {
    let rig = rig().await;
    let own = rig.host.gateway().to_string();
    for (host, origin, expected) in [
        (own.as_str(), None, 200),
        (own.as_str(), Some(format!("http://{own}")), 200),
        (own.as_str(), Some("http://evil.example".to_owned()), 403),
        ("evil.example", None, 403),
    ] {
        let mut sent = request(&rig, Method::GET, "/plugins/web/open").header("host", host);
        if let Some(origin) = &origin {
            sent = sent.header("origin", origin);
        }
        assert_eq!(status(sent).await, expected, "{host} {origin:?}");
    }
    rig.host.stop().await;
}

async fn the_api_explains_itself() {
    let rig = rig().await;
    for (body, code) in [
        ("nonsense", -32600),
        (r#"{"jsonrpc":"1.0","id":1,"method":"status"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"none"}"#, -32601),
        (r#"{"jsonrpc":"2.0","id":1,"method":"message.send","params":{"to":"me"}}"#, -32602),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"message.send","params":{"channel":"pigeon","to":"me","text":"x"}}"#,
            -32004,
        ),
        (r#"{"jsonrpc":"2.0","id":1,"method":"plugins.reload"}"#, -32000),
    ] {
        let answer = request(&rig, Method::POST, "/api")
            .bearer_auth(rig.host.token())
            .body(body)
            .send()
            .await
            .unwrap();
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(answer["error"]["code"], code, "{body}: {answer}");
    }
    rig.host.stop().await;
}

async fn health_and_limits() {
    let rig = rig().await;
    assert_eq!(status(request(&rig, Method::GET, "/healthz")).await, StatusCode::OK);
    assert_eq!(status(request(&rig, Method::GET, "/readyz")).await, StatusCode::OK);
    let large = vec![b'x'; (256 << 10) + 1];
    assert_eq!(status(request(&rig, Method::POST, "/plugins/web/open").body(large)).await, 413);
    let binary = request(&rig, Method::POST, "/plugins/web/open").body(vec![0xff, 0xfe]);
    assert_eq!(status(binary).await, 415);
    rig.host.stop().await;
}
