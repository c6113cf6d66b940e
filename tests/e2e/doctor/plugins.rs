//! Checks of plugins: their files and signatures, their configuration, and all together.

use std::fs;

use super::{finds, install_signed, pack, stored, well};
use crate::support::Place;

#[test]
fn one_flipped_byte_is_found_and_its_file_is_named() {
    let place = well();
    let file = format!("{}/index.js", stored(&place, "orders"));
    let mut bytes = fs::read(place.path(&file)).unwrap();
    bytes[0] ^= 1;
    fs::write(place.path(&file), bytes).unwrap();
    let said = finds(&place, 1, &[&format!("plugins WA0401 error {file}")]);
    let document = said.json();
    let finding =
        document["findings"].as_array().unwrap().iter().find(|one| one["code"] == "WA0401").unwrap();
    assert_eq!(finding["message"], "`orders` is refused: `index.js` has been changed");
    assert_eq!(finding["fixHint"], "restore it: `wa plugins install ./packages/orders/orders-1.0.0.tgz`");
}

#[test]
fn a_revoked_key_is_found() {
    let place = well();
    place.wa(["trust", "revoke", "acme"]).succeeds();
    finds(&place, 1, &[&format!("plugins WA0405 error {}", stored(&place, "orders"))]);
}

#[test]
fn a_publisher_who_is_not_trusted_any_more_is_found() {
    let place = well();
    place.wa(["trust", "remove", "acme"]).succeeds();
    finds(&place, 1, &[&format!("plugins WA0404 error {}", stored(&place, "orders"))]);
}

#[test]
fn an_unsigned_plugin_that_was_allowed_is_a_warning() {
    let place = well();
    place.configure("policy: { unsigned: allow }");
    let package = pack(&place, "parcels", "", "", &[]);
    place.wa(["plugins", "install", &package, "--yes", "--allow-unsigned"]).succeeds();
    finds(&place, 0, &["plugins WA0410 warning -"]);
}

#[test]
fn a_plugin_of_ones_own_is_only_mentioned() {
    let place = well();
    let said = place.wa(["doctor", "--only", "plugins", "--format", "json"]).succeeds().json();
    assert_eq!(super::in_one_line(&said["findings"][0]), "plugins WA0412 info plugins/desk");
    insta::assert_snapshot!(place.wa(["doctor", "--only", "plugins", "-v"]).succeeds());
}

#[test]
fn a_broken_plugin_of_ones_own_is_found_with_the_line() {
    let place = well();
    place.edit("plugins/desk/wa.plugin.yaml", "agent: true", "agent: true\ncolour: red");
    finds(
        &place,
        1,
        &["plugins WA0107 error plugins/desk/wa.plugin.yaml:7", "catalog WA0313 error wa.yaml:3"],
    );
}

#[test]
fn a_configuration_that_does_not_fit_is_found_with_its_line() {
    let place = well();
    place.edit("wa.yaml", "orders:", "orders:\n      config: { retries: many }");
    finds(&place, 1, &["config WA0314 error wa.yaml:8"]);
}

#[test]
fn two_owners_of_one_tool_are_found() {
    let place = well();
    install_signed(&place, "parcels", super::TOOL, "tools: { order_lookup: () => ({}) }");
    let said = finds(&place, 1, &[&format!("catalog WA0310 error {}", stored(&place, "parcels"))]);
    let message = said.json()["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["code"] == "WA0310")
        .unwrap()["message"]
        .clone();
    assert_eq!(message, "`orders` and `parcels` both claim the tool `order_lookup`");
}

#[test]
fn a_stale_entry_and_a_handler_that_is_none_are_found() {
    let place = well();
    place.edit("wa.yaml", "handler: desk", "handler: orders");
    place.edit("wa.yaml", "entries:", "entries:\n    parcels: { enabled: false }");
    finds(&place, 1, &["catalog WA0312 warning wa.yaml:7", "catalog WA0313 error wa.yaml:3"]);
}

#[test]
fn a_plugin_that_shadows_another_is_only_mentioned() {
    let place = well();
    place.plugin("orders", super::TOOL, "tools: { order_lookup: () => ({}) }");
    let said = place.wa(["doctor", "--only", "catalog", "--format", "json"]).succeeds().json();
    assert_eq!(super::in_one_line(&said["findings"][0]), "catalog WA0311 info plugins/orders");
}

/// The plugin's code writes a file and then never ends, wherever it is evaluated.
#[test]
fn no_plugin_code_runs() {
    let place = well();
    let canary = place.path("canary");
    let code = format!(
        "import {{ definePlugin }} from 'wa';
        try {{ process.getBuiltinModule('fs').writeFileSync({canary:?}, ''); }} catch {{}}
        for (;;) {{}}
        export default definePlugin({{ agent: () => ({{ text: 'x' }}) }});"
    );
    place.plugin_code("desk", "agent: true", &code);
    finds(&place, 0, &[]);
    assert!(!canary.exists());
}

#[test]
fn a_hundred_plugins_are_checked() {
    let place = Place::with_echo(&[]);
    let tool = "tools: [{ name: NAME, description: x, input: { type: object } }]";
    for number in 0..100 {
        let name = format!("tool_{number}");
        place.plugin(
            &format!("plugin-{number}"),
            &tool.replace("NAME", &name),
            &format!("tools: {{ {name}: () => ({{}}) }}"),
        );
    }
    finds(&place, 0, &[]);
    place.edit("plugins/plugin-42/index.js", "tool_42", "tool_43");
    let said = place.wa(["doctor", "--format", "json"]).exits(1);
    assert!(said.stdout().contains("plugins/plugin-42/"), "{said}");
}

#[test]
fn a_program_that_is_not_installed_is_found_before_a_plugin_needs_it() {
    let place = well();
    place.plugin_code("py", "runtime: { kind: process, command: [python3, index.js] }", "");
    let said = place.wa(["doctor", "--only", "runtimes"]).succeeds();
    assert!(said.stdout().contains("2 scripts, 1 command"), "{said}");
    // A script that would start the real program does not count.
    place.write("bin/no-such-program", "#!/bin/sh\n");
    let script = place.path("bin/no-such-program");
    fs::set_permissions(script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    place.edit("plugins/py/wa.plugin.yaml", "python3", "no-such-program");
    let mut doctor = place.command(["doctor", "--only", "runtimes", "--json"]);
    doctor.env("PATH", place.path("bin"));
    let said = place.run(doctor).exits(1).json();
    let finding = &said["findings"][0];
    assert_eq!((&finding["checkId"], &finding["code"]), (&"runtimes".into(), &"WA0517".into()), "{said}");
    assert_eq!(finding["message"], "`py` runs `no-such-program`, which is not on the PATH");
}
