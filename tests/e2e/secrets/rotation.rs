//! A secret that changes while the host runs.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use super::{Echo, bearer, dotenv, manifest, place};
use crate::support::http::{self, Server};
use crate::support::{LIMIT, Place, Running};

const GET: &str =
    "async ({ url }, wa) => { const answer = await wa.fetch(url); return { status: answer.status }; }";

fn rotating(echo: &Echo) -> Place {
    let manifest = manifest(&echo.origin, &format!("[{}]", bearer(&echo.origin)), "");
    let place = place(&echo.origin, &manifest, GET, "{ apiKey: '${API_KEY}' }");
    dotenv(&place, "API_KEY=first-4d5e6f\n");
    place
}

#[test]
fn a_reload_brings_the_new_value_and_calls_in_flight_end_with_the_old_one() {
    let echo = Echo::start();
    let place = rotating(&echo);
    // A door that opens only when the test says so, and then leads on to where the secret goes.
    let (open, opened) = std::sync::mpsc::channel::<()>();
    let opened = std::sync::Mutex::new(opened);
    let target = echo.origin.clone();
    let door = Server::start(move |_, stream| {
        opened.lock().unwrap().recv().unwrap();
        let _ = std::io::Write::write_all(stream, http::redirect(&target).as_bytes());
    });
    let both = format!("'{}', '{}'", echo.origin, door.origin());
    place.edit(
        "plugins/caller/wa.plugin.yaml",
        &format!("network: ['{}']", echo.origin),
        &format!("network: [{both}]"),
    );
    place.edit(
        "wa.yaml",
        &format!("allowPrivateNetwork: ['{}']", echo.origin),
        &format!("allowPrivateNetwork: [{both}]"),
    );
    let host = Running::start(&place);
    host.tool("get", &json!({ "url": echo.origin })).unwrap();
    assert_eq!(echo.header("authorization"), "Bearer first-4d5e6f");
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools.call", "params": { "name": "get", "input": { "url": door.origin() } } });
    let (gateway, bearer) = (host.gateway().to_owned(), format!("Bearer {}", host.token()));
    let slow = std::thread::spawn(move || {
        http::request(&gateway, "POST", "/api", &[("authorization", &bearer)], call.to_string().as_bytes())
    });
    door.requests.recv_timeout(LIMIT).unwrap();
    dotenv(&place, "API_KEY=second-4d5e6f\n");
    let outcome = host.rpc("plugins.reload", &json!({})).unwrap();
    assert_eq!(outcome["changed"], json!(["caller"]));
    host.tool("get", &json!({ "url": echo.origin })).unwrap();
    assert_eq!(echo.header("authorization"), "Bearer second-4d5e6f");
    open.send(()).unwrap();
    let answer = slow.join().unwrap().body;
    assert!(answer.contains(r#""status":200"#), "{answer}");
    assert_eq!(echo.header("authorization"), "Bearer first-4d5e6f");
    // Nothing has changed: nothing is started anew.
    assert_eq!(host.rpc("plugins.reload", &json!({})).unwrap()["changed"], json!([]));
    host.stop();
}

#[test]
fn the_last_good_value_stays_where_a_provider_fails() {
    let echo = Echo::start();
    let place = rotating(&echo);
    let mut host = Running::start(&place);
    std::fs::set_permissions(place.path(".env"), std::fs::Permissions::from_mode(0o644)).unwrap();
    host.rpc("plugins.reload", &json!({})).unwrap();
    let kept = host.event(|event| event["event"] == "secretKept");
    assert_eq!(kept["reference"], "env:default:API_KEY");
    assert!(kept["reason"].as_str().unwrap().contains("can be reached by others (mode 0644)"), "{kept}");
    host.tool("get", &json!({ "url": echo.origin })).unwrap();
    assert_eq!(echo.header("authorization"), "Bearer first-4d5e6f");
    // A reference that was never good keeps the plugin as it was.
    place.edit("wa.yaml", "${API_KEY}", "${OTHER_KEY}");
    let outcome = host.rpc("plugins.reload", &json!({})).unwrap();
    assert_eq!(outcome["kept"][0]["id"], "caller");
    assert!(outcome["kept"][0]["reason"].as_str().unwrap().contains("OTHER_KEY"), "{outcome}");
    host.tool("get", &json!({ "url": echo.origin })).unwrap();
    assert_eq!(echo.header("authorization"), "Bearer first-4d5e6f");
    host.stop();
}

#[test]
fn a_plugin_without_its_secret_does_not_start_and_the_others_do() {
    let echo = Echo::start();
    let place = rotating(&echo);
    dotenv(&place, "");
    let mut host = Running::start(&place);
    let refused = host.event_of("pluginRefused", "caller");
    let why = "its secret `apiKey` (env:default:API_KEY) cannot be resolved: the variable API_KEY is set neither in the environment nor in .env";
    assert_eq!(refused["reason"], why);
    assert_eq!(host.console().ask("me", "hi"), "echo: hi");
    dotenv(&place, "API_KEY=late-4d5e6f\n");
    host.rpc("plugins.reload", &json!({})).unwrap();
    host.tool("get", &json!({ "url": echo.origin })).unwrap();
    assert_eq!(echo.header("authorization"), "Bearer late-4d5e6f");
    host.stop();
}
