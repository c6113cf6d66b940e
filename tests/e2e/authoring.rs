//! From nothing to a plugin that is checked, tested, packed, installed and used: each template, untouched.

use std::process::Command;

use serde_json::json;

use crate::support::{Place, Running, Verdaccio, repository};
use crate::typings::tsc;

/// A project, and a plugin from this template in `source/`, outside of what the project takes in by itself.
fn with_plugin(template: &str) -> Place {
    let place = Place::with_project();
    place
        .wa([
            "plugins",
            "new",
            "my-plugin",
            "--template",
            template,
            "--set",
            "publisher=acme",
            "--dir",
            "source",
        ])
        .succeeds();
    place
}

/// The plugin checked, tested, packed, signed and installed as its README says.
fn installed(template: &str) -> Place {
    let place = with_plugin(template);
    let checked = place.wa(["plugins", "validate", "source/my-plugin"]).succeeds();
    let said = checked.stdout();
    // What a command handles cannot be known without running it.
    let nothing =
        if template == "python-tool" { said.matches("info[").count() == 1 } else { said.is_empty() };
    assert!(nothing, "a new plugin has findings:\n{checked}");
    let tested = place.wa(["plugins", "test", "source/my-plugin"]).succeeds();
    assert!(tested.stderr().contains(", 0 failed") && !tested.stderr().contains("0 passed"), "{tested}");
    place.wa(["keys", "new", "acme"]).succeeds();
    place.wa(["plugins", "pack", "source/my-plugin", "--sign", "--out", "dist"]).succeeds();
    let key = place.config().join("keys/acme.pub");
    place.wa(["trust", "add", "acme", key.to_str().unwrap(), "--packages", "my-plugin"]).succeeds();
    place.wa(["plugins", "install", "dist/my-plugin-0.1.0.tgz", "--yes"]).succeeds();
    place.configure("server: { bind: 127.0.0.1:0 }");
    place
}

/// The tool of the template looks orders up, and its agent answers with them.
fn answers_as_an_agent(template: &str) {
    let place = installed(template);
    place.configure(
        "agents: { ana: { handler: my-plugin, bindings: [{ channel: console }], tools: { allow: [my_plugin_lookup] } } }",
    );
    let host = Running::start(&place);
    assert_eq!(host.console().ask("me", "where is 1002?"), "Order 1002 is on its way.");
    assert_eq!(host.tool("my_plugin_lookup", &json!({ "number": "7" })).unwrap()["found"], false);
    host.stop();
}

#[test]
fn the_tool_template_answers_as_an_agent() {
    answers_as_an_agent("ts-tool");
}

#[test]
fn the_python_template_answers_as_an_agent() {
    answers_as_an_agent("python-tool");
}

#[test]
fn the_provider_template_is_offered_where_it_is_installed() {
    let place = installed("ts-provider");
    place.edit(
        "wa.yaml",
        "    my-plugin:\n",
        "    my-plugin:\n      config: { apiKey: { source: env, provider: default, id: SERVICE_API_KEY } }\n",
    );
    let host = Running::start_in(&place, &[], &[("SERVICE_API_KEY", "any-value")]);
    let listed = host.rpc("capability.list", &json!({})).unwrap();
    assert!(listed.to_string().contains("my-plugin"), "{listed}");
    host.stop();
}

#[test]
fn the_skill_template_is_read_as_an_agent_would() {
    let place = installed("skill");
    let host = Running::start(&place);
    let text = host.tool("skill_read", &json!({ "name": "my-plugin/returns" })).unwrap();
    assert!(text.as_str().unwrap().contains("# Returns"), "{text}");
    host.stop();
}

#[test]
fn the_gate_template_stands_in_the_way() {
    let place = installed("ts-gate");
    let host = Running::start(&place);
    let mut console = host.console();
    place.wa(["send", "--to", "me", "card 4111 1111 1111 1111"]).succeeds();
    assert_eq!(console.hear_text(), "card [card number]");
    let stopped = place.wa(["send", "--to", "me", "the password is x"]).exits(1);
    assert!(stopped.stderr().contains("forbidden word"), "{stopped}");
    host.stop();
}

#[test]
fn the_webhook_template_turns_requests_into_messages() {
    let place = installed("ts-webhook");
    let host = Running::start(&place);
    let mut console = host.console();
    assert_eq!(host.http("GET", "/plugins/my-plugin/health", &[], b"").status, 200);
    let notice = br#"{"title":"Disk is full"}"#;
    assert_eq!(host.http("POST", "/plugins/my-plugin/notify", &[], notice).status, 401);
    let token = format!("Bearer {}", host.token());
    assert_eq!(
        host.http("POST", "/plugins/my-plugin/notify", &[("authorization", &token)], notice).status,
        202
    );
    assert_eq!(console.hear_text(), "Disk is full");
    host.stop();
}

#[test]
fn typings_fit_the_templates_and_find_what_does_not_fit() {
    for template in ["ts-tool", "ts-gate", "ts-webhook"] {
        let (fits, said) = tsc(&with_plugin(template), "source/my-plugin");
        assert!(fits, "{template}: {said}");
    }
    let place = with_plugin("ts-tool");
    place.edit("source/my-plugin/src/index.ts", "{ number, found: false }", "{ number, found: \"no\" }");
    let (fits, said) = tsc(&place, "source/my-plugin");
    assert!(!fits && said.contains("found"), "{said}");

    // A tool that the manifest gains is missing in the code until it is written.
    let place = with_plugin("ts-tool");
    place.edit(
        "source/my-plugin/wa.plugin.yaml",
        "tools:\n",
        "tools:\n  - { name: my_plugin_more, description: More, input: { type: object }, sideEffects: false }\n",
    );
    place.wa(["plugins", "types", "source/my-plugin"]).succeeds();
    let (fits, said) = tsc(&place, "source/my-plugin");
    assert!(!fits && said.contains("my_plugin_more"), "{said}");
}

#[test]
fn a_scenario_can_be_on_whatsapp() {
    let place = with_plugin("ts-tool");
    let scenario = place.read("source/my-plugin/tests/lookup.yaml");
    place.write("source/my-plugin/tests/lookup.yaml", format!("channel: whatsapp\n{scenario}"));
    let tested = place.wa(["plugins", "test", "source/my-plugin"]).succeeds();
    assert!(tested.stderr().contains("5 passed, 0 failed"), "{tested}");
    place.edit("source/my-plugin/tests/lookup.yaml", "channel: whatsapp", "channel: telegram");
    let refused = place.wa(["plugins", "test", "source/my-plugin"]).exits(1);
    assert!(
        refused.stderr().contains("tests/lookup.yaml:1:10") && refused.stderr().contains("telegram"),
        "{refused}"
    );
}

#[test]
fn a_step_that_does_not_come_true_is_told_and_fails() {
    let place = with_plugin("ts-tool");
    place.edit("source/my-plugin/tests/lookup.yaml", "status: on its way", "status: lost");
    let tested = place.wa(["plugins", "test", "source/my-plugin"]).exits(1);
    let shown = "expect/status\n        expected: \"lost\"\n        got:      \"on its way\"";
    assert!(tested.stdout().contains(shown), "{tested}");
    assert!(tested.stderr().contains("4 passed, 1 failed"), "{tested}");
    let json = place.wa(["plugins", "test", "source/my-plugin", "--json"]).exits(1).json();
    assert_eq!(json["steps"].as_array().unwrap().iter().filter(|step| step["ok"] == false).count(), 1);

    place.edit("source/my-plugin/tests/lookup.yaml", "reply:", "repyl:");
    let refused = place.wa(["plugins", "test", "source/my-plugin"]).exits(1);
    assert!(refused.stderr().contains("unknown key `repyl`"), "{refused}");
}

#[test]
fn the_tour_of_the_tool_template_ends_with_a_green_test() {
    let place = Place::empty();
    let tour = repository("tests/tour/ts-tool.sh");
    let played = Command::new(tour).arg(env!("CARGO_BIN_EXE_wa")).current_dir(place.work()).output().unwrap();
    let (said, told) = (String::from_utf8_lossy(&played.stdout), String::from_utf8_lossy(&played.stderr));
    assert!(played.status.success(), "{said}{told}");
    assert!(told.contains(" 0 failed") && said.contains("from nothing to a green test: "), "{said}{told}");
}

/// A template of somebody's own: three files, one of them no text.
fn own_template(place: &Place) {
    place.write(
        "ours/wa.plugin.yaml",
        "schema: 1\nid: {{ id }}\nname: {{ name|quoted }}\nversion: 0.1.0\npublisher: {{ publisher }}\nruntime: { kind: js, entry: index.js }\ntools: [{ name: {{ tool }}, description: Pings, input: { type: object } }]\nconfigSchema: { type: object, additionalProperties: false }\n",
    );
    place.write(
        "ours/index.js",
        "export default { tools: { {{ tool }}: () => 'pong of {{ publisher }}' } };\n",
    );
    place.write("ours/icon.bin", [0xff, 0x00, 0xfe]);
}

#[test]
fn a_template_can_be_a_folder_an_archive_or_a_package() {
    let place = Place::with_project();
    place.use_registry(Verdaccio::shared(), "templates");
    own_template(&place);
    place.write("ours/package.json", r#"{ "name": "@templates/ours", "version": "1.2.0" }"#);
    place.npm(&["publish", "./ours", "--access", "public"]).succeeds();
    let packed = Command::new("tar")
        .args(["-czf", "ours.tgz", "--transform", "s,^ours,package,", "ours"])
        .current_dir(place.work())
        .status();
    assert!(packed.unwrap().success());
    for (id, from) in
        [("of-a-folder", "./ours"), ("of-an-archive", "./ours.tgz"), ("of-a-package", "@templates/ours@^1")]
    {
        let new = ["plugins", "new", id, "--template", from, "--set", "publisher=acme"];
        place.wa(new).succeeds();
        place.wa(["plugins", "validate", &format!("plugins/{id}")]).succeeds();
        let code = place.read(&format!("plugins/{id}/index.js"));
        let tool = format!("{}_lookup", id.replace('-', "_"));
        assert_eq!(code, format!("export default {{ tools: {{ {tool}: () => 'pong of acme' }} }};\n"));
        assert_eq!(std::fs::read(place.path(format!("plugins/{id}/icon.bin"))).unwrap(), [0xff, 0x00, 0xfe]);
        assert!(!place.path(format!("plugins/{id}/package.json")).exists(), "it is the template's own");
    }
}

#[test]
fn what_is_no_template_is_refused_and_leaves_nothing() {
    let place = Place::with_project();
    own_template(&place);
    let new =
        |from: &str| place.wa(["plugins", "new", "mine", "--template", from, "--set", "publisher=acme"]);
    let unknown = new("ts-toll").exits(1);
    assert!(unknown.stderr().contains("there is no template `ts-toll`"), "{unknown}");
    place.edit("ours/wa.plugin.yaml", "{{ id }}", "fixed");
    let plugin = new("./ours").exits(1);
    assert!(plugin.stderr().contains("is a plugin, not a template"), "{plugin}");
    place.edit("ours/wa.plugin.yaml", "id: fixed", "id: {{ id }}\nx-more: {{ nothing }}");
    let broken = new("./ours");
    assert!(broken.stderr().contains("render wa.plugin.yaml of the template"), "{broken}");
    assert_eq!(broken.status(), Some(2));
    assert!(!place.path("plugins/mine").exists());
}
