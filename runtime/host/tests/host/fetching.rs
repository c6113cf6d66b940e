//! `wa.fetch` against servers that behave badly.

use crate::{
    rig::{Rig, plugin, quick},
    trial,
};
use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, header},
    response::Redirect,
    routing::{any, get},
};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::{net::SocketAddr, slice::from_ref, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("fetching::a_named_private_origin_answers", a_named_private_origin_answers),
        trial("fetching::private_addresses_are_refused_in_every_spelling", private_addresses_are_refused),
        trial("fetching::a_redirect_is_judged_like_a_request", a_redirect_is_judged_like_a_request),
        trial("fetching::credentials_do_not_follow_to_another_origin", credentials_do_not_follow),
        trial("fetching::an_endless_body_and_a_slow_one_end", an_endless_body_and_a_slow_one_end),
        trial("fetching::what_is_no_request_is_refused", what_is_no_request_is_refused),
    ]
}

/// A plugin that fetches what it is told to, and a project that names `private`.
async fn rig(network: &[String], private: &[String]) -> Rig {
    let head = format!(
        "permissions: {{ network: {} }}\ntools:\n  - {{ name: get, description: Test, input: {{ type: object }} }}\n",
        json!(network)
    );
    let code = "export default definePlugin({ tools: { get: async ({ url, init }, wa) => {
        try { const response = await wa.fetch(url, init); return { status: response.status, body: await response.text() }; }
        catch (error) { return { error: `${error.code}: ${error.message}` }; }
    } } });";
    let project = format!(
        "schema: 1\nserver: {{ bind: '127.0.0.1:0' }}\npolicy: {{ sandbox: best-effort, allowPrivateNetwork: {} }}\n",
        json!(private)
    );
    Rig::with(&project, vec![plugin("getter", &head, code)], quick()).await
}

async fn get_url(rig: &Rig, url: String, init: Value) -> Value {
    let answer =
        rig.client(move |client| client.call_tool("get", &json!({ "url": url, "init": init }))).await;
    serde_json::from_str(answer.unwrap().get()).unwrap()
}

fn error(answer: &Value) -> &str {
    answer["error"].as_str().unwrap_or_else(|| panic!("no error: {answer}"))
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn a_named_private_origin_answers() {
    let router = Router::new()
        .route("/text", get(async || "plain"))
        .route("/bytes", get(async || Bytes::from_static(&[0xff, 0xfe])))
        .route(
            "/echo",
            any(async |headers: HeaderMap, body: String| format!("{:?} {body}", headers.get("x-key"))),
        );
    let origin = format!("http://{}", serve(router).await);
    let rig = rig(from_ref(&origin), from_ref(&origin)).await;
    let answer = get_url(&rig, format!("{origin}/text"), json!({})).await;
    assert_eq!(answer, json!({ "status": 200, "body": "plain" }));
    let init = json!({ "method": "POST", "headers": { "x-key": "k" }, "body": "b" });
    let answer = get_url(&rig, format!("{origin}/echo"), init).await;
    assert_eq!(answer["body"], "Some(\"k\") b");
    assert_eq!(get_url(&rig, format!("{origin}/none"), json!({})).await["status"], 404);
    rig.host.stop().await;
}

async fn private_addresses_are_refused() {
    let port = serve(Router::new().route("/", get(async || "reached"))).await.port();
    let hosts =
        ["127.0.0.1", "localhost", "[::1]", "[::ffff:7f00:1]", "10.0.0.1", "169.254.169.254", "[fd00::1]"];
    let origins: Vec<String> = hosts.iter().map(|host| format!("http://{host}:{port}")).collect();
    let rig = rig(&origins, &[]).await;
    // Other spellings of 127.0.0.1, which a URL parser turns into it.
    let spelled = ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "[::ffff:127.0.0.1]"]
        .map(|host| format!("http://{host}:{port}"));
    for url in origins.iter().chain(&spelled) {
        let answer = get_url(&rig, url.clone(), json!({})).await;
        let words = error(&answer);
        assert!(words.starts_with("denied: ") && words.contains("has the private address"), "{url}: {words}");
        assert!(words.contains("`policy.allowPrivateNetwork:"), "{url}: {words}");
    }
    rig.host.stop().await;
}

async fn a_redirect_is_judged_like_a_request() {
    let inner = serve(Router::new().route("/", get(async || "inside"))).await;
    let outer = serve(
        Router::new()
            .route("/inside", get(async move || Redirect::temporary(&format!("http://{inner}/"))))
            .route(
                "/name",
                get(async move || Redirect::temporary(&format!("http://localhost:{}/", inner.port()))),
            )
            .route("/off", get(async || Redirect::temporary("http://elsewhere.example/")))
            .route("/file", get(async || Redirect::temporary("file:///etc/passwd")))
            .route("/loop", get(async || Redirect::temporary("/loop")))
            .route("/same", get(async || Redirect::temporary("/end")))
            .route("/end", get(async || "end")),
    )
    .await;
    let network =
        [format!("http://{outer}"), format!("http://{inner}"), format!("http://localhost:{}", inner.port())];
    let rig = rig(&network, &[format!("http://{outer}")]).await;
    for (path, words) in [
        ("inside", "has the private address 127.0.0.1"),
        ("name", "localhost has the private address"),
        ("off", "may not reach http://elsewhere.example"),
        ("file", "the scheme must be http or https"),
        ("loop", "more than 5 redirects"),
    ] {
        let answer = get_url(&rig, format!("http://{outer}/{path}"), json!({})).await;
        assert!(error(&answer).contains(words), "{path}: {answer}");
    }
    let answer = get_url(&rig, format!("http://{outer}/same"), json!({})).await;
    assert_eq!(answer["body"], "end");
    rig.host.stop().await;
}

async fn credentials_do_not_follow() {
    let told = async |headers: HeaderMap| {
        let names: Vec<&str> = headers
            .keys()
            .map(header::HeaderName::as_str)
            .filter(|name| !matches!(*name, "host" | "user-agent"))
            .collect();
        names.join(" ")
    };
    let second = serve(Router::new().route("/", get(told))).await;
    let first = serve(
        Router::new()
            .route("/away", get(async move || Redirect::temporary(&format!("http://{second}/"))))
            .route("/here", get(async || Redirect::temporary("/told")))
            .route("/told", get(told)),
    )
    .await;
    let network = [format!("http://{first}"), format!("http://{second}")];
    let rig = rig(&network, &network).await;
    let init = json!({ "headers": { "authorization": "Bearer k", "cookie": "a=b", "x-api-key": "k", "accept": "text/plain" } });
    let answer = get_url(&rig, format!("http://{first}/here"), init.clone()).await;
    let mut kept: Vec<&str> = answer["body"].as_str().unwrap().split(' ').collect();
    kept.sort_unstable();
    assert_eq!(kept, ["accept", "authorization", "cookie", "x-api-key"]);
    let answer = get_url(&rig, format!("http://{first}/away"), init).await;
    assert_eq!(answer["body"], "accept");
    rig.host.stop().await;
}

/// A server that answers each request with `head` and then with `chunk` for ever, pausing in between.
async fn drip(head: &'static str, chunk: &'static [u8], pause: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(head.as_bytes()).await;
                while stream.write_all(chunk).await.is_ok() {
                    tokio::time::sleep(pause).await;
                }
            });
        }
    });
    format!("http://{address}")
}

async fn an_endless_body_and_a_slow_one_end() {
    const HEAD: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
    let endless = drip(HEAD, &[b'x'; 4096], Duration::ZERO).await;
    let slow_body = drip(HEAD, b"x", Duration::from_millis(20)).await;
    let slow_head = drip("HTTP/1.1 200 OK\r\n", b"x: y\r\n", Duration::from_millis(20)).await;
    let silent = drip("", b"", Duration::from_secs(60)).await;
    let origins = [endless.clone(), slow_body.clone(), slow_head.clone(), silent.clone()];
    let rig = rig(&origins, &origins).await;
    let answer = get_url(&rig, endless, json!({})).await;
    assert!(error(&answer).starts_with("too_large: the response is larger than"), "{answer}");
    for origin in [slow_body, slow_head, silent] {
        let answer = get_url(&rig, origin, json!({})).await;
        assert!(error(&answer).starts_with("timeout: no answer within"), "{answer}");
    }
    rig.host.stop().await;
}

async fn what_is_no_request_is_refused() {
    let rig = rig(&["https://api.example.com".into()], &[]).await;
    for (url, init, words) in [
        ("file:///etc/passwd", json!({}), "the scheme must be http or https"),
        ("nonsense", json!({}), "is not a URL"),
        ("https://user:pass@api.example.com/", json!({}), "may not hold a user"),
        ("https://api.example.com:444/", json!({}), "may not reach https://api.example.com:444"),
        ("http://api.example.com/", json!({}), "may not reach http://api.example.com"),
        ("https://api.example.com.evil.example/", json!({}), "may not reach"),
        ("https://api.example.com/", json!({ "method": "CONNECT" }), "the method `CONNECT` is not allowed"),
        (
            "https://api.example.com/",
            json!({ "headers": { "Host": "evil" } }),
            "the header `Host` is not allowed",
        ),
        ("https://api.example.com/", json!({ "headers": { "x": "a\r\nb: c" } }), "control characters"),
    ] {
        let answer = get_url(&rig, url.to_owned(), init).await;
        assert!(error(&answer).contains(words), "{url}: {answer}");
    }
    rig.host.stop().await;
}
