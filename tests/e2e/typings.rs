//! `wa plugins types`: TypeScript's own compiler accepts what fits the manifest and refuses what does not.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Place, repository};

/// TypeScript's own compiler, which `.ci/run` puts on the path, on the project in a folder: its status and its errors.
pub(crate) fn tsc(place: &Place, folder: &str) -> (bool, String) {
    let output = Command::new("tsc").args(["--noEmit", "-p", folder]).current_dir(place.work()).output();
    let output = output.expect("this test needs `tsc`: npm install typescript, and put it on the path");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The settings that every TypeScript template has.
fn settings() -> String {
    let root = repository("");
    fs::read_to_string(root.join("templates/ts-tool/tsconfig.json")).unwrap()
}

/// A folder `desk` with a manifest, its types, and files of code that each stand alone.
fn typed(manifest: &str, files: &[(&str, String)]) -> Place {
    let place = Place::empty();
    place.write(
        "desk/wa.plugin.yaml",
        format!(
            "schema: 1\nid: desk\nversion: 1.0.0\nruntime: {{ kind: js, entry: src/index.ts }}\n{manifest}"
        ),
    );
    place.write("desk/tsconfig.json", settings());
    for (name, code) in files {
        place.write(&format!("desk/src/{name}.ts"), code);
    }
    place.wa(["plugins", "types", "desk"]).succeeds();
    place
}

#[test]
fn every_example_fits_its_types() {
    let examples = repository("examples");
    let mut plugins = Vec::new();
    typescript_plugins(&examples, &mut plugins);
    assert!(plugins.len() >= 13, "{plugins:?}");
    for plugin in plugins {
        let place = Place::empty();
        place.copy(&plugin, "desk");
        place.write("desk/tsconfig.json", settings());
        place.wa(["plugins", "types", "desk"]).succeeds();
        let (fits, said) = tsc(&place, "desk");
        assert!(fits, "{}:\n{said}", plugin.display());
    }
}

/// Folders below that hold a manifest whose code is TypeScript.
fn typescript_plugins(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    let is_typescript =
        fs::read_to_string(folder.join("wa.plugin.yaml")).is_ok_and(|text| text.contains(".ts"));
    if is_typescript {
        found.push(folder.to_owned());
    }
    let inside = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    inside.filter(|path| path.is_dir()).for_each(|path| typescript_plugins(&path, found));
}

/// One handler of every kind.
const EVERY_KIND: &str = r#"
events: [message.received]
hooks: [{ on: message.sending, mode: modify }]
tools:
  - name: find
    description: Finds
    input: { type: object, additionalProperties: false, required: [number], properties: { number: { type: string } } }
    output: { type: object, additionalProperties: false, required: [found], properties: { found: { type: boolean } } }
agent: true
routes: [{ path: /health, methods: [GET] }]
services: [{ id: sync }]
schedules: [{ id: nightly, cron: "0 3 * * *" }]
commands: [{ name: orders, description: Lists, args: [{ name: since, type: integer, required: true }] }]
rpc: [{ method: desk.list, scope: read, params: { type: object, additionalProperties: false, properties: { max: { type: integer } } }, result: { type: array, items: { type: string } } }]
capabilities: { speech: [{ id: voice }] }
configSchema:
  type: object
  additionalProperties: false
  properties: { limit: { type: integer, default: 3 }, key: { type: string } }
configContracts: { secretInputs: { paths: [{ path: key, use: [{ header: Authorization, value: "{secret}", origin: "https://api.example.com" }] }] } }
permissions: { network: ["https://api.example.com"] }
"#;

/// The handlers that go with it, by group.
const HANDLERS: [(&str, &str); 10] = [
    (
        "events",
        r#"events: { "message.received": (message, wa) => wa.log.info(message.text, { limit: wa.config.limit + 1 }) }"#,
    ),
    ("hooks", r#"hooks: { "message.sending": (draft) => (draft.text === "" ? block("empty") : draft) }"#),
    ("tools", "tools: { find: async ({ number }) => ({ found: number.length > 1 }) }"),
    (
        "agent",
        "agent: async ({ message }, wa) => ({ text: String((await wa.tools.call(\"find\", { number: message.text })).found) })",
    ),
    ("routes", r#"routes: { "GET /health": (request) => ({ json: { path: request.path } }) }"#),
    ("services", "services: { sync: { start: async (_, wa) => wa.sleep(5), health: () => ({ ok: true }) } }"),
    ("schedules", "schedules: { nightly: (due, wa) => wa.log.info(due.run_id) }"),
    ("commands", "commands: { orders: ({ args }) => ({ text: args.since.toFixed() }) }"),
    ("rpc", r#"rpc: { "desk.list": ({ max }) => ["a"].slice(0, max) }"#),
    (
        "capabilities",
        r#"capabilities: { "speech/voice": async ({ text }, wa) => { await wa.emit({ base64: text }); return { mime: "audio/wav" }; } }"#,
    ),
];

/// A module of all the handlers, with one group changed to `instead`.
fn with(group: &str, instead: &str) -> String {
    let of_group = |(name, entry): (&str, &'static str)| {
        if name == group { instead.to_owned() } else { entry.to_owned() }
    };
    let entries = HANDLERS.map(of_group).into_iter().filter(|entry| !entry.is_empty()).collect::<Vec<_>>();
    format!(
        "import {{ block, definePlugin }} from \"wa\";\nvoid block;\nexport default definePlugin({{\n{}\n}});\n",
        entries.join(",\n")
    )
}

/// What is wrong, by file: the group, what stands there instead, the compiler's code and a word of what it says.
const WRONG: [(&str, &str, &str, &str, &str); 25] = [
    ("no_event", "events", "", "TS2345", "'events' is missing"),
    ("no_gate", "hooks", "", "TS2345", "'hooks' is missing"),
    ("no_tool", "tools", "tools: {}", "TS2741", "'find' is missing"),
    ("no_agent", "agent", "", "TS2345", "'agent' is missing"),
    ("no_route", "routes", "routes: {}", "TS2741", "GET /health"),
    ("no_service", "services", "services: {}", "TS2741", "'sync' is missing"),
    ("no_start", "services", "services: { sync: { stop() {} } }", "TS2741", "'start' is missing"),
    ("no_schedule", "schedules", "schedules: {}", "TS2741", "'nightly' is missing"),
    ("no_command", "commands", "commands: {}", "TS2741", "'orders' is missing"),
    ("no_rpc", "rpc", "rpc: {}", "TS2741", "desk.list"),
    ("no_capability", "capabilities", "capabilities: {}", "TS2741", "speech/voice"),
    (
        "extra_tool",
        "tools",
        "tools: { find: () => ({ found: true }), more: () => null }",
        "TS2353",
        "'more' does not exist",
    ),
    (
        "extra_event",
        "events",
        r#"events: { "message.received"() {}, "message.sent"() {} }"#,
        "TS2353",
        "message.sent",
    ),
    (
        "extra_route",
        "routes",
        r#"routes: { "GET /health": () => ({}), "POST /health": () => ({}) }"#,
        "TS2353",
        "POST /health",
    ),
    (
        "extra_part",
        "services",
        "services: { sync: { start() {}, pause() {} } }",
        "TS2353",
        "'pause' does not exist",
    ),
    ("extra_group", "agent", "agent: () => undefined, tolls: {}", "TS2561", "'tolls' does not exist"),
    (
        "wrong_input",
        "tools",
        "tools: { find: ({ nummer }) => ({ found: !nummer }) }",
        "TS2339",
        "'nummer' does not exist",
    ),
    (
        "wrong_output",
        "tools",
        "tools: { find: () => ({ found: \"no\" }) }",
        "TS2322",
        "'string' is not assignable to type 'boolean'",
    ),
    (
        "wrong_payload",
        "events",
        r#"events: { "message.received": (m, wa) => wa.log.info(m.body) }"#,
        "TS2339",
        "'body' does not exist",
    ),
    (
        "wrong_gate",
        "hooks",
        r#"hooks: { "message.sending": () => true }"#,
        "TS2322",
        "'boolean' is not assignable",
    ),
    (
        "wrong_argument",
        "commands",
        "commands: { orders: ({ args }) => args.since.trim() }",
        "TS2339",
        "'trim' does not exist on type 'number'",
    ),
    (
        "wrong_result",
        "rpc",
        r#"rpc: { "desk.list": () => [1] }"#,
        "TS2322",
        "'number' is not assignable to type 'string'",
    ),
    (
        "wrong_response",
        "capabilities",
        r#"capabilities: { "speech/voice": () => ({ mime: 5 }) }"#,
        "TS2322",
        "'number' is not assignable to type 'string'",
    ),
    (
        "wrong_config",
        "schedules",
        "schedules: { nightly: (_, wa) => wa.log.info(wa.config.limits) }",
        "TS2551",
        "'limits' does not exist",
    ),
    (
        "secret_is_no_text",
        "schedules",
        "schedules: { nightly: (_, wa) => wa.log.info(wa.config.key ?? \"\") }",
        "TS2345",
        "SecretHandle",
    ),
];

#[test]
fn the_compiler_refuses_what_does_not_fit_the_manifest() {
    let mut files = vec![("right", with("", ""))];
    files.extend(WRONG.map(|(file, group, instead, ..)| (file, with(group, instead))));
    let place = typed(EVERY_KIND, &files);
    let (fits, said) = tsc(&place, "desk");
    assert!(!fits, "all was taken");
    let of_file = |file: &str| {
        let start = format!("desk/src/{file}.ts(");
        // What belongs to an error is on indented lines below it.
        let mut mine = false;
        let lines = said.lines().filter(|line| {
            mine = if line.starts_with(' ') { mine } else { line.starts_with(&start) };
            mine
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(of_file("right"), "", "{said}");
    for (file, _, _, code, word) in WRONG {
        let errors = of_file(file);
        assert!(
            errors.contains(code) && errors.contains(word),
            "{file}: expected {code} {word:?}, got:\n{errors}"
        );
    }
}

/// Every call of the host, each on its line.
const CALLS: [&str; 32] = [
    r#"wa.channel.sendText("a", "b")"#,
    r#"wa.channel.sendPoll({ to: "a", question: "b", options: [] })"#,
    r#"wa.channel.editMessage({ to: "a", message_id: "b", text: "c" })"#,
    r#"wa.channel.revokeMessage({ to: "a", message_id: "b" })"#,
    r#"wa.channel.deleteMessage({ to: "a", message_id: "b" })"#,
    r#"wa.channel.sendSeen("a")"#,
    r#"wa.channel.sendReply({ to: "a", reply_to: "b", text: "c" })"#,
    r#"wa.channel.reply("a", "b", "c")"#,
    r#"wa.channel.sendReaction({ to: "a", message_id: "b", emoji: "c" })"#,
    r#"wa.channel.react("a", "b", "c")"#,
    r#"wa.channel.sendMedia({ to: "a", base64: "b" })"#,
    r#"wa.channel.sendVoiceNote({ to: "a", base64: "b" })"#,
    r#"wa.channel.readMedia({ local_path: "a" })"#,
    r#"wa.channel.sendImage("a", "b")"#,
    r#"wa.channel.sendFile("a", "b")"#,
    r#"wa.channel.decryptMedia({ local_path: "a" })"#,
    r#"wa.channel.getHostNumber()"#,
    r#"wa.channel.getContact("a")"#,
    r#"wa.channel.getContacts()"#,
    r#"wa.channel.getChats()"#,
    r#"wa.channel.getAllContacts()"#,
    r#"wa.channel.getAllChats()"#,
    r#"wa.storage.get("a")"#,
    r#"wa.storage.set("a", 1)"#,
    r#"wa.storage.delete("a")"#,
    r#"wa.storage.list()"#,
    r#"wa.files.read("a")"#,
    r#"wa.files.list()"#,
    r#"wa.fetch("https://api.example.com/")"#,
    r#"wa.capability("speech", { text: "a" })"#,
    r#"wa.secret(wa.config.key ?? "")"#,
    r#"wa.channel.receive({ chat: "a", from: "b", id: "c", text: "d" })"#,
];

#[test]
fn what_is_not_permitted_is_not_there_for_the_compiler_and_an_error_for_validate() {
    let calls = format!(
        "import {{ definePlugin }} from \"wa\";\nexport default definePlugin({{\nschedules: {{ nightly: async (due, wa) => {{\n{};\n}} }},\n}});\n",
        CALLS.join(";\n")
    );
    let config = "schedules: [{ id: nightly, cron: '0 3 * * *' }]\nconfigSchema: { type: object, additionalProperties: false, properties: { key: { type: string } } }\n";
    let secret = |uses: &str| {
        format!("configContracts: {{ secretInputs: {{ paths: [{{ path: key, use: [{uses}] }}] }} }}\n")
    };
    let permitted = "channels: [pigeon]\ncapabilities: { channel: [{ id: pigeon }] }\n\
                     permissions: { channel: { any: [send, reply, react, media, contacts.read] }, storage: 1MiB, network: [\"https://api.example.com\"], capabilities: [speech] }\n";

    let all = typed(
        &format!("{config}{}{permitted}", secret("{ sign: hmac-sha256 }")),
        &[("index", calls.clone())],
    );
    all.edit(
        "desk/src/index.ts",
        "schedules: {",
        "capabilities: { \"channel/pigeon\": () => ({ message_id: \"1\" }) },\nschedules: {",
    );
    let (fits, said) = tsc(&all, "desk");
    assert!(fits, "{said}");
    let checked = all.wa(["plugins", "validate", "desk"]).succeeds();
    assert!(!checked.stdout().contains("WA0215"), "{checked}");

    let none = typed(&format!("{config}{}", secret("")), &[("index", calls)]);
    let (_, said) = tsc(&none, "desk");
    let document = none.wa(["plugins", "validate", "desk", "--format", "json"]).exits(1).json();
    let refused: Vec<u64> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["code"] == "WA0215")
        .map(|one| one["line"].as_u64().unwrap())
        .collect();
    for (line, call) in (4..).zip(CALLS) {
        assert!(said.contains(&format!("index.ts({line},")), "tsc takes {call}:\n{said}");
        assert!(refused.contains(&line), "validate takes {call}: {refused:?}");
    }
}
