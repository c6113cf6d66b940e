//! Whose leave a secret takes, and what is refused without it.

use serde_json::{Value, json};

use super::{Echo, bearer, manifest, place};
use crate::support::http::{self, Server};
use crate::support::{Place, Running};

const GET: &str = "async ({ url, ...init }, wa) => { const answer = await wa.fetch(url, init); return { status: answer.status, text: answer.text() }; }";
const READ: &str = "(_, wa) => ({ length: wa.config.apiKey.length })";

fn refusal(place: &Place) -> String {
    let mut host = Running::start_in(place, &[], &[("API_KEY", "k-4d5e6f7788")]);
    let event = host.event_of("pluginRefused", "caller");
    // The host and the others run.
    assert_eq!(host.console().ask("me", "hi"), "echo: hi");
    host.stop();
    event["reason"].as_str().unwrap().to_owned()
}

#[test]
fn reading_a_secret_takes_manifest_and_policy() {
    let echo = Echo::start();
    let reading = "[{ path: apiKey, use: value }]";
    let config = "{ apiKey: '${API_KEY}' }";
    let allowed = manifest(&echo.origin, reading, ", secretValues: [apiKey]");
    let place = place(&echo.origin, &allowed, READ, config);
    let why = refusal(&place);
    assert!(
        why.contains("its code reads the secret `apiKey`; `policy.secretValues: allow` in wa.yaml"),
        "{why}"
    );
    place.edit("wa.yaml", "policy: {", "policy: { secretValues: allow,");
    let host = Running::start_in(&place, &[], &[("API_KEY", "k-4d5e6f7788")]);
    assert_eq!(host.tool("get", &json!({})), Ok(json!({ "length": 12 })));
    host.stop();
    // A policy above the project only tightens.
    std::fs::create_dir_all(place.config()).unwrap();
    std::fs::write(place.config().join("policy.yaml"), "schema: 1\npolicy: { secretValues: deny }\n")
        .unwrap();
    assert!(refusal(&place).contains("with no policy above it that denies it"));
    // The manifest asks as a use, and not as a permission.
    std::fs::remove_file(place.config().join("policy.yaml")).unwrap();
    place.edit("plugins/caller/wa.plugin.yaml", ", secretValues: [apiKey]", "");
    let found = place.wa(["plugins", "validate", "plugins/caller"]).exits(1);
    assert!(
        found.stderr().contains("add `secretValues: [apiKey]` to `permissions`")
            || found.stdout().contains("add `secretValues: [apiKey]` to `permissions`"),
        "{found}"
    );
}

#[test]
fn reading_a_secret_is_shown_at_install_and_asked_for_again_when_it_is_new() {
    let place = Place::with_project();
    let key = place.key("acme");
    let config = "configSchema: { type: object, additionalProperties: false, properties: { token: { type: string } } }";
    let source = |version: &str, more: &str| {
        place.write("sources/reader/index.js", "import { definePlugin } from 'wa';\nexport default definePlugin({ agent: () => ({ text: 'x' }) });\n");
        let text = format!(
            "schema: 1\nid: reader\nversion: {version}\npublisher: acme\nruntime: {{ kind: js, entry: index.js }}\nagent: true\n{config}\n{more}\n"
        );
        place.write("sources/reader/wa.plugin.yaml", text);
        place.wa(["plugins", "pack", "sources/reader", "--sign", "--out", "packages"]).succeeds();
        format!("packages/reader-{version}.tgz")
    };
    let first = source("1.0.0", "configContracts: { secretInputs: { paths: [{ path: token }] } }");
    place.install(&first, &key).succeeds();
    let second = source(
        "1.1.0",
        "configContracts: { secretInputs: { paths: [{ path: token, use: value }] } }\npermissions: { secretValues: [token] }",
    );
    let planned = place.wa(["plugins", "install", &second, "--dry-run"]);
    let shown = format!("{}{}", planned.stdout(), planned.stderr());
    assert!(shown.contains("read the secret `token` of its configuration itself"), "{shown}");
    // Without a person or `--yes`, a permission that is new is not taken.
    place.wa(["plugins", "install", &second]).exits(3);
    assert!(!place.read("wa.lock").contains("read the secret"));
    place.install(&second, &key).succeeds();
    assert!(place.read("wa.lock").contains("read the secret `token`"), "{}", place.read("wa.lock"));
}

#[test]
fn a_secret_goes_to_its_origin_only_also_after_a_redirect() {
    let there = Echo::start();
    let door = Server::saying(http::redirect(&there.origin));
    let back = Echo::start();
    let mut text = manifest(&there.origin, &format!("[{}]", bearer(&there.origin)), "");
    text = text.replace(
        &format!("network: ['{}']", there.origin),
        &format!("network: ['{}', '{}', '{}']", there.origin, door.origin(), back.origin),
    );
    let place = place(&there.origin, &text, GET, "{ apiKey: '${API_KEY}' }");
    place.edit(
        "wa.yaml",
        &format!("['{}']", there.origin),
        &format!("['{}', '{}', '{}']", there.origin, door.origin(), back.origin),
    );
    let host = Running::start_in(&place, &[], &[("API_KEY", "k-4d5e6f7788")]);
    let get = |input: Value| host.tool("get", &input);
    get(json!({ "url": back.origin })).unwrap();
    assert!(!back.request().contains("k-4d5e6f7788"));
    get(json!({ "url": door.origin() })).unwrap();
    let first = door.requests.recv_timeout(crate::support::LIMIT).unwrap();
    assert!(!first.contains("k-4d5e6f7788"), "{first}");
    assert_eq!(there.header("authorization"), "Bearer k-4d5e6f7788");
    // What the code sets itself is replaced; what it does not want is left out; what is not declared is refused.
    get(json!({ "url": there.origin, "headers": { "authorization": "Bearer mine" } })).unwrap();
    assert_eq!(there.header("authorization"), "Bearer k-4d5e6f7788");
    get(json!({ "url": there.origin, "secrets": [] })).unwrap();
    assert!(!there.request().contains("authorization"));
    get(json!({ "url": there.origin, "secrets": [{ "secret": "apiKey" }] })).unwrap();
    assert_eq!(there.header("authorization"), "Bearer k-4d5e6f7788");
    let refused = get(json!({ "url": back.origin, "secrets": ["apiKey"] })).unwrap_err();
    assert!(refused.contains("has no header for") && refused.contains("would declare it"), "{refused}");
    host.stop();
}

#[test]
fn signing_takes_a_declaration() {
    let echo = Echo::start();
    let code = "async ({ path, algorithm }, wa) => wa.secret(path).sign('x', algorithm)";
    let inputs = "[{ path: apiKey, use: [{ sign: hmac-sha256 }] }, { path: hook }, { path: plain, use: [{ sign: ed25519 }] }]";
    let config = "{ apiKey: '${API_KEY}', hook: k-aaaaaaaaaa, plain: not-a-key-at-all }";
    let place = place(&echo.origin, &manifest(&echo.origin, inputs, ""), code, config);
    let host = Running::start_in(&place, &[], &[("API_KEY", "k-4d5e6f7788")]);
    let sign =
        |path: &str, algorithm: Value| host.tool("get", &json!({ "path": path, "algorithm": algorithm }));
    assert_eq!(sign("apiKey", json!("hmac-sha256")).unwrap()["hex"].as_str().unwrap().len(), 64);
    for (path, algorithm, expected) in [
        (
            "apiKey",
            "ed25519",
            "`{ path: apiKey, use: [{ sign: ed25519 }] }` under `configContracts.secretInputs.paths`",
        ),
        ("hook", "hmac-sha256", "the plugin may not sign with `hook`"),
        ("url", "hmac-sha256", "the plugin may not sign with `url`"),
        ("plain", "ed25519", "the secret is no Ed25519 key"),
    ] {
        let refused = sign(path, json!(algorithm)).unwrap_err();
        assert!(refused.contains(expected), "{refused}");
    }
    host.stop();
}

#[test]
fn what_a_plugin_reads_stays_out_of_chats_stores_and_other_plugins() {
    let echo = Echo::start();
    let code = "async ({ what }, wa) => {
        const text = `the key is ${wa.config.apiKey}`;
        if (what === 'store') await wa.storage.set('key', text);
        if (what === 'send') await wa.channel.sendText({ channel: 'console', to: 'me', text });
        return {};
    }";
    let allowed = manifest(
        &echo.origin,
        "[{ path: apiKey, use: value }]",
        ", secretValues: [apiKey], channel: { any: [send] }",
    );
    let place = place(&echo.origin, &allowed, code, "{ apiKey: '${API_KEY}' }");
    place.edit("wa.yaml", "policy: {", "policy: { secretValues: allow,");
    let host = Running::start_in(&place, &[], &[("API_KEY", "k-4d5e6f7788")]);
    for what in ["store", "send"] {
        let refused = host.tool("get", &json!({ "what": what })).unwrap_err();
        assert!(refused.contains("holds a secret of the plugin's configuration"), "{what}: {refused}");
    }
    // Nor does anybody else send it.
    let sent = host.rpc("message.send", &json!({ "channel": "console", "to": "me", "text": "k-4d5e6f7788" }));
    assert!(sent.unwrap_err()["message"].as_str().unwrap().contains("the message holds a secret"));
    host.stop();
}
