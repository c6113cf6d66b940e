//! Packages in the formats of other hosts: read without running anything, told in words, installed as content.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Place, Running, repository};

const OPENCLAW: &str = "// JSON5, as OpenClaw reads it\n{ id: 'Weather_Pro', name: 'Weather', version: '1.2.0',\n  configSchema: { type: 'object', additionalProperties: false, properties: { city: { type: 'string' } } },\n  channels: ['weather'], contracts: { tools: ['weather_now'], }, skills: ['./skills'],\n  mcpServers: { radar: { transport: 'stdio', command: '${PLUGIN_ROOT}/radar' } } }\n";
const SKILL: &str = "---\nname: forecasts\ndescription: Tell what the weather will be.\n---\nLook it up.\n";

/// A package of each format in `foreign/FORMAT`, each with code that would leave a file behind.
fn packages(place: &Place) {
    let canary = format!("require('fs').writeFileSync('{}', 'sung');\n", place.path("canary").display());
    let files: &[(&str, &str)] = &[
        ("openclaw/openclaw.plugin.json", OPENCLAW),
        (
            "openclaw/package.json",
            "{\"name\":\"weather-pro\",\"version\":\"1.2.0\",\"openclaw\":{\"extensions\":[\"./index.js\"]},\"scripts\":{\"postinstall\":\"node index.js\"}}",
        ),
        ("openclaw/index.js", &canary),
        ("openclaw/skills/forecasts/SKILL.md", SKILL),
        (
            "agent-plugins/plugin.json",
            "{\"$schema\":\"https://agent-plugins.org/schemas/1.0.0/plugin.schema.json\",\"name\":\"parcels\",\"version\":\"2.0.0\"}",
        ),
        ("agent-plugins/skills/forecasts/SKILL.md", SKILL),
        (
            "agent-plugins/mcp.json",
            "{\"mcpServers\":{\"parcels\":{\"type\":\"streamable-http\",\"url\":\"https://mcp.example.com\"}}}",
        ),
        (
            "claude/.claude-plugin/plugin.json",
            "{\"name\":\"helper-pack\",\"version\":\"0.3.0\",\"description\":\"Helps\"}",
        ),
        ("claude/skills/forecasts/SKILL.md", SKILL),
        ("claude/commands/tidy.md", "---\ndescription: Tidy up\n---\nTidy.\n"),
        ("claude/agents/critic.md", "Be strict.\n"),
        ("claude/hooks/hooks.json", "{\"hooks\":{}}"),
        ("claude/.mcp.json", "{\"mcpServers\":{\"both\":{\"command\":\"x\",\"url\":\"https://x\"}}}"),
        ("claude-plain/commands/hello.md", "Say hello.\n"),
        (
            "codex/.codex-plugin/plugin.json",
            "{\"name\":\"codex-pack\",\"version\":\"1.0.0\",\"skills\":\"./more\"}",
        ),
        ("codex/more/forecasts/SKILL.md", SKILL),
        ("cursor/.cursor-plugin/plugin.json", "{\"name\":\"cursor-pack\",\"version\":\"1.0.0\"}"),
        ("cursor/.cursor/commands/ship.md", "Ship it.\n"),
        ("cursor/rules/style.md", "Short lines.\n"),
    ];
    for (path, text) in files {
        place.write(&format!("foreign/{path}"), text);
    }
}

/// What each package comes to: its id and version, words of the plan, and what cannot run.
const EXPECTED: [(&str, &str, &[&str]); 6] = [
    (
        "openclaw",
        "weather-pro",
        &[
            "OpenClaw plugin; usable: 1 skill, 1 MCP declaration",
            "./index.js: not runnable here: needs OpenClaw's in-process plugin API",
        ],
    ),
    ("agent-plugins", "parcels", &["Agent Plugins bundle; usable: 1 skill, 1 MCP declaration"]),
    (
        "claude",
        "helper-pack",
        &[
            "Claude bundle; usable: 1 skill, 1 command, 1 agent",
            "hooks/hooks.json: not runnable here: needs Claude's hook runner",
            "has both a command and an address",
        ],
    ),
    ("claude-plain", "claude-plain", &["Claude bundle; usable: 1 command"]),
    ("codex", "codex-pack", &["Codex bundle; usable: 1 skill"]),
    (
        "cursor",
        "cursor-pack",
        &["Cursor bundle; usable: 1 command", "rules: not runnable here: needs Cursor's rules"],
    ),
];

#[test]
fn each_format_is_validated_shown_installed_and_removed() {
    let place = Place::with_project();
    packages(&place);
    for (format, id, words) in EXPECTED {
        let folder = format!("foreign/{format}");
        place.wa(["plugins", "validate", &folder]).succeeds();
        let plan = place.wa(["plugins", "install", &format!("./{folder}"), "--dry-run"]).succeeds();
        for part in words {
            assert!(plan.stdout().contains(part), "no {part:?}: {plan}");
        }
        // As a package: nobody signed it, so it takes a word of its own.
        let archive = format!("{format}.tgz");
        let tar = ["-czf", &archive, "--format=ustar", "-C", "foreign", format];
        assert!(Command::new("tar").args(tar).current_dir(place.work()).status().unwrap().success());
        place.wa(["plugins", "install", &archive, "--yes"]).exits(1);
        place.wa(["plugins", "install", &archive, "--yes", "--allow-unsigned"]).succeeds();
        let listed = place.listed(id);
        assert_eq!(listed["state"], "unsigned", "{format}: {listed}");
        let shown = place.wa(["plugins", "inspect", id]).succeeds();
        assert!(shown.stdout().contains("format"), "{shown}");
        let json = place.wa(["plugins", "inspect", id, "--json"]).succeeds().json();
        assert!(json["foreign"]["content"].is_object(), "{json}");
        place.wa(["doctor", "--only", "plugins"]).succeeds();
    }
    // A running host starts nothing of them.
    place.configure("server: { bind: '127.0.0.1:0' }");
    let host = Running::start(&place);
    host.stop();
    assert!(!place.path("canary").exists(), "foreign code ran");
    for (_, id, _) in EXPECTED {
        place.wa(["plugins", "uninstall", id, "--yes"]).succeeds();
    }
    assert!(!place.path("canary").exists(), "foreign code ran");
}

#[test]
fn facts_of_a_native_plugin() {
    let place = Place::with_project();
    packages(&place);
    place.wa(["plugins", "install", "./foreign/openclaw"]).succeeds();
    let json = place.wa(["plugins", "inspect", "weather-pro", "--json"]).succeeds().json();
    let foreign = &json["foreign"];
    assert_eq!((&foreign["format"], &foreign["id"]), (&"open-claw".into(), &"Weather_Pro".into()));
    assert_eq!(foreign["owns"]["tools"], serde_json::json!(["weather_now"]));
    assert_eq!(foreign["content"]["skills"][0]["name"], "forecasts");
    assert_eq!(foreign["content"]["mcpServers"][0]["transport"]["kind"], "stdio");
    assert_eq!(place.listed("weather-pro")["format"], "open-claw");
}

#[test]
fn what_its_own_host_refuses_and_what_it_passes_over() {
    let place = Place::with_project();
    for (text, status, words) in [
        ("{ id: 'x' }", 1, "OpenClaw demands a `configSchema`"),
        ("{ configSchema: {} }", 1, "OpenClaw demands an `id`"),
        ("{ id: 'x', configSchema: {}, id: 'y' }", 1, "is here twice"),
        ("{ id: 'x', configSchema: {}, ", 1, "a key is expected here"),
        ("{ id: 'x', configSchema: { $ref: 'https://evil.example.com/s.json' } }", 0, "is not checked"),
        ("{ id: 'x', configSchema: {}, contrcts: {} }", 0, "contracts"),
        ("{ id: 'x', configSchema: {}, channels: 'x' }", 0, "is not a list of texts"),
        ("{ id: 'x', configSchema: {}, skills: ['../../etc'] }", 1, "leads out of the package"),
        ("{ id: 'x', configSchema: {}, skills: ['/etc'] }", 1, "leads out of the package"),
    ] {
        place.write("x/openclaw.plugin.json", text);
        let said = place.wa(["plugins", "validate", "x/openclaw.plugin.json"]).exits(status);
        let all = format!("{}{}", said.stdout(), said.stderr());
        assert!(all.contains(words), "{text}: no {words:?}: {said}");
        assert!(all.contains("openclaw.plugin.json:1:"), "no place: {said}");
    }
    place.write("x/openclaw.plugin.json", "[".repeat(100_000));
    place.wa(["plugins", "validate", "x"]).exits(1);
    // A link in a folder is no part of a package.
    place.write("y/openclaw.plugin.json", "{ id: 'y', configSchema: {} }");
    std::os::unix::fs::symlink("/etc/passwd", place.path("y/skills")).unwrap();
    assert_ne!(place.wa(["plugins", "install", "./y"]).status(), Some(0));
}

/// Where `.ci/run` has put published plugins; fetched by the same script where it has not.
fn published() -> PathBuf {
    let named = std::env::var_os("WA_TEST_OPENCLAW_PLUGINS").map(PathBuf::from);
    named.unwrap_or_else(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openclaw-plugins");
        let script = repository("tests/npm/fetch");
        assert!(Command::new(script).arg(&folder).status().unwrap().success());
        folder
    })
}

#[test]
fn published_plugins_have_no_false_errors() {
    let place = Place::with_project();
    let packages: Vec<PathBuf> =
        fs::read_dir(published()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(packages.len() >= 15, "{packages:?}");
    for package in packages {
        let path = package.to_str().unwrap();
        place.wa(["plugins", "validate", path]).succeeds();
        let plan = place.wa(["plugins", "install", path, "--dry-run", "--json"]).succeeds().json();
        assert_eq!(plan["plans"][0]["foreign"]["format"], "open-claw", "{path}");
        assert!(!plan["plans"][0]["foreign"]["notRunnable"].as_array().unwrap().is_empty(), "{path}");
    }
}
