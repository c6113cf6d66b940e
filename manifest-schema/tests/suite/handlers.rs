//! Code and manifest have the same handlers: each kind, declared and written, only declared, only written.

use manifest_schema::check::check_plugin;
use manifest_schema::code::HandlerKind;
use manifest_schema::files::MemoryFiles;
use std::path::Path;

/// A kind with one handler: the manifest's lines, the definition's entry, and how findings call it.
const KINDS: [(HandlerKind, &str, &str, &str); 10] = [
    (
        HandlerKind::Event,
        "events: [message.received]",
        r#"events: { "message.received"() {} }"#,
        "the event `message.received`",
    ),
    (
        HandlerKind::Hook,
        "hooks: [{ on: message.sending, mode: modify }]",
        r#"hooks: { "message.sending"() {} }"#,
        "the gate `message.sending`",
    ),
    (
        HandlerKind::Tool,
        "tools: [{ name: find, description: Finds, input: { type: object } }]",
        "tools: { find() {} }",
        "the tool `find`",
    ),
    (
        HandlerKind::Route,
        "routes: [{ path: /health, methods: [GET] }]",
        r#"routes: { "GET /health"() {} }"#,
        "the route `GET /health`",
    ),
    (
        HandlerKind::Capability,
        "capabilities: { speech: [{ id: voice }] }",
        r#"capabilities: { "speech/voice"() {} }"#,
        "the capability `speech/voice`",
    ),
    (
        HandlerKind::Service,
        "services: [{ id: sync }]",
        "services: { sync: { start() {} } }",
        "the service `sync/start`",
    ),
    (
        HandlerKind::Schedule,
        "schedules: [{ id: nightly, cron: '0 3 * * *' }]",
        "schedules: { nightly() {} }",
        "the schedule `nightly`",
    ),
    (
        HandlerKind::Command,
        "commands: [{ name: orders, description: Lists }]",
        "commands: { orders() {} }",
        "the command `orders`",
    ),
    (
        HandlerKind::Rpc,
        "rpc: [{ method: desk.list, scope: read }]",
        r#"rpc: { "desk.list"() {} }"#,
        "the RPC method `desk.list`",
    ),
    (HandlerKind::Agent, "agent: true", "agent() {}", "an agent"),
];

/// What is said of a plugin with these handlers, as `CODE message`; always with a gate, so that the code is never idle.
fn found(manifest: &str, definition: &str) -> Vec<String> {
    let manifest = format!(
        "schema: 1\nid: desk\nversion: 1.0.0\nruntime: {{ kind: js, entry: index.js }}\n\
         configSchema: {{ type: object, additionalProperties: false }}\nactivation: {{ onStartup: true }}\n{manifest}\n"
    );
    let code =
        format!("import {{ definePlugin }} from 'wa';\nexport default definePlugin({{ {definition} }});\n");
    let files: MemoryFiles =
        [("wa.plugin.yaml", manifest.as_bytes()), ("index.js", code.as_bytes())].into_iter().collect();
    let findings = check_plugin(&files, Path::new("")).report.findings;
    let about_handlers = findings.iter().filter(|finding| finding.rule.name != "idle-code");
    about_handlers.map(|finding| format!("{} {}", finding.rule.code, finding.message)).collect()
}

#[test]
fn the_table_has_every_kind() {
    assert_eq!(KINDS.map(|(kind, ..)| kind), HandlerKind::ALL);
}

#[test]
fn what_is_declared_and_handled_is_fine() {
    for (kind, manifest, definition, _) in KINDS {
        assert_eq!(found(manifest, definition), Vec::<String>::new(), "{kind:?}");
    }
}

#[test]
fn what_is_declared_and_not_handled_is_an_error() {
    for (kind, manifest, definition, name) in KINDS {
        let expected = vec![format!("WA0213 the code has no handler for {name}")];
        assert_eq!(found(manifest, ""), expected, "{kind:?}, without its group");
        if kind != HandlerKind::Agent {
            let group = definition.split(':').next().unwrap();
            assert_eq!(found(manifest, &format!("{group}: {{}}")), expected, "{kind:?}, with an empty group");
        }
    }
}

#[test]
fn what_is_handled_and_not_declared_is_an_error() {
    for (kind, _, definition, name) in KINDS {
        let expected = vec![format!("WA0214 the manifest does not declare {name}")];
        assert_eq!(found("", definition), expected, "{kind:?}");
    }
}

#[test]
fn a_service_has_three_parts_and_no_others() {
    let service = "services: [{ id: sync }]";
    let parts = |parts: &str| found(service, &format!("services: {{ sync: {{ {parts} }} }}"));
    assert_eq!(parts("start() {}, stop() {}, health() {}"), Vec::<String>::new());
    assert_eq!(parts("stop() {}"), ["WA0213 the code has no handler for the service `sync/start`"]);
    assert_eq!(
        parts("start() {}, pause() {}"),
        ["WA0214 the manifest does not declare the service `sync/pause`"]
    );
}
