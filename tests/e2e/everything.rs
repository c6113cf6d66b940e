//! A plugin that does whatever a plugin can do, written with each SDK, and the same scenarios for all of them: each part of an SDK
//! meets the real host, and they agree.

use serde_json::json;

use crate::components::building::build;
use crate::support::{Place, Running, repository};
use crate::typings::tsc;

const PLUGIN: &str = "plugins/everything";

/// The plugin in one language.
fn everything(language: &str, runtime: &str) -> Place {
    let place = Place::with_echo(&[]);
    let source = repository("tests/e2e/everything");
    place.copy(&source.join("tests"), &format!("{PLUGIN}/tests"));
    place.copy(&source.join(language), PLUGIN);
    let manifest = std::fs::read_to_string(source.join("wa.plugin.yaml")).unwrap();
    place.write(&format!("{PLUGIN}/wa.plugin.yaml"), format!("{manifest}runtime: {runtime}\n"));
    place
}

#[track_caller]
fn does_everything(place: &Place) {
    let tested = place.wa(["plugins", "test", PLUGIN]).succeeds();
    assert!(
        tested.stderr().contains(" passed, 0 failed") && tested.stdout().contains("a capability"),
        "{tested}"
    );
    passes_on_what_comes_in(place);
}

/// A channel of a plugin takes part where the project enables it, which that of a scenario does not.
fn passes_on_what_comes_in(place: &Place) {
    let host = Running::start(place);
    let bearer = format!("Bearer {}", host.token());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let message = json!({ "id": "m1", "chat": "garden", "from": "ana", "text": "hello" }).to_string();
    for answer in ["new", "a repeat"] {
        let inbound = host.http("POST", "/plugins/everything/inbound", &headers, message.as_bytes());
        assert_eq!((inbound.status, inbound.body.as_str()), (200, answer));
    }
    host.stop();
}

#[test]
fn in_typescript() {
    let place = everything("typescript", "{ kind: js, entry: src/index.ts }");
    place.wa(["plugins", "validate", PLUGIN]).succeeds();
    place.wa(["plugins", "types", PLUGIN]).succeeds();
    place.write(
        &format!("{PLUGIN}/tsconfig.json"),
        std::fs::read(repository("templates/ts-tool/tsconfig.json")).unwrap(),
    );
    let (fits, said) = tsc(&place, PLUGIN);
    assert!(fits, "{said}");
    does_everything(&place);
    place.edit(&format!("{PLUGIN}/tests/console.yaml"), "chunks: [{ text: hi }]", "chunks: [{ text: ho }]");
    let failed = place.wa(["plugins", "test", PLUGIN]).exits(1);
    assert!(
        failed.stdout().contains("chunks/0/text\n        expected: \"ho\"\n        got:      \"hi\""),
        "{failed}"
    );
}

#[test]
fn in_rust() {
    let place = everything("rust", "{ kind: wasm, entry: plugin.wasm }");
    build(&place, PLUGIN).succeeds();
    place.wa(["plugins", "validate", PLUGIN]).succeeds();
    does_everything(&place);
}

#[test]
fn in_python() {
    let place = everything("python", "{ kind: process, command: [python3, src/main.py] }");
    let client = std::fs::read(repository("sdk/python/wa_plugin.py")).unwrap();
    place.write(&format!("{PLUGIN}/src/wa_plugin.py"), client);
    does_everything(&place);
}

/// The client for Node takes the same handlers; only where they come from and the time of a test are said in another way.
#[test]
fn in_javascript_for_node() {
    let place = everything("typescript", "{ kind: process, command: [node, src/index.mjs] }");
    let mut code = place.read(&format!("{PLUGIN}/src/index.ts"));
    for (typescript, node) in
        [("from \"wa\"", "from \"./wa-plugin.mjs\""), (": Promise<unknown>", ""), ("Date.now()", "wa.now()")]
    {
        assert!(code.contains(typescript), "{typescript}");
        code = code.replace(typescript, node);
    }
    place.write(&format!("{PLUGIN}/src/index.mjs"), code);
    std::fs::remove_file(place.path(format!("{PLUGIN}/src/index.ts"))).unwrap();
    let client = std::fs::read(repository("sdk/node/wa-plugin.mjs")).unwrap();
    place.write(&format!("{PLUGIN}/src/wa-plugin.mjs"), client);
    does_everything(&place);
}
