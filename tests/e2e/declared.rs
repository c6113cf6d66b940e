//! Code and manifest: what only the code has is never called, what only the manifest has is told to the author.

use serde_json::json;

use crate::support::{Place, Running, repository};

/// A tool that holds the worker's start, so that something calls the plugin.
const PING: &str = "tools: [{ name: ping, description: Pings, input: { type: object } }]";

#[test]
fn handlers_that_the_manifest_does_not_declare_are_never_called() {
    // The names are computed, so that no reading of the code finds them.
    let code = "
import { definePlugin } from 'wa';
const called = (what) => (payload, wa) => { wa.log.info(`called ${what}`) };
const key = (...words) => words.join('.');
const handlers = {
  tools: { ping: () => 'pong', [key('extra')]: called('tool') },
  events: { [key('message', 'received')]: called('event'), [key('message', 'sent')]: called('event') },
  hooks: { [key('message', 'sending')]: called('gate'), [key('message', 'receiving')]: called('gate') },
  routes: { [`GET /${key('open')}`]: called('route') },
};
handlers[key('agent')] = called('agent');
export default definePlugin(handlers);
";
    let place = Place::with_echo(&[]);
    place.plugin_code("sly", PING, code);
    let mut host = Running::start(&place);
    assert_eq!(host.tool("ping", &json!({})), Ok(json!("pong")));
    assert_eq!(host.console().ask("me", "hi"), "echo: hi");
    place.wa(["send", "--to", "me", "hi"]).succeeds();
    assert!(host.tool("extra", &json!({})).unwrap_err().contains("extra"));
    assert_eq!(host.http("GET", "/plugins/sly/open", &[], b"").status, 404);
    assert_eq!(host.tool("ping", &json!({})), Ok(json!("pong")));
    assert!(!host.events().iter().any(|event| event["event"] == "log"), "{:?}", host.events());
    host.stop();
}

#[test]
fn an_agent_needs_a_plugin_that_declares_to_be_one() {
    let place = Place::with_plugins(&[]);
    place.plugin_code("desk", PING, "import { definePlugin } from 'wa';\nconst all = { tools: { ping: () => 'pong' }, agent: () => ({ text: 'mine' }) };\nexport default definePlugin({ ...all });\n");
    let mut host = Running::start(&place);
    host.console().say("me", "hi");
    let dead = host.event(|event| event["event"] == "deadLetter");
    assert!(dead["reason"].as_str().unwrap().contains("agent: true"), "{dead}");
    host.stop();
}

#[test]
fn a_declared_handler_that_the_code_plainly_lacks_is_found_without_running_it() {
    let place = Place::with_echo(&[(
        "short",
        &format!("{PING}\nevents: [message.received]"),
        "tools: { pong: () => 1 }",
    )]);
    let mut host = Running::start(&place);
    let refused = host.event_of("pluginRefused", "short");
    assert_eq!(refused["reason"], "the plugin has 3 errors");
    let inspected = place.wa(["plugins", "inspect", "short"]).exits(1);
    for missing in ["`ping`", "`message.received`"] {
        assert!(inspected.stderr().contains(missing) || inspected.stdout().contains(missing), "{inspected}");
    }
    assert_eq!(host.console().ask("me", "hi"), "echo: hi");
    host.stop();
}

#[test]
fn a_declared_handler_that_the_code_lacks_when_it_runs_is_told_too() {
    let code = "import { definePlugin } from 'wa';\nconst tools = {};\nexport default definePlugin({ ...{ tools } });\n";
    let place = Place::with_echo(&[]);
    place.plugin_code("short", &format!("{PING}\nroutes: [{{ path: /status }}]"), code);
    let mut host = Running::start(&place);
    let why = "its manifest declares handlers that its code does not have: tool `ping`, route `GET /status`";
    let said = host.tool("ping", &json!({})).unwrap_err();
    assert!(said.contains(why), "{said}");
    let event = host.event_of("quarantined", "short");
    assert!(event["reason"].as_str().unwrap().contains(why), "{event}");
    assert_eq!(host.console().ask("me", "hi"), "echo: hi");
    host.stop();
    let inspected = place.wa(["plugins", "inspect", "short"]);
    assert!(inspected.stdout().contains(why), "{inspected}");
}

/// `docs/features.md` says of each feature which test shows it: those tests are there.
#[test]
fn every_feature_names_a_test_that_is_there() {
    let root = repository("");
    let guide = std::fs::read_to_string(root.join("docs/features.md")).unwrap();
    let rows: Vec<&str> = guide
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| feature") && !line.starts_with("| ---"))
        .collect();
    assert!(rows.len() > 40, "{}", rows.len());
    for row in rows {
        let shown = row.split('|').nth(2).unwrap();
        let named: Vec<&str> = shown.split('`').filter(|part| part.contains("::")).collect();
        assert!(!named.is_empty() || shown.trim_start().starts_with("no"), "{row}");
        for test in named {
            let (path, name) = test.rsplit_once("::").unwrap();
            let inside = path.replace("::", "/");
            let places = [
                format!("tests/e2e/{inside}.rs"),
                format!("tests/e2e/{inside}/mod.rs"),
                format!("manifest-schema/tests/suite/{inside}.rs"),
            ];
            let files = places.map(|place| root.join(place));
            let file = files.iter().find(|file| file.exists()).unwrap_or(&files[0]);
            let text = std::fs::read_to_string(file)
                .unwrap_or_else(|error| panic!("{test}: {}: {error}", file.display()));
            assert!(text.contains(&format!("fn {name}()")), "{test}");
        }
    }
}
