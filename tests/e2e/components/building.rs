//! `wa plugins build`, with a compiler that has the target `wasm32-unknown-unknown`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::support::{Place, Running, Transcript, repository};

const TARGET: &str = "wasm32-unknown-unknown";

/// A compiler for the target: that of `WA_TEST_WASM_RUSTC`, or the usual one where it has it.
fn rustc() -> PathBuf {
    let rustc = std::env::var_os("WA_TEST_WASM_RUSTC").map_or_else(|| "rustc".into(), PathBuf::from);
    let asked = Command::new(&rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
    let folder = asked.map(|asked| String::from_utf8_lossy(&asked.stdout).trim().to_owned());
    assert!(
        folder.is_ok_and(|folder| Path::new(&folder).is_dir()),
        "{} has no target {TARGET}; `rustup target add {TARGET}`, or see CONTRIBUTING.md",
        rustc.display()
    );
    rustc
}

/// Runs `wa plugins build` as an author would, with the SDK of this repository in place of the published one.
pub(crate) fn build(place: &Place, folder: &str) -> Transcript {
    let patch = format!("[patch.crates-io]\nwa-plugin = {{ path = {:?} }}\n", repository("sdk/rust"));
    place.write(".cargo/config.toml", patch);
    let mut command = place.command(["plugins", "build", folder, "--offline"]);
    let home = std::env::var_os("HOME").unwrap_or_default();
    for (name, below) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        command.env(name, std::env::var_os(name).unwrap_or_else(|| Path::new(&home).join(below).into()));
    }
    command.env("RUSTC", rustc());
    place.run(command)
}

fn new_plugin(place: &Place, template: &str) {
    let arguments =
        ["plugins", "new", "my-plugin", "--template", template, "--set", "publisher=acme", "--dir", "source"];
    place.wa(arguments).succeeds();
}

#[test]
fn the_rust_template_goes_from_nothing_to_an_answer() {
    let place = Place::with_project();
    new_plugin(&place, "rust-tool");
    // Before it is built, there is nothing to run, and that is said.
    let unbuilt = place.wa(["plugins", "validate", "source/my-plugin"]);
    assert_eq!(unbuilt.status(), Some(1));
    assert!(unbuilt.stdout().contains("the package has no `plugin.wasm`"), "{unbuilt}");

    let built = build(&place, "source/my-plugin").succeeds();
    assert!(built.stderr().contains("Built source/my-plugin/plugin.wasm: "), "{built}");
    let checked = place.wa(["plugins", "validate", "source/my-plugin"]).succeeds();
    assert_eq!(checked.stdout(), "", "a new plugin has findings:\n{checked}");
    let tested = place.wa(["plugins", "test", "source/my-plugin"]).succeeds();
    assert!(tested.stderr().contains(", 0 failed") && !tested.stderr().contains("0 passed"), "{tested}");

    place.wa(["keys", "new", "acme"]).succeeds();
    place.wa(["plugins", "pack", "source/my-plugin", "--sign", "--out", "dist"]).succeeds();
    let listed = place.read_package("dist/my-plugin-0.1.0.tgz");
    assert!(listed.iter().any(|path| path.ends_with("plugin.wasm")), "{listed:?}");
    assert!(!listed.iter().any(|path| path.contains("target/")), "what cargo makes is packed: {listed:?}");
    let key = place.config().join("keys/acme.pub");
    place.wa(["trust", "add", "acme", key.to_str().unwrap(), "--packages", "my-plugin"]).succeeds();
    place.wa(["plugins", "install", "dist/my-plugin-0.1.0.tgz", "--yes"]).succeeds();
    place.configure(
        "agents: { ana: { handler: my-plugin, bindings: [{ channel: console }], tools: { allow: [my_plugin_lookup] } } }\nserver: { bind: 127.0.0.1:0 }",
    );
    let host = Running::start(&place);
    assert_eq!(host.console().ask("me", "where is 1002?"), "Order 1002 is on its way.");
    assert_eq!(host.tool("my_plugin_lookup", &json!({ "number": "7" })).unwrap()["found"], false);
    host.stop();
}

#[test]
fn a_plugin_in_rust_without_a_handler_that_it_declares_is_found_before_it_runs() {
    let place = Place::with_project();
    new_plugin(&place, "rust-tool");
    place.edit("source/my-plugin/src/lib.rs", "    agent \"\" => answer,\n", "");
    place.edit("source/my-plugin/src/lib.rs", "fn answer(", "pub fn answer(");
    build(&place, "source/my-plugin").succeeds();
    let refused = place.wa(["plugins", "validate", "source/my-plugin"]);
    assert_eq!(refused.status(), Some(1));
    assert!(
        refused.stdout().contains("error[WA0213]: the component has no handler for an agent"),
        "{refused}"
    );
}

#[test]
fn code_that_does_not_compile_leaves_the_component_that_was_there() {
    let place = Place::with_project();
    new_plugin(&place, "rust-tool");
    place.write("source/my-plugin/plugin.wasm", "the old one");
    place.edit("source/my-plugin/src/lib.rs", "use serde::", "use nothing::");
    let refused = build(&place, "source/my-plugin");
    assert_eq!(refused.status(), Some(1));
    assert!(
        refused.stderr().contains("src/lib.rs:1:5")
            && refused.stderr().contains("cargo could not build my-plugin"),
        "{refused}"
    );
    assert_eq!(place.read("source/my-plugin/plugin.wasm"), "the old one");
}

#[test]
fn a_compiler_without_the_target_gets_the_command_to_type() {
    let place = Place::with_project();
    new_plugin(&place, "rust-tool");
    place.write("rustc", "#!/bin/sh\necho /nowhere\n");
    let rustc = place.path("rustc");
    std::fs::set_permissions(&rustc, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = place.command(["plugins", "build", "source/my-plugin"]);
    command.env("RUSTC", &rustc);
    let refused = place.run(command);
    assert_eq!(refused.status(), Some(2));
    assert!(refused.stderr().contains("type: rustup target add wasm32-unknown-unknown"), "{refused}");
}

#[test]
fn plugins_of_other_kinds_need_no_building() {
    let place = Place::with_project();
    new_plugin(&place, "ts-tool");
    let built = place.wa(["plugins", "build", "source/my-plugin"]).succeeds();
    assert!(built.stderr().contains("my-plugin: it runs as it is"), "{built}");
    let missing = place.wa(["plugins", "build", "nowhere"]);
    assert_eq!(missing.status(), Some(1));
    assert!(missing.stderr().contains("nowhere holds no manifest"), "{missing}");
}
