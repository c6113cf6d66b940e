//! `wa.fetch`: private addresses, redirects, endless answers, and headers that stay with the origin they were meant for.

use std::io::Write;
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::support::http::{self, Server};
use crate::support::{LIMIT, Place, Running};

/// A host with a plugin whose tool `get` fetches `url` with `headers`; it may reach `network`, `private` of it in private networks.
fn fetcher(network: &[&str], private: &[&str]) -> (Place, Running) {
    let manifest = format!(
        "tools: [{{ name: get, description: Gets, input: {{ type: object }} }}]
permissions: {{ network: {} }}",
        json!(network)
    );
    let code = "tools: { get: async ({ url, ...init }, wa) => {
        const answer = await wa.fetch(url, init);
        return { status: answer.status, text: answer.text() };
    } }";
    let place = Place::with_echo(&[("reader", &manifest, code)]);
    place.configure(&format!("policy: {{ allowPrivateNetwork: {} }}", json!(private)));
    let host = Running::start(&place);
    (place, host)
}

#[test]
fn a_private_address_needs_the_operator_even_where_the_manifest_names_it() {
    let server = Server::saying(http::ok("inside"));
    let origin = server.origin();
    let localhost = origin.replace("127.0.0.1", "localhost");
    let (place, host) = fetcher(&[&origin, &localhost], &[]);
    for origin in [&origin, &localhost] {
        let refused = host.tool("get", &json!({ "url": origin })).unwrap_err();
        let line = format!("`policy.allowPrivateNetwork: [\"{origin}\"]` in wa.yaml would allow it");
        assert!(refused.contains("private address") && refused.contains(&line), "{refused}");
    }
    assert!(server.requests.try_recv().is_err(), "the request went out");
    place.edit("wa.yaml", "allowPrivateNetwork: []", &format!("allowPrivateNetwork: ['{origin}']"));
    host.rpc("plugins.reload", &json!({})).unwrap();
    assert_eq!(host.tool("get", &json!({ "url": origin })), Ok(json!({ "status": 200, "text": "inside" })));
    // The operator's word is for that origin alone.
    assert!(host.tool("get", &json!({ "url": localhost })).unwrap_err().contains("private address"));
    host.stop();
}

#[test]
fn the_operators_word_alone_is_not_enough() {
    let server = Server::saying(http::ok("inside"));
    let (_place, host) = fetcher(&["https://api.example.com"], &[&server.origin()]);
    let refused = host.tool("get", &json!({ "url": server.origin() })).unwrap_err();
    assert!(refused.contains("the plugin may not reach"), "{refused}");
    assert!(server.requests.try_recv().is_err(), "the request went out");
    host.stop();
}

#[test]
fn a_redirect_is_judged_like_a_first_request() {
    let inner = Server::saying(http::ok("secrets of another service"));
    let target = inner.origin();
    let outer = Server::saying(http::redirect(&target));
    let (_place, host) = fetcher(&[&outer.origin()], &[&outer.origin()]);
    let refused = host.tool("get", &json!({ "url": outer.origin() })).unwrap_err();
    assert!(refused.contains(&format!("may not reach {target}")), "{refused}");
    assert!(inner.requests.try_recv().is_err(), "the redirect was followed");
    for elsewhere in ["file:///etc/passwd", "gopher://127.0.0.1/"] {
        let sly = Server::saying(http::redirect(elsewhere));
        let (_place, host) = fetcher(&[&sly.origin()], &[&sly.origin()]);
        let refused = host.tool("get", &json!({ "url": sly.origin() })).unwrap_err();
        assert!(refused.contains("the scheme must be http or https"), "{refused}");
        host.stop();
    }
    host.stop();
}

#[test]
fn a_redirect_to_a_private_address_is_refused_where_only_the_manifest_names_it() {
    let inner = Server::saying(http::ok("secrets of another service"));
    let outer = Server::saying(http::redirect(&inner.origin()));
    let (_place, host) = fetcher(&[&outer.origin(), &inner.origin()], &[&outer.origin()]);
    let refused = host.tool("get", &json!({ "url": outer.origin() })).unwrap_err();
    assert!(refused.contains("private address"), "{refused}");
    assert!(inner.requests.try_recv().is_err(), "the redirect was followed");
    host.stop();
}

#[test]
fn redirects_come_to_an_end() {
    let server = Server::start(|_, stream| drop(stream.write_all(http::redirect("/again").as_bytes())));
    let (_place, host) = fetcher(&[&server.origin()], &[&server.origin()]);
    let refused = host.tool("get", &json!({ "url": server.origin() })).unwrap_err();
    assert!(refused.contains("more than 5 redirects"), "{refused}");
    assert_eq!(server.requests.try_iter().count(), 6);
    host.stop();
}

#[test]
fn authorization_stays_with_the_origin_that_it_was_meant_for() {
    let inner = Server::saying(http::ok("there"));
    let outer = Server::saying(http::redirect(&inner.origin()));
    let both = [outer.origin(), inner.origin()];
    let both: Vec<&str> = both.iter().map(String::as_str).collect();
    let (_place, host) = fetcher(&both, &both);
    let headers = json!({ "authorization": "Bearer s3cret", "x-api-key": "s3cret", "cookie": "s=s3cret", "accept": "text/plain" });
    let got = host.tool("get", &json!({ "url": outer.origin(), "headers": headers })).unwrap();
    assert_eq!(got["text"], "there");
    let first = outer.requests.recv_timeout(LIMIT).unwrap().to_lowercase();
    assert_eq!(first.matches("s3cret").count(), 3, "{first}");
    let second = inner.requests.recv_timeout(LIMIT).unwrap().to_lowercase();
    assert!(!second.contains("s3cret") && second.contains("accept: text/plain"), "{second}");
    // The gateway's token is never in a request.
    assert!(!first.contains(host.token()));
    host.stop();
}

#[test]
fn an_endless_answer_is_cut_off() {
    let endless = |head: &'static str, line: &'static str| {
        Server::start(move |_, stream: &mut TcpStream| {
            let _ = stream.write_all(head.as_bytes());
            while stream.write_all(line.repeat(64).as_bytes()).is_ok() {}
        })
    };
    let body = endless("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", "endless and endless and endless\n");
    let head = endless("HTTP/1.1 200 OK\r\n", "x-header: endless and endless\r\n");
    for (server, why) in [(body, "the response is larger than"), (head, "failed")] {
        let (_place, host) = fetcher(&[&server.origin()], &[&server.origin()]);
        let refused = host.tool("get", &json!({ "url": server.origin() })).unwrap_err();
        assert!(refused.contains(why), "{refused}");
        assert_eq!(host.console().ask("me", "hi"), "echo: hi");
        host.stop();
    }
}

#[test]
fn an_answer_that_never_comes_ends_with_the_call() {
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let server = Server::start(move |_, _| {
        let _ = held.lock().unwrap().recv();
    });
    let (place, host) = fetcher(&[&server.origin()], &[&server.origin()]);
    place.edit("plugins/reader/wa.plugin.yaml", "timeout: 2s", "timeout: 300ms");
    host.rpc("plugins.reload", &json!({})).unwrap();
    let refused = host.tool("get", &json!({ "url": server.origin() })).unwrap_err();
    assert!(refused.contains("no answer within"), "{refused}");
    drop(hold);
    host.stop();
}

#[test]
fn urls_and_headers_that_would_fool_the_host_are_refused() {
    let (_place, host) = fetcher(&["https://api.example.com"], &[]);
    for (input, why) in [
        (json!({ "url": "file:///etc/passwd" }), "the scheme must be http or https"),
        (json!({ "url": "https://me:pw@api.example.com/" }), "a user or a password"),
        (json!({ "url": "https://api.example.com@evil.example/" }), "a user or a password"),
        (json!({ "url": "/relative" }), "write scheme, host and path"),
        (
            json!({ "url": "https://api.example.com/", "headers": { "Host": "evil.example" } }),
            "belongs to the connection",
        ),
        (json!({ "url": "https://api.example.com/", "headers": { "x": "a\r\nb: c" } }), "control characters"),
        (json!({ "url": "https://api.example.com/", "method": "CONNECT" }), "the method `CONNECT`"),
    ] {
        let refused: Result<Value, String> = host.tool("get", &input);
        assert!(refused.clone().unwrap_err().contains(why), "{input}: {refused:?}");
    }
    host.stop();
}
