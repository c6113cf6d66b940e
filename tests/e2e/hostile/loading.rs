//! Plugins that strike while they are loaded, and those that never stop failing.

use serde_json::json;

use super::{TOOL, all_is_well, healthy};
use crate::support::Running;

const PLUGIN: &str =
    "import { definePlugin } from 'wa';\nexport default definePlugin({ tools: { attempt: () => 1 } });\n";

/// A plugin with this code is quarantined when something calls it, for one of these reasons.
fn does_not_load(code: &str, whys: &[&str]) {
    let place = healthy();
    place.plugin_code("evil", TOOL, code);
    let mut host = Running::start(&place);
    let said = host.tool("attempt", &json!({})).unwrap_err();
    assert!(whys.iter().any(|why| said.contains(why)), "{said}");
    host.event_of("quarantined", "evil");
    all_is_well(&place, &host);
    host.stop();
    let inspected = place.wa(["plugins", "inspect", "evil"]);
    assert!(whys.iter().any(|why| inspected.stdout().contains(why)), "{inspected}");
    assert!(inspected.stdout().contains("quarantined: "), "{inspected}");
}

#[test]
fn code_that_strikes_at_load_is_quarantined() {
    does_not_load(
        &format!("{PLUGIN}await new Promise(() => {{}});\n"),
        &["waits at its top level for something that never comes"],
    );
    does_not_load(&format!("{PLUGIN}throw new Error('not today');\n"), &["not today"]);
    does_not_load(&format!("{PLUGIN}while (true);\n"), &["loading took more than"]);
    let bomb = "const all = [];\nfor (;;) all.push(new Array(1000).fill(1));\n";
    does_not_load(&format!("{PLUGIN}{bomb}"), &["out of memory", "loading took more than"]);
}

/// A plugin with this code is refused before anything of it runs.
fn is_refused(code: &str, why: &str) {
    let place = healthy();
    place.plugin_code("evil", TOOL, code);
    let mut host = Running::start(&place);
    host.event_of("pluginRefused", "evil");
    assert!(host.tool("attempt", &json!({})).is_err());
    all_is_well(&place, &host);
    host.stop();
    let inspected = place.wa(["plugins", "inspect", "evil"]).exits(1).to_string();
    assert!(inspected.contains(why), "{inspected}");
}

#[test]
fn code_that_cannot_be_read_is_refused() {
    is_refused("export default definePlugin({ tools: { attempt: () => 1 ", "WA02");
    is_refused(&format!("{PLUGIN}// {}\n", "x".repeat(17 << 20)), "MiB");
    is_refused(&format!("import fs from 'node:fs';\n{PLUGIN}"), "node:fs");
}

#[test]
fn a_plugin_that_crashes_again_and_again_is_given_up() {
    let place = healthy();
    let manifest = "events: [message.received]\nruntime: { kind: js, entry: index.js, timeout: 100ms }";
    place.plugin("evil", manifest, "events: { 'message.received': () => new Promise(() => {}) }");
    let mut host = Running::start(&place);
    let mut console = host.console();
    // Each is tried three times, and each try ends a worker.
    assert_eq!(console.ask("me", "one"), "echo: one");
    assert_eq!(console.ask("me", "two"), "echo: two");
    let quarantined = host.event_of("quarantined", "evil");
    let why = "it failed 5 times in a row; the last time: a call took more than 100 ms";
    assert_eq!(quarantined["reason"], why);
    assert_eq!(console.ask("me", "three"), "echo: three");
    let dead = host.event(|event| {
        event["event"] == "deadLetter" && event["reason"].as_str().unwrap().contains("quarantine")
    });
    assert_eq!(dead["subscriber"], "plugin:evil");
    all_is_well(&place, &host);
    host.stop();
    let inspected = place.wa(["plugins", "inspect", "evil"]);
    assert!(inspected.stdout().contains(&format!("quarantined: {why}")), "{inspected}");
}
